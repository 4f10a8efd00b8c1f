"""The dead letters as a table beside the lake."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from admetrics.adapters.duckdb.database import DuckDBDatabase, time_at
from admetrics.domain.dead_letter import DeadLetter
from admetrics.domain.rejection import Reason, Rejection

_COLUMNS: Final = ("id", "source", "line", "data", "reason", "detail", "seen")

_PUT: Final = f"""
INSERT INTO dead_letters
SELECT *
FROM (SELECT {", ".join(f"unnest(${column}) AS {column}" for column in _COLUMNS)})
WHERE id NOT IN (SELECT id FROM dead_letters)
"""

_SELECT: Final = "SELECT source, line, data, reason, detail, epoch_us(seen) FROM dead_letters"
_IN_ORDER: Final = "ORDER BY source, line, id"


class DuckDBDeadLetters:
    """Table `dead_letters` of a DuckDB file.

    Args:
        database: the file.
    """

    def __init__(self, database: DuckDBDatabase) -> None:
        self._database = database

    def put(self, letters: Sequence[DeadLetter]) -> None:
        """Store the letters that are not there yet; no letters need no transaction."""
        if not letters:
            return
        new = {letter.id: letter for letter in reversed(letters)}  # of equal ones the first
        columns = zip(*(_row(id_, letter) for id_, letter in new.items()), strict=True)
        with self._database.transaction() as connection:
            connection.execute(_PUT, dict(zip(_COLUMNS, map(list, columns), strict=True)))

    def all(self) -> Iterable[DeadLetter]:
        """Return all dead letters; the rows are read at once, the values made one by one."""
        return _letters(self._database.query(f"{_SELECT} {_IN_ORDER}"))

    def get(self, ids: Collection[str]) -> Sequence[DeadLetter]:
        """Return the dead letters with these ids."""
        found = self._database.query(f"{_SELECT} WHERE id IN (SELECT unnest($ids)) {_IN_ORDER}", {"ids": list(ids)})
        return list(_letters(found))

    def count(self) -> Mapping[Reason, int]:
        """Count the dead letters by reason."""
        found = self._database.query("SELECT reason, count(*) FROM dead_letters GROUP BY reason")
        return {Reason(reason): count for reason, count in found}

    def remove(self, ids: Collection[str]) -> None:
        """Delete dead letters."""
        if ids:
            with self._database.transaction() as connection:
                connection.execute("DELETE FROM dead_letters WHERE id IN (SELECT unnest($ids))", {"ids": list(ids)})


def _row(id_: str, letter: DeadLetter) -> tuple[object, ...]:
    source = letter.source.encode("utf-8", "surrogateescape")
    return id_, source, letter.line, letter.data, letter.rejection.reason.value, letter.rejection.detail, letter.seen


def _letters(rows: Iterable[tuple[Any, ...]]) -> Iterable[DeadLetter]:
    return (
        DeadLetter(
            source.decode("utf-8", "surrogateescape"), line, data, Rejection(Reason(reason), detail), time_at(seen)
        )
        for source, line, data, reason, detail, seen in rows
    )
