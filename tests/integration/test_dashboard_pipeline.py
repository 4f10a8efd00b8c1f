"""The queries of dashboard Pipeline and of the alerts on a real server; the user that Grafana reads with."""

import os
import subprocess
from collections import Counter
from datetime import UTC, datetime, timedelta

import pymysql
import pytest
import yaml

from admetrics.adapters.sql.warehouse import SqlWarehouse
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.rollup.reconciliation import Reconciliation
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.rules.outcome import Outcome
from admetrics.domain.times import HOUR, hour_of
from admetrics.testing.examples import HandClock
from tests.dashboards import FOLDER, board_of
from tests.grafana_sql import View

NOW = datetime.now(UTC)
TODAY = View(NOW - timedelta(days=1), NOW + timedelta(minutes=1))
QUERIES = {panel["title"]: query for panel, query in board_of("pipeline").queries()}
ALERTS = {
    rule["uid"]: rule["data"][0]["model"]["rawSql"]
    for rule in yaml.safe_load((FOLDER / "provisioning" / "alerting" / "admetrics.yaml").read_text())["groups"][0][
        "rules"
    ]
    if "rawSql" in rule["data"][0]["model"]
}


@pytest.fixture
def clock():
    return HandClock(NOW - timedelta(minutes=10))


@pytest.fixture
def warehouse(open_database, clock):
    return SqlWarehouse(open_database(), clock=clock)


@pytest.fixture
def ask(mariadb, database, warehouse):
    """Ask as Grafana does, with a session in UTC whatever the zone of the server."""
    mariadb.execute("SET GLOBAL time_zone = '+07:00'")
    connection = pymysql.connect(
        host=mariadb.host, port=mariadb.port, user=mariadb.user, password=mariadb.password, database=database,
        init_command="SET time_zone = '+00:00'", cursorclass=pymysql.cursors.DictCursor,
    )  # fmt: skip

    def ask(query):
        with connection.cursor() as cursor:
            cursor.execute(TODAY.sent(query))
            connection.commit()
            return list(cursor.fetchall())

    with connection:
        yield ask
    mariadb.execute("SET GLOBAL time_zone = SYSTEM")


def since(time: datetime) -> float:
    """Return the seconds since a time: other tests may have run between the reading of this file and its tests."""
    return (datetime.now(UTC) - time).total_seconds()


def about(seconds):
    return pytest.approx(seconds, abs=120)


def row(hour, version=1):
    return Row(Cell(hour, 1, 2, 3, 4), Measures(clicks=version), None, version, "Test")


def test_freshness_is_that_of_the_warehouse(ask, warehouse, clock):
    assert ask(QUERIES["Last change"]) == [{"Last change": None}]
    assert ask(QUERIES["Newest hour"]) == [{"Newest hour": None}]
    hour = hour_of(NOW) - 3 * HOUR
    warehouse.upsert([row(hour)])
    [change], [newest] = ask(QUERIES["Last change"]), ask(QUERIES["Newest hour"])
    assert warehouse.last_update() == clock.now()
    assert change["Last change"] == about(since(NOW) + 600)
    assert newest["Newest hour"] == about(since(hour))
    assert ask(ALERTS["admetrics-stale-data"])[0]["Last change"] == about(since(NOW) + 600)
    clock.advance(timedelta(minutes=10))
    warehouse.upsert([row(hour, version=2)])
    assert ask(ALERTS["admetrics-stale-data"])[0]["Last change"] == about(since(NOW))


def test_what_was_written_under_a_clock_ahead_is_no_news(ask, warehouse, clock):
    """A row, its hour and a run of reconcile that lie years ahead leave freshness and alerts as they were."""
    hour = hour_of(NOW) - 3 * HOUR
    start = hour_of(NOW)
    warehouse.upsert([row(hour)])
    warehouse.put_reconciliation(Reconciliation(NOW - HOUR, start, start, 1, 10, 3, 0, 0))
    years = timedelta(days=1500)
    clock.advance(years)
    warehouse.upsert([row(hour + years)])
    warehouse.put_reconciliation(Reconciliation(NOW + years, start, start, 1, 10, 0, 0, 0))
    for query in (QUERIES["Last change"], ALERTS["admetrics-stale-data"]):
        assert ask(query)[0]["Last change"] == about(since(NOW) + 600)
    assert ask(QUERIES["Newest hour"])[0]["Newest hour"] == about(since(hour))
    for query in (QUERIES["Cells that differ"], ALERTS["admetrics-reconcile-difference"]):
        assert ask(query) == [{"Different": 3}]
    assert ask(QUERIES["Last reconcile"])[0]["Last reconcile"] == about(since(NOW) + 3600)


