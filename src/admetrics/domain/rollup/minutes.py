"""Minutes of hours: which arrivals touched, and which are read to compute an hour again."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

import attrs

from admetrics.domain.times import MINUTE, MINUTES_PER_HOUR, hour_of


@attrs.frozen
class MinuteSet:
    """Some minutes of one hour.

    Args:
        mask: one bit for each minute; bit 0 is the first. This is how stores keep it.

    >>> some = MinuteSet.of(0, 2, 59)
    >>> list(some), 2 in some, list(some - MinuteSet.of(2)), MinuteSet.of(0, 2).mask
    ([0, 2, 59], True, [0, 59], 5)
    """

    mask: int = 0

    @classmethod
    def of(cls, *minutes: int) -> "MinuteSet":
        """Make the set of some minutes, 0 to 59."""
        mask = 0
        for minute in minutes:
            mask |= 1 << minute
        return cls(mask)

    def __iter__(self) -> Iterator[int]:
        """Go through the minutes, ascending."""
        return (minute for minute in range(MINUTES_PER_HOUR) if minute in self)

    def __contains__(self, minute: int) -> bool:
        """Return whether it holds a minute."""
        return bool(self.mask >> minute & 1)

    def __bool__(self) -> bool:
        """Return whether it holds any."""
        return self.mask != 0

    def __or__(self, other: "MinuteSet") -> "MinuteSet":
        """Return the minutes of either."""
        return MinuteSet(self.mask | other.mask)

    def __and__(self, other: "MinuteSet") -> "MinuteSet":
        """Return the minutes of both."""
        return MinuteSet(self.mask & other.mask)

    def __sub__(self, other: "MinuteSet") -> "MinuteSet":
        """Return the minutes that the other does not hold."""
        return MinuteSet(self.mask & ~other.mask)


ALL_MINUTES: Final = MinuteSet.of(*range(MINUTES_PER_HOUR))
"""Every minute of an hour."""

MinutesByHour = Mapping[datetime, MinuteSet]
"""Hours, each with some of its minutes."""


def minutes_of(minutes: Iterable[datetime]) -> dict[datetime, MinuteSet]:
    """Group minutes by hour."""
    masks: dict[datetime, int] = {}
    for minute in minutes:
        hour = hour_of(minute)
        masks[hour] = masks.get(hour, 0) | 1 << minute.minute
    return {hour: MinuteSet(mask) for hour, mask in masks.items()}


def with_those_before(minutes: MinutesByHour, reach: timedelta) -> dict[datetime, MinuteSet]:
    """Add to some minutes those before them that reach into them.

    Args:
        minutes: some minutes.
        reach: how long after an event others may be judged by it, as clicks by the click before; exclusive.
    """
    back = range(-(-reach // MINUTE) + 1)
    return minutes_of(
        hour + (minute - number) * MINUTE for hour, some in minutes.items() for minute in some for number in back
    )
