import pytest

from admetrics.adapters.memory.dimensions import MemoryDimensions
from admetrics.testing.contracts.dimensions import DimensionStoreContract


class TestMemoryDimensions(DimensionStoreContract):
    @pytest.fixture
    def store(self):
        return MemoryDimensions()

    @pytest.fixture
    def reopen(self, store):
        return lambda: store
