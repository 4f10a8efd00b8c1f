import pytest

from admetrics.adapters.memory.lake import MemoryLake
from admetrics.adapters.python.engine import PythonEngine
from admetrics.testing.contracts.engine import EngineContract


class TestPythonEngine(EngineContract):
    @pytest.fixture
    def lake(self):
        return MemoryLake()

    @pytest.fixture
    def engine(self, lake):
        return PythonEngine(lake)


class TestPythonEngineThatKeepsLittle(TestPythonEngine):
    @pytest.fixture
    def engine(self, lake):
        return PythonEngine(lake, minutes_kept=60, cells_kept=3)


class TestPythonEngineThatKeepsNothing(TestPythonEngine):
    @pytest.fixture
    def engine(self, lake):
        return PythonEngine(lake, minutes_kept=0)
