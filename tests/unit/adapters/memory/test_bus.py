from datetime import UTC, datetime

import pytest

from admetrics.adapters.memory.bus import MemoryBus
from admetrics.adapters.memory.clock import ManualClock
from admetrics.testing.contracts.bus import BusContract


class TestMemoryBus(BusContract):
    @pytest.fixture
    def clock(self):
        return ManualClock(datetime(2026, 3, 1, tzinfo=UTC))

    @pytest.fixture
    def bus(self, clock):
        return MemoryBus(clock=clock)

    @pytest.fixture
    def reopen(self, bus, clock):
        return lambda: MemoryBus(clock=clock, log=bus.log)

    @pytest.fixture
    def put_raw(self, bus):
        return bus.log.append
