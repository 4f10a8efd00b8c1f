from datetime import UTC, datetime

import pytest

from admetrics.adapters.memory.clock import ManualClock
from admetrics.testing.contracts.clock import ClockContract


class TestManualClock(ClockContract):
    @pytest.fixture
    def clock(self):
        return ManualClock(datetime(2026, 3, 1, tzinfo=UTC))
