import pytest

from admetrics.adapters.memory.warehouse import MemoryWarehouse
from admetrics.testing.contracts.warehouse import WarehouseContract


class TestMemoryWarehouse(WarehouseContract):
    @pytest.fixture
    def warehouse(self, clock):
        return MemoryWarehouse(clock=clock)

    @pytest.fixture
    def reopen(self, warehouse):
        return lambda: warehouse
