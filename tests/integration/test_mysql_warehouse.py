import pytest

from admetrics.adapters.sql.warehouse import SqlWarehouse
from admetrics.testing.contracts.warehouse import WarehouseContract


class TestMysqlWarehouse(WarehouseContract):
    examples = 10

    @pytest.fixture
    def warehouse(self, open_database, clock):
        return SqlWarehouse(open_database(), clock=clock)

    @pytest.fixture
    def reopen(self, warehouse, open_database, clock):
        return lambda: SqlWarehouse(open_database(), clock=clock)
