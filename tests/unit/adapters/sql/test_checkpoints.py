from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.event import listen

from admetrics.adapters.sql.checkpoints import SqlCheckpoints
from admetrics.domain.errors import PermanentError, TransientError
from admetrics.domain.rollup.row import Cell
from admetrics.ports.checkpoints import Claim, HourState
from admetrics.testing.contracts.checkpoints import CheckpointsContract
from admetrics.testing.strategies import FEW_HOURS


class TestSqlCheckpoints(CheckpointsContract):
    @pytest.fixture
    def checkpoints(self, database):
        return SqlCheckpoints(database)

    @pytest.fixture
    def another(self, checkpoints, open_database):
        return lambda: SqlCheckpoints(open_database())


HOUR = FEW_HOURS.start
DIGEST = b"d" * 16


@pytest.fixture
def checkpoints(database):
    return SqlCheckpoints(database)


def test_minutes_that_share_the_claim_of_their_hour_take_no_rows(database, checkpoints):
    """A row a minute would make a claim sixty times as large."""
    minutes = [HOUR + timedelta(minutes=number) for number in range(60)]

    def rows():
        return database.read(lambda connection: connection.scalar(text("SELECT count(*) FROM checkpoint_minutes")))

    first, second, third = (checkpoints.next_version() for _ in range(3))
    checkpoints.claim(first, hours=[HOUR], digests={}, reused={})
    assert rows() == 0
    checkpoints.claim(second, hours=[HOUR], digests={}, reused=dict.fromkeys(minutes[1:], first))
    assert rows() == 59
    checkpoints.claim(third, hours=[HOUR], digests={}, reused={})
    assert rows() == 0


def test_a_claim_that_fails_leaves_nothing(checkpoints):
    version = checkpoints.next_version()
    with pytest.raises(PermanentError):
        checkpoints.claim(version, hours=[HOUR], digests={Cell(HOUR, None, 0, 0, 0): DIGEST}, reused={})  # type: ignore[arg-type]
    assert checkpoints.states([HOUR]) == {HOUR: HourState(0, 0)}


def test_a_call_whose_answer_was_lost_is_made_again(database, checkpoints):
    """The connection breaks after the transaction took effect: the retry must find the same."""
    version = checkpoints.next_version()
    lost: list[bool] = []

    def lose(connection):
        if not lost:
            lost.append(True)
            connection.connection.dbapi_connection.execute("COMMIT")
            raise TransientError("the answer was lost")

    digests = {Cell(HOUR, 1, 0, 0, 0): DIGEST}
    listen(database._writing, "commit", lose)
    claim = checkpoints.claim(version, hours=[HOUR], digests=digests, reused={})
    assert lost
    assert claim == Claim(frozenset({HOUR}), frozenset(digests))
