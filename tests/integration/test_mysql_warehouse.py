from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random

import pytest

from admetrics.adapters.sql.database import Database
from admetrics.adapters.sql.days import invalidate
from admetrics.adapters.sql.warehouse import SqlWarehouse
from admetrics.domain.errors import TransientError
from admetrics.domain.metrics.measures import ZERO, Measures
from admetrics.domain.reporting.axis import Axis
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.times import HOUR, Period
from admetrics.testing.contracts.warehouse import WarehouseContract
from admetrics.testing.examples import HandClock
from admetrics.testing.strategies import FEW_HOURS


class TestMysqlWarehouse(WarehouseContract):
    examples = 10

    @pytest.fixture
    def warehouse(self, open_database, clock):
        return SqlWarehouse(open_database(), clock=clock)

    @pytest.fixture
    def reopen(self, warehouse, open_database, clock):
        return lambda: SqlWarehouse(open_database(), clock=clock)


def test_days_are_summed_up_while_loaders_change_them(open_database):
    """Two loaders and one that sums up, all at once: no change is left out of the sums."""
    clock = HandClock()
    days = [FEW_HOURS.start + timedelta(days=day) for day in range(3)]
    always = Period(days[0] - 24 * HOUR, days[-1] + 48 * HOUR)
    versions = iter(range(1, 10_000))

    def load(seed):
        random, warehouse = Random(seed), SqlWarehouse(open_database(), clock=clock)
        for _ in range(60):
            cells = sorted({Cell(day, random.randrange(3), 0, 0, 0) for day in random.sample(days, 2)})
            warehouse.upsert(
                [Row(cell, Measures(clicks=random.randrange(9)), None, next(versions), "T") for cell in cells]
            )

    with ThreadPoolExecutor(2) as pool:
        loaders = [pool.submit(load, seed) for seed in (1, 2)]
        warehouse, summed = SqlWarehouse(open_database(), clock=clock), 0
        while not all(loader.done() for loader in loaders):
            clock.advance(timedelta(minutes=11))
            summed += warehouse.summarize_day() is not None
        for loader in loaders:
            loader.result()
    assert summed > len(days)
    by_hour = warehouse.totals(always, [Axis.HOUR])
    assert [each.measures for each in warehouse.totals(always, [])] == [sum((t.measures for t in by_hour), ZERO)]


def test_a_day_is_not_summed_up_before_those_who_change_it_have_finished(mysql_url, open_database):
    """Its rows are not all there yet; who sums it up waits, as long as its patience lasts."""
    clock = HandClock()
    warehouse = SqlWarehouse(open_database(), clock=clock)
    row = Row(Cell(FEW_HOURS.start, 1, 0, 0, 0), Measures(clicks=1), None, 1, "Test")
    warehouse.upsert([row])
    clock.advance(timedelta(hours=1))
    hurried = Database(mysql_url, lock_timeout=timedelta(seconds=1))
    hasty = SqlWarehouse(hurried, clock=clock)

    def change(connection):
        invalidate(connection, [row.cell.hour], clock.now())
        with pytest.raises(TransientError):
            hasty.summarize_day()

    open_database().write(change)
    assert hasty.summarize_day() is not None
    hurried.close()
