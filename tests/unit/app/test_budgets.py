"""Budgets over a warehouse: each row spends the budgets whose ids it carries, asked for in one query."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admetrics.adapters.memory.clock import ManualClock
from admetrics.adapters.memory.warehouse import MemoryWarehouse
from admetrics.adapters.sql.database import Database
from admetrics.adapters.sql.warehouse import SqlWarehouse
from admetrics.app.budgets import LEVELS, budgets
from admetrics.domain.dimensions import Campaign, Dimensions, Group, Job, Publisher
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.reporting.axis import Axis
from admetrics.domain.reporting.budgets import Level, Status, budgets_of, use_of
from admetrics.domain.reporting.figures import Figures
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.rules.currency import Currency
from admetrics.ports.warehouse import Warehouse
from admetrics.testing import strategies as some

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
USD, VND = Currency("USD"), Currency("VND")
AXES = {Level.CAMPAIGN: "campaign", Level.GROUP: "group", Level.JOB: "job"}
KNOWN = Dimensions(
    jobs=[Job(91, 5, 1, 7, "Cook", Decimal(100)), Job(92, 5, 1, None, "Chef")],
    campaigns=[
        Campaign(1, 5, "Spring", Decimal(1000), "USD", date(2026, 3, 1), date(2026, 3, 10)),
        Campaign(2, 6, "Always on", Decimal(3), "clicks"),
        Campaign(3, 6, "Unused", Decimal(10), "EUR", date(2026, 4, 1), date(2026, 4, 2)),
    ],
    groups=[Group(7, 1, "Nights", Decimal(60))],
    publishers=[Publisher(1, "One", "USD"), Publisher(2, "Two", "vnd")],
)


class Counted:
    """A warehouse that says how often it was asked for sums, and tells nothing else."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self.asked: list[object] = []

    def totals(self, *args):
        self.asked.append(args)
        return self._warehouse.totals(*args)


@pytest.fixture(params=["memory", "sqlite"])
def warehouse(request, tmp_path):
    clock = ManualClock(NOW)
    if request.param == "memory":
        yield MemoryWarehouse(clock=clock)
        return
    database = Database(f"sqlite:///{tmp_path / 'warehouse.sqlite'}")
    yield SqlWarehouse(database, clock=clock)
    database.close()


def row(day: int, clicks: int, spend: int, *, job: int, publisher: int, campaign: int, group: int = 0) -> Row:
    """Make a row with so many valid clicks, and a repeat beside them."""
    cell = Cell(datetime(2026, 3, day, 8, tzinfo=UTC), job, publisher, campaign, group)
    measures = Measures(clicks=clicks + 1, spend=spend + 7, valid_clicks=clicks, valid_spend=spend, repeat_clicks=1)
    return Row(cell, measures, None, 1, "Test")


ROWS = [
    row(1, 4, 50, job=91, publisher=1, campaign=1, group=7),
    row(2, 1, 10, job=91, publisher=1, campaign=1, group=7),
    row(2, 2, 70_000, job=91, publisher=2, campaign=1, group=7),
    row(2, 9, 340, job=92, publisher=1, campaign=1),
    row(2, 4, 8, job=92, publisher=99, campaign=2),
    row(3, 1, 1, job=91, publisher=1, campaign=0),  # the job's, whoever's campaign it is
]


def test_by_hand(warehouse):
    """After 3.5 of 10 days the first campaign has spent USD 400 of 1,000; its group is exhausted, its job is behind."""
    warehouse.upsert(ROWS)
    spring, always_on, unused, nights, cook = budgets(warehouse=warehouse, known=KNOWN, now=NOW)
    assert (spring.spent, spring.beside, spring.status) == (400, {VND: 70_000}, Status.AHEAD)
    assert (always_on.spent, always_on.status) == (4, Status.OVERSPENT)
    assert always_on.beside == {Currency("", 99): 8}
    assert (unused.spent, unused.beside, unused.status) == (0, {}, Status.NOT_STARTED)
    assert (nights.spent, nights.beside, nights.status) == (60, {VND: 70_000}, Status.EXHAUSTED)
    assert (cook.spent, cook.beside, cook.status) == (61, {VND: 70_000}, Status.AHEAD)


@settings(max_examples=60)
@given(st.lists(some.rows(), max_size=12, unique_by=lambda each: each.cell), some.dimensions(), st.data())
def test_a_budget_is_spent_by_the_rows_that_carry_its_id(rows, known, data):
    levels = data.draw(st.lists(st.sampled_from(LEVELS), unique=True))
    store = MemoryWarehouse(clock=ManualClock(NOW))
    store.upsert(rows)
    codes = {each.id: each.currency for each in known.publishers}

    def spent(budget):
        spending = [each for each in rows if getattr(each.cell, AXES[budget.level]) == budget.id]
        publishers = [each.cell.publisher for each in spending]
        return Figures.of(
            (Currency.of(publisher, codes.get(publisher)), each.measures)
            for publisher, each in zip(publishers, spending, strict=True)
        )

    expected = [use_of(each, spent(each), NOW) for level in levels for each in budgets_of(known, level)]
    assert budgets(warehouse=store, known=known, now=NOW, levels=levels) == expected


@pytest.mark.parametrize(
    "where, found",
    [
        ({}, ["Spring", "Always on", "Unused", "Nights", "Cook"]),
        ({Axis.COMPANY: 5}, ["Spring", "Nights", "Cook"]),
        ({Axis.COMPANY: None}, []),
        ({Axis.CAMPAIGN: 1}, ["Spring", "Nights", "Cook"]),
        ({Axis.CAMPAIGN: 2, Axis.PUBLISHER: 1}, ["Always on"]),
        ({Axis.CAMPAIGN: 0}, []),
        ({Axis.GROUP: 7}, ["Nights", "Cook"]),
        ({Axis.JOB: 91}, ["Cook"]),
        ({Axis.COMPANY: 6, Axis.JOB: 91}, []),
    ],
)
def test_a_choice_leaves_out_budgets_and_nothing_of_what_was_spent(warehouse, where, found):
    warehouse.upsert(ROWS)
    everything = {use.budget: use for use in budgets(warehouse=warehouse, known=KNOWN, now=NOW)}
    shown = budgets(warehouse=warehouse, known=KNOWN, now=NOW, where=where)
    assert [use.budget.name for use in shown] == found
    for level in LEVELS:
        of_level = budgets(warehouse=warehouse, known=KNOWN, now=NOW, where=where, levels=[level])
        assert of_level == [use for use in shown if use.budget.level is level]
    assert all(everything[use.budget] == use for use in shown)


@pytest.mark.parametrize("levels", [LEVELS, LEVELS[:1], LEVELS[1:]])
def test_the_warehouse_is_asked_once_however_many_budgets_there_are(levels: Sequence[Level]):
    store = MemoryWarehouse(clock=ManualClock(NOW))
    store.upsert(ROWS)
    campaigns = [Campaign(number, 1, None, Decimal(1), "USD") for number in range(1, 500)]
    many = Dimensions(campaigns=campaigns, groups=KNOWN.groups, jobs=KNOWN.jobs)
    counted = Counted(store)
    budgets(warehouse=counted, known=many, now=NOW, levels=levels)  # type: ignore[arg-type]
    assert len(counted.asked) == 1
    budgets(warehouse=counted, known=Dimensions(), now=NOW, levels=levels)  # type: ignore[arg-type]
    assert len(counted.asked) == 1
