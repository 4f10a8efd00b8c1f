"""Arrivals: the fact that a batch with events of some minutes reached the lake. They make hours dirty."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import attrs

from admetrics.domain.rollup.minutes import MinuteSet, minutes_of
from admetrics.domain.times import MICROSECOND, MINUTE, minute_of


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
        minutes: those of the hour that were touched.
    """

    key: ArrivalKey
    minutes: MinuteSet

    @property
    def hour(self) -> datetime:
        """The hour that is dirty."""
        return self.key.hour

    def touched(self) -> frozenset[datetime]:
        """Return the minutes that were touched."""
        return frozenset(self.hour + minute * MINUTE for minute in self.minutes)


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
    touched = minutes_of(minute_of(time + step) for time in latest.values() for step in steps(reach))
    return tuple(Arrival(ArrivalKey(batch, hour), touched[hour]) for hour in sorted(touched))


def steps(reach: timedelta) -> tuple[timedelta, ...]:
    """Return the distances from an event at which a minute may begin that it reaches, 0 included.

    >>> [step.total_seconds() for step in steps(timedelta(seconds=90))]
    [0.0, 60.0, 89.999999]
    """
    whole = [number * MINUTE for number in range(1, -(-reach // MINUTE))]
    return (timedelta(), *whole, reach - MICROSECOND) if reach else (timedelta(),)
