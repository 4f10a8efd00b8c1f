import pytest

from admetrics.adapters.memory.checkpoints import MemoryCheckpoints
from admetrics.testing.contracts.checkpoints import CheckpointsContract


class TestMemoryCheckpoints(CheckpointsContract):
    @pytest.fixture
    def checkpoints(self):
        return MemoryCheckpoints()

    @pytest.fixture
    def another(self, checkpoints):
        return lambda: checkpoints
