import pytest

from admetrics.adapters.memory.lake import MemoryLake
from admetrics.testing.contracts.lake import LakeContract


class TestMemoryLake(LakeContract):
    @pytest.fixture
    def lake(self):
        return MemoryLake()

    @pytest.fixture
    def reopen(self, lake):
        return lambda: lake
