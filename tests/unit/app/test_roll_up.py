"""Roll up: dirty hours become rows on the bus, exactly those that changed."""

import contextlib
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

import pytest

from admetrics.adapters.memory.bus import MemoryBus
from admetrics.adapters.memory.source import MemorySource
from admetrics.app.contents import contents_of
from admetrics.app.roll_up import RolledUp, unhandled_arrivals
from admetrics.domain import times
from admetrics.domain.dimensions import Dimensions, Job
from admetrics.domain.errors import TooLargeError, TransientError
from admetrics.domain.metrics.measures import ZERO
from admetrics.domain.rollup.fold import fold
from admetrics.domain.rollup.minutes import ALL_MINUTES
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.rules.digest import digest
from admetrics.engines.python import PythonEngine
from tests.unit.app.stores import (
    ALWAYS,
    HOUR,
    KilledError,
    Stores,
    clicked,
    event_of,
    fuses,
    line,
    losing_first,
    settle,
)

LATER = HOUR + times.HOUR
CELL = Cell(HOUR, 1, 0, 0, 0)
CLICK = clicked(spend=3)


def holding(*lines):
    """Return stores whose lake holds these records."""
    stores = Stores()
    write(stores, *lines)
    return stores


def write(stores, *lines):
    stores.pipeline().ingest(MemorySource(lines))


def taken(stores):
    """Take what waits on the bus."""
    bus = MemoryBus(clock=stores.clock, log=stores.log)
    delivery = bus.poll(at_most=1000)
    bus.commit(delivery)
    return list(delivery.rows)


class Narrow:
    """An engine whose memory holds some hours at once, and no more."""

    def __init__(self, engine, hours):
        self._engine, self._hours = engine, hours
        self.asked: list[int] = []

    def __getattr__(self, name):
        return getattr(self._engine, name)

    def fold(self, dirty):
        self.asked.append(len(dirty))
        if len(dirty) > self._hours:
            raise TooLargeError("give it less at once")
        return self._engine.fold(dirty)


def test_hours_that_are_too_many_for_the_engine_are_halved_newest_first():
    """Once ten million events of one visitor stopped every roll-up, for ever."""
    hours = [HOUR - times.HOUR * number for number in range(7)]
    stores = holding(*(line(number, hour=hour, job_id=1, bid=3) for number, hour in enumerate(hours)))
    narrow = Narrow(PythonEngine(stores.lake), 1)
    done = stores.pipeline(engine=narrow).roll_up()
    assert (narrow.asked[:4], done.published) == ([2, 1, 2, 1], 7)
    assert [row.cell.hour for row in taken(stores)] == hours


def test_an_hour_that_is_too_large_alone_is_an_error_and_stays_dirty():
    stores = holding(line(1, job_id=1, bid=3))
    with pytest.raises(TooLargeError):
        stores.pipeline(engine=Narrow(PythonEngine(stores.lake), 0)).roll_up()
    assert stores.pipeline().roll_up().published == 1


def test_a_dirty_hour_becomes_rows():
    stores = holding(line(1, job_id=1, bid=3), line(2, job_id=2, publisher_id=4, campaign_id=5, group_id=6))
    assert stores.pipeline().roll_up_once() == RolledUp(version=1, dirty=1, claimed=1, published=2)
    assert taken(stores) == [
        Row(CELL, CLICK, None, 1, "Memory"),
        Row(Cell(HOUR, 2, 4, 5, 6), clicked(), None, 1, "Memory"),
    ]


def test_nothing_dirty_takes_no_version():
    stores = Stores()
    assert stores.pipeline().roll_up_once() == RolledUp()
    assert stores.checkpoints.next_version() == 1


def test_what_did_not_change_is_not_published_again():
    stores = holding(line(1, job_id=1), line(2, job_id=2))
    stores.pipeline().roll_up()
    taken(stores)
    write(stores, line(1, job_id=1), line(3, job_id=2))
    stores.pipeline().roll_up()
    assert [(row.cell.job, row.measures.clicks, row.version) for row in taken(stores)] == [(2, 2, 2)]


COPIES = losing_first([line(1, job_id=1), line(1, job_id=2), line(1, job_id=3), line(1, custom_track="alive")])
"""One event, of which each copy wins over those before it."""


def test_a_cell_that_vanished_is_published_as_zeros_once():
    """A copy that wins may move an event to another job, or make it count for nothing."""
    stores = Stores()
    before: set[Cell] = set()
    for copy in COPIES:
        write(stores, copy)
        stores.pipeline().roll_up()
        published = {row.cell: (row.measures, row.company) for row in taken(stores)}
        event = event_of(copy)
        now = {Cell(HOUR, event.job, 0, 0, 0)} if event.counts else set[Cell]()
        click, zeros = (clicked(), None), (ZERO, None)
        assert published == dict.fromkeys(now, click) | dict.fromkeys(before, zeros)
        before = now
    assert stores.pipeline().roll_up_once() == RolledUp()


