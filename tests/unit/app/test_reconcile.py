"""Reconcile: differences are found exactly, and nothing is called one that is only under way."""

from datetime import timedelta

import attrs
import pytest

from admetrics.adapters.memory.bus import MemoryBus
from admetrics.adapters.memory.source import MemorySource
from admetrics.app.contents import NOTHING, Content
from admetrics.app.reconcile import Difference, Reconciled
from admetrics.domain import times
from admetrics.domain.dimensions import Dimensions, Job
from admetrics.domain.metrics.measures import ZERO, Measures
from admetrics.domain.rollup.fold import Fold
from admetrics.domain.rollup.reconciliation import Reconciliation
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.times import Period
from admetrics.testing.strategies import click_at
from tests.unit.app.stores import ALWAYS, HOUR, KilledError, Stores, clicked, fuses, line, settle

CELL = Cell(HOUR, 1, 0, 0, 0)
INVENTED = Cell(HOUR, 9, 0, 0, 0)
RIGHT = Content(clicked(spend=3), 7)


def settled(*more):
    stores = Stores()
    stores.dimensions.put(Dimensions(jobs=(Job(1, company=7),)))
    settle(stores.pipeline(), MemorySource([line(1, job_id=1, bid=3), *more]))
    return stores


def plant(stores, cell, measures, company=None):
    """Change a row behind everybody's back."""
    stores.warehouse.upsert([Row(cell, measures, company, stores.warehouse.highest_version() + 1, "Memory")])


def test_a_settled_warehouse_has_no_differences():
    reconciled = settled().pipeline().reconcile(ALWAYS)
    assert (reconciled.hours, reconciled.cells, reconciled.differences, reconciled.pending) == (1, 1, (), 0)


@pytest.mark.parametrize("stored, different", [(2**53 + 4, 0), (2**53 + 3, 0), (2**53 + 2, 1)])
def test_money_that_a_double_cannot_hold_is_compared_as_tables_hold_it(stored, different):
    """2^53 + 3 lies between two doubles, of which a table holds 2^53 + 4."""
    stores = settled()
    measures = clicked(spend=2**53 + 3)

    class Engine:
        def fold(self, hours):
            return Fold({CELL: measures}) if hours else Fold({})

    plant(stores, CELL, attrs.evolve(measures, spend=stored), 7)
    stores.checkpoints.next_version()  # so that the version of the row is one that was taken
    found = attrs.evolve(stores.pipeline(), engine=Engine()).reconcile(ALWAYS)
    assert (len(found.differences), found.pending) == (different, 0)


@pytest.mark.parametrize(
    "cell, measures, company, difference",
    [
        (CELL, Measures(clicks=2, spend=3), 7, Difference(CELL, RIGHT, Content(Measures(clicks=2, spend=3), 7))),
        (CELL, RIGHT.measures, 8, Difference(CELL, RIGHT, Content(RIGHT.measures, 8))),
        (CELL, RIGHT.measures, None, Difference(CELL, RIGHT, Content(RIGHT.measures))),
        (CELL, ZERO, None, Difference(CELL, RIGHT, NOTHING)),
        (INVENTED, Measures(clicks=1), None, Difference(INVENTED, NOTHING, Content(Measures(clicks=1)))),
    ],
)
def test_a_planted_difference_is_found_exactly_and_mended(cell, measures, company, difference):
    stores = settled()
    plant(stores, cell, measures, company)
    reconciled = stores.pipeline().reconcile(ALWAYS)
    expected = attrs.evolve(difference, columns=("version",))  # as no roll-up has taken it
    assert (reconciled.differences, reconciled.pending, reconciled.repaired) == ((expected,), 0, 0)
    assert stores.pipeline().reconcile(ALWAYS, repair=True).repaired == 1
    settle(stores.pipeline())
    assert stores.table() == {CELL: attrs.astuple(RIGHT, recurse=False)}
    assert stores.pipeline().reconcile(ALWAYS).differences == ()


def test_what_breaks_again_is_mended_again():
    """Even while the request of before is still remembered."""
    stores = settled()
    for _ in range(2):
        plant(stores, CELL, Measures(clicks=9))
        assert stores.pipeline().reconcile(ALWAYS, repair=True).repaired == 1
        stores.pipeline().tick()
        assert stores.table() == {CELL: attrs.astuple(RIGHT, recurse=False)}


def test_findings_add_up():
    one, two = Difference(CELL, RIGHT, NOTHING), Difference(INVENTED, NOTHING, RIGHT)
    assert Reconciled(1, 2, (one,), 3, 4) + Reconciled(10, 20, (two,), 30, 40) == Reconciled(11, 22, (one, two), 33, 44)


