"""Budgets on a real server: the service's, and those of the dashboard, at every border and at any time."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import attrs
import pymysql
import pytest

from admetrics.adapters.memory.warehouse import MemoryWarehouse
from admetrics.adapters.sql.database import Database
from admetrics.adapters.sql.dimensions import SqlDimensions
from admetrics.adapters.sql.warehouse import SqlWarehouse
from admetrics.app.budgets import budgets
from admetrics.domain.dimensions import Campaign, Dimensions, Group, Job, Publisher
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.reporting.budgets import Status
from admetrics.domain.rollup.row import Cell, Row
from admetrics.testing.examples import HandClock
from grafana.budgets import OVERSPENT, USE
from tests.grafana_sql import View
from tests.integration.dashboard_figures import EXPECTED, Data, budget_uses
from tests.integration.rows import sum_up_later_half
from tests.integration.test_dashboards import plain, same

HOUR = datetime(2026, 3, 1, 8, tzinfo=UTC)
START, OVER = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
TIMES = [
    START - INSTANT, START, START + INSTANT, START + timedelta(days=3.5), START + timedelta(days=3, seconds=1),
    OVER - INSTANT, OVER, OVER + timedelta(days=400, microseconds=7),
]  # fmt: skip
ALL = View(START, OVER)
FLIGHT = (date(2026, 3, 1), date(2026, 3, 10))
UNITS = [
    "USD", " usd", "vnd", "EUR", "clicks", "Click", "conversions", "APPLICATION", "qualified", "Qualified_Applications",
    "UDS", "dollars", "O'Neill \\", "", " ", None,
]  # fmt: skip
FLIGHTS = [
    FLIGHT, (FLIGHT[0], None), (None, FLIGHT[1]), (None, None), (FLIGHT[0], date.max), (FLIGHT[1], FLIGHT[0]),
    (FLIGHT[0], FLIGHT[0]),
]  # fmt: skip
SPEND = [0, 1, 314, 315, 350, 385, 386, 999, 1000, 1001, 10**12]
"""Around the borders of a budget of 1,000: after 3.5 of 10 days, on pace is 315 to 385."""
CAMPAIGNS = [
    *(Campaign(100 + number, 1, f"Unit {number}", Decimal(3), unit, *FLIGHT) for number, unit in enumerate(UNITS)),
    *(Campaign(200 + number, 2, None, Decimal(1000), "USD", *flight) for number, flight in enumerate(FLIGHTS)),
    *(Campaign(300 + number, None, "Border", Decimal(1000), "USD", *FLIGHT) for number in range(len(SPEND))),
    Campaign(400, 1, "Cents", Decimal("314.9999999999"), "USD", *FLIGHT),
    Campaign(401, 1, "Nothing", Decimal(0), "USD", *FLIGHT),
    Campaign(402, 1, "Nothing, spent", Decimal(0), "USD", *FLIGHT),
    Campaign(403, 1, "Below nothing", Decimal(-1), "USD", *FLIGHT),
    Campaign(404, 1, "Huge", Decimal(10) ** 19 + Decimal("0.5"), "USD", *FLIGHT),
    Campaign(405, 1, "Without a budget", None, "USD", *FLIGHT),
]
KNOWN = Dimensions(
    jobs=[Job(7, 1, 100, 9, "Cook", Decimal(50))],
    campaigns=CAMPAIGNS,
    groups=[Group(9, 100, "Nights", Decimal(20))],
    publishers=[Publisher(1, "P1", "usd"), Publisher(2, "P2", "VND"), Publisher(3, "P3", "UDS"), Publisher(4, "P4")],
)


def row(campaign: int, publisher: int, spend: int, *, job: int = 7, hour: datetime = HOUR) -> Row:
    """Make a row with one valid click, and two invalid ones beside it."""
    measures = Measures(
        clicks=3, conversions=2, qualified=1, spend=spend + 1000, valid_clicks=1, valid_spend=spend, robot_clicks=2
    )
    return Row(Cell(hour, job, publisher, campaign, 9), measures, 1, 1, "Test")


ROWS = [
    *(row(campaign, publisher, 1) for campaign in range(100, 100 + len(UNITS)) for publisher in (0, 1, 2, 3, 4, 99)),
    *(row(campaign, 1, 350, hour=HOUR - timedelta(days=900)) for campaign in range(200, 200 + len(FLIGHTS))),
    *(row(300 + number, 1, spend) for number, spend in enumerate(SPEND) if spend),
    row(400, 1, 315), row(402, 1, 1), row(404, 1, 10**15), row(405, 1, 5), row(405, 2, 5), row(0, 1, 77),
]  # fmt: skip


@pytest.fixture(scope="module")
def database(mariadb) -> Iterator[Database]:
    mariadb.execute("CREATE DATABASE budgets")
    opened = Database(f"{mariadb.url}/budgets")
    SqlDimensions(opened).put(KNOWN)
    SqlWarehouse(opened, clock=HandClock()).upsert(ROWS)
    sum_up_later_half(f"{mariadb.url}/budgets")
    yield opened
    opened.close()
    mariadb.execute("DROP DATABASE budgets")


@pytest.fixture
def ask(database, mariadb):
    """Ask as Grafana does, at a time of the server."""
    with pymysql.connect(
        host=mariadb.host, port=mariadb.port, user=mariadb.user, password=mariadb.password, database="budgets",
        init_command="SET time_zone = '+00:00'", cursorclass=pymysql.cursors.DictCursor,
    ) as connection, connection.cursor() as cursor:  # fmt: skip

        def ask(query: str, now: datetime, view: View = ALL) -> list[dict[str, object]]:
            seconds, micros = divmod((now - datetime(1970, 1, 1, tzinfo=UTC)) // INSTANT, 10**6)
            cursor.execute(f"SET timestamp = {seconds}.{micros:06d}")
            cursor.execute(view.sent(query))
            return [{name: plain(value) for name, value in found.items()} for found in cursor.fetchall()]

        yield ask


@pytest.mark.parametrize("now", TIMES, ids=str)
def test_the_service_says_of_a_server_what_it_says_of_memory(database, now):
    memory = MemoryWarehouse(clock=HandClock())
    memory.upsert(ROWS)
    known = SqlDimensions(database).all()
    found = budgets(warehouse=SqlWarehouse(database, clock=HandClock()), known=known, now=now)
    assert found == budgets(warehouse=memory, known=known, now=now)
    assert len(found) == len(CAMPAIGNS) - 1 + 2
    assert len({use.status for use in found}) >= 5


@pytest.mark.parametrize("now", TIMES, ids=str)
def test_a_panel_shows_what_the_domain_says(ask, now):
    for chosen in ({}, {"company": ["1"]}, {"company": ["0"]}, {"campaign": ["304", "400", "0"]}, {"campaign": ["9"]}):
        view = attrs.evolve(ALL, chosen=chosen)
        same(ask(USE, now, view), EXPECTED["Budget use"](Data(ROWS, KNOWN, now), view, ["company", "campaign"]))


@pytest.mark.parametrize("now", TIMES, ids=str)
def test_the_alert_counts_the_budgets_that_are_overspent(ask, now):
    uses = budget_uses(Data(ROWS, KNOWN, now), ALL)
    assert ask(OVERSPENT, now) == [{"Overspent": sum(use.status is Status.OVERSPENT for use in uses)}]


def test_every_status_and_every_border_was_seen(database):
    """What the tests above compare is not all the same."""
    known, warehouse = SqlDimensions(database).all(), SqlWarehouse(database, clock=HandClock())
    seen = {use.status for now in TIMES for use in budgets(warehouse=warehouse, known=known, now=now)}
    assert seen == set(Status)
    [at_noon] = [now for now in TIMES if now - START == timedelta(days=3.5)]
    borders = {
        use.spent: use.status
        for use in budgets(warehouse=warehouse, known=known, now=at_noon)
        if use.budget.id // 100 == 3
    }
    assert [borders[spend] for spend in SPEND] == [
        Status.BEHIND, Status.BEHIND, Status.BEHIND, Status.ON_PACE, Status.ON_PACE, Status.ON_PACE, Status.AHEAD,
        Status.AHEAD, Status.EXHAUSTED, Status.OVERSPENT, Status.OVERSPENT,
    ]  # fmt: skip


def test_without_budgets_nothing_is_shown_and_nothing_fires(ask):
    for query, shown in ((USE, []), (OVERSPENT, [{"Overspent": None}])):
        without = query.replace("FROM campaign\n", "FROM (SELECT * FROM campaign WHERE FALSE) AS campaign\n")
        assert without != query
        assert ask(without, START) == shown
