"""The statements as they are written, above all those for a server that no unit test starts."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import mysql, sqlite

from admetrics.adapters.sql import statements
from admetrics.adapters.sql.statements import chunks, put, selected, selected_in_hours, within
from admetrics.adapters.sql.tables import accounting, cells, handled
from admetrics.adapters.sql.warehouse import _upsert_mysql, _upsert_sqlite
from admetrics.domain.reporting.hourly_table import COLUMNS, MEASURES
from admetrics.domain.times import HOUR, Period
from admetrics.testing.strategies import FEW_HOURS

CHANGING = [name for name in COLUMNS if name in {"company_id", "bid_set", "sources", *MEASURES}]
MYSQL_UPSERT = f"""\
INSERT INTO events ({", ".join(COLUMNS)}) \
VALUES ({", ".join(["%s"] * len(COLUMNS))}) \
ON DUPLICATE KEY UPDATE \
latest_update_time = if(VALUES(version) > events.version, CASE WHEN (events.company_id <=> VALUES(company_id) \
{" ".join(f"AND events.{name} = VALUES({name})" for name in MEASURES)}) \
THEN events.latest_update_time ELSE VALUES(latest_update_time) END, \
events.latest_update_time), \
{" ".join(f"{name} = if(VALUES(version) > events.version, VALUES({name}), events.{name})," for name in CHANGING)} \
version = if(VALUES(version) > events.version, VALUES(version), events.version)"""


def written(statement, dialect):
    return " ".join(str(statement.compile(dialect=dialect)).split())


def test_an_upsert_on_mysql_guards_every_column_that_can_change_and_the_version_last():
    """Assignments run from left to right: once the version is assigned, nothing is newer any more."""
    assert written(_upsert_mysql(), mysql.dialect()) == MYSQL_UPSERT


def test_an_upsert_on_sqlite_is_guarded_as_a_whole():
    statement = written(_upsert_sqlite(), sqlite.dialect())
    assert "ON CONFLICT (event_hour, job_id, publisher_id, campaign_id, group_id) DO UPDATE SET" in statement
    assert statement.endswith("WHERE excluded.version > events.version")


def test_a_put_on_mysql_replaces_all_but_the_key():
    statement = written(statements._put_mysql(cells), mysql.dialect())
    assert statement.endswith("ON DUPLICATE KEY UPDATE version = VALUES(version), digest = VALUES(digest)")


def test_a_put_on_mysql_of_nothing_but_a_key_changes_nothing():
    statement = written(statements._put_mysql(handled), mysql.dialect())
    assert statement.endswith("ON DUPLICATE KEY UPDATE batch = VALUES(batch), hour = VALUES(hour)")


@pytest.mark.parametrize(
    "period, conditions",
    [
        (Period.always(), []),
        (Period(FEW_HOURS.start, datetime.max.replace(tzinfo=UTC)), ["accounting.event_hour >= ?"]),
        (Period(datetime.min.replace(tzinfo=UTC), FEW_HOURS.end), ["accounting.event_hour < ?"]),
        (FEW_HOURS, ["accounting.event_hour >= ?", "accounting.event_hour < ?"]),
    ],
    ids=["always", "since", "until", "within"],
)
def test_bounds_that_bound_nothing_are_left_out(period, conditions):
    """MySQL knows no time before the year 1000."""
    written_conditions = [written(each, sqlite.dialect()) for each in within(accounting.c.event_hour, period)]
    assert written_conditions == conditions


def test_values_are_cut_into_chunks():
    assert list(chunks([], 2)) == []
    assert list(chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]


@pytest.fixture
def stored(database):
    """Five outcomes in each of five hours."""
    hours = [FEW_HOURS.start + number * HOUR for number in range(5)]
    rows = [{"event_hour": hour, "outcome": str(count), "events": count} for hour in hours for count in range(5)]

    def store(connection):
        accounting.create(connection)
        put(connection, accounting, rows)

    database.write(store)
    return hours


def test_a_query_for_more_values_than_one_statement_carries_finds_all(database, stored):
    found = database.read(
        lambda connection: list(selected(connection, select(accounting.c.outcome), accounting.c.events, range(1, 5001)))
    )
    assert sorted(found) == sorted([("1",), ("2",), ("3",), ("4",)] * 5)


@pytest.mark.parametrize("alternatives, values", [(1, 1), (2, 3), (200, 2000)])
def test_a_query_by_hours_finds_the_values_of_each_hour(database, stored, monkeypatch, alternatives, values):
    monkeypatch.setattr(statements, "_ALTERNATIVES_AT_ONCE", alternatives)
    monkeypatch.setattr(statements, "VALUES_AT_ONCE", values)
    wanted = {hour: set(range(index)) for index, hour in enumerate(stored)} | {FEW_HOURS.start - HOUR: {1}}
    columns = (accounting.c.event_hour, accounting.c.events)
    statement = select(*columns)
    found = database.read(lambda connection: list(selected_in_hours(connection, statement, columns, wanted)))
    assert sorted(found) == [(hour, count) for index, hour in enumerate(stored) for count in range(index)]


def test_a_put_replaces_rows_of_the_same_key(database, stored):
    def replace(connection):
        put(connection, accounting, [{"event_hour": stored[0], "outcome": "0", "events": 9}])
        put(connection, accounting, [])
        return (
            connection.execute(select(accounting.c.events).where(accounting.c.event_hour == stored[0])).scalars().all()
        )

    assert sorted(database.write(replace)) == [1, 2, 3, 4, 9]
