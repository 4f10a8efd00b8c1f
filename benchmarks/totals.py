"""What sums of days that are over are worth to readers of long periods."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from admetrics.adapters.sql.database import Database
from admetrics.adapters.sql.warehouse import SqlWarehouse
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.reporting.axis import Axis
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.times import HOUR, Period
from admetrics.testing.examples import HandClock
from benchmarks.figure import Figure, best_of

ROWS: Final = 1_000_000
HOURS: Final = 60 * 24
START: Final = datetime(2025, 1, 1, tzinfo=UTC)
AXES: Final = (Axis.PUBLISHER, Axis.CAMPAIGN, Axis.GROUP, Axis.JOB)


def measure(scale: float) -> Iterator[Figure]:
    """What budgets ask of a warehouse in SQLite, before and after its days are summed up; jobs run for a month."""
    with TemporaryDirectory() as folder:
        clock = HandClock(START + HOURS * HOUR)
        database = Database(f"sqlite:///{Path(folder) / 'warehouse.sqlite'}")
        warehouse = SqlWarehouse(database, clock=clock)
        rows = _fill(warehouse, int(ROWS * scale) // HOURS)
        clock.advance(timedelta(hours=1))

        def read() -> None:
            warehouse.totals(Period.always(), AXES)

        by_hour = best_of(3, read)
        longest = max(best_of(1, warehouse.summarize_day) for _ in range(HOURS // 24))
        by_day = best_of(3, read)
        database.close()
    yield Figure(f"{rows:,} rows of 60 days, by job and publisher: hour by hour", f"{by_hour:.2f} s")
    yield Figure("the same from the sums of days", f"{by_day:.2f} s, {by_hour / by_day:.1f}x faster")
    yield Figure("to sum up a day, the longest of 60", f"{longest:.2f} s")


def _fill(warehouse: SqlWarehouse, an_hour: int) -> int:
    for number in range(HOURS):
        hour, first = START + number * HOUR, number // 24 * an_hour // 30
        cells = (Cell(hour, job, job % 12, job % 200, job % 800) for job in range(first + 1, first + an_hour + 1))
        figures = Measures(impressions=40, clicks=4, spend=20, paid_clicks=4, valid_clicks=4, valid_spend=20)
        warehouse.upsert([Row(cell, figures, 1 + cell.job % 120, 1, "Test") for cell in cells])
    return HOURS * an_hour
