"""What is asked of the live page is what it shows, in every part."""

from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from admetrics.adapters.memory.clock import ManualClock
from admetrics.adapters.memory.dead_letters import MemoryDeadLetters
from admetrics.adapters.memory.dimensions import MemoryDimensions
from admetrics.adapters.memory.lake import MemoryLake
from admetrics.adapters.memory.warehouse import MemoryWarehouse
from admetrics.app.reader import Reader
from admetrics.domain.dimensions import Campaign, Dimensions, Publisher
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.reporting.axis import AXES, Axis
from admetrics.domain.reporting.budgets import Level
from admetrics.domain.reporting.query import ReportQuery
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.rules.ranking import ENOUGH_CLICKS

NOW = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
HOUR = NOW.replace(minute=0)


@pytest.fixture
def reader() -> Reader:
    """Return a reader of two campaigns with budgets, each with a job, a group, a publisher and a company."""
    clock = ManualClock(NOW)
    warehouse = MemoryWarehouse(clock=clock)
    clicks = Measures(clicks=ENOUGH_CLICKS, spend=9, valid_clicks=9, valid_spend=9, qualified=1)
    warehouse.upsert([Row(Cell(HOUR, 10 + n, 20 + n, 30 + n, 40 + n), clicks, 50 + n, 1, "Memory") for n in (1, 2)])
    dimensions = MemoryDimensions()
    flight = (date(2026, 3, 1), date(2026, 3, 31))
    campaigns = tuple(Campaign(30 + n, 50 + n, None, Decimal(100), "EUR", *flight) for n in (1, 2))
    publishers = tuple(Publisher(20 + n, None, "EUR") for n in (1, 2))
    dimensions.put(Dimensions(campaigns=campaigns, publishers=publishers))
    books = MemoryLake(), MemoryDeadLetters()
    return Reader(warehouse=warehouse, dimensions=dimensions, open_books=lambda: nullcontext(books), clock=clock)


@pytest.mark.parametrize("by,first", [("job", 11), ("publisher", 21), ("campaign", 31), ("group", 41), ("company", 51)])
def test_the_breakdown_is_by_what_was_asked(reader, by, first):
    shown = reader.answer(ReportQuery(by=Axis(by))).report
    assert shown.by == by
    assert [entry.key for entry in shown.entries] == [first, first + 1]
    assert {ranking.by for ranking in shown.rankings} == {by}


def test_every_axis_is_tried():
    assert {"job", "publisher", "campaign", "group", "company"} == set(AXES)


def test_budgets_are_those_of_the_choice(reader):
    def shown(**keys: int) -> list[int]:
        chosen = {Axis(name): key for name, key in keys.items()}
        return [use.budget.id for use in reader.answer(ReportQuery(keys=chosen)).report.budgets]

    assert shown() == [31, 32]
    assert shown(campaign=32) == [32]
    assert shown(company=51) == [31]
    assert [use.budget.id for use in reader.budgets(where={Axis.CAMPAIGN: 31})] == [31]
    assert not reader.budgets(levels=[Level.JOB])


def test_the_books_of_the_lake_are_in_a_report_of_the_period(reader):
    period = reader.answer(ReportQuery(last="24h")).report.period
    assert period.end - period.start == timedelta(days=1)
    assert reader.report(by=Axis.JOB).by == "job"
