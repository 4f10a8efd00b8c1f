"""Ingest: raw records from a source into the lake, the bad ones into the dead letters."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import Final

import attrs

from admetrics.app import storing
from admetrics.app.parse import LineParser, ReadLine
from admetrics.domain.errors import InputError
from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.event import Event
from admetrics.domain.events.record import is_blank
from admetrics.domain.gc_paused import gc_paused
from admetrics.domain.times import CLOCK_SKEW, LARGEST_UTC_OFFSET, utc_offset, utc_offset_text
from admetrics.ports.clock import Clock
from admetrics.ports.dead_letters import TakesDeadLetters
from admetrics.ports.lake import TakesEvents
from admetrics.ports.source import Batch, Source

_unreadable_ed: Final = attrgetter("unreadable_ed")
_time: Final = attrgetter("time")
_HALF_AN_HOUR: Final = timedelta(minutes=30)
_LEAST_AHEAD: Final = _HALF_AN_HOUR + CLOCK_SKEW
_MOST_AHEAD: Final = LARGEST_UTC_OFFSET + CLOCK_SKEW
_NEARLY_ALL: Final = 0.9


@attrs.frozen
class Ingested:
    """What an ingest did; `read` is always `accepted` + `dead_letters`.

    Args:
        lines: lines polled, blank ones included; 0 means that nothing is waiting.
        read: records read.
        accepted: records that are now events of the lake, copies of the same event included.
        dead_letters: records that could not be used, those met before included.
        reasons: the same by reason.
        unreadable_custom_events: accepted records whose custom event (column `ed`) was needed and could not be read.
        ahead: records whose time is an hour or more ahead of now, accepted or not, by the offset from UTC in half hours
            that this would be; what was on its way for up to half an hour counts as the same.
    """

    lines: int = 0
    read: int = 0
    accepted: int = 0
    dead_letters: int = 0
    reasons: Mapping[str, int] = attrs.field(factory=dict, repr=False)
    unreadable_custom_events: int = attrs.field(default=0, repr=False)
    ahead: Mapping[str, int] = attrs.field(factory=dict, repr=False)

    def __add__(self, other: "Ingested") -> "Ingested":
        """Add the figures of two ingests."""
        return Ingested(
            self.lines + other.lines,
            self.read + other.read,
            self.accepted + other.accepted,
            self.dead_letters + other.dead_letters,
            dict(Counter(self.reasons) + Counter(other.reasons)),
            self.unreadable_custom_events + other.unreadable_custom_events,
            dict(Counter(self.ahead) + Counter(other.ahead)),
        )

    @property
    def clocks_ahead(self) -> timedelta | None:
        """By how much the clocks of the trackers are ahead of UTC, if nearly all records are ahead by the same time.

        A tracker that takes local time for UTC is the usual cause.
        """
        offset, records = max(self.ahead.items(), key=itemgetter(1), default=("", 0))
        return utc_offset(offset) if offset and records >= _NEARLY_ALL * self.read else None


@attrs.frozen
class ParsedBatch:
    """A batch on its way into the lake.

    Args:
        batch: as it was polled.
        events: what its good records are.
        letters: its bad records.
        now: when it was read.
    """

    batch: Batch
    events: Sequence[Event] = attrs.field(repr=False)
    letters: Sequence[DeadLetter] = attrs.field(repr=False)
    now: datetime

    @cached_property
    def figures(self) -> Ingested:
        """The figures of the batch."""
        lines = sum(len(chunk.lines) for chunk in self.batch.chunks)
        reasons = Counter(letter.rejection.reason.value for letter in self.letters)
        return Ingested(
            lines,
            reasons.total() + len(self.events),
            len(self.events),
            reasons.total(),
            dict(reasons),
            sum(map(_unreadable_ed, self.events)),
            self._ahead(),
        )

    def _ahead(self) -> Mapping[str, int]:
        least = self.now + _LEAST_AHEAD
        spans = [time - self.now for time in map(_time, self.events) if time > least]
        spans += [letter.rejection.ahead for letter in self.letters if letter.rejection.ahead is not None]
        return Counter(utc_offset_text(_offset_of(span)) for span in spans if _LEAST_AHEAD < span <= _MOST_AHEAD)


def _offset_of(ahead: timedelta) -> timedelta:
    """Round up to half hours, as records are on their way for a while; clocks that differ a little change nothing."""
    return -(-(ahead - CLOCK_SKEW) // _HALF_AN_HOUR) * _HALF_AN_HOUR


@attrs.define
class DeadLetterLimit:
    """How many dead letters a run may have. A run begins with a pipeline, and again whenever nothing is waiting.

    So a source that brings bad records now and then is followed for ever, and a flood of them ends.

    Args:
        at_most: how many; None: any number.
    """

    at_most: int | None
    _met: int = attrs.field(default=0, init=False)

    def check(self, some: ParsedBatch) -> None:
        """Return whether a batch may be stored.

        Raises:
            InputError: its dead letters are too many; the message says where the first of these is.
        """
        if self.at_most is None or self._met + len(some.letters) <= self.at_most:
            return
        first = some.letters[self.at_most - self._met]
        raise InputError(
            f"{first.source}, line {first.line}: more than {self.at_most} records in a run are bad, so it stops here, "
            "with everything before this batch stored: look at `admetrics dead-letters list`; if they are to be kept "
            "as dead letters, raise dead_letter_limit and run it again"
        )

    def count(self, figures: Ingested) -> None:
        """Count a batch that was stored."""
        self._met = self._met + figures.dead_letters if figures.lines else 0


def ingest(
    *,
    source: Source,
    lake: TakesEvents,
    dead_letters: TakesDeadLetters,
    clock: Clock,
    parser: LineParser,
    at_most: int,
    limit: DeadLetterLimit,
) -> Ingested:
    """Move one batch from the source into the lake.

    Effects first, the source's position last: a crash anywhere repeats the batch, which changes nothing.

    Args:
        source: where the records come from.
        lake: takes the events.
        dead_letters: takes the records that cannot be used.
        clock: tells now, for the limits and the dead letters.
        parser: reads the lines.
        at_most: the size of the batch, in lines.
        limit: ends the run before it has too many dead letters.

    Returns:
        The figures of the batch.

    Raises:
        InputError: the run has too many dead letters; everything before the batch is stored.
    """
    with rewound_on_failure(source):
        some = next_batch(source=source, clock=clock, parser=parser, at_most=at_most)
        limit.check(some)
        store(some, lake=lake, dead_letters=dead_letters)
        source.commit(some.batch)
    figures = some.figures
    limit.count(figures)
    return figures


@contextmanager
def rewound_on_failure(source: Source) -> Iterator[None]:
    """Let what was polled and not committed be polled again; a poll that fails may have moved on, too."""
    try:
        yield
    except BaseException:
        source.rewind()
        raise


def next_batch(*, source: Source, clock: Clock, parser: LineParser, at_most: int) -> ParsedBatch:
    """Poll a batch and sort it out; the first half of `ingest`."""
    batch = source.poll(at_most=at_most)
    now = clock.now()
    with gc_paused():
        return ParsedBatch(batch, *parse_batch(batch, read=parser.at(now), now=now), now)


def store(some: ParsedBatch, *, lake: TakesEvents, dead_letters: TakesDeadLetters) -> None:
    """Store a batch; the second half of `ingest`, but for the source's position."""
    storing.append(some.events, lake=lake)
    storing.put(some.letters, dead_letters=dead_letters)


def parse_batch(batch: Batch, *, read: ReadLine, now: datetime) -> tuple[list[Event], list[DeadLetter]]:
    """Read the lines of a batch; blank lines are no records."""
    events: list[Event] = []
    letters: list[DeadLetter] = []
    for chunk in batch.chunks:
        for number, line in zip(chunk.numbers, chunk.lines, strict=True):
            outcome = read(line)
            if isinstance(outcome, Event):
                events.append(outcome)
            elif not is_blank(line):  # asked last: blank lines are rare, and no record is blank
                letters.append(DeadLetter(chunk.place, number, line, outcome, now))
    return events, letters
