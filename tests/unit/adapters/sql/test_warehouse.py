from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from threading import Barrier

import attrs
import pytest
from sqlalchemy import text

from admetrics.adapters.sql import warehouse as warehouse_module
from admetrics.adapters.sql.warehouse import SqlWarehouse
from admetrics.domain.metrics.measures import ZERO, Measures
from admetrics.domain.reporting import hourly_table as events_table
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.times import HOUR, Period
from admetrics.testing.contracts.warehouse import WarehouseContract
from admetrics.testing.examples import HandClock
from admetrics.testing.strategies import FEW_HOURS


class TestSqlWarehouse(WarehouseContract):
    @pytest.fixture
    def warehouse(self, database, clock):
        return SqlWarehouse(database, clock=clock)

    @pytest.fixture
    def reopen(self, warehouse, open_database, clock):
        return lambda: SqlWarehouse(open_database(), clock=clock)


ROW = Row(Cell(FEW_HOURS.start, 1, 2, 3, 4), Measures(1, 2, 3, 4, 5, 6, 10, *range(11, 18)), 7, 8, "Test")


@pytest.fixture
def warehouse(database):
    return SqlWarehouse(database, clock=HandClock())


def test_the_table_is_what_its_readers_expect(database, warehouse):
    """Column by column, types included: dashboards and spreadsheets read it without this library."""
    warehouse.upsert([ROW])
    found = database.read(lambda connection: connection.execute(text("SELECT * FROM events")).mappings().one())
    assert dict(found) == dict.fromkeys(events_table.MEASURES, 0) | {
        "job_id": 1,
        "dates": "2026-03-01 00:00:00.000000",
        "hours": 22,
        "publisher_id": 2,
        "company_id": 7,
        "campaign_id": 3,
        "group_id": 4,
        "disqualified_application": 6,
        "qualified_application": 5,
        "conversion": 4,
        "clicks": 3,
        "bid_set": 10 / 3,
        "spend_hour": 10.0,
        "sources": "Test",
        "latest_update_time": "2026-04-01 12:30:15.123456",
        "impressions": 1,
        "page_views": 2,
        "event_hour": "2026-03-01 22:00:00.000000",
        "version": 8,
        "paid_clicks": 11,
        "valid_clicks": 12,
        "valid_spend": 13.0,
        "internal_clicks": 14,
        "robot_clicks": 15,
        "repeat_clicks": 16,
        "out_of_flight_clicks": 17,
    }
    assert tuple(found) == events_table.COLUMNS
    assert {type(found[name]) for name in ("bid_set", "spend_hour", "valid_spend")} == {float}


def test_the_statement_itself_holds_back_an_older_row(database, warehouse):
    """Another writer may have come between the look at the versions and the write."""
    warehouse.upsert([ROW])
    before = list(warehouse.rows(FEW_HOURS))
    for version in (ROW.version - 1, ROW.version):
        late, now = attrs.evolve(ROW, version=version, measures=ZERO), before[0].updated + timedelta(days=1)
        database.write(lambda connection, late=late, now=now: warehouse._put(connection, [late], now))
        assert list(warehouse.rows(FEW_HOURS)) == before


def test_a_day_that_changed_under_a_clock_that_was_ahead_is_summed(database):
    clock, years = HandClock(), timedelta(days=1500)
    clock.advance(years)
    warehouse = SqlWarehouse(database, clock=clock)
    warehouse.upsert([ROW])
    assert warehouse.summarize_day() is None, "it changed just now"
    clock.advance(-years)
    assert warehouse.summarize_day() == ROW.cell.hour.replace(hour=0)


def test_two_loaders_at_once_leave_the_newest_versions(open_database):
    cells = [Cell(FEW_HOURS.start, job, 0, 0, 0) for job in range(1, 4)]
    together = Barrier(2, timeout=60)

    def load(seed):
        warehouse = SqlWarehouse(open_database(), clock=HandClock())
        versions = list(range(1, 21))
        Random(seed).shuffle(versions)
        together.wait()
        for version in versions:
            warehouse.upsert([Row(cell, Measures(clicks=version), None, version, "Test") for cell in cells])
        return warehouse

    with ThreadPoolExecutor(2) as pool:
        warehouse, _ = pool.map(load, (1, 2))
    assert [(stored.row.version, stored.row.measures.clicks) for stored in warehouse.rows(FEW_HOURS)] == [(20, 20)] * 3


@pytest.mark.parametrize("rows_in_hand", [1, 3, 4, 1000])
def test_rows_are_read_in_portions_and_all_are_read(warehouse, monkeypatch, rows_in_hand):
    monkeypatch.setattr(warehouse_module, "_ROWS_IN_HAND", rows_in_hand)
    cells = [Cell(FEW_HOURS.start + number * HOUR, job, 0, 0, 0) for number in range(3) for job in range(1, number + 3)]
    warehouse.upsert([attrs.evolve(ROW, cell=cell) for cell in reversed(cells)])
    assert [stored.row.cell for stored in warehouse.rows(Period.always())] == cells
    assert [stored.row.cell for stored in warehouse.rows_of({cell.hour for cell in cells})] == cells


def test_rows_can_be_written_while_others_are_read(warehouse):
    """A reader that is slow holds no lock."""
    warehouse.upsert([ROW])
    reading = iter(warehouse.rows(Period.always()))
    next(reading)
    assert warehouse.upsert([attrs.evolve(ROW, version=9)]) == 1
