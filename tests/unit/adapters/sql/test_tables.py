"""Values that a database would change if they were not prepared for it."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, select
from sqlalchemy.dialects import mysql, sqlite

from admetrics.adapters.sql.tables import Amount, Utc
from admetrics.domain.errors import InputError

DIALECTS = pytest.mark.parametrize("dialect", [sqlite.dialect(), mysql.dialect()], ids=lambda dialect: dialect.name)
ZONES = st.integers(-23, 23).map(lambda hours: timezone(timedelta(hours=hours)))
TIMES = st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=ZONES)  # noqa: DTZ001  Hypothesis adds it


@DIALECTS
@given(time=TIMES)
def test_times_come_back_in_utc_to_the_microsecond(dialect, time):
    stored = Utc().bind_processor(dialect)(time)
    found = Utc().result_processor(dialect, None)(stored)
    assert found == time
    assert found.utcoffset() == timedelta()


@given(one=TIMES, other=TIMES)
def test_times_on_sqlite_sort_as_text(one, other):
    write = Utc().bind_processor(sqlite.dialect())
    assert (write(one) < write(other)) == (one < other)


@DIALECTS
def test_no_time_is_no_time(dialect):
    assert Utc().bind_processor(dialect)(None) is None
    assert Utc().result_processor(dialect, None)(None) is None


AMOUNTS = Table("amounts", MetaData(), Column("amount", Amount))


def through(database, amount):
    def work(connection):
        AMOUNTS.drop(connection, checkfirst=True)
        AMOUNTS.create(connection)
        connection.execute(AMOUNTS.insert(), {"amount": amount})
        return connection.scalar(select(AMOUNTS.c.amount))

    return database.write(work)


@pytest.mark.parametrize(
    "text", ["0", "-0.01", "0.1", "99999999999999999999.9999999999", "1E+19", "1.10", "0.0000000001", "1e-10"]
)
def test_amounts_are_exact(database, text):
    assert through(database, Decimal(text)) == Decimal(text)


@pytest.mark.parametrize("text", ["100000000000000000000", "0.00000000001", "NaN", "Infinity", "-1E+20"])
def test_amounts_that_would_be_rounded_are_refused_without_showing_them(database, text):
    with pytest.raises(InputError) as caught:
        through(database, Decimal(text))
    assert text not in str(caught.value)


def test_no_amount_is_no_amount(database):
    assert through(database, None) is None


def test_utc_is_what_the_driver_of_a_server_is_given():
    time = datetime(2026, 3, 1, 23, 30, 0, 1, timezone(timedelta(hours=7)))
    assert Utc().bind_processor(mysql.dialect())(time) == datetime(2026, 3, 1, 16, 30, 0, 1)  # noqa: DTZ001
    assert Utc().bind_processor(sqlite.dialect())(time) == "2026-03-01 16:30:00.000001"
    assert Utc().result_processor(mysql.dialect(), None)(datetime(2026, 3, 1)) == datetime(2026, 3, 1, tzinfo=UTC)  # noqa: DTZ001
