"""A clock that is moved by hand."""

from datetime import datetime, timedelta


class ManualClock:
    """Tells the time that it was told.

    Args:
        now: the time at first, aware UTC.

    >>> from datetime import UTC
    >>> clock = ManualClock(datetime(2026, 3, 1, 23, tzinfo=UTC))
    >>> clock.advance(timedelta(hours=1))
    >>> clock.now().isoformat()
    '2026-03-02T00:00:00+00:00'
    """

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        """Return the current time."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move on; a negative span moves back, as clocks do that were wrong."""
        self._now += by
