"""Arrivals: the fact that a batch with events of some minutes reached the lake. They make hours dirty."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

import attrs

from admetrics.domain.times import MINUTES_PER_HOUR, hour_of, minute_of

_MINUTE: Final = timedelta(minutes=1)
_MICROSECOND: Final = timedelta(microseconds=1)


@attrs.frozen(order=True)
class ArrivalKey:
    """One (arrival, hour) pair.

    Args:
        batch: names the append (or the request) that made the hour dirty; unique for ever.
        hour: the hour that it made dirty.
    """

    batch: str
    hour: datetime


@attrs.frozen
class Arrival:
    """A batch touched some minutes of an hour.

    Args:
        key: the pair that is handled or not.
        minutes: one bit for each minute of the hour that was touched; bit 0 is the first.
    """

    key: ArrivalKey
    minutes: int

    @property
    def hour(self) -> datetime:
        """The hour that is dirty."""
        return self.key.hour

    def touched(self) -> frozenset[datetime]:
        """Return the minutes that were touched."""
        return frozenset(self.hour + timedelta(minutes=bit) for bit in bits(self.minutes))


ALL_MINUTES = (1 << 60) - 1
"""Every minute of an hour."""


def bits(mask: int) -> list[int]:
    """Return the minutes of an hour that a mask names, ascending.

    >>> bits(0b101)
    [0, 2]
    """
    return [bit for bit in range(MINUTES_PER_HOUR) if mask >> bit & 1]


def arrivals_of(batch: str, times: Iterable[datetime], *, reach: timedelta) -> tuple[Arrival, ...]:
    """Describe which hours, and which minutes of them, the events of a batch touch.

    Args:
        batch: the name of the append.
        times: the times of its events.
        reach: how long after an event others may be judged by it, as clicks by the click before; exclusive.

    Returns:
        One arrival an hour, in the order of hours.
    """
    latest: dict[datetime, datetime] = {}
    for time in times:
        minute = minute_of(time)
        latest[minute] = max(time, latest.get(minute, time))
    masks = minutes_of(minute_of(time + step) for time in latest.values() for step in steps(reach))
    return tuple(Arrival(ArrivalKey(batch, hour), masks[hour]) for hour in sorted(masks))


def minutes_of(minutes: Iterable[datetime]) -> dict[datetime, int]:
    """Write minutes as hours, each with one bit for every minute of it."""
    masks: dict[datetime, int] = {}
    for minute in minutes:
        hour = hour_of(minute)
        masks[hour] = masks.get(hour, 0) | 1 << minute.minute
    return masks


def steps(reach: timedelta) -> tuple[timedelta, ...]:
    """Return the distances from an event at which a minute may begin that it reaches, 0 included.

    >>> [step.total_seconds() for step in steps(timedelta(seconds=90))]
    [0.0, 60.0, 89.999999]
    """
    whole = [number * _MINUTE for number in range(1, -(-reach // _MINUTE))]
    return (timedelta(), *whole, reach - _MICROSECOND) if reach else (timedelta(),)


def with_those_before(minutes: Mapping[datetime, int], reach: timedelta) -> dict[datetime, int]:
    """Add to some minutes those before them that reach into them.

    Args:
        minutes: hours, each with one bit for every minute.
        reach: see `arrivals_of`.
    """
    back = range(-(-reach // _MINUTE) + 1)
    chosen = {
        hour + (bit - number) * _MINUTE for hour, mask in minutes.items() for bit in bits(mask) for number in back
    }
    return minutes_of(chosen)
