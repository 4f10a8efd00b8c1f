"""The statements as they are written, above all those for a server that no unit test starts."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import mysql, sqlite

from admetrics.adapters.sql import statements
from admetrics.adapters.sql.statements import chunks, put, selected, selected_in_hours, within
from admetrics.adapters.sql.tables import accounting, cells, handled
from admetrics.adapters.sql.warehouse import _upsert_mysql, _upsert_sqlite
from admetrics.domain.times import HOUR, Period
from admetrics.testing.strategies import FEW_HOURS

MYSQL_UPSERT = """\
INSERT INTO events (job_id, dates, hours, publisher_id, company_id, campaign_id, group_id, disqualified_application, \
qualified_application, conversion, clicks, bid_set, spend_hour, sources, latest_update_time, impressions, page_views, \
event_hour, version, paid_clicks, valid_clicks, valid_spend, internal_clicks, robot_clicks, repeat_clicks, \
out_of_flight_clicks) \
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) \
ON DUPLICATE KEY UPDATE \
latest_update_time = if(VALUES(version) > events.version, CASE WHEN (events.company_id <=> VALUES(company_id) \
AND events.impressions = VALUES(impressions) AND events.page_views = VALUES(page_views) \
AND events.clicks = VALUES(clicks) AND events.conversion = VALUES(conversion) \
AND events.qualified_application = VALUES(qualified_application) \
AND events.disqualified_application = VALUES(disqualified_application) \
AND events.spend_hour = VALUES(spend_hour) \
AND events.paid_clicks = VALUES(paid_clicks) \
AND events.valid_clicks = VALUES(valid_clicks) \
AND events.valid_spend = VALUES(valid_spend) \
AND events.internal_clicks = VALUES(internal_clicks) \
AND events.robot_clicks = VALUES(robot_clicks) \
AND events.repeat_clicks = VALUES(repeat_clicks) \
AND events.out_of_flight_clicks = VALUES(out_of_flight_clicks)) \
THEN events.latest_update_time ELSE VALUES(latest_update_time) END, \
events.latest_update_time), \
company_id = if(VALUES(version) > events.version, VALUES(company_id), events.company_id), \
disqualified_application = if(VALUES(version) > events.version, VALUES(disqualified_application), \
events.disqualified_application), \
qualified_application = if(VALUES(version) > events.version, VALUES(qualified_application), \
events.qualified_application), \
conversion = if(VALUES(version) > events.version, VALUES(conversion), events.conversion), \
clicks = if(VALUES(version) > events.version, VALUES(clicks), events.clicks), \
bid_set = if(VALUES(version) > events.version, VALUES(bid_set), events.bid_set), \
spend_hour = if(VALUES(version) > events.version, VALUES(spend_hour), events.spend_hour), \
sources = if(VALUES(version) > events.version, VALUES(sources), events.sources), \
impressions = if(VALUES(version) > events.version, VALUES(impressions), events.impressions), \
page_views = if(VALUES(version) > events.version, VALUES(page_views), events.page_views), \
paid_clicks = if(VALUES(version) > events.version, VALUES(paid_clicks), \
events.paid_clicks), \
valid_clicks = if(VALUES(version) > events.version, VALUES(valid_clicks), \
events.valid_clicks), \
valid_spend = if(VALUES(version) > events.version, VALUES(valid_spend), \
events.valid_spend), \
internal_clicks = if(VALUES(version) > events.version, VALUES(internal_clicks), \
events.internal_clicks), \
robot_clicks = if(VALUES(version) > events.version, VALUES(robot_clicks), \
events.robot_clicks), \
repeat_clicks = if(VALUES(version) > events.version, VALUES(repeat_clicks), \
events.repeat_clicks), \
out_of_flight_clicks = if(VALUES(version) > events.version, VALUES(out_of_flight_clicks), \
events.out_of_flight_clicks), \
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
