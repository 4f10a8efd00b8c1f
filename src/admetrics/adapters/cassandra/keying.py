"""Keying: the whole table is read by ranges of tokens, and what is not under the key is written again, later."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final
from uuid import UUID

from cassandra.query import Statement

from admetrics.adapters.cassandra.cluster import CassandraKeyspace
from admetrics.adapters.cassandra.erasure import RANGES, ranges
from admetrics.adapters.cassandra.events import (
    COLUMNS,
    aware,
    insert_into,
    keyed_timestamp,
    last_of_plain,
    milliseconds,
    shard_of,
)
from admetrics.domain.events.erasure import ERASED, HASHED, keyed_id
from admetrics.domain.events.event import Protection
from admetrics.domain.times import EPOCH, minute_of

_ROWS_AT_ONCE: Final = 1000
_VALUES: Final = COLUMNS[3:]
"""The columns behind the key."""
_TIME: Final = COLUMNS.index("time")
_RECORD: Final = COLUMNS.index("record")

Row = tuple[Any, ...]


class Keyer:
    """Puts the events of table `events` under a key.

    A row is written again whole, with the write timestamp that a copy has which is read again: so none of its columns
    keeps one that tells of the plain fingerprint, and whichever of the two comes later, the same one wins. A row whose
    id changes is written under the new one, then deleted under the old one.

    Memory: that of a few pages, and of the minutes in which events were renamed.

    Args:
        keyspace: holds the table.
        key: the secret.
    """

    def __init__(self, keyspace: CassandraKeyspace, key: bytes) -> None:
        self._keyspace = keyspace
        self._key = key
        self._insert = insert_into(keyspace.table("events"))
        self._latest: dict[datetime, datetime] = {}

    @property
    def times(self) -> Iterable[datetime]:
        """The last event with a made id in each minute, those included that had been renamed before."""
        return self._latest.values()

    def run(self, on_progress: Callable[[float], None]) -> None:
        """Go through the table."""
        columns = f"minute, shard, CAST(id AS text), {', '.join(_VALUES)}, writetime(uid)"
        for number, rows in enumerate(ranges(self._keyspace, columns), start=1):
            found = filter(self._is_plain, rows)
            while some := list(islice(found, _ROWS_AT_ONCE)):
                self._keyspace.write(self._inserts(some))
                self._keyspace.write(self._deletes(some))
            on_progress(number / RANGES)

    def _is_plain(self, row: Row) -> bool:
        """Return whether a row is not under the key yet, and note when it was if its id is a made one."""
        own_id, microseconds, written = row[2], row[_TIME], row[-1]
        if own_id != keyed_id(own_id, key=self._key):
            time = EPOCH + timedelta(microseconds=microseconds)
            minute = minute_of(time)
            self._latest[minute] = max(time, self._latest.get(minute, time))
        return bool(written <= last_of_plain(microseconds))

    def _inserts(self, rows: Iterable[Row]) -> Iterator[Statement]:
        values = map(self._keyed, rows)
        return self._keyspace.batches(self._insert, ((row[:2], len(row[_RECORD]), row) for row in values))

    def _keyed(self, row: Row) -> Row:
        minute, _, own_id, *values, written = row
        new_id = keyed_id(own_id, key=self._key)
        columns = dict(zip(_VALUES, values, strict=True))
        timestamp = keyed_timestamp(
            written, columns["time"], columns["revision"], _protection(columns["uid"]), key=self._key
        )
        columns["marks"] = columns["marks"] or 0  # null in events of before there was this column
        return milliseconds(aware(minute)), shard_of(new_id), new_id, *columns.values(), timestamp

    def _deletes(self, rows: Iterable[Row]) -> Iterator[Statement]:
        """Delete what was renamed, and whatever comes under the old id without the key."""
        statement = (
            f"DELETE FROM {self._keyspace.table('events')} USING TIMESTAMP ?\nWHERE minute = ? AND shard = ? AND id = ?"
        )
        for row in rows:
            minute, shard, own_id = row[:3]
            if own_id != keyed_id(own_id, key=self._key):
                place = milliseconds(aware(minute)), shard, UUID(own_id)
                yield self._keyspace.bound(statement, last_of_plain(row[_TIME]), *place)


def _protection(uid: str) -> Protection:
    if uid.startswith(ERASED):
        return Protection.ERASED
    return Protection.HASHED if uid.startswith(HASHED) else Protection.OPEN
