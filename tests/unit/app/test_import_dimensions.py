"""Dimension import: a job that moves to another company takes its hours with it."""

import pytest

from admetrics.adapters.memory.source import MemorySource
from admetrics.app.import_dimensions import Imported
from admetrics.domain import times
from admetrics.domain.dimensions import Campaign, Company, Dimensions, Group, Job, Publisher
from admetrics.domain.rollup.row import Cell
from tests.unit.app.stores import HOUR, KilledError, Stores, clicked, fuses, line, settle

LATER = HOUR + times.HOUR


def settled():
    stores = Stores()
    lines = [line(1, job_id=1), line(1, hour=LATER, job_id=1), line(2, hour=LATER, job_id=2)]
    settle(stores.pipeline(), MemorySource(lines))
    return stores


def companies(stores):
    return {(cell.hour, cell.job): company for cell, (_, company) in stores.table().items()}


def owned_by(company, job=1):
    return Dimensions(jobs=(Job(job, company=company),))


def test_every_table_takes_its_rows():
    stores = Stores()
    rows = Dimensions((Job(1),), (Campaign(1),), (Group(1),), (Company(1),), (Publisher(1),))
    assert stores.pipeline().import_dimensions(rows) == Imported(rows=5, dirty=0)
    assert stores.dimensions.all() == rows


def test_the_hours_of_a_job_that_moved_are_computed_again_and_no_others():
    stores = settled()
    assert stores.pipeline().import_dimensions(owned_by(7)) == Imported(rows=1, dirty=2)
    settle(stores.pipeline())
    assert companies(stores) == {(HOUR, 1): 7, (LATER, 1): 7, (LATER, 2): None}
    assert stores.pipeline().import_dimensions(owned_by(8, job=2)) == Imported(rows=1, dirty=1)


def test_the_same_companies_again_make_nothing_dirty():
    stores = settled()
    stores.pipeline().import_dimensions(owned_by(7))
    settle(stores.pipeline())
    assert stores.pipeline().import_dimensions(owned_by(7)) == Imported(rows=1, dirty=0)


def test_a_job_that_loses_its_company_has_none():
    stores = settled()
    stores.pipeline().import_dimensions(owned_by(7))
    settle(stores.pipeline())
    stores.pipeline().import_dimensions(owned_by(None))
    settle(stores.pipeline())
    assert companies(stores)[HOUR, 1] is None


def test_dimensions_before_or_after_the_records_give_the_same_table():
    after = settled()
    after.pipeline().import_dimensions(owned_by(7))
    settle(after.pipeline())
    before = Stores()
    before.pipeline().import_dimensions(owned_by(7))
    settle(before.pipeline(), MemorySource([line(1, job_id=1), line(1, hour=LATER, job_id=1)]))
    assert before.table().items() <= after.table().items()


def test_a_move_reaches_hours_that_are_being_rolled_up_at_this_moment():
    """The roll-up has read the old company and is still to commit: its hours are unhandled, so they are asked for."""
    stores = Stores()
    stores.pipeline().ingest(MemorySource([line(1, job_id=1)]))

    class LateClaim:
        def __getattr__(self, name):
            if name == "claim":
                stores.pipeline().import_dimensions(owned_by(7))
            return getattr(stores.checkpoints, name)

    stores.pipeline(checkpoints=LateClaim()).roll_up_once()
    settle(stores.pipeline())
    assert stores.table() == {Cell(HOUR, 1, 0, 0, 0): (clicked(), 7)}


def test_a_crash_at_any_effect_is_made_good_by_the_next_tick():
    def run(fuse, stores=None):
        (stores or settled()).pipeline(fuse.wrap).import_dimensions(owned_by(7))

    for number, fuse in enumerate(fuses(run)):
        stores = settled()
        with pytest.raises(KilledError):
            run(fuse, stores)
        settle(stores.pipeline())
        stored = number > 0  # but for a crash before the very first effect, the new company is stored
        assert companies(stores)[HOUR, 1] == (7 if stored else None)


def test_currencies_are_stored_by_their_codes_and_what_cannot_be_read_is_counted():
    stores = Stores()
    pipeline = stores.pipeline(currencies={"1": "USD", "us dollar": "USD"})
    spellings = ["1", " US Dollar", "usd", "2", "euro", "EURO", None]
    publishers = [Publisher(number, currency=each) for number, each in enumerate(spellings, start=1)]
    campaigns = [
        Campaign(number, unit_budget=each) for number, each in enumerate(["US dollar ", "click", None], start=1)
    ]
    figures = pipeline.import_dimensions(Dimensions(publishers=publishers, campaigns=campaigns))
    assert figures.unreadable_currencies == {"2": 1, "EURO": 2}
    stored = [publisher.currency for publisher in pipeline.dimensions.all().publishers]
    assert stored == ["USD", "USD", "USD", "2", "EURO", "EURO", None]
    assert [campaign.unit_budget for campaign in pipeline.dimensions.all().campaigns] == ["USD", "click", None]
