"""Every query of the dashboards on a real server, with the sample records; the results are those of the domain."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pymysql
import pytest

from admetrics import Settings, open_files, open_pipeline, read_dimensions
from admetrics.domain.dimensions import Campaign, Company, Dimensions, Group, Job, Publisher
from admetrics.domain.metrics.measures import ZERO, Measures
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.times import Period
from admetrics.testing.examples import HandClock
from tests import samples
from tests.dashboards import BOARDS, board_of
from tests.grafana_sql import View
from tests.integration.dashboard_figures import EXPECTED, NOW, Data
from tests.integration.rows import sum_up_later_half

NASTY = """O'Neill \\ "x"; -- ${job} $__timeFrom() `%s` """
MARCH = View(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
ODD = View(datetime(2026, 3, 2, 22, 30, tzinfo=UTC), datetime(2026, 3, 3, 11, 15, 7, tzinfo=UTC))
EDGES = View(datetime(2026, 3, 2, 23, tzinfo=UTC), datetime(2026, 3, 3, 8, tzinfo=UTC))  # both hours have events
GONE = View(datetime(2026, 3, 6, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC))  # only the period before has events
ZEROS = View(datetime(2026, 3, 9, tzinfo=UTC), datetime(2026, 3, 10, tzinfo=UTC))  # a row of nothing but zeros
EMPTY = View(datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 4, 1, tzinfo=UTC))
ALL_TIME = View(datetime(1999, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
USD, NASTY_CODE = b"USD".hex().upper(), b"E'\\U".hex().upper()
CHOICES = [
    {"company": ["1"]},
    {"company": ["0"]},
    {"company": ["0", "2", "4"]},
    {"campaign": ["13"]},
    {"campaign": ["0", "14"]},
    {"group": ["35", "0"]},
    {"publisher": ["2"]},
    {"publisher": ["0", "1", "99"]},
    {"job": ["91", "131"]},
    {"currency": [USD]},
    {"currency": ["0"]},
    {"currency": [NASTY_CODE, USD]},
    {"currency": [USD], "campaign": ["13", "14"], "publisher": ["2", "3"], "job": ["91", "131", "237"]},
    {"campaign": ["12345"]},
]
VIEWS = [MARCH, ODD, EDGES, GONE, ZEROS, EMPTY, ALL_TIME, *(View(MARCH.start, MARCH.end, chosen) for chosen in CHOICES)]
FIGURES = [
    pytest.param(each, panel, query, id=f"{each}: {panel['title']}")
    for each in BOARDS
    if each.name != "pipeline"
    for panel, query in each.queries()
]


@pytest.fixture(scope="module")
def url(mariadb) -> Iterator[str]:
    mariadb.execute("CREATE DATABASE dashboards")
    yield f"{mariadb.url}/dashboards"
    mariadb.execute("DROP DATABASE dashboards")


@pytest.fixture(scope="module")
def data(url, tmp_path_factory) -> Data:
    """The sample records under names that would break a query they reached, and clicks of every reason."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("dashboards"), warehouse=url)
    with (
        open_pipeline(settings, clock=HandClock(samples.NOW)) as pipeline,
        open_files([samples.JSONL]) as source,
    ):
        pipeline.import_dimensions(read_dimensions([samples.FOLDER]))
        pipeline.import_dimensions(
            Dimensions(
                jobs=[Job(146, 2, 14, 33, NASTY)],
                campaigns=[
                    Campaign(13, 1, NASTY, Decimal(100), NASTY, date(2026, 1, 1), date(2026, 6, 1)),
                    Campaign(11, 1, "Clicks", Decimal(40), " Clicks", date(2026, 3, 1), date(2026, 4, 9)),
                ],
                groups=[Group(35, 14, NASTY)],
                companies=[Company(2, NASTY)],
                publishers=[Publisher(4, NASTY, "e'\\u"), Publisher(3, "P3", " usd "), Publisher(15, "P15", " ")],
            )
        )
        pipeline.ingest(source)
        pipeline.roll_up()
        pipeline.load()
        pipeline.reconcile(Period.always())
        vanished = Cell(datetime(2026, 3, 9, 5, tzinfo=UTC), 91, 77, 14, 35)
        judged = Cell(datetime(2026, 3, 3, 5, tzinfo=UTC), 91, 2, 14, 35)
        measures = Measures(
            clicks=21, spend=60, paid_clicks=20, valid_clicks=6, valid_spend=17,
            internal_clicks=1, robot_clicks=2, repeat_clicks=4, out_of_flight_clicks=8,
        )  # fmt: skip
        pipeline.warehouse.upsert(
            [Row(vanished, ZERO, None, 1, "Test"), Row(judged, measures, 2, 1, "Test"), *ranked()]
        )
        sum_up_later_half(url)
        rows = [stored.row for stored in pipeline.warehouse.rows(Period.always())]
        return Data(rows, pipeline.dimensions.all())


def ranked() -> list[Row]:
    """Return more campaigns and jobs than are shown; some without a qualified application, one with too few clicks."""
    hour = datetime(2026, 3, 4, 5, tzinfo=UTC)
    return [
        Row(
            Cell(hour, 200 + number, 3, 100 + number, 0),
            Measures(clicks=49 + number, spend=100 + 7 * number, qualified=number % 4, conversions=number % 5),
            None,
            1,
            "Test",
        )
        for number in range(25)
    ]


@pytest.fixture(scope="module")
def connection(url, data, mariadb) -> Iterator[pymysql.Connection]:
    """A connection as Grafana's data source is provisioned: times in UTC, and no rights but to read."""
    mariadb.execute("CREATE USER reader IDENTIFIED BY 'secret'", "GRANT SELECT ON dashboards.* TO reader")
    with pymysql.connect(
        host=mariadb.host, port=mariadb.port, user="reader", password="secret", database="dashboards",
        init_command=f"SET time_zone = '+00:00', timestamp = {NOW.timestamp()}", cursorclass=pymysql.cursors.DictCursor,
    ) as connection:  # fmt: skip
        yield connection
    mariadb.execute("DROP USER reader")


@pytest.fixture
def ask(connection):
    def ask(query: str, view: View = MARCH) -> list[dict[str, object]]:
        with connection.cursor() as cursor:
            cursor.execute(view.sent(query))
            return [{name: plain(value) for name, value in row.items()} for row in cursor.fetchall()]

    return ask


def plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def same(found, expected) -> None:
    """Compare tables; figures only as exactly as doubles can be added up in any order."""
    assert [list(row) for row in found] == [list(row) for row in expected]
    for one, other in zip(found, expected, strict=True):
        for name, value in other.items():
            assert one[name] == (pytest.approx(value, rel=1e-12) if isinstance(value, int | float) else value), name


@pytest.mark.parametrize("board, panel, query", FIGURES)
def test_a_panel_shows_the_figures_of_the_domain(ask, data, board, panel, query):
    """In every view: periods full and empty, odd and long, and every variable with one value, several and none."""
    shown = 0
    one_job = {"job": ["146"]} if board.name == "job" else {}  # one is chosen there, always
    for view in (View(each.start, each.end, {**one_job, **each.chosen}) for each in VIEWS):
        found = ask(query, view)
        for row in found:
            row.pop("Flight", None)  # it depends on today
        same(found, EXPECTED[panel["title"]](data, view, list(board.variables)))
        shown += sum(value is not None for row in found for value in row.values())
    assert shown > 0


def test_a_value_that_is_no_id_breaks_no_query(ask):
    """It may come in a link. To the server such a text is the number 0, which stands for none."""
    for each in BOARDS:
        nasty, none = (
            View(MARCH.start, MARCH.end, {name: [value] for name in each.variables}) for value in ("0' OR 1=1 -- ", "0")
        )
        texts = [query for _, query in each.queries()] if each.variables else []
        for text in [*texts, *(variable["query"] for variable in each.variables.values())]:
            assert ask(text, nasty) == ask(text, none)


@pytest.mark.parametrize("board", BOARDS, ids=str)
def test_a_variable_offers_what_the_dimensions_hold(ask, data, board):
    """Under their names, and by ids."""
    for name, variable in board.variables.items():
        offered = {str(row["__value"]): row["__text"] for row in ask(variable["query"])}
        assert offered == options(data, name)


def options(data: Data, name: str) -> dict[str, str]:
    dimensions = data.dimensions
    if name == "currency":
        codes = {(each.currency or "").strip().upper() for each in dimensions.publishers} - {""}
        return {"0": "(unknown)", **{code.encode().hex().upper(): code for code in codes}}
    if name == "job":
        return {str(job.id): f"{(job.title or '').strip(' ') or 'no title'} ({job.id})" for job in dimensions.jobs}
    table = getattr(dimensions, {"company": "companies"}.get(name, f"{name}s"))
    none = {"company": "(unknown)", "campaign": "(none: organic)"}.get(name, "(none)")
    return {"0": none, **{str(each.id): f"{(each.name or '').strip(' ') or 'no name'} ({each.id})" for each in table}}


def test_a_variable_offers_only_what_belongs_to_the_earlier_choice(ask, data):
    chosen = View(MARCH.start, MARCH.end, {"company": ["1"], "campaign": ["11", "13"]})
    queries = {name: variable["query"] for name, variable in board_of("campaigns").variables.items()}
    offered = {name: {row["__value"] for row in ask(query, chosen)} for name, query in queries.items()}
    assert offered["campaign"] == {0, 11, 13}
    assert offered["group"] == {0}
    assert offered["job"] == {job.id for job in data.dimensions.jobs if job.company == 1 and job.campaign in {11, 13}}