def test_an_invented_hour_is_found_too():
    stores = settled()
    plant(stores, attrs.evolve(INVENTED, hour=HOUR - times.HOUR), Measures(clicks=1))
    assert len(stores.pipeline().reconcile(ALWAYS).differences) == 1


def test_a_period_is_looked_at_and_nothing_else():
    stores = settled()
    plant(stores, INVENTED, Measures(clicks=1))
    assert stores.pipeline().reconcile(Period(HOUR + times.HOUR, HOUR + 9 * times.HOUR)).hours == 0


def test_what_waits_on_the_bus_is_loaded_first():
    stores = settled()
    stores.pipeline().ingest(MemorySource([line(2, job_id=1)]))
    stores.pipeline().roll_up()
    reconciled = stores.pipeline().reconcile(ALWAYS)
    assert (reconciled.differences, reconciled.pending) == ((), 0)
    assert stores.log.waiting == {}


def test_a_bus_that_cannot_be_drained_makes_differences_pending(monkeypatch):
    monkeypatch.setattr("admetrics.app.reconcile._LOADS_AT_MOST", 3)
    stores = settled()
    plant(stores, INVENTED, Measures(clicks=1))

    class StuckBus(MemoryBus):
        def commit(self, delivery):
            """Another consumer's messages never get committed."""

    bus = StuckBus(clock=stores.clock, log=stores.log)
    bus.publish([Row(CELL, RIGHT.measures, 7, 1, "Memory")])
    reconciled = stores.pipeline(bus=bus).reconcile(ALWAYS)
    assert (reconciled.differences, reconciled.pending) == ((), 1)


def test_an_hour_with_an_unhandled_arrival_is_pending():
    stores = settled()
    stores.pipeline().ingest(MemorySource([line(2, job_id=1)]))
    reconciled = stores.pipeline().reconcile(ALWAYS)
    assert (reconciled.differences, reconciled.pending) == ((), 1)


def test_an_hour_with_a_cell_in_doubt_is_pending():
    stores = settled()
    plant(stores, CELL, ZERO)
    version = stores.checkpoints.next_version()
    stores.checkpoints.claim(version, hours=[HOUR], digests={CELL: b"another"}, reused={})
    reconciled = stores.pipeline().reconcile(ALWAYS)
    assert (reconciled.differences, reconciled.pending) == ((), 1)


def test_a_job_whose_company_is_changing_is_pending():
    stores = settled()
    stores.dimensions.put(Dimensions(jobs=(Job(1, company=8),)))
    reconciled = stores.pipeline().reconcile(ALWAYS)
    assert (reconciled.differences, reconciled.pending) == ((), 1)
    settle(stores.pipeline())
    assert stores.table() == {CELL: (RIGHT.measures, 8)}


class Meanwhile:
    """A port that lets something happen when one of its methods is called, once."""

    kind = "Memory"

    def __init__(self, port, method, happen):
        self._port, self._method, self._happen = port, method, happen

    def __getattr__(self, name):
        if name == self._method and self._happen is not None:
            happen, self._happen = self._happen, None
            happen()
        return getattr(self._port, name)


def test_an_hour_that_was_claimed_meanwhile_is_pending():
    """It was rolled up and loaded between the scan of the lake and the reading of the warehouse."""
    stores = settled()

    def happen():
        settle(stores.pipeline(), MemorySource([line(2, job_id=1)]))

    warehouse = Meanwhile(stores.warehouse, "rows_of", happen)
    reconciled = stores.pipeline(warehouse=warehouse).reconcile(ALWAYS)
    assert (reconciled.differences, reconciled.pending) == ((), 1)


def test_a_company_that_changes_and_is_made_good_meanwhile_is_no_difference():
    stores = settled()

    def happen():
        stores.pipeline().import_dimensions(Dimensions(jobs=(Job(1, company=8),)))
        settle(stores.pipeline())

    warehouse = Meanwhile(stores.warehouse, "rows_of", happen)
    assert stores.pipeline(warehouse=warehouse).reconcile(ALWAYS).differences == ()


def test_a_company_that_begins_to_change_meanwhile_makes_its_rows_pending():
    """The lake was folded with the old one: the row on the way will have the new one."""
    stores = settled()
    plant(stores, CELL, ZERO)

    def happen():
        stores.dimensions.put(Dimensions(jobs=(Job(1, company=8),)))

    warehouse = Meanwhile(stores.warehouse, "rows_of", happen)
    reconciled = stores.pipeline(warehouse=warehouse).reconcile(ALWAYS)
    assert (reconciled.differences, reconciled.pending) == ((), 1)


def test_the_accounting_of_the_period_is_stored_and_closes_the_books():
    stores = settled(line(3), line(4, custom_track="alive", job_id=1), line(5, custom_track="<b>"))
    stores.pipeline().reconcile(ALWAYS)
    outcomes = {outcome.outcome: outcome.events for outcome in stores.warehouse.accounting(ALWAYS)}
    assert outcomes == {"click": 1, "without_job:click": 1, "other:alive": 1, "other:unknown": 1}


