"""Rows for tests that do not care which."""

from datetime import UTC, datetime

from admetrics.adapters.sql.database import Database
from admetrics.adapters.sql.warehouse import SqlWarehouse
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.times import Period
from admetrics.testing.examples import HandClock


def row(job: int, version: int = 1) -> Row:
    """Make a row of a job; equal arguments make equal rows."""
    cell = Cell(datetime(2026, 3, 1, 10, tzinfo=UTC), job, 2, 3, 0)
    return Row(cell, Measures(clicks=1, spend=5), None, version, "Test")


def sum_up_later_half(url: str) -> None:
    """Have about half of the days of a warehouse summed up, so that readers need both: sums, and the rows of hours."""
    database = Database(url)
    warehouse = SqlWarehouse(database, clock=HandClock(datetime(2100, 1, 1, tzinfo=UTC)))
    days = len({hour.date() for hour in warehouse.hours(Period.always())})
    summed = [warehouse.summarize_day() for _ in range(days // 2)]
    assert summed
    assert all(summed)
    database.close()
