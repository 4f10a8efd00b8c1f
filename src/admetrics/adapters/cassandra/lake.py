"""The lake on Cassandra: events by minute and shard, an index of the minutes that hold some, and the arrivals."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain, groupby, islice
from typing import Any, Final, Self
from uuid import uuid4

from cassandra.query import Statement

from admetrics.adapters.cassandra.arrivals import ArrivalIndex
from admetrics.adapters.cassandra.cluster import CassandraKeyspace
from admetrics.adapters.cassandra.erasure import Eraser, ranges
from admetrics.adapters.cassandra.events import (
    COLUMNS,
    INTERACTION_COLUMNS,
    Partition,
    aware,
    insert_into,
    interaction_of,
    milliseconds,
    partitions,
    values_of,
)
from admetrics.adapters.cassandra.keying import Keyer
from admetrics.adapters.cassandra.schema import LAKE_TABLES, prepare
from admetrics.domain.events.event import Event, Interaction
from admetrics.domain.events.kind import Kind
from admetrics.domain.gc_paused import gc_paused
from admetrics.domain.rollup.arrival import Arrival, arrivals_of
from admetrics.domain.rollup.minutes import ALL_MINUTES, MinutesByHour, MinuteSet, minutes_of
from admetrics.domain.rules.outcome import Outcome, outcome_of
from admetrics.domain.rules.repeats import REPEAT_WINDOW
from admetrics.domain.times import Period, minute_of
from admetrics.ports.adapter import Resources
from admetrics.ports.clock import Clock
from admetrics.ports.lake import SparkTable

SPARK_FORMAT: Final = "org.apache.spark.sql.cassandra"
_HOURS_AT_ONCE: Final = 100
_SAMPLE: Final = 8
_RECORD: Final = COLUMNS.index("record")


class CassandraLake:
    """Events, winners decided by write timestamps; and the arrivals.

    Args:
        keyspace: holds the tables; it and they are created if they are missing.
        clock: tells in which bucket an arrival is recorded.
        repeat_window: how far events reach (`admetrics.domain.rollup.arrival.arrivals_of`).
    """

    kind = "Cassandra"

    def __init__(self, keyspace: CassandraKeyspace, *, clock: Clock, repeat_window: timedelta = REPEAT_WINDOW) -> None:
        prepare(keyspace, LAKE_TABLES)
        self._keyspace = keyspace
        self._reach = repeat_window
        self._index = ArrivalIndex(keyspace, clock=clock)
        self._insert = insert_into(keyspace.table("events"))

    @classmethod
    def open(cls, url: str, resources: Resources) -> Self:
        """Open the lake in the keyspace of a URL."""
        keyspace = resources.shared(CassandraKeyspace.open, url)
        return cls(keyspace, clock=resources.clock, repeat_window=resources.settings.repeat_window)

    def identity(self) -> str:
        """Return what tells this lake from all others; the first caller makes it, and of several one wins."""
        table = self._keyspace.table("identity")
        query = self._keyspace.bound(f"SELECT identity FROM {table} WHERE part = 0")
        found = [identity for rows in self._keyspace.read([query]) for (identity,) in rows]
        if not found:
            insert = f"INSERT INTO {table} (part, identity) VALUES (0, ?) IF NOT EXISTS"
            self._keyspace.execute(self._keyspace.bound(insert, str(uuid4())))
            return self.identity()
        return str(found[0])

    def append(self, events: Sequence[Event]) -> Sequence[Arrival]:
        """Store events, and which minutes hold some; when all of that is confirmed, the arrivals.

        In that order: an arrival that is visible leads to minutes that are known, and these to all of their events.
        """
        arrivals = arrivals_of(str(uuid4()), (event.time for event in events), reach=self._reach)
        filled = minutes_of({minute_of(event.time) for event in events})
        with gc_paused():
            self._keyspace.write(chain(self._inserts(events), self._notes(filled)))
        self._index.record(arrivals)
        return arrivals

    def _inserts(self, events: Iterable[Event]) -> Iterator[Statement]:
        rows = ((values[:2], len(values[_RECORD]), values) for values in map(values_of, events))
        return self._keyspace.batches(self._insert, rows)

    def _notes(self, filled: MinutesByHour) -> Iterator[Statement]:
        statement = f"UPDATE {self._keyspace.table('hours')} SET minutes = minutes + ? WHERE month = ? AND hour = ?"
        for hour, minutes in filled.items():
            yield self._keyspace.bound(statement, set(minutes), _month(hour), milliseconds(hour))

    def arrivals(self) -> Sequence[Arrival]:
        """Return every arrival that was not released."""
        return self._index.read()

    def release(self, arrivals: Collection[Arrival]) -> None:
        """Stop showing these arrivals, at once."""
        self._index.release(arrivals)

    def scan(self, minutes: MinutesByHour) -> Iterable[Interaction]:
        """Return what happened in some minutes; only those of them that hold events are read."""
        for _, rows in self._rows(INTERACTION_COLUMNS, self._filled(minutes)):
            yield from map(interaction_of, rows)

    def hours(self, period: Period) -> Sequence[datetime]:
        """Return the hours of a period that hold events, ascending."""
        table = self._keyspace.table("hours")
        distinct = self._keyspace.bound(f"SELECT DISTINCT month FROM {table}")
        first, last = _month(period.start), _month(period.end)
        months = sorted(
            month for rows in self._keyspace.read([distinct]) for (month,) in rows if first <= month <= last
        )
        statement = f"SELECT hour FROM {table} WHERE month = ?"
        found = self._keyspace.read(self._keyspace.bound(statement, month) for month in months)
        return [hour for rows in found for (naive,) in rows if (hour := aware(naive)) in period]

    def outcomes(self, period: Period) -> Iterator[Outcome]:
        """Count the events of each hour of a period by outcome, sorted; computed by reading them."""
        hours = self.hours(period)
        for start in range(0, len(hours), _HOURS_AT_ONCE):
            filled = self._filled(dict.fromkeys(hours[start : start + _HOURS_AT_ONCE], ALL_MINUTES))
            found = self._rows(("kind", "name", "job"), filled)
            for hour, parts in groupby(found, key=lambda part: part[0]):
                yield from _outcomes(hour, parts)

    def erased(self) -> Collection[str]:
        """Return the pseudonyms that were noted."""
        query = self._keyspace.bound(f"SELECT pseudonym FROM {self._keyspace.table('erased')} WHERE part = 0")
        return [pseudonym for rows in self._keyspace.read([query]) for (pseudonym,) in rows]

    def note_erased(self, pseudonyms: Collection[str]) -> None:
        """Note pseudonyms."""
        statement = f"INSERT INTO {self._keyspace.table('erased')} (part, pseudonym) VALUES (0, ?)"
        self._keyspace.write(self._keyspace.bound(statement, pseudonym) for pseudonym in pseudonyms)

    def known(self, names: Collection[str]) -> Collection[str]:
        """Return which of these names events have: all events are read."""
        wanted = frozenset(names)
        return {uid for rows in ranges(self._keyspace, "uid") for (uid,) in rows if uid in wanted}

    def key_events(self, key: bytes, *, on_progress: Callable[[float], None]) -> None:
        """Read all events and write those that are not under the key; then record arrivals of the renamed."""
        keyer = Keyer(self._keyspace, key)
        keyer.run(on_progress)
        self._index.record(arrivals_of(str(uuid4()), keyer.times, reach=self._reach))

    def erase(self, pseudonyms: Mapping[str, str], *, on_progress: Callable[[float], None]) -> int:
        """Read all events and change those of some visitors; then record arrivals.

        A roll-up may have scanned clicks of one visitor under two names, and so missed a repeat: it comes again.
        """
        eraser = Eraser(self._keyspace, pseudonyms)
        eraser.run(on_progress)
        self._index.record(arrivals_of(str(uuid4()), eraser.times, reach=self._reach))
        return eraser.changed

    def partitions(self, minutes: MinutesByHour) -> Sequence[Partition]:
        """Return the partitions of some minutes that hold events, for who reads them another way; none of empty ones.

        As with `scan`, these hold every event whose arrival was visible before.
        """
        return list(partitions(self._filled(minutes)))

    def spark_table(self) -> SparkTable:
        """Describe table `events` for the Cassandra connector."""
        return SparkTable(SPARK_FORMAT, self._keyspace.url.spark_options(), self.partitions, self._reach)

    def estimate(self, minutes: MinutesByHour) -> int:
        """Tell about how many events some minutes hold: exactly if these are few partitions, else from a sample.

        Cost: that of the index of minutes, and of counting the rows of at most 8 partitions.
        """
        filled = self.partitions(minutes)
        size = min(_SAMPLE, len(filled))
        sample = [filled[number * len(filled) // size] for number in range(size)]  # spread over the whole time
        statement = f"SELECT count(*) FROM {self._keyspace.table('events')} WHERE minute = ? AND shard = ?"
        found = self._keyspace.read(self._keyspace.bound(statement, *partition) for partition in sample)
        counted: int = sum(count for rows in found for (count,) in rows)
        return counted * len(filled) // max(1, size)

    def _rows(
        self, columns: Sequence[str], minutes: MinutesByHour
    ) -> Iterator[tuple[datetime, Iterator[tuple[Any, ...]]]]:
        """Read the partitions of some minutes, each with the hour that it belongs to."""
        statement = f"SELECT {', '.join(columns)} FROM {self._keyspace.table('events')} WHERE minute = ? AND shard = ?"
        hours = (hour for hour, some in minutes.items() for _ in partitions({hour: some}))
        queries = (self._keyspace.bound(statement, *partition) for partition in partitions(minutes))
        return zip(hours, self._keyspace.read(queries), strict=False)  # `strict` would ask for one query too many

    def _filled(self, minutes: MinutesByHour) -> dict[datetime, MinuteSet]:
        """Leave out the minutes that hold nothing, sorted by hour: most of an hour's, where there is little traffic."""
        statement = f"SELECT hour, minutes FROM {self._keyspace.table('hours')} WHERE month = ? AND hour IN ?"
        hours = sorted(hour for hour, some in minutes.items() if some)
        queries = (
            self._keyspace.bound(statement, month, [milliseconds(hour) for hour in some])
            for month, of_month in groupby(hours, key=_month)
            for some in _chunks(of_month, _HOURS_AT_ONCE)
        )
        known = {aware(hour): MinuteSet.of(*filled) for rows in self._keyspace.read(queries) for hour, filled in rows}
        return {hour: minutes[hour] & known.get(hour, MinuteSet()) for hour in hours}


def _outcomes(hour: datetime, parts: Iterable[tuple[datetime, Iterable[tuple[Any, ...]]]]) -> list[Outcome]:
    counts = Counter((kind, name, job != 0) for _, rows in parts for kind, name, job in rows)
    events: Counter[str] = Counter()
    for (kind, name, has_job), number in counts.items():
        events[outcome_of(Kind(kind), name, has_job=has_job)] += number
    return sorted(Outcome(hour, outcome, number) for outcome, number in events.items())


def _month(time: datetime) -> int:
    return time.year * 100 + time.month


def _chunks(hours: Iterable[datetime], size: int) -> Iterator[list[datetime]]:
    iterator = iter(hours)
    while chunk := list(islice(iterator, size)):
        yield chunk
