"""Erasure: the whole table is read by ranges of tokens, since the visitor is no part of any key."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from cassandra.query import BoundStatement

from admetrics.adapters.cassandra.cluster import CassandraKeyspace
from admetrics.adapters.cassandra.events import aware, milliseconds
from admetrics.domain.events.event import Protection
from admetrics.domain.times import EPOCH, minute_of

RANGES: Final = 1024
"""Into how many ranges the ring is cut."""

_FIRST_TOKEN: Final = -(2**63)
_TOKENS_PER_RANGE: Final = 2**64 // RANGES
_ROWS_AT_ONCE: Final = 1000


def ranges(keyspace: CassandraKeyspace, columns: str) -> Iterator[Iterator[tuple[Any, ...]]]:
    """Read columns of all events, range by range; exhaust one before asking for the next."""
    query = (
        f"SELECT {columns}\n"
        f"FROM {keyspace.table('events')}\n"
        "WHERE token(minute, shard) >= ? AND token(minute, shard) <= ?"
    )
    firsts = (_FIRST_TOKEN + number * _TOKENS_PER_RANGE for number in range(RANGES))
    return keyspace.read(keyspace.bound(query, first, first + _TOKENS_PER_RANGE - 1) for first in firsts)


class Eraser:
    """Gives visitors pseudonyms in table `events`, and drops the records of their events.

    Memory: that of a few pages, and of the minutes in which the visitors were seen.

    Args:
        keyspace: holds the table.
        pseudonyms: what each visitor is called from now on.
    """

    def __init__(self, keyspace: CassandraKeyspace, pseudonyms: Mapping[str, str]) -> None:
        self._keyspace = keyspace
        self._pseudonyms = pseudonyms
        self._wanted = pseudonyms.keys() | set(pseudonyms.values())
        self._latest: dict[datetime, datetime] = {}
        self.changed = 0
        """How many events were changed."""

    @property
    def times(self) -> Iterable[datetime]:
        """The last event of these visitors in each minute, those included that had been changed before."""
        return self._latest.values()

    def run(self, on_progress: Callable[[float], None]) -> None:
        """Go through the table."""
        columns = "minute, shard, id, time, uid, writetime(uid)"
        for number, rows in enumerate(ranges(self._keyspace, columns), start=1):
            found = filter(self._notes, rows)
            while some := list(islice(found, _ROWS_AT_ONCE)):
                self._keyspace.write(self._updates(some))
            on_progress(number / RANGES)

    def _notes(self, row: tuple[Any, ...]) -> bool:
        """Return whether a row is one of these visitors', and note when that was."""
        *_, microseconds, uid, _ = row
        if uid not in self._wanted:
            return False
        time = EPOCH + timedelta(microseconds=microseconds)
        minute = minute_of(time)
        self._latest[minute] = max(time, self._latest.get(minute, time))
        return uid in self._pseudonyms

    def _updates(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[BoundStatement]:
        """Write over the copy that is there, and no other: one that wins over it wins over this too."""
        statement = (
            f"UPDATE {self._keyspace.table('events')} USING TIMESTAMP ?\n"
            "SET uid = ?, record = ''\n"
            "WHERE minute = ? AND shard = ? AND id = ?"
        )
        for minute, shard, own_id, _, uid, written in rows:
            values = (written + Protection.ERASED, self._pseudonyms[uid], milliseconds(aware(minute)), shard, own_id)
            yield self._keyspace.bound(statement, *values)
            self.changed += 1
