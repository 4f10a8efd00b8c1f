"""The period before is asked in the same way as the period: same length, same filter."""

from datetime import UTC, datetime, timedelta

import pytest

from admetrics.adapters.memory.clock import ManualClock
from admetrics.adapters.memory.warehouse import MemoryWarehouse
from admetrics.app.report import report
from admetrics.domain.dimensions import Dimensions
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.reporting.axis import AXES, Axis
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.times import Period
from admetrics.ports.warehouse import EVERYWHERE, Where

DAY = datetime(2026, 3, 10, tzinfo=UTC)
BEFORE = DAY - timedelta(days=1)
PERIOD = Period(DAY, DAY + timedelta(days=1))


def row(hour: datetime, clicks: int, *, mine: bool, company: int = 1) -> Row:
    number = 1 if mine else 2
    measures = Measures(clicks=clicks, spend=clicks, valid_clicks=clicks, valid_spend=clicks)
    return Row(Cell(hour, number, number, number, number), measures, company, 1, "Memory")


def made(by: Axis = Axis.COMPANY, where: Where = EVERYWHERE):
    warehouse = MemoryWarehouse(clock=ManualClock(DAY))
    for each in (row(DAY, 7, mine=True), row(BEFORE, 3, mine=True)):
        warehouse.upsert([each])
    warehouse.upsert([row(DAY, 100, mine=False, company=2), row(BEFORE, 50, mine=False, company=2)])
    warehouse.upsert([row(BEFORE - timedelta(hours=1), 1000, mine=True)])
    return report(
        warehouse=warehouse,
        known=Dimensions(),
        now=DAY,
        period=PERIOD,
        by=by,
        ranked=[by],
        where=where,
    )


@pytest.mark.parametrize("axis", AXES)
def test_both_periods_are_filtered(axis):
    found = made(where={axis: 1})
    assert (found.figures.counts.clicks, found.before.counts.clicks) == (7, 3)
    assert [(each.figures.counts.clicks, each.before.counts.clicks) for each in found.entries] == [(7, 3)]


@pytest.mark.parametrize("by", AXES)
def test_without_a_filter_both_have_all(by):
    found = made(by)
    assert (found.figures.counts.clicks, found.before.counts.clicks) == (107, 53)


def test_the_period_before_is_as_long_and_ends_where_the_period_starts():
    assert made().period_before == Period(BEFORE, DAY)
