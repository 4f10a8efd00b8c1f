"""How the server finds the rows of the dashboards: by an index, in a table that is large enough to need one."""

from datetime import UTC, datetime, timedelta

import pymysql
import pytest

from admetrics.adapters.sql.database import Database
from admetrics.adapters.sql.layout import WAREHOUSE, prepare
from tests.dashboards import BOARDS
from tests.grafana_sql import View
from tests.integration.rows import sum_up_later_half

YEAR = 8760
ROWS_AN_HOUR = 16
START = datetime(2025, 1, 1, tzinfo=UTC)
MONTH = View(START + timedelta(days=200), START + timedelta(days=230))

FILL = f"""
INSERT INTO events
SELECT
    job, DATE(hour), HOUR(hour), job % 5, 1 + job % 40, 1 + job % 50, job % 60,
    1, 2, 3, 4, 2.5, 10, 'Test', hour + INTERVAL 1 HOUR, 5, 6, hour, 1,
    4, 3, 8, 0, 0, 0, 1
FROM (
    SELECT '2025-01-01' + INTERVAL h.seq HOUR AS hour, 1 + (h.seq * 7 + j.seq * 13) % 400 AS job
    FROM seq_0_to_{YEAR - 1} AS h JOIN seq_1_to_{ROWS_AN_HOUR} AS j
) AS cells
"""


def queries_from(table: str):
    return [
        pytest.param(query, id=f"{board}: {panel['title']}")
        for board in BOARDS
        for panel, query in board.queries()
        if f"FROM {table}" in query and "$__timeFrom" in query
    ]


PLANS = queries_from("events")
PLANS_BY_DAY = queries_from("days")
DAILY = ("days", "daily_sums", "events")


@pytest.fixture(scope="module")
def year(mariadb):
    """A year of hours; returns a function that explains a query."""
    mariadb.execute("CREATE DATABASE plans")
    database = Database(f"{mariadb.url}/plans")
    prepare(database, WAREHOUSE)
    database.close()
    mariadb.execute("USE plans", FILL, "INSERT INTO days SELECT DISTINCT dates, 0, dates FROM events")
    sum_up_later_half(f"{mariadb.url}/plans")
    mariadb.execute("USE plans", "ANALYZE TABLE events, days, daily_sums")

    def explain(query: str, view: View = MONTH, tables=("events",)):
        with pymysql.connect(
            host=mariadb.host, port=mariadb.port, user=mariadb.user, password=mariadb.password, database="plans",
            init_command="SET time_zone = '+00:00'", cursorclass=pymysql.cursors.DictCursor,
        ) as connection, connection.cursor() as cursor:  # fmt: skip
            cursor.execute(f"EXPLAIN {view.sent(query)}")
            return [step for step in cursor.fetchall() if step["table"] in tables]

    yield explain
    mariadb.execute("DROP DATABASE plans")


def chosen(**values: str) -> View:
    return View(MONTH.start, MONTH.end, {name: [value] for name, value in values.items()})


@pytest.mark.parametrize("query", PLANS)
def test_the_time_is_looked_up_in_an_index(year, query):
    for view in (MONTH, chosen(publisher="3"), chosen(currency="555344")):
        steps = year(query, view)
        assert steps
        for step in steps:
            assert (step["type"], step["key"]) == ("range", "PRIMARY"), step
            assert int(step["rows"]) < YEAR * ROWS_AN_HOUR / 3


@pytest.mark.parametrize("name", ["campaign", "company", "job"])
@pytest.mark.parametrize("query", PLANS)
def test_a_choice_is_looked_up_together_with_the_time(year, query, name):
    if f"{{{name}:" in query:
        for step in year(query, chosen(**{name: "7"})):
            assert (step["type"], step["key"]) == ("range", f"events_by_{name}"), step
            assert int(step["rows"]) < YEAR * ROWS_AN_HOUR / 100


@pytest.mark.parametrize("query", PLANS_BY_DAY)
def test_days_are_looked_up_by_their_date(year, query):
    """The days of the period in the table of days, then the sums of each, and the hours of those without sums."""
    keys = {(step["table"], step["type"], step["key"]) for step in year(query, tables=DAILY)}
    assert keys == {("days", "range", "PRIMARY"), ("daily_sums", "ref", "PRIMARY"), ("events", "ref", "events_by_day")}


@pytest.mark.parametrize("name", ["campaign", "company", "job"])
@pytest.mark.parametrize("query", PLANS_BY_DAY)
def test_hours_of_days_without_sums_are_looked_up_by_the_day_or_by_the_choice(year, query, name):
    if f"{{{name}:" in query:
        keys = {step["key"] for step in year(query, chosen(**{name: "7"}))}
        assert keys
        assert keys <= {"events_by_day", f"events_by_{name}"}


def test_a_query_without_a_time_would_be_seen(year):
    """The test above can fail."""
    [step] = year("SELECT SUM(clicks) FROM events WHERE event_hour + INTERVAL 0 HOUR >= $__timeFrom()")
    assert step["type"] == "ALL"


def test_freshness_is_read_off_the_end_of_an_index(year):
    """With every refresh, of a table of any size."""
    for board in BOARDS:
        for _, query in board.queries():
            if "MAX(" in query and "events" in query:
                assert year(query) == []  # "Select tables optimized away": the plan names no table
