"""The contract of a clock."""

from datetime import timedelta

from admetrics.ports.clock import Clock


class ClockContract:
    """What every clock keeps.

    Fixtures to supply:
        clock: the clock.
    """

    def test_the_time_is_aware_utc(self, clock: Clock) -> None:
        """A naive time, or one of another zone, would be taken for UTC somewhere."""
        now = clock.now()
        assert now.tzinfo is not None
        assert now.utcoffset() == timedelta()
