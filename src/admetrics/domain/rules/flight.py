"""Flights: the days on which a campaign runs. A click outside of them is invalid, and budgets are paced by them."""

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Final

import attrs

from admetrics.domain.times import MICROSECOND


@attrs.frozen
class Flight:
    """The days on which a campaign runs, in UTC; None: it is open on that side.

    Args:
        first: the first day.
        last: the last day, which still belongs to it. The last day of the calendar is how some tables write none.
    """

    first: date | None = None
    last: date | None = None

    def __contains__(self, time: datetime) -> bool:
        """Return whether the campaign runs at that time.

        >>> datetime(2026, 3, 2, 23, 59, tzinfo=UTC) in Flight(last=date(2026, 3, 2))
        True
        """
        day = time.date()
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    @property
    def begins(self) -> datetime | None:
        """The first instant of it."""
        return None if self.first is None else datetime.combine(self.first, time(), UTC)

    @property
    def is_over(self) -> datetime | None:
        """The first instant after it."""
        if self.last is None or self.last == date.max:
            return None
        return datetime.combine(self.last + timedelta(days=1), time(), UTC)

    def expected_share(self, now: datetime) -> Fraction | None:
        """Return the elapsed part of the flight, 0 to 1; None if it is open on a side, or has no length.

        >>> flight = Flight(date(2026, 3, 1), date(2026, 3, 10))
        >>> flight.expected_share(datetime(2026, 3, 4, 12, tzinfo=UTC))
        Fraction(7, 20)
        """
        if self.begins is None or self.is_over is None or self.is_over <= self.begins:
            return None
        elapsed = Fraction((now - self.begins) // MICROSECOND, (self.is_over - self.begins) // MICROSECOND)
        return min(max(elapsed, Fraction(0)), Fraction(1))


ALWAYS: Final = Flight()
"""The flight of a campaign without dates, and of one that is not known."""


def outside_sql(time: str, begins: str, is_over: str) -> str:
    """Write whether a time is outside of a flight, whose ends are null where it is open.

    >>> outside_sql("hour", "begins", "is_over")
    'coalesce(hour < begins, false) OR coalesce(hour >= is_over, false)'
    """
    return f"coalesce({time} < {begins}, false) OR coalesce({time} >= {is_over}, false)"
