"""Load: published rows reach the warehouse, the newest version of each cell, whatever happens on the way."""

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admetrics.adapters.memory.bus import MemoryBus
from admetrics.app.load import newest_per_cell
from admetrics.domain.errors import TransientError
from admetrics.domain.events.rejection import Reason
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.rollup.message import encode_row
from admetrics.domain.rollup.row import FURTHEST, Cell, Row
from admetrics.testing import strategies as some
from admetrics.testing.strategies import click_at
from tests.unit.app.stores import ALWAYS, HOUR, KilledError, Stores, fuses

CELL = Cell(HOUR, 1, 0, 0, 0)
MOST = 2**40


def row(version, *, clicks=1, cell=CELL):
    return Row(cell, Measures(clicks=clicks), None, version, "Memory")


def published(*rows):
    stores = Stores()
    stores.checkpoints.reopen("versions are taken before rows are published", hours=(), cells=(), above=MOST)
    MemoryBus(clock=stores.clock, log=stores.log).publish(rows)
    return stores


def versions(stores):
    return {stored.row.cell: stored.row for stored in stores.warehouse.rows(ALWAYS)}


def consistent(rows):
    """Two roll-ups never have one version, so rows of one cell and one version are the same row."""
    return {(each.cell, each.version): each for each in rows}.values()


@settings(deadline=None)
@given(st.lists(some.rows(), max_size=12).map(consistent).flatmap(lambda rows: st.permutations([*rows, *rows])))
def test_the_newest_version_of_every_cell_wins_in_any_order(rows):
    stores = published(*rows)
    loaded = stores.pipeline().load()
    assert loaded.read == len(rows)
    assert versions(stores) == {each.cell: each for each in newest_per_cell(rows)}
    assert stores.log.waiting == {}


@given(st.lists(some.rows(), max_size=12).map(consistent))
def test_of_each_cell_the_highest_version_is_kept_sorted_by_cell(rows):
    newest = newest_per_cell(rows)
    assert [each.cell for each in newest] == sorted({each.cell for each in rows})
    assert all(each.version >= other.version for each in newest for other in rows if other.cell == each.cell)


def test_an_older_message_changes_nothing():
    stores = published(row(2, clicks=5))
    pipeline = stores.pipeline()
    pipeline.load()
    MemoryBus(clock=stores.clock, log=stores.log).publish([row(1)])
    assert pipeline.load().written == 0
    assert versions(stores)[CELL] == row(2, clicks=5)


def test_an_unreadable_message_becomes_a_dead_letter_and_blocks_nothing():
    stores = published(row(1))
    stores.log.append(b"\xff")
    stores.log.append(encode_row(row(1, cell=attrs.evolve(CELL, job=2))))
    loaded = stores.pipeline().load()
    assert (loaded.read, loaded.written, loaded.unreadable) == (3, 2, 1)
    (letter,) = stores.dead_letters.all()
    assert (letter.source, letter.data, letter.rejection.reason) == ("bus", b"\xff", Reason.BAD_MESSAGE)


@pytest.mark.parametrize("version", [MOST + FURTHEST + 2, 2**53, 2**62, 2**63 - 2, 2**63 - 1])
def test_a_version_that_nobody_took_becomes_a_dead_letter_and_stops_nobody(version):
    """No later roll-up could replace such a row, and after a repair there would be no version left."""
    stores = published(row(1), row(version, clicks=999))
    loaded = stores.pipeline().load()
    assert loaded.unreadable == 1
    (letter,) = stores.dead_letters.all()
    assert letter.rejection.reason is Reason.BAD_MESSAGE
    assert versions(stores)[CELL] == row(1)
    pipeline = stores.pipeline()
    pipeline.reconcile(ALWAYS, repair=True)
    pipeline.lake.append([click_at(HOUR, number=1, job=1)])
    for _ in range(3):
        pipeline.tick()
    assert versions(stores)[CELL].measures == Measures(clicks=1, valid_clicks=1)


def test_rows_of_before_the_checkpoint_store_was_lost_are_loaded():
    """Else older messages could come after them: they hold these back."""
    stores = Stores()
    MemoryBus(clock=stores.clock, log=stores.log).publish([row(1000)])
    assert (stores.pipeline().load().unreadable, versions(stores)[CELL].version) == (0, 1000)


def test_the_last_version_that_was_taken_is_loaded():
    stores = Stores()
    pipeline = stores.pipeline()
    for version in range(1, 4):
        assert stores.checkpoints.next_version() == version
        MemoryBus(clock=stores.clock, log=stores.log).publish([row(version)])
    assert (pipeline.load().unreadable, versions(stores)[CELL].version) == (0, 3)


def test_nothing_waiting_is_nothing_done():
    loaded = Stores().pipeline().load()
    assert (loaded.read, loaded.written, loaded.unreadable) == (0, 0, 0)


def _load(fuse, stores=None):
    return (stores or published(row(1), row(3), row(2))).pipeline(fuse.wrap).load_batch()


def test_a_crash_at_any_effect_and_another_run_load_everything():
    for fuse in fuses(_load):
        stores = published(row(1), row(3), row(2))
        with pytest.raises(KilledError):
            _load(fuse, stores)
        stores.pipeline().load()
        assert versions(stores) == {CELL: row(3)}
        assert stores.log.waiting == {}


def test_a_failure_at_any_effect_is_made_good_by_the_same_process():
    for fuse in fuses(_load, lambda: TransientError("no answer")):
        stores = published(row(1), row(3), row(2))
        pipeline = stores.pipeline(fuse.wrap)
        with pytest.raises(TransientError):
            pipeline.load_batch()
        pipeline.load()
        assert versions(stores) == {CELL: row(3)}
        assert stores.log.waiting == {}


def test_load_stops_between_batches():
    stores = published(*(row(1, cell=attrs.evolve(CELL, job=job)) for job in range(1, 8)))
    asked = iter([False, True])
    assert stores.pipeline(load_batch_size=3).load(stop=lambda: next(asked)).read == 3
    assert len(stores.log.waiting) == 4
