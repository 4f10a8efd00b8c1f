"""Arrivals: the fact that a batch with events of some minutes reached the lake. They make hours dirty."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import attrs

from admetrics.domain.times import hour_of, minute_of


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
        return frozenset(self.hour + timedelta(minutes=bit) for bit in range(60) if self.minutes >> bit & 1)


ALL_MINUTES = (1 << 60) - 1
"""Every minute of an hour."""


def arrivals_of(batch: str, times: Iterable[datetime]) -> tuple[Arrival, ...]:
    """Describe which hours, and which minutes of them, the events of a batch touch.

    Args:
        batch: the name of the append.
        times: the times of its events.

    Returns:
        One arrival an hour, in the order of hours.
    """
    masks: dict[datetime, int] = {}
    for minute in {minute_of(time) for time in times}:
        hour = hour_of(minute)
        masks[hour] = masks.get(hour, 0) | 1 << minute.minute
    return tuple(Arrival(ArrivalKey(batch, hour), masks[hour]) for hour in sorted(masks))
