"""Rebuild: every row of a period is computed and published again, whatever is stored."""

import attrs
import pytest

from admetrics.adapters.memory.checkpoints import MemoryCheckpoints
from admetrics.adapters.memory.source import MemorySource
from admetrics.domain import times
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.times import Period
from tests.unit.app.stores import ALWAYS, HOUR, KilledError, Stores, clicked, fuses, line, settle

CELL = Cell(HOUR, 1, 0, 0, 0)
OTHER = Cell(HOUR, 9, 0, 0, 0)
RIGHT = {CELL: (clicked(spend=3), None)}


def settled():
    stores = Stores()
    settle(stores.pipeline(), MemorySource([line(1, job_id=1, bid=3)]))
    return stores


def versions(stores):
    return {stored.row.cell: stored.row.version for stored in stores.warehouse.rows(ALWAYS)}


def damage(stores):
    """Change a row, and add one, as nobody should; with a high version, as if it came from another time."""
    rows = [Row(cell, Measures(clicks=7), 5, 1000, "Memory") for cell in (CELL, OTHER)]
    stores.warehouse.upsert(rows)


def test_rows_that_are_right_get_a_new_version_and_nothing_else():
    stores = settled()
    before = versions(stores)
    updated = stores.warehouse.last_update()
    stores.clock.advance(times.HOUR)
    assert stores.pipeline().rebuild(ALWAYS).hours == 1
    settle(stores.pipeline())
    assert stores.table() == RIGHT
    assert versions(stores)[CELL] > before[CELL]
    assert stores.warehouse.last_update() == updated


def test_damaged_and_invented_rows_are_mended_whatever_their_version():
    stores = settled()
    damage(stores)
    stores.pipeline().rebuild(ALWAYS)
    settle(stores.pipeline())
    assert stores.table() == RIGHT
    assert min(versions(stores).values()) > 1000


def test_a_lost_checkpoint_store_is_mended():
    stores = settled()
    damage(stores)
    new = attrs.evolve(stores, checkpoints=MemoryCheckpoints())
    new.pipeline().rebuild(ALWAYS)
    settle(new.pipeline())
    assert new.table() == RIGHT


def test_a_lost_warehouse_is_filled_again():
    old = settled()
    new = Stores(lake=old.lake, checkpoints=old.checkpoints)
    new.pipeline().rebuild(ALWAYS)
    settle(new.pipeline())
    assert new.table() == RIGHT


def test_hours_outside_the_period_are_left_alone():
    stores = settled()
    before = versions(stores)
    assert stores.pipeline().rebuild(Period(HOUR + times.HOUR, HOUR + 5 * times.HOUR)).hours == 0
    settle(stores.pipeline())
    assert versions(stores) == before


def test_it_publishes_nothing_itself():
    stores = settled()
    stores.pipeline().rebuild(ALWAYS)
    assert stores.log.waiting == {}


def test_a_crash_at_any_effect_and_another_rebuild_give_the_right_table():
    def run(fuse, stores=None):
        (stores or settled()).pipeline(fuse.wrap).rebuild(ALWAYS)

    for fuse in fuses(run):
        stores = settled()
        damage(stores)
        with pytest.raises(KilledError):
            run(fuse, stores)
        stores.pipeline().rebuild(ALWAYS)
        settle(stores.pipeline())
        assert stores.table() == RIGHT
