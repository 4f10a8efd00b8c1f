"""Upserts as MySQL and MariaDB take them: rows as text."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from random import Random
from threading import Barrier

import attrs
import pytest
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Column, Double, Integer, MetaData, String, Table, delete, insert, select

from admetrics.adapters.sql import literals
from admetrics.adapters.sql.literals import insert_rows
from admetrics.adapters.sql.tables import Utc, events
from admetrics.adapters.sql.warehouse import SqlWarehouse
from admetrics.domain.metrics.measures import ZERO, Measures
from admetrics.domain.reporting import hourly_table as events_table
from admetrics.domain.rollup.row import StoredRow
from admetrics.domain.times import HOUR
from admetrics.testing.examples import HandClock, for_all
from admetrics.testing.strategies import FEW_HOURS
from tests.integration.rows import row


@pytest.fixture
def warehouse(open_database):
    return SqlWarehouse(open_database(), clock=HandClock())


def table_of(database):
    return [tuple(found) for found in database.read(lambda connection: connection.execute(select(events)).all())]


def test_the_table_has_the_values_of_its_rows_to_the_last_digit(warehouse, open_database):
    """In all columns, also those that the library does not read; whatever stands in the name of a lake."""
    stored = [
        attrs.evolve(row(job), measures=Measures(*range(job, job + 14)), company=job % 3 or None, source=source)
        for job, source in enumerate(["Memory", "it's", '"50 %"', "%(text0)s", "\\", "\U0001f4c8 số liệu"], start=1)
    ]
    assert warehouse.upsert(stored) == len(stored)
    found = table_of(open_database())
    assert found == [events_table.values(StoredRow(each, HandClock().now())) for each in stored]


@pytest.mark.parametrize("version", [1, 2])
def test_the_statement_itself_holds_back_an_older_row(warehouse, open_database, version):
    """Another writer may have come between the look at the versions and the write."""
    warehouse.upsert([row(1, version=2)])
    before = table_of(open_database())
    late, now = attrs.evolve(row(1, version), measures=ZERO, source="Late"), HandClock().now() + HOUR
    open_database().write(lambda connection: warehouse._put(connection, [late], now))
    assert table_of(open_database()) == before


def test_two_loaders_at_once_leave_the_newest_versions(open_database):
    """Row by row, though each of them writes many rows in several statements."""
    together = Barrier(2, timeout=60)
    jobs = range(1, 2 * literals._ROWS_AT_ONCE)

    def load(seed):
        random = Random(seed)
        loader = SqlWarehouse(open_database(), clock=HandClock())
        together.wait()
        for number in random.sample(range(1, 10), 9):
            versions = [1 + (number + job) % 10 for job in jobs]
            loader.upsert([row(job, version) for job, version in zip(jobs, versions, strict=True)])
        loader.upsert([row(job, 20) for job in jobs if job % 2 == seed])
        return loader

    with ThreadPoolExecutor(2) as pool:
        loader, _ = pool.map(load, (0, 1))
    assert [(stored.row.cell.job, stored.row.version) for stored in loader.rows_of([row(1).cell.hour])] == [
        (job, 20) for job in jobs
    ]


def test_literals_mean_exactly_their_values(open_database):
    """Integers of 64 bits, doubles to the last bit, times to the microsecond, any text, and nothing."""
    database = open_database()
    table = Table(
        "written",
        MetaData(),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("some", Integer, nullable=True),
        Column("large", BigInteger, nullable=False),
        Column("double", Double, nullable=False),
        Column("time", Utc, nullable=False),
        Column("text", String(200), nullable=False),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    database.write(table.create)

    def check(rows):
        numbered = [(number, *each) for number, each in enumerate(rows)]

        def write(connection):
            connection.execute(delete(table))
            insert_rows(connection, insert(table), list(table.columns), numbered)

        database.write(write)
        found = database.read(lambda connection: connection.execute(select(table).order_by(table.c.number)).all())
        assert [tuple(each) for each in found] == numbered

    rows = st.tuples(
        st.none() | st.integers(-(2**31), 2**31 - 1),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)
        | st.tuples(st.integers(0, 2**53), st.integers(1, 2**53)).map(lambda mean: mean[0] / mean[1]),
        st.datetimes(min_value=FEW_HOURS.start.replace(year=1000, tzinfo=None), timezones=st.just(UTC)),
        st.text(max_size=200),
    )
    for_all(check, st.lists(rows, min_size=1, max_size=20), examples=100)
