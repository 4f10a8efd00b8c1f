"""The dead letters on Cassandra, beside the lake."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, Self

from cassandra.query import BoundStatement

from admetrics.adapters.cassandra.cluster import CassandraKeyspace
from admetrics.adapters.cassandra.schema import DEAD_LETTERS, prepare
from admetrics.domain.events.dead_letter import DeadLetter, ReasonSummary, summarized
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.domain.times import EPOCH
from admetrics.ports.adapter import Resources

_PARTS: Final = 64
_IDS_AT_ONCE: Final = 50
_BYTES_AT_ONCE: Final = 2**20
"""How many are asked for at once: several requests are on their way, and a letter may have 16 MiB."""
_REMOVED_AT_ONCE: Final = 1000
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
        self._insert = f"INSERT INTO {self._table} ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"

    @classmethod
    def open(cls, url: str, resources: Resources) -> Self:
        """Open those in the keyspace of a URL."""
        return cls(resources.shared(CassandraKeyspace.open, url))

    def put(self, letters: Sequence[DeadLetter]) -> None:
        """Keep those that are not there yet.

        Looking first is enough: if two processes meet a letter at once, one of two nearly equal times is kept.
        """
        first = {letter.id: letter for letter in reversed(letters)}
        known = self._written(first)
        self._write(self._insert, [_values(letter) for own_id, letter in first.items() if own_id not in known])

    def replace(self, letters: Sequence[DeadLetter]) -> None:
        """Write those again that are there: whole, so that one that is removed meanwhile is never there in part.

        Later than what is there, whatever the clocks of the servers said then: Cassandra lets the latest time win.
        """
        now = time.time_ns() // 1000
        written = self._written(letter.id for letter in letters)
        known = [letter for letter in letters if letter.id in written]
        rows = [(*_values(letter), max(now, written[letter.id] + 1)) for letter in known]
        self._write(f"{self._insert} USING TIMESTAMP ?", rows)

    def _written(self, ids: Iterable[str]) -> Mapping[str, int]:
        """Return when those that are there were written, in microseconds, by the clock of a server."""
        return dict(self._rows(("id", "WRITETIME(seen)"), ids))

    def _write(self, statement: str, values_of_each: Iterable[tuple[Any, ...]]) -> None:
        rows = ((values[0], len(values[_DATA]), values) for values in values_of_each)
        self._keyspace.write(self._keyspace.batches(statement, rows))

    def all(self, *, reason: Reason | None = None) -> Iterator[DeadLetter]:
        """Read all dead letters, by partition and id; of one reason, the reasons of all are read first."""
        found = self._everywhere("id, size, reason")
        return self._letters((own_id, size) for own_id, size, why in found if reason is None or why == reason.value)

    def get(self, ids: Collection[str]) -> Iterator[DeadLetter]:
        """Read the dead letters with these ids."""
        return self._letters(self._rows(("id", "size"), ids))

    def _letters(self, places: Iterable[tuple[Any, ...]]) -> Iterator[DeadLetter]:
        """Read letters, as many at once as their sizes allow; letters of older releases do not say theirs."""
        query = f"SELECT {', '.join(_COLUMNS)} FROM {self._table} WHERE part = ? AND id IN ?"
        some = (self._keyspace.bound(query, _part(ids[0]), ids) for ids in _portions(places))
        return map(_letter, self._read(some))

    def count(self) -> Mapping[Reason, int]:
        """Count the dead letters by reason."""
        counts = Counter(reason for (reason,) in self._everywhere("reason"))
        return {Reason(reason): number for reason, number in sorted(counts.items())}

    def summary(self) -> Mapping[Reason, ReasonSummary]:
        """Sum up the dead letters by reason: reasons and times of all are read."""
        found = self._everywhere("reason, seen")
        return summarized((Reason(reason), _time(seen)) for reason, seen in found)

    def remove(self, ids: Collection[str]) -> None:
        """Remove what is read, by its write time: the clocks of the servers may have been ahead when it was written."""
        found: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
        for own_id, written in self._written(ids).items():
            found[written, _part(own_id)].append(own_id)
        statement = f"DELETE FROM {self._table} USING TIMESTAMP ? WHERE part = ? AND id IN ?"
        self._keyspace.write(
            self._keyspace.bound(statement, *place, some)
            for place, together in found.items()
            for some in _chunks(together, _IDS_AT_ONCE)
        )

    def prune(self, before: datetime) -> int:
        """Remove old dead letters: the times of all are read."""
        limit = _microseconds(before)
        old = (own_id for own_id, seen in self._everywhere("id, seen") if seen < limit)
        removed = 0
        for some in _chunks(old, _REMOVED_AT_ONCE):
            self.remove(some)
            removed += len(some)
        return removed

    def _rows(self, columns: Sequence[str], ids: Iterable[str]) -> Iterator[tuple[Any, ...]]:
        statement = f"SELECT {', '.join(columns)} FROM {self._table} WHERE part = ? AND id IN ?"
        return self._read(self._of_each_part(statement, ids))

    def _of_each_part(self, statement: str, ids: Iterable[str]) -> Iterator[BoundStatement]:
        parts: defaultdict[int, set[str]] = defaultdict(set)
        for own_id in ids:
            parts[_part(own_id)].add(own_id)
        for part, of_part in sorted(parts.items()):
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


def _portions(places: Iterable[tuple[str, int | None]]) -> Iterator[list[str]]:
    """Divide letters, told by id and size, into portions of one partition that are small enough."""
    portion: list[str] = []
    total = 0
    for own_id, known in places:
        size = _BYTES_AT_ONCE if known is None else known
        full = len(portion) == _IDS_AT_ONCE or total + size > _BYTES_AT_ONCE
        if portion and (full or _part(own_id) != _part(portion[0])):
            yield portion
            portion, total = [], 0
        portion.append(own_id)
        total += size
    if portion:
        yield portion


def _microseconds(time: datetime) -> int:
    return (time - EPOCH) // timedelta(microseconds=1)


def _time(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)


def _values(letter: DeadLetter) -> tuple[Any, ...]:
    own_id = letter.id
    return (
        _part(own_id),
        own_id,
        json.dumps(letter.source),  # the path of a file may be no Unicode: JSON carries that too
        letter.line,
        letter.data,
        letter.rejection.reason.value,
        letter.rejection.detail,
        _microseconds(letter.seen),
        len(letter.data),
    )


def _letter(row: tuple[Any, ...]) -> DeadLetter:
    _, _, source, line, data, reason, detail, seen, _ = row
    rejection = Rejection(Reason(reason), detail)
    return DeadLetter(json.loads(source), line, bytes(data), rejection, _time(seen))
