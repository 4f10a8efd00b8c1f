import pytest

from admetrics.adapters.memory.dead_letters import MemoryDeadLetters
from admetrics.testing.contracts.dead_letters import DeadLettersContract


class TestMemoryDeadLetters(DeadLettersContract):
    @pytest.fixture
    def dead_letters(self):
        return MemoryDeadLetters()

    @pytest.fixture
    def reopen(self, dead_letters):
        return lambda: dead_letters