def test_uncounted_kinds_are_those_of_the_accounting(ask, warehouse):
    hour = hour_of(NOW)
    outcomes = [
        Outcome(hour, "click", 9),
        Outcome(hour, "other:alive", 3),
        Outcome(hour - HOUR, "other:alive", 4),
        Outcome(hour, "without_job:click", 5),
        Outcome(hour - 48 * HOUR, "other:alive", 1000),
    ]
    warehouse.put_accounting({outcome.hour for outcome in outcomes}, outcomes)
    found = [(row["Outcome"], int(row["Events"])) for row in ask(QUERIES["Uncounted kinds"])]
    assert found == [("other:alive", 7), ("without_job:click", 5)]
    assert dict(found) == Counter({"other:alive": 7, "without_job:click": 5})


def test_the_last_result_of_reconcile_is_shown_and_watched(ask, warehouse):
    for query in (QUERIES["Cells that differ"], QUERIES["Runs of reconcile"], ALERTS["admetrics-reconcile-difference"]):
        assert ask(query) == []
    start = hour_of(NOW)
    results = [
        Reconciliation(NOW.replace(microsecond=0) - timedelta(hours=age), start, start, 1, 10, different, 2, 0)
        for age, different in ((3, 0), (2, 4), (1, 1))
    ]
    for result in results:
        warehouse.put_reconciliation(result)
    assert [row["Different"] for row in ask(QUERIES["Runs of reconcile"])] == [1, 4, 0]
    assert ask(QUERIES["Runs of reconcile"])[0]["Made"].replace(tzinfo=UTC) == results[-1].made
    assert ask(QUERIES["Cells that differ"]) == ask(ALERTS["admetrics-reconcile-difference"]) == [{"Different": 1}]
    assert ask(QUERIES["Last reconcile"])[0]["Last reconcile"] == about(since(NOW) + 3600)


def test_every_query_of_the_dashboard_is_tested_here():
    assert set(QUERIES) == {
        "Last change", "Newest hour", "Cells that differ", "Uncounted kinds", "Runs of reconcile", "Last reconcile",
    }  # fmt: skip
    assert set(ALERTS) == {"admetrics-stale-data", "admetrics-reconcile-difference"}


def test_the_script_for_the_image_makes_a_user_that_can_read_and_nothing_else(mariadb, database, warehouse, tmp_path):
    """With a password of the worst kind. The client of the image is a program that keeps what it is told to run."""
    password = r"it's a \"p\a\\ss$word\'"
    client = tmp_path / "mysql"
    client.write_text('#!/bin/sh\nexec cat > "$STATEMENTS"\n')
    client.chmod(0o755)
    statements = tmp_path / "statements.sql"
    own = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}", "STATEMENTS": str(statements), "GRAFANA_MYSQL_PASSWORD": password,
        "MYSQL_DATABASE": database, "MYSQL_ROOT_PASSWORD": "secret",
    }  # fmt: skip
    subprocess.run(["bash", FOLDER / "mysql-reader.sh"], env=own, check=True)
    try:
        mariadb.execute(*(line for line in statements.read_text().split(";\n") if line.strip()))
        with pymysql.connect(
            host=mariadb.host, port=mariadb.port, user="grafana", password=password, database=database
        ) as connection, connection.cursor() as cursor:  # fmt: skip
            cursor.execute("SELECT * FROM kpi_daily")
            with pytest.raises(pymysql.err.OperationalError, match="command denied"):
                cursor.execute("DELETE FROM events")
    finally:
        mariadb.execute("DROP USER IF EXISTS grafana")
