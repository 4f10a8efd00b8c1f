"""The dead letters on Cassandra, beside the lake."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any, Final

from cassandra.query import BoundStatement

from admetrics.adapters.cassandra.cluster import CassandraKeyspace
from admetrics.adapters.cassandra.schema import DEAD_LETTERS, prepare
from admetrics.domain.dead_letter import DeadLetter
from admetrics.domain.rejection import Reason, Rejection
from admetrics.domain.times import EPOCH

_PARTS: Final = 64
_IDS_AT_ONCE: Final = 50
_LETTERS_AT_ONCE: Final = 1000
_COLUMNS: Final = (*DEAD_LETTERS.partition, *DEAD_LETTERS.clustering, *DEAD_LETTERS.values)
_DATA: Final = _COLUMNS.index("data")


class CassandraDeadLetters:
    """Dead letters, spread by their ids over a fixed number of partitions, so that all of them can be listed.

    Args:
        keyspace: holds the table; it and the table are created if they are missing.
    """

    def __init__(self, keyspace: CassandraKeyspace) -> None:
        prepare(keyspace, [DEAD_LETTERS])
        self._keyspace = keyspace
        self._table = keyspace.table("dead_letters")

    def put(self, letters: Sequence[DeadLetter]) -> None:
        """Keep those that are not there yet.

        Looking first is enough: if two processes meet a letter at once, one of two nearly equal times is kept.
        """
        first = {letter.id: letter for letter in reversed(letters)}
        known = {own_id for (own_id,) in self._rows(("id",), first)}
        new = (_values(own_id, letter) for own_id, letter in first.items() if own_id not in known)
        statement = f"INSERT INTO {self._table} ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
        rows = ((values[0], len(values[_DATA]), values) for values in new)
        self._keyspace.write(self._keyspace.batches(statement, rows))

    def all(self) -> Iterator[DeadLetter]:
        """Return all dead letters, sorted; only their places are held in memory, all at once."""
        places = sorted(
            (json.loads(source), line, own_id) for source, line, own_id in self._everywhere("source, line, id")
        )
        ids = (own_id for _, _, own_id in places)
        while some := list(islice(ids, _LETTERS_AT_ONCE)):
            yield from self.get(some)

    def get(self, ids: Collection[str]) -> Sequence[DeadLetter]:
        """Return the dead letters with these ids, sorted."""
        letters = map(_letter, self._rows(_COLUMNS, ids))
        return sorted(letters, key=lambda letter: (letter.source, letter.line, letter.id))

    def count(self) -> Mapping[Reason, int]:
        """Count the dead letters by reason."""
        counts = Counter(reason for (reason,) in self._everywhere("reason"))
        return {Reason(reason): number for reason, number in sorted(counts.items())}

    def remove(self, ids: Collection[str]) -> None:
        """Remove dead letters."""
        self._keyspace.write(self._of_each_part(f"DELETE FROM {self._table} WHERE part = ? AND id IN ?", ids))

    def _rows(self, columns: Sequence[str], ids: Iterable[str]) -> Iterator[tuple[Any, ...]]:
        statement = f"SELECT {', '.join(columns)} FROM {self._table} WHERE part = ? AND id IN ?"
        return self._read(self._of_each_part(statement, ids))

    def _of_each_part(self, statement: str, ids: Iterable[str]) -> Iterator[BoundStatement]:
        parts: defaultdict[int, set[str]] = defaultdict(set)
        for own_id in ids:
            parts[_part(own_id)].add(own_id)
        for part, of_part in parts.items():
            for some in _chunks(of_part, _IDS_AT_ONCE):
                yield self._keyspace.bound(statement, part, some)

    def _everywhere(self, columns: str) -> Iterator[tuple[Any, ...]]:
        statement = f"SELECT {columns} FROM {self._table} WHERE part = ?"
        return self._read(self._keyspace.bound(statement, part) for part in range(_PARTS))

    def _read(self, queries: Iterable[BoundStatement]) -> Iterator[tuple[Any, ...]]:
        return (row for rows in self._keyspace.read(queries) for row in rows)


def _part(own_id: str) -> int:
    """Return the partition of a letter; ids are hashes, so any of their digits spread evenly."""
    try:
        return int(own_id[:2], 16) % _PARTS
    except ValueError:
        return 0  # asked for by mistake: no letter has such an id


def _chunks(ids: Iterable[str], size: int) -> Iterator[list[str]]:
    iterator = iter(ids)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _values(own_id: str, letter: DeadLetter) -> tuple[Any, ...]:
    return (
        _part(own_id),
        own_id,
        json.dumps(letter.source),  # the path of a file may be no Unicode: JSON carries that too
        letter.line,
        letter.data,
        letter.rejection.reason.value,
        letter.rejection.detail,
        (letter.seen - EPOCH) // timedelta(microseconds=1),
    )


def _letter(row: tuple[Any, ...]) -> DeadLetter:
    _, _, source, line, data, reason, detail, seen = row
    rejection = Rejection(Reason(reason), detail)
    return DeadLetter(json.loads(source), line, bytes(data), rejection, EPOCH + timedelta(microseconds=seen))
