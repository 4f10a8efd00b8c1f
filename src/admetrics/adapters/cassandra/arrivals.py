"""The index of arrivals by wall clock.

A writer records an arrival in the bucket of its own time. Nobody can say when that becomes visible to a reader; but a
bucket that began longer than `overlap` ago is complete. Both sides see to it:

- After each marker the writer reads its clock again. If now > bucket + overlap - 2 x skew, readers may already have
  passed the bucket by, so it writes the marker again, in the current bucket.
- A reader reads its clock, then every bucket since the mark. The mark then moves on to the oldest bucket that still
  shows something, but never beyond now - overlap: what it passes by is complete, and was released.

Two clocks differ by 2 x skew at the most, so a marker that a writer left where it was is seen before the mark passes
it. What was not released is found however old it is; where there is no mark yet, every bucket that exists is read.

A clock that was wrong for a while may have left markers in buckets that no reader would reach for years, or the mark in
the future, or years back. So every bucket that exists is read where the mark is in the future, which then goes back, or
more than a day old; by each reader first of all, and again after an hour, or when its own clock has gone back. What was
found is read again until it is released, wherever it lies. And what is overwritten or deleted is exactly what was read,
by its write time: the clocks of the servers may have been wrong as well, and Cassandra lets the latest time win.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import attrs
from cassandra.query import Statement

from admetrics.adapters.cassandra.cluster import CassandraKeyspace
from admetrics.adapters.cassandra.events import aware, milliseconds
from admetrics.domain.errors import ConfigurationError, TransientError
from admetrics.domain.rollup.arrival import Arrival, ArrivalKey
from admetrics.domain.rollup.minutes import MinutesByHour, MinuteSet
from admetrics.domain.times import EPOCH
from admetrics.ports.clock import Clock

_MARK: Final = "arrivals"
_MARKERS_AT_MOST: Final = 10
_ALL_READ_EVERY: Final = timedelta(hours=1)
_FAR: Final = timedelta(days=1)  # reading so many buckets one by one takes longer than finding those that exist

Place = tuple[datetime, str]
"""A bucket, and the name of an append in it."""


@attrs.frozen
class _Marker:
    """What a place shows.

    Args:
        minutes: of each hour that was not released.
        written: when, in microseconds, by the clock of a server.
    """

    minutes: MinutesByHour
    written: int


@attrs.frozen(kw_only=True)
class Window:
    """How the wall clock is cut.

    Args:
        bucket: the span of a bucket.
        overlap: how long after its beginning a bucket is still read.
        skew: how far the clock of a writer or a reader may be from the true time.

    Raises:
        ConfigurationError: markers would be late in their own bucket.
    """

    bucket: timedelta = timedelta(minutes=1)
    overlap: timedelta = timedelta(minutes=10)
    skew: timedelta = timedelta(minutes=1)

    def __attrs_post_init__(self) -> None:
        """Refuse a window in which every marker would be written again and again."""
        if self.bucket <= timedelta() or self.skew < timedelta() or self.overlap < self.bucket + 2 * self.skew:
            raise ConfigurationError("the overlap of arrivals must be at least one bucket and twice the skew of clocks")

    def bucket_of(self, time: datetime) -> datetime:
        """Return the bucket of a time, as its beginning."""
        return EPOCH + (time - EPOCH) // self.bucket * self.bucket

    def is_late(self, bucket: datetime, now: datetime) -> bool:
        """Return whether readers may have passed by a marker that became visible just now."""
        return now > bucket + self.overlap - 2 * self.skew

    def complete(self, now: datetime) -> datetime:
        """Return the bucket before which all buckets are complete, for a reader."""
        return self.bucket_of(now - self.overlap)

    def buckets(self, start: datetime, now: datetime) -> Iterator[datetime]:
        """Return the buckets from one on, to those of writers whose clocks are ahead."""
        while start <= now + 2 * self.skew:
            yield start
            start += self.bucket


_WINDOW: Final = Window()


class ArrivalIndex:
    """Arrivals by wall clock, until they are released.

    Args:
        keyspace: holds the tables.
        clock: tells the time of this machine.
        window: how the wall clock is cut; the same for all who use the keyspace.
    """

    def __init__(self, keyspace: CassandraKeyspace, *, clock: Clock, window: Window = _WINDOW) -> None:
        self._keyspace = keyspace
        self._clock = clock
        self._window = window
        self._shown: dict[Place, _Marker] = {}
        """What the last reading found."""
        self._all_read: datetime | None = None
        """When every bucket was last read."""

    def record(self, arrivals: Sequence[Arrival]) -> None:
        """Record the arrivals of one append, durably, where readers will find them."""
        appends: defaultdict[str, dict[datetime, MinuteSet]] = defaultdict(dict)
        for arrival in arrivals:
            appends[arrival.key.batch][arrival.hour] = arrival.minutes
        for name, minutes in appends.items():
            self._record(name, minutes)

    def _record(self, name: str, minutes: MinutesByHour) -> None:
        for _ in range(_MARKERS_AT_MOST):
            bucket = self._window.bucket_of(self._clock.now())
            self._keyspace.write([self._marker((bucket, name), minutes)])
            if not self._window.is_late(bucket, self._clock.now()):
                return
        raise TransientError(f"{self._keyspace.name} is too slow to record an arrival: check its load")

    def read(self) -> Sequence[Arrival]:
        """Return every arrival that was not released, and move the mark on."""
        now = self._clock.now()  # before the buckets are read: what becomes visible later may be in any that is open
        mark, written = self._mark()
        if mark is not None and mark > now + 2 * self._window.skew:
            mark = None
        complete = self._window.complete(now)
        if mark is None or now - mark > _FAR or self._is_due(now):
            buckets: Iterable[datetime] = self._all_buckets()
            self._all_read = now
        else:
            buckets = {*self._window.buckets(min(mark, complete), now), *(bucket for bucket, _ in self._shown)}
        self._shown = self._read(buckets)
        new = min([complete, *(bucket for bucket, _ in self._shown)])
        if mark is None or new > mark:
            self._move_mark(new, written)
        pairs = {
            ArrivalKey(name, hour): some
            for (_, name), marker in self._shown.items()
            for hour, some in marker.minutes.items()
        }
        return [Arrival(key, minutes) for key, minutes in pairs.items()]

    def release(self, arrivals: Collection[Arrival]) -> None:
        """Stop showing these arrivals. When two release at once, some may come back: they are only handled again."""
        released: defaultdict[str, set[datetime]] = defaultdict(set)
        for arrival in arrivals:
            released[arrival.key.batch].add(arrival.hour)
        if not released.keys() <= {name for _, name in self._shown}:
            self.read()
        left = {
            place: {hour: some for hour, some in marker.minutes.items() if hour not in released[place[1]]}
            for place, marker in self._shown.items()
            if place[1] in released
        }
        self._keyspace.write(self._changes(left))
        for place, minutes in left.items():
            if minutes:
                self._shown[place] = _Marker(minutes, self._shown[place].written + 1)
            else:
                del self._shown[place]

    def _changes(self, left: Mapping[Place, MinutesByHour]) -> Iterator[Statement]:
        """Delete whole rows, and overwrite the others: a tombstone for each hour would slow readers down."""
        delete = f"DELETE FROM {self._keyspace.table('arrivals')} USING TIMESTAMP ? WHERE bucket = ? AND name = ?"
        for (bucket, name), minutes in left.items():
            written = self._shown[bucket, name].written
            if minutes:
                yield self._marker((bucket, name), minutes, instead_of=written)
            else:
                yield self._keyspace.bound(delete, written, milliseconds(bucket), name)

    def _marker(self, place: Place, minutes: MinutesByHour, *, instead_of: int | None = None) -> Statement:
        bucket, name = place
        statement = f"INSERT INTO {self._keyspace.table('arrivals')} (bucket, name, hours) VALUES (?, ?, ?)"
        hours = {milliseconds(hour): some.mask for hour, some in minutes.items()}
        return self._insert(statement, milliseconds(bucket), name, hours, instead_of=instead_of)

    def _insert(self, statement: str, *values: object, instead_of: int | None) -> Statement:
        """Bind the values of an INSERT; it wins over what was written at some time, if it replaces that."""
        if instead_of is None:
            return self._keyspace.bound(statement, *values)
        return self._keyspace.bound(f"{statement} USING TIMESTAMP ?", *values, instead_of + 1)

    def _read(self, buckets: Iterable[datetime]) -> dict[Place, _Marker]:
        table = self._keyspace.table("arrivals")
        statement = f"SELECT bucket, name, hours, WRITETIME(hours) FROM {table} WHERE bucket = ?"
        queries = (self._keyspace.bound(statement, milliseconds(bucket)) for bucket in buckets)
        return {
            (aware(bucket), name): _Marker({aware(hour): MinuteSet(mask) for hour, mask in hours.items()}, written)
            for rows in self._keyspace.read(queries)
            for bucket, name, hours, written in rows
        }

    def _all_buckets(self) -> Sequence[datetime]:
        """Return the buckets that exist; those of which all was released cost little (`ARRIVALS` says why)."""
        query = self._keyspace.bound(f"SELECT DISTINCT bucket FROM {self._keyspace.table('arrivals')}")
        return [aware(bucket) for rows in self._keyspace.read([query]) for (bucket,) in rows]

    def _mark(self) -> tuple[datetime, int] | tuple[None, None]:
        """Return the mark, and when it was written."""
        table = self._keyspace.table("marks")
        query = self._keyspace.bound(f"SELECT time, WRITETIME(time) FROM {table} WHERE name = ?", _MARK)
        rows = self._keyspace.execute(query)
        return (aware(rows[0][0]), rows[0][1]) if rows else (None, None)

    def _is_due(self, now: datetime) -> bool:
        """Return whether buckets that a wrong clock named may have been missed for too long."""
        return self._all_read is None or not self._all_read <= now < self._all_read + _ALL_READ_EVERY

    def _move_mark(self, new: datetime, written: int | None) -> None:
        statement = f"INSERT INTO {self._keyspace.table('marks')} (name, time) VALUES (?, ?)"
        self._keyspace.write([self._insert(statement, _MARK, milliseconds(new), instead_of=written)])
