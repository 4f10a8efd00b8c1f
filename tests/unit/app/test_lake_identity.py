"""A lake that is not the one that the figures come from changes none of them."""

import pytest

from admetrics.adapters.memory.source import MemorySource
from admetrics.domain.errors import PermanentError
from tests.unit.app.stores import ALWAYS, Stores, line, settle

LINES = [line(number, job_id=1) for number in range(5)]


def settled():
    stores = Stores()
    settle(stores.pipeline(), MemorySource(LINES))
    assert clicks(stores) == 5
    return stores


def clicks(stores):
    return sum(measures.clicks for measures, _ in stores.table().values())


def beside(old):
    """Another lake, in the place of the one that was lost."""
    return Stores(warehouse=old.warehouse, checkpoints=old.checkpoints, dimensions=old.dimensions, log=old.log)


@pytest.mark.parametrize(
    "do",
    [
        lambda pipeline: pipeline.tick(MemorySource(LINES[:2])),
        lambda pipeline: pipeline.ingest(MemorySource(LINES[:2])),
        lambda pipeline: pipeline.ingest_batch(MemorySource(LINES[:2])),
        lambda pipeline: pipeline.roll_up(),
        lambda pipeline: pipeline.rebuild(ALWAYS),
        lambda pipeline: pipeline.reconcile(ALWAYS),
        lambda pipeline: pipeline.reconcile(ALWAYS, repair=True),
    ],
    ids=["tick", "ingest", "ingest_batch", "roll_up", "rebuild", "reconcile", "repair"],
)
def test_whatever_reads_or_fills_another_lake_refuses(do):
    stores = settled()
    other = beside(stores)
    with pytest.raises(PermanentError, match="is not the one that the figures come from"):
        do(other.pipeline())
    assert clicks(other) == 5
    assert not list(other.lake.hours(ALWAYS)), "nothing went into it, so its source has it still"
    assert stores.pipeline().reconcile(ALWAYS).differences == ()


def test_the_lake_that_is_put_back_goes_on():
    stores = settled()
    other = beside(stores)
    with pytest.raises(PermanentError):
        other.pipeline().tick()
    settle(stores.pipeline(), MemorySource([line(9, job_id=1)]))
    assert clicks(stores) == 6


def test_another_lake_is_taken_if_it_is_meant():
    other = beside(settled())
    other.pipeline().rebuild(ALWAYS, new_lake=True)
    settle(other.pipeline(), MemorySource(LINES[:2]))
    assert clicks(other) == 2
    assert other.pipeline().reconcile(ALWAYS).differences == ()


def test_checkpoints_of_an_older_release_adopt_the_lake_that_has_their_hours():
    stores = settled()
    stores.checkpoints._lake = None
    stores.pipeline().roll_up()
    assert stores.checkpoints.lake() == stores.lake.identity()


def test_checkpoints_of_an_older_release_do_not_adopt_an_empty_lake():
    stores = settled()
    stores.checkpoints._lake = None
    with pytest.raises(PermanentError):
        beside(stores).pipeline().tick(MemorySource(LINES[:2]))
    assert stores.checkpoints.lake() is None
    assert clicks(stores) == 5


def test_a_first_start_needs_nothing():
    assert Stores().pipeline().tick(MemorySource([])).more is False


def test_of_two_first_runners_with_different_lakes_one_is_refused():
    one = Stores()
    other = beside(one)
    one.pipeline().roll_up()
    with pytest.raises(PermanentError):
        other.pipeline().roll_up()
