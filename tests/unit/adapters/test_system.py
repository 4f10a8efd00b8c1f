from datetime import UTC, datetime

import pytest

from admetrics.adapters.system import SystemClock
from admetrics.testing.contracts.clock import ClockContract


class TestSystemClock(ClockContract):
    @pytest.fixture
    def clock(self):
        return SystemClock()

    def test_it_tells_the_time_of_the_machine(self, clock):
        before = datetime.now(UTC)
        now = clock.now()
        assert before <= now <= datetime.now(UTC)
