"""Hours, minutes and periods, all in aware UTC; and the time inside a version-1 UUID."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, Self

import attrs

from admetrics.domain.errors import ConfigurationError

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)
MICROSECOND: Final = timedelta(microseconds=1)
CLOCK_SKEW: Final = timedelta(minutes=1)
"""The clocks of several machines differ by less, unless one is wrong."""
MINUTES_PER_HOUR: Final = 60
_SHOWN: Final = 30
_UNITS: Final = (("year", 31_556_952), ("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))

TICKS_PER_MICROSECOND: Final = 10
TICK_OF_EPOCH: Final = 0x01B21DD213814000  # 100 ns intervals from 1582-10-15 to 1970-01-01: RFC 9562, section 5.1
_VERSION_1_UUID: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII
).fullmatch


def hour_of(time: datetime) -> datetime:
    """Cut a time to its hour.

    >>> hour_of(datetime(2026, 3, 1, 10, 59, 59, tzinfo=UTC)).isoformat()
    '2026-03-01T10:00:00+00:00'
    """
    return time.replace(minute=0, second=0, microsecond=0)


def minute_of(time: datetime) -> datetime:
    """Cut a time to its minute."""
    return time.replace(second=0, microsecond=0)


def ticks_of(time: datetime) -> int:
    """Count the 100 ns intervals between the Unix epoch and `time`."""
    return ticks_of_span(time - EPOCH)


def ticks_of_span(span: timedelta) -> int:
    """Count the intervals of 100 ns in a span of time."""
    return span // MICROSECOND * TICKS_PER_MICROSECOND


def rounded_span(span: timedelta) -> str:
    """Write a span of time so that people grasp it.

    >>> [rounded_span(timedelta(seconds=seconds)) for seconds in (1, -200, 25_190, 23_400, 10**6, 10**9)]
    ['1 second', '3.3 minutes', '7 hours', '6.5 hours', '11.6 days', '31.7 years']
    """
    seconds = abs(span.total_seconds())
    unit, length = next((each for each in _UNITS if seconds >= each[1]), _UNITS[-1])
    number = f"{seconds / length:.1f}".removesuffix(".0")
    return f"{number} {unit}{'' if number == '1' else 's'}"


def time_of_ticks(ticks: int) -> datetime:
    """Return the time that is `ticks` intervals of 100 ns after the Unix epoch, rounded down to microseconds."""
    return EPOCH + timedelta(0, 0, ticks // TICKS_PER_MICROSECOND)  # by place: faster than `microseconds=`


def ticks_of_uuid(text: str) -> int | None:
    """Read the time of a version-1 UUID of the RFC variant (RFC 9562, section 5.1).

    Args:
        text: a UUID in lower case, 36 characters.

    Returns:
        100 ns intervals since the Unix epoch, or None if `text` is anything else.

    >>> time_of_ticks(ticks_of_uuid("2aa10ec0-16d7-11f1-98f8-ff3f08b10e4b")).isoformat()
    '2026-03-03T08:01:21.417388+00:00'
    """
    if _VERSION_1_UUID(text) is None:
        return None
    return int(text[15:18] + text[9:13] + text[:8], 16) - TICK_OF_EPOCH


@attrs.frozen
class Period:
    """A span of time: `start` inclusive, `end` exclusive, aware UTC."""

    start: datetime
    end: datetime

    def __attrs_post_init__(self) -> None:
        """Refuse a period that ends before it starts."""
        if self.end < self.start:
            raise ConfigurationError(
                f"the period ends ({self.end:%Y-%m-%dT%H:%M:%SZ}) "
                f"before it starts ({self.start:%Y-%m-%dT%H:%M:%SZ}): swap them"
            )

    @classmethod
    def always(cls) -> Self:
        """Return the period that holds every time."""
        return cls(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))

    def __contains__(self, time: datetime) -> bool:
        """Return whether `time` lies in the period."""
        return self.start <= time < self.end

    def before(self) -> "Period":
        """Return the period of the same length that ends where this one starts."""
        return Period(self.start - (self.end - self.start), self.start)


@attrs.frozen
class TimeLimits:
    """The times that an event may have, in 100 ns intervals since the Unix epoch, both ends included.

    Args:
        earliest: the first.
        latest: the last.
        now: the moment that times are ahead of, or behind; the last, unless it is given.
        utc_offset: how far the clocks that wrote the times are ahead of UTC, in the same unit.
    """

    earliest: int
    latest: int
    now: int = attrs.field()
    utc_offset: int = 0

    @now.default
    def _last(self) -> int:
        return self.latest

    @classmethod
    def at(
        cls,
        now: datetime,
        *,
        earliest: datetime = datetime(2000, 1, 1, tzinfo=UTC),
        max_clock_skew: timedelta = timedelta(hours=1),
        max_age: timedelta | None = None,
        utc_offset: timedelta = timedelta(),
    ) -> Self:
        """Compute the limits of this moment.

        Args:
            now: the moment, from the clock port.
            earliest: no event is older than this.
            max_clock_skew: how far the clocks of the trackers may run ahead.
            max_age: how long the lake keeps events; None is for ever.
            utc_offset: how far the clocks of the trackers are ahead of UTC, if they take local time for it.
        """
        oldest = earliest if max_age is None else max(earliest, now - max_age)
        return cls(ticks_of(oldest), ticks_of(now + max_clock_skew), ticks_of(now), ticks_of_span(utc_offset))

    def ahead(self, ticks: int) -> timedelta:
        """Return by how much a time is ahead of now; negative if it is behind.

        Both ends of the calendar are further than any time of a UUID.
        """
        return timedelta(microseconds=(ticks - self.now) // TICKS_PER_MICROSECOND)

    def __contains__(self, ticks: int) -> bool:
        """Return whether an event may have happened then."""
        return self.earliest <= ticks <= self.latest


LARGEST_UTC_OFFSET: Final = timedelta(hours=14)
_UTC_OFFSET: Final = re.compile(r"([+-])(\d{2})(?::?([0-5]\d))?", re.ASCII).fullmatch


def utc_offset(text: str) -> timedelta:
    """Read how far a clock is ahead of UTC, as ISO 8601 writes it: `+07:00`, `-0330` or `+07`, at most 14 hours.

    >>> utc_offset("-03:30") == -timedelta(hours=3, minutes=30)
    True
    """
    match = _UTC_OFFSET(text)
    size = timedelta(hours=int(match[2]), minutes=int(match[3] or 0)) if match else timedelta.max
    if match is None or size > LARGEST_UTC_OFFSET:
        raise ConfigurationError(f"{text[:_SHOWN]!r} is no offset from UTC: write e.g. +07:00 or -03:30, up to 14:00")
    return -size if match[1] == "-" else size


def utc_offset_text(offset: timedelta) -> str:
    """Write an offset as `utc_offset` reads it.

    >>> utc_offset_text(-timedelta(hours=3, minutes=30)), utc_offset_text(timedelta(hours=7))
    ('-03:30', '+07:00')
    """
    hours, minutes = divmod(abs(offset) // MINUTE, MINUTES_PER_HOUR)
    return f"{'-' if offset < timedelta() else '+'}{hours:02}:{minutes:02}"


def hours_of(minutes: Iterable[datetime]) -> frozenset[datetime]:
    """Return the hours that the minutes belong to."""
    return frozenset(map(hour_of, minutes))
