from datetime import timedelta

import pytest

from admetrics.adapters.memory.source import MemorySource
from admetrics.app.prune import LEAST_AGE, Pruned
from admetrics.domain.errors import IncompatibleError
from tests.unit.app.stores import ALWAYS, Stores, line, losing_first, settle

AGE = timedelta(days=30)


@pytest.fixture
def stores():
    """A pipeline that met a bad line, and a cell that vanished."""
    stores = Stores()
    settle(stores.pipeline(), MemorySource([line(1, job_id=3), b"no record"]))
    return stores


def test_dead_letters_of_that_age_are_forgotten_and_younger_ones_stay(stores):
    stores.clock.advance(AGE)
    assert stores.pipeline().prune(AGE).dead_letters == 0
    stores.clock.advance(timedelta(microseconds=1))
    assert stores.pipeline().prune(AGE).dead_letters == 1
    assert list(stores.dead_letters.all()) == []


@pytest.mark.parametrize("age", [LEAST_AGE - timedelta(microseconds=1), timedelta(), -AGE])
def test_an_age_within_which_messages_may_still_come_is_refused(stores, age):
    stores.clock.advance(100 * AGE)
    with pytest.raises(IncompatibleError, match="older than 14 days or more"):
        stores.pipeline().prune(age)
    assert stores.pipeline().prune(LEAST_AGE).dead_letters == 1


def test_rows_with_figures_stay_whatever_their_age(stores):
    stores.clock.advance(100 * AGE)
    assert stores.pipeline().prune(AGE).rows == 0
    assert len(stores.table()) == 1


def test_zero_rows_are_forgotten_and_the_figures_are_the_same(stores):
    first, winner = losing_first([line(7, job_id=1), line(7, job_id=2)])
    settle(stores.pipeline(), MemorySource([first]))
    settle(stores.pipeline(), MemorySource([winner]))
    before = stores.table()
    stores.clock.advance(AGE)
    assert stores.pipeline().prune(AGE) == Pruned(dead_letters=0, rows=0), "not before they are older"
    stores.clock.advance(timedelta(microseconds=1))
    assert stores.pipeline().prune(AGE) == Pruned(dead_letters=1, rows=1)
    assert stores.table() == before
    assert stores.pipeline().reconcile(ALWAYS).differences == ()
