"""How long the queries of the dashboards take in a large table, and by which index the server finds the rows."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from typing import Any

import attrs
import pymysql

from admetrics.adapters.sql.database import Database
from admetrics.adapters.sql.layout import WAREHOUSE, prepare
from admetrics.adapters.sql.tables import events
from admetrics.adapters.sql.warehouse import SqlWarehouse
from admetrics.testing.examples import HandClock
from benchmarks.figure import Figure, best_of
from tests.dashboards import BOARDS, Board
from tests.grafana_sql import View
from tests.servers import MariaDB

ROWS = 10_000_000
HOURS = 8760
ROUNDS = 20
START = datetime(2025, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=364, hours=12)
MONTH = (NOW - timedelta(days=30), NOW)
CHOICES = {"all": {}, "one company": {"company": ["7"]}, "one campaign": {"campaign": ["7"]}}
AIM = "< 1 s"


class Roomy(MariaDB):
    """A server that has room for its tables in memory, as one that serves dashboards should have."""

    def command(self) -> Sequence[str]:
        return [*super().command(), "--innodb-buffer-pool-size=4G", "--innodb-log-file-size=1G"]


@attrs.frozen(order=True)
class Taken:
    """How long a query took, in seconds, and how the server found the rows."""

    p95: float
    median: float
    plan: str
    title: str

    def __str__(self) -> str:
        return f"{self.p95:.3f} s, median {self.median:.3f} s, {self.plan}"


def measure(scale: float) -> Iterator[Figure]:
    """30 days of a year, the 95th percentile: what limits them is one core of the server, which reads every row.

    Counts and Money read 60 days, for their changes, and Budget use reads the year: they take the sums of the days
    that are over, which are all but the last. A dashboard asks a handful of queries at once; they are measured
    one after the other. Of those that an index makes short, the slowest is shown.
    """
    with Roomy() as server:
        server.execute("CREATE DATABASE admetrics")
        rows = _fill(server, max(1, int(ROWS * scale) // HOURS))
        with pymysql.connect(
            host=server.host, port=server.port, user="root", database="admetrics",
            init_command="SET time_zone = '+00:00'", cursorclass=pymysql.cursors.DictCursor,
        ) as connection, connection.cursor() as cursor:  # fmt: skip
            for choice, chosen in CHOICES.items():
                for board in BOARDS:
                    taken = [_taken(cursor, title, query) for title, query in _queries(board, chosen)]
                    reads_all = not chosen and board.name in {"campaigns", "publisher"}
                    for each in taken if reads_all else sorted(taken)[-1:]:
                        what = each.title if reads_all else f"slowest of {len(taken)}: {each.title}"
                        yield Figure(f"{rows:,} rows, {board}, {choice}; {what}", str(each), AIM)


def _queries(board: Board, chosen: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Return the queries to events that a choice changes; Job always has one job."""
    one_job = {"job": ["7"]} if board.name == "job" else {}
    view = View(*MONTH, {**one_job, **chosen})
    for panel, query in board.queries():
        if any(f"FROM {table}" in query for table in ("events", "days")) and all(
            f"{{{name}:" in query for name in chosen
        ):
            yield panel["title"], view.sent(query)


def _taken(cursor: Any, title: str, query: str) -> Taken:
    def run() -> None:
        cursor.execute(query)
        cursor.fetchall()

    seconds = [best_of(1, run) for _ in range(ROUNDS)]
    cursor.execute(f"EXPLAIN {query}")
    steps = {f"{step['type']} over {step['key']}" for step in cursor.fetchall() if step["table"] == "events"}
    p95 = quantiles(seconds, n=20, method="inclusive")[-1]
    return Taken(p95, median(seconds), ", ".join(sorted(steps)) or "end of an index", title)


def _fill(server: MariaDB, an_hour: int) -> int:
    """Make rows by SQL: 4,000 jobs, 200 campaigns, 120 companies, 12 publishers with 4 currencies."""
    database = Database(f"{server.url}/admetrics?read_timeout=3600")
    prepare(database, WAREHOUSE)
    indexes = sorted(events.indexes, key=lambda index: str(index.name))
    database.write(lambda connection: [index.drop(connection) for index in indexes])  # one by one they are made faster
    statements = [_EVENTS.format(first=first, last=min(first + 730, HOURS) - 1, an_hour=an_hour) for first in
                  range(0, HOURS, 730)]  # fmt: skip
    server.execute("USE admetrics", *_DIMENSIONS, *statements)
    database.write(lambda connection: [index.create(connection) for index in indexes])
    server.execute("USE admetrics", _DAYS)
    warehouse = SqlWarehouse(database, clock=HandClock(NOW))
    while warehouse.summarize_day():
        pass
    server.execute("USE admetrics", "ANALYZE TABLE events, days, daily_sums")
    database.close()
    return HOURS * an_hour


_DIMENSIONS = (
    (
        "INSERT INTO master_publisher (id, name, currency)"
        " SELECT seq, CONCAT('Publisher ', seq), ELT(1 + seq % 4, 'USD', 'VND', 'EUR', NULL) FROM seq_1_to_12"
    ),
    "INSERT INTO company (id, name) SELECT seq, CONCAT('Company ', seq) FROM seq_1_to_120",
    (
        "INSERT INTO campaign (id, name, budget_total, unit_budget, start_date, end_date)"
        " SELECT seq, CONCAT('Campaign ', seq), 1000 * seq, 'USD', '2025-01-01', '2025-12-31' FROM seq_1_to_200"
    ),
    "INSERT INTO job (id, title) SELECT seq, CONCAT('Job ', seq) FROM seq_1_to_4000",
)
_DAYS = "INSERT INTO days SELECT DISTINCT dates, 0, dates FROM events"
_EVENTS = """
INSERT INTO events (
    job_id, dates, hours, publisher_id, company_id, campaign_id,
    group_id, disqualified_application, qualified_application, conversion, clicks, bid_set, spend_hour, sources,
    latest_update_time, impressions, page_views, event_hour, version,
    paid_clicks, valid_clicks, valid_spend, internal_clicks, robot_clicks, repeat_clicks, out_of_flight_clicks
)
SELECT
    job, DATE(hour), HOUR(hour), publisher, 1 + job % 120, IF(job % 4 = 0, 0, 1 + job % 200),
    IF(job % 4 = 0, 0, 1 + job % 800), c DIV 9, c DIV 7, c DIV 4, c, 3, 3 * c, 'Cassandra',
    hour + INTERVAL 1 HOUR, 5 + c * 9, c, hour, 1,
    c, c - c DIV 5, 3 * (c - c DIV 5), 0, c DIV 10, c DIV 5 - c DIV 10, 0
FROM (
    SELECT
        '2025-01-01' + INTERVAL h.seq HOUR AS hour,
        1 + (j.seq + h.seq * 37) % 4000 AS job,
        1 + (j.seq * 31 + h.seq) % 12 AS publisher,
        (j.seq * 17 + h.seq) % 11 AS c
    FROM seq_{first}_to_{last} AS h JOIN seq_1_to_{an_hour} AS j
) AS cells
"""
