import pytest

from admetrics.adapters.sql.checkpoints import SqlCheckpoints
from admetrics.testing.contracts.checkpoints import CheckpointsContract


class TestMysqlCheckpoints(CheckpointsContract):
    examples = 10

    @pytest.fixture
    def checkpoints(self, open_database):
        return SqlCheckpoints(open_database())

    @pytest.fixture
    def another(self, checkpoints, open_database):
        return lambda: SqlCheckpoints(open_database())