def test_hours_whose_events_are_gone_lose_their_accounting():
    old = settled()
    old.pipeline().reconcile(ALWAYS)
    new = Stores(warehouse=old.warehouse, checkpoints=old.checkpoints)
    new.pipeline().rebuild(ALWAYS, new_lake=True)
    new.pipeline().reconcile(ALWAYS)
    assert list(new.warehouse.accounting(ALWAYS)) == []


def test_many_hours_are_compared_some_at_a_time():
    hours = [HOUR - number * times.HOUR for number in range(100)]
    stores = Stores()
    settle(stores.pipeline(rollup_batch_hours=100), MemorySource([line(1, hour=hour, job_id=1) for hour in hours]))
    for hour in hours:
        plant(stores, attrs.evolve(CELL, hour=hour), Measures(clicks=9))
    reconciled = stores.pipeline().reconcile(ALWAYS, repair=True)
    assert (reconciled.hours, len(reconciled.differences), reconciled.repaired) == (100, 100, 100)
    settle(stores.pipeline(rollup_batch_hours=100))
    assert set(stores.table().values()) == {(clicked(), None)}


def test_a_crash_at_any_effect_and_another_run_mend_what_differs():
    def run(fuse, stores=None):
        (stores or damaged()).pipeline(fuse.wrap).reconcile(ALWAYS, repair=True)

    def damaged():
        stores = settled()
        plant(stores, CELL, Measures(clicks=9))
        return stores

    for fuse in fuses(run):
        stores = damaged()
        with pytest.raises(KilledError):
            run(fuse, stores)
        settle(stores.pipeline())
        stores.pipeline().reconcile(ALWAYS, repair=True)
        settle(stores.pipeline())
        assert stores.table() == {CELL: attrs.astuple(RIGHT, recurse=False)}


def test_what_was_found_is_remembered():
    """Also after a repair, with the hours that it reopened."""
    stores = settled()
    plant(stores, attrs.evolve(INVENTED, hour=HOUR - times.HOUR), Measures(clicks=1))
    for repair, repaired in ((False, 0), (True, 1)):
        stores.clock.advance(times.HOUR)
        stores.pipeline().reconcile(ALWAYS, repair=repair)
        assert list(stores.warehouse.reconciliations())[-1] == Reconciliation(
            stores.clock.now(), HOUR - times.HOUR, HOUR, 2, 2, 1, 0, repaired
        )


def test_a_look_at_nothing_is_remembered_too():
    stores = Stores()
    stores.pipeline().reconcile(ALWAYS)
    assert list(stores.warehouse.reconciliations()) == [Reconciliation(stores.clock.now(), None, None, 0, 0, 0, 0, 0)]


def test_a_row_of_another_lake_is_found():
    stores = settled()
    version = stores.checkpoints.next_version()
    stores.warehouse.upsert([Row(CELL, RIGHT.measures, RIGHT.company, version, "Elsewhere")])
    (difference,) = stores.pipeline().reconcile(ALWAYS, repair=True).differences
    assert difference == Difference(CELL, RIGHT, RIGHT, ("sources",))
    settle(stores.pipeline())
    assert stores.pipeline().reconcile(ALWAYS).differences == ()


def test_a_row_of_no_full_hour_is_found_and_deleted():
    stores = settled()
    plant(stores, attrs.evolve(CELL, hour=HOUR + timedelta(minutes=30)), Measures(clicks=5))
    reconciled = stores.pipeline().reconcile(ALWAYS, repair=True)
    assert [difference.columns for difference in reconciled.differences] == [("event_hour",)]
    settle(stores.pipeline())
    assert stores.table() == {CELL: attrs.astuple(RIGHT, recurse=False)}
    assert stores.pipeline().reconcile(ALWAYS).differences == ()


@pytest.mark.parametrize("known_to", ["lake", "warehouse", "checkpoints"])
def test_hours_are_found_wherever_they_are_known(known_to):
    """Each of the three alone: else a rebuild or a comparison would pass by what only that one has."""
    stores = settled()
    hour = HOUR + 5 * times.HOUR
    if known_to == "lake":
        stores.lake.append([click_at(hour, number=1, job=1)])
    elif known_to == "warehouse":
        plant(stores, attrs.evolve(CELL, hour=hour), Measures(clicks=1))
    else:
        stores.checkpoints.claim(stores.checkpoints.next_version(), hours=[hour], digests={}, reused={})
    assert stores.pipeline().reconcile(ALWAYS).hours == 2
    assert stores.pipeline().rebuild(ALWAYS).hours == 2
