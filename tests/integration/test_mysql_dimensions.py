import pytest

from admetrics.adapters.sql.dimensions import SqlDimensions
from admetrics.testing.contracts.dimensions import DimensionStoreContract


class TestMysqlDimensions(DimensionStoreContract):
    examples = 10

    @pytest.fixture
    def store(self, open_database):
        return SqlDimensions(open_database())

    @pytest.fixture
    def reopen(self, store, open_database):
        return lambda: SqlDimensions(open_database())
