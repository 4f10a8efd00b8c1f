"""The port to the lake: every accepted event, once, by hour."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import attrs

from admetrics.domain.events.event import Event, Interaction
from admetrics.domain.rollup.arrival import Arrival
from admetrics.domain.rollup.minutes import ALL_MINUTES, MinutesByHour, with_those_before
from admetrics.domain.rules.outcome import Outcome
from admetrics.domain.times import Period


class TakesEvents(Protocol):
    """The way into a lake."""

    def append(self, events: Sequence[Event]) -> Sequence[Arrival]:
        """Store events; storing one again changes nothing, and conflicting copies have one winner.

        The winner is that of `admetrics.domain.events.event.winner`, whatever the order in which copies were stored.

        Args:
            events: one ingest batch, any order, any hours, repeats and conflicts included.

        Returns:
            The arrivals, one for each hour that `events` reach: their own, and that of the repeat window after each
            (`admetrics.domain.rollup.arrival.arrivals_of`); none for no events. Events and arrivals are durable when
            this returns. If it raises, events may have been stored without an arrival: append the batch again.

        Raises:
            TooLargeError: these are too many, or too large, at once; fewer may fit. A single event whose record was
                accepted always fits, unless the lake has no room at all.
        """
        ...


class Lake(TakesEvents, Protocol):
    """Every accepted event, once, by hour; and the arrivals that make hours dirty."""

    kind: str
    """What the column `sources` says, e.g. `DuckDB`."""

    def identity(self) -> str:
        """Return what tells this lake from all others: at most 64 characters, made with it and never changed."""
        ...

    def arrivals(self) -> Sequence[Arrival]:
        """Return every arrival that was not released; some that were may still be among them for a while.

        Reading a set and not from a cursor: an arrival may become visible after one that was recorded later.
        Cost: by what was not released, not by the size of the lake.
        """
        ...

    def release(self, arrivals: Collection[Arrival]) -> None:
        """Stop showing these arrivals, soon: they are handled. Unknown ones are ignored."""
        ...

    def scan(self, minutes: MinutesByHour) -> Iterable[Interaction]:
        """Return what happened in some minutes, one winner an event, in any order.

        A scan holds every event whose arrival was visible before it began.

        Args:
            minutes: those to read.
        """
        ...

    def hours(self, period: Period) -> Sequence[datetime]:
        """Return the hours of a period that hold events, ascending."""
        ...

    def outcomes(self, period: Period) -> Iterable[Outcome]:
        """Count the distinct events of each hour of a period by outcome (`outcome_of`), sorted; none of 0 events."""
        ...

    def erased(self) -> Collection[str]:
        """Return what `note_erased` noted: everything that was noted before this was called."""
        ...

    def note_erased(self, pseudonyms: Collection[str]) -> None:
        """Note the pseudonyms of visitors that are to be erased, durably; known ones are ignored."""
        ...

    def known(self, names: Collection[str]) -> Collection[str]:
        """Return which of these names of visitors events have; the cost may be that of reading all events."""
        ...

    def key_events(self, key: bytes, *, on_progress: Callable[[float], None]) -> None:
        """Put all that was appended before under a key: it becomes what `keyed` makes of it (domain/events/erasure.py).

        There are arrivals for clicks whose id changes, since the smaller id decides which of two at once is the
        repeat. If it raises, or the process dies, do it again: what was done already is no harm, and the rest follows.
        What was overwritten is gone, as far as the store can see to it (docs/security.md). Memory is bounded.

        Args:
            key: the secret, always the same one.
            on_progress: is told which part of the work is done, 0 to 1.
        """
        ...

    def erase(self, pseudonyms: Mapping[str, str], *, on_progress: Callable[[float], None]) -> int:
        """Erase visitors: all that was appended before becomes what `erased` makes of it (domain/events/erasure.py).

        Nothing else changes; where a scan may see a part of the work, or two names become one, there are arrivals for
        the hours it touched when all is done. Memory is bounded, however many events a visitor has. If it raises, or
        the process dies, do it again: what was done already is no harm, and the rest follows. What was overwritten is
        gone, as far as the store can see to it (docs/security.md).

        Args:
            pseudonyms: what each visitor is called from now on.
            on_progress: is told which part of the work is done, 0 to 1.

        Returns:
            How many events were changed.
        """
        ...


Partition = tuple[int, int]
"""A partition of table `events`: its minute, as milliseconds since the Unix epoch, and its shard."""


@attrs.frozen
class SparkTable:
    """Table `events` of a lake, with the columns of `docs/spark.md`, as a connector of Spark reads it.

    Args:
        format: the connector.
        options: of the connector; they may hold secrets.
        partitions: finds the partitions of some minutes that hold events, each whose arrival was visible before.
        repeat_window: how long after a click another of the same visitor on the same job is a repeat.
    """

    format: str
    options: Mapping[str, str] = attrs.field(repr=False)
    partitions: Callable[[MinutesByHour], Collection[Partition]] = attrs.field(repr=False)
    repeat_window: timedelta

    def partitions_of(self, hours: Collection[datetime]) -> Collection[Partition]:
        """Return what must be read to fold some hours: their partitions, and those that reach into them."""
        return self.partitions(with_those_before(dict.fromkeys(hours, ALL_MINUTES), self.repeat_window))


class ReadBySpark(Protocol):
    """A lake that offers `spark`."""

    def spark_table(self) -> SparkTable:
        """Describe table `events`."""
        ...

    def estimate(self, minutes: MinutesByHour) -> int:
        """Tell about how many events some minutes hold, at little cost."""
        ...