def test_the_row_of_a_cell_that_vanished_becomes_zeros_in_the_warehouse():
    stores = Stores()
    for copy in COPIES:
        write(stores, copy)
        settle(stores.pipeline())
    jobs = {event_of(copy).job for copy in COPIES if event_of(copy).counts}
    assert {stored.row.cell.job for stored in stores.warehouse.rows(ALWAYS)} == jobs
    last = event_of(COPIES[-1])
    assert {cell.job for cell in stores.table()} == ({last.job} if last.counts else set())


def test_the_company_of_the_job_stands_in_the_row():
    stores = holding(line(1, job_id=1, bid=3))
    stores.dimensions.put(Dimensions(jobs=(Job(1, company=7),)))
    stores.pipeline().roll_up()
    assert taken(stores) == [Row(CELL, CLICK, 7, 1, "Memory")]


def test_events_without_a_job_or_that_are_not_counted_make_no_row():
    stores = holding(line(1), line(2, job_id=1, custom_track="alive"))
    assert stores.pipeline().roll_up_once() == RolledUp(version=1, dirty=1, claimed=1)
    assert taken(stores) == []


def test_live_hours_come_first_and_the_others_stay_dirty():
    stores = holding(line(1, job_id=1), line(1, hour=LATER, job_id=1))
    pipeline = stores.pipeline(rollup_batch_hours=1)
    first = pipeline.roll_up_once()
    assert (first.dirty, first.claimed, first.more) == (2, 1, True)
    assert [row.cell.hour for row in taken(stores)] == [LATER]
    second = pipeline.roll_up_once()
    assert (second.dirty, second.claimed, second.more) == (1, 1, False)
    assert [row.cell.hour for row in taken(stores)] == [HOUR]


def test_rolling_up_all_of_them_adds_the_steps_up():
    stores = holding(*(line(1, hour=HOUR + number * times.HOUR, job_id=1) for number in range(3)))
    steps: list[RolledUp] = []
    total = stores.pipeline(rollup_batch_hours=1).roll_up(on_step=steps.append)
    assert total == RolledUp(version=3, dirty=3, claimed=3, published=3)
    assert [step.claimed for step in steps] == [1, 1, 1]


def test_rolling_up_stops_between_steps():
    stores = holding(line(1, job_id=1), line(1, hour=LATER, job_id=1))
    assert stores.pipeline(rollup_batch_hours=1).roll_up(stop=lambda: True).claimed == 1
    assert len(unhandled_arrivals(lake=stores.lake, checkpoints=stores.checkpoints)) == 1


def test_an_hour_that_a_higher_version_claimed_stays_dirty():
    stores = holding(line(1, job_id=1))

    class OvertakenCheckpoints:
        """Another runner takes a version and claims the hour while this one reads the lake."""

        def __getattr__(self, name):
            return getattr(stores.checkpoints, name)

        def next_version(self):
            version = stores.checkpoints.next_version()
            higher = stores.checkpoints.next_version()
            stores.checkpoints.claim(higher, hours=[HOUR], digests={}, reused={})
            return version

    overtaken = stores.pipeline(checkpoints=OvertakenCheckpoints()).roll_up_once()
    assert (overtaken.claimed, overtaken.published, overtaken.more) == (0, 0, False)
    assert taken(stores) == []
    assert stores.pipeline().roll_up_once().published == 1


def test_handled_arrivals_are_released_and_then_forgotten():
    """What is kept does not grow with the number of batches."""
    stores = holding(line(1, job_id=1))
    pipeline = stores.pipeline()
    pipeline.roll_up_once()
    assert len(stores.checkpoints.handled()) == 1
    pipeline.roll_up_once()
    assert stores.lake.arrivals() == []
    pipeline.roll_up_once()
    assert stores.checkpoints.handled() == frozenset()


def test_minutes_that_several_batches_touched_are_all_read_again():
    stores = holding(line(1, job_id=1))
    pipeline = stores.pipeline()
    settle(pipeline)
    for minute in (7, 30, 59):
        write(stores, line(1, minute=minute, job_id=1))
    assert pipeline.roll_up_once().claimed == 1, "what was kept of the other minutes is still good"
    assert [row.measures.clicks for row in taken(stores)] == [4]


def test_a_late_event_changes_its_own_hour_only():
    stores = holding(line(1, job_id=1), line(1, hour=LATER, job_id=1))
    settle(stores.pipeline())
    write(stores, line(2, job_id=1))
    rolled_up = stores.pipeline().roll_up_once()
    assert rolled_up.dirty == 1
    assert {row.cell.hour for row in taken(stores)} == {HOUR}


