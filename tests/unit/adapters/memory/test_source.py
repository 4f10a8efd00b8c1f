import pytest

from admetrics.adapters.memory.source import MemorySource
from admetrics.testing.contracts.source import LastingSourceContract


class TestMemorySource(LastingSourceContract):
    @pytest.fixture
    def make_source(self):
        return MemorySource

    @pytest.fixture
    def reopen(self):
        def reopen(source):
            source.rewind()
            return source

        return reopen
