"""The dead letters as a table beside the lake."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, Self

from admetrics.adapters.duckdb.database import Connection, DuckDBDatabase, time_at
from admetrics.domain.errors import TransientError
from admetrics.domain.events.dead_letter import DeadLetter, ReasonSummary
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.ports.adapter import Resources

_PIECE: Final = 16 * 1024
"""How many bytes of a letter lie in its own row, and in each of its further pieces."""
_ROWS_AT_ONCE: Final = 2048
_ROWS_OF_A_SNAPSHOT: Final = 50 * _ROWS_AT_ONCE

_PUT_PIECES: Final = """
INSERT INTO dead_letter_pieces
SELECT $id, unnest($numbers), unnest($pieces)
"""
_KNOWN: Final = "SELECT id FROM dead_letters WHERE id IN (SELECT unnest($ids))"
_REPLACE: Final = """
UPDATE dead_letters
SET reason = changed.reason, detail = changed.detail
FROM (SELECT unnest($id) AS id, unnest($reason) AS reason, unnest($detail) AS detail) AS changed
WHERE dead_letters.id = changed.id
"""
_REMOVE_PIECES: Final = (
    "DELETE FROM dead_letter_pieces WHERE id IN (SELECT id FROM dead_letters WHERE pieces > 0 AND {})"
)
_REMOVE: Final = "DELETE FROM dead_letters WHERE {}"

# Read by their places, few at a time: sorting letters, or looking each up by its id, would go through all of them.
_PAGE: Final = """
SELECT id, source, line, data, reason, detail, epoch_us(seen), pieces
FROM dead_letters
WHERE rowid >= $start AND rowid < $end
"""
_CHOSEN: Final = f"{_PAGE}  AND id IN (SELECT unnest($ids))"
_OF_REASON: Final = f"{_PAGE}  AND reason = $reason"
_SUMMARY: Final = """
SELECT reason, count(*), epoch_us(min(seen)), epoch_us(max(seen))
FROM dead_letters
GROUP BY reason
"""
_END: Final = "SELECT coalesce(max(rowid) + 1, 0) FROM dead_letters"
_NEXT: Final = "SELECT id FROM dead_letters WHERE rowid >= $start ORDER BY rowid LIMIT 1"
_PLACE: Final = "SELECT rowid FROM dead_letters WHERE id = $id"
_DATA: Final = "SELECT data FROM dead_letter_pieces WHERE id = $id ORDER BY piece"


class DuckDBDeadLetters:
    """Tables `dead_letters` and `dead_letter_pieces` of a DuckDB file; read in the order in which they lie there.

    Args:
        database: the file.
    """

    def __init__(self, database: DuckDBDatabase) -> None:
        self._database = database

    @classmethod
    def open(cls, url: str, resources: Resources) -> Self:
        """Open those beside the lake of a URL."""
        return cls(resources.shared(DuckDBDatabase.open, url))

    def put(self, letters: Sequence[DeadLetter]) -> None:
        """Store the letters that are not there yet; no letters need no transaction."""
        if not letters:
            return
        with self._database.transaction() as connection:
            first = {letter.id: letter for letter in reversed(letters)}  # of equal ones
            known = {id_ for (id_,) in connection.execute(_KNOWN, {"ids": list(first)}).fetchall()}
            if new := [letter for id_, letter in reversed(first.items()) if id_ not in known]:
                _insert(connection, new)

    def all(self, *, reason: Reason | None = None) -> Iterator[DeadLetter]:
        """Read all dead letters, a page of them in memory."""
        return self._read(_PAGE, {}) if reason is None else self._read(_OF_REASON, {"reason": reason.value})

    def get(self, ids: Collection[str]) -> Iterator[DeadLetter]:
        """Read the dead letters with these ids."""
        return self._read(_CHOSEN, {"ids": list(ids)}) if ids else iter(())

    def count(self) -> Mapping[Reason, int]:
        """Count the dead letters by reason."""
        found = self._database.query("SELECT reason, count(*) FROM dead_letters GROUP BY reason")
        return {Reason(reason): count for reason, count in found}

    def summary(self) -> Mapping[Reason, ReasonSummary]:
        """Sum up the dead letters by reason."""
        return {
            Reason(reason): ReasonSummary(letters, time_at(oldest), time_at(newest))
            for reason, letters, oldest, newest in self._database.query(_SUMMARY)
        }

    def replace(self, letters: Sequence[DeadLetter]) -> None:
        """Write reasons again."""
        if letters:
            with self._database.transaction() as connection:
                connection.execute(_REPLACE, {name: _values(name, letters) for name in ("id", "reason", "detail")})

    def remove(self, ids: Collection[str]) -> None:
        """Delete dead letters."""
        if ids:
            self._delete("id IN (SELECT unnest($ids))", {"ids": list(ids)})

    def prune(self, before: datetime) -> int:
        """Delete old dead letters."""
        return self._delete("seen < $before", {"before": before})

    def _delete(self, condition: str, values: Mapping[str, object]) -> int:
        with self._database.transaction() as connection:
            connection.execute(_REMOVE_PIECES.format(condition), values)
            ((deleted,),) = connection.execute(_REMOVE.format(condition), values).fetchall()
        return int(deleted)

    def _read(self, query: str, values: Mapping[str, object]) -> Iterator[DeadLetter]:
        """Read pages, some of them in one transaction.

        DuckDB keeps in memory what is replaced until a checkpoint, which cannot be while one is open: hence one
        between two. It may move rows, so the first that is to be read next is looked up by its id.
        """
        ((end,),) = self._database.query(_END)
        start, following = 0, None
        while start < end:
            with self._database.snapshot() as connection:
                start = _place_of(connection, following, start)
                for page in range(start, min(end, start + _ROWS_OF_A_SNAPSHOT), _ROWS_AT_ONCE):
                    places = {"start": page, "end": page + _ROWS_AT_ONCE}
                    for row in connection.execute(query, {**places, **values}).fetchall():
                        yield _letter(connection, row)
                start += _ROWS_OF_A_SNAPSHOT
                following = _id_at(connection, start)
            if start < end:
                with suppress(TransientError):  # another thread has a transaction: the next checkpoint will do
                    self._database.query("CHECKPOINT")


def _id_at(connection: Connection, place: int) -> str | None:
    """Return the id of the first letter from a place on; None if there is none."""
    found = connection.execute(_NEXT, {"start": place}).fetchall()
    return str(found[0][0]) if found else None


def _place_of(connection: Connection, own_id: str | None, before: int) -> int:
    """Return where a letter lies now; where it was before, if it is gone."""
    found = connection.execute(_PLACE, {"id": own_id}).fetchall()
    return int(found[0][0]) if found else before


_COLUMNS: Final[Mapping[str, Callable[[DeadLetter], object]]] = {
    "id": lambda letter: letter.id,
    "source": lambda letter: letter.source.encode("utf-8", "surrogateescape"),
    "line": lambda letter: letter.line,
    "data": lambda letter: letter.data[:_PIECE],
    "reason": lambda letter: letter.rejection.reason.value,
    "detail": lambda letter: letter.rejection.detail,
    "seen": lambda letter: letter.seen,
    "pieces": lambda letter: len(_further(letter)),
}

_PUT: Final = f"""
INSERT INTO dead_letters BY NAME
SELECT {", ".join(f"unnest(${column}) AS {column}" for column in _COLUMNS)}
"""


def _values(column: str, letters: Iterable[DeadLetter]) -> list[object]:
    return list(map(_COLUMNS[column], letters))


def _further(letter: DeadLetter) -> range:
    """Return where the further pieces of its data begin."""
    return range(_PIECE, len(letter.data), _PIECE)


def _insert(connection: Connection, letters: Collection[DeadLetter]) -> None:
    connection.execute(_PUT, {name: _values(name, letters) for name in _COLUMNS})
    for letter in letters:
        if starts := _further(letter):
            pieces = [letter.data[start : start + _PIECE] for start in starts]
            connection.execute(_PUT_PIECES, {"id": letter.id, "numbers": list(range(len(pieces))), "pieces": pieces})


def _letter(connection: Connection, row: tuple[Any, ...]) -> DeadLetter:
    id_, source, line, data, reason, detail, seen, pieces = row
    if pieces:
        data = b"".join([data, *(piece for (piece,) in connection.execute(_DATA, {"id": id_}).fetchall())])
    rejection = Rejection(Reason(reason), detail)
    return DeadLetter(source.decode("utf-8", "surrogateescape"), line, data, rejection, time_at(seen))