class Elsewhere:
    """Recomputes in bulk what holds many events, with a bus of its own."""

    def __init__(self, stores, many=2):
        self.stores, self.many = stores, many
        self.published = []

    def suits(self, dirty):
        return len(list(self.stores.lake.scan(dirty))) >= self.many

    def recompute(self, hours, *, version, source, dimensions):
        folded = fold(self.stores.lake.scan(dict.fromkeys(hours, ALL_MINUTES)))
        contents = contents_of(folded, dimensions=dimensions)
        rows = {
            cell: Row(cell, content.measures, content.company, version, source) for cell, content in contents.items()
        }
        return Kept(rows, version, self.published)


class Kept:
    reused: Mapping[datetime, int] = MappingProxyType({})

    def __init__(self, rows, version, published):
        self.rows, self.version, self.published = rows, version, published
        self.digests = {cell: digest(row.measures, row.company) for cell, row in rows.items()}

    def publish(self, cells):
        self.published += [self.rows.get(cell, Row(cell, ZERO, None, self.version, "Memory")) for cell in sorted(cells)]


def test_much_is_recomputed_and_published_in_bulk_under_the_same_rules():
    stores = holding(line(1, job_id=1, bid=3), line(2, job_id=2))
    stores.dimensions.put(Dimensions(jobs=(Job(1, company=7),)))
    bulk = Elsewhere(stores)
    pipeline = stores.pipeline(bulk=bulk)
    pipeline.roll_up()
    pipeline.rebuild(ALWAYS)
    pipeline.roll_up()
    other = Cell(HOUR, 2, 0, 0, 0)
    versions = [row.version for row in bulk.published]
    assert [(row.cell, row.measures, row.company) for row in bulk.published] == [
        (CELL, CLICK, 7),
        (other, clicked(), None),
    ] * 2
    assert (versions[0], versions[1]) < (versions[2], versions[3])
    assert {row.source for row in bulk.published} == {"Memory"}
    assert taken(stores) == []
    write(stores, line(3, job_id=2))
    assert pipeline.roll_up().published == 1
    assert [(row.cell, row.measures.clicks) for row in bulk.published[4:]] == [(other, 2)]


def test_little_stays_with_the_engine_which_knows_nothing_of_what_was_recomputed_in_bulk():
    stores = holding(line(1, job_id=1, bid=3))
    bulk = Elsewhere(stores, many=9)
    pipeline = stores.pipeline(bulk=bulk)
    pipeline.roll_up()
    assert (len(taken(stores)), bulk.published) == (1, [])
    bulk.many = 1
    write(stores, line(2, job_id=1))
    pipeline.roll_up()
    assert (taken(stores), len(bulk.published)) == ([], 1)
    bulk.many = 9
    write(stores, line(3, job_id=1, minute=5))
    assert pipeline.roll_up_once().claimed == 1, "nothing that is old was reused"
    assert [row.measures.clicks for row in taken(stores)] == [3]


RECORDS = [line(1, job_id=1, bid=3), line(2, job_id=1), line(1, hour=LATER, job_id=2)]


def _roll_up(fuse, stores=None):
    pipeline = (stores or holding(*RECORDS)).pipeline(fuse.wrap)
    pipeline.roll_up()
    pipeline.roll_up()


def test_a_crash_at_any_effect_and_another_run_give_the_right_table():
    clean = holding(*RECORDS)
    settle(clean.pipeline())
    for fuse in fuses(_roll_up):
        stores = holding(*RECORDS)
        with pytest.raises(KilledError):
            _roll_up(fuse, stores)
        settle(stores.pipeline())
        assert stores.table() == clean.table()


def test_a_crash_at_any_effect_is_made_good_even_if_what_happened_is_undone():
    """A publication that was never committed is in doubt: it is overridden even by what was committed before it."""

    def prepared():
        stores = holding(line(1, job_id=1))
        settle(stores.pipeline())
        stores.pipeline().import_dimensions(Dimensions(jobs=(Job(1, company=2),)))
        return stores

    def run(fuse, stores=None):
        (stores or prepared()).pipeline(fuse.wrap).roll_up_once()

    for fuse in fuses(run):
        stores = prepared()
        with pytest.raises(KilledError):
            run(fuse, stores)
        stores.pipeline().import_dimensions(Dimensions(jobs=(Job(1),)))
        settle(stores.pipeline())
        assert stores.table() == {CELL: (clicked(), None)}


def test_a_failure_at_any_effect_is_made_good_by_the_same_process():
    """What the engine keeps between ticks stays right."""
    late = line(5, minute=7, job_id=3)
    clean = holding(*RECORDS, late)
    settle(clean.pipeline())

    def run(fuse, stores=None):
        pipeline = (stores or holding(*RECORDS)).pipeline(fuse.wrap)
        with contextlib.suppress(TransientError):
            pipeline.roll_up()
        write(stores or Stores(), late)
        with contextlib.suppress(TransientError):
            pipeline.roll_up()
        return pipeline

    for fuse in fuses(run, lambda: TransientError("no answer")):
        stores = holding(*RECORDS)
        settle(run(fuse, stores))
        assert stores.table() == clean.table()
