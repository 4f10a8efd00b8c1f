"""What the views of the warehouse must show, computed by the domain; on every database."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import attrs
import pytest
from alembic import command, op
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import strategies as st
from sqlalchemy import BigInteger, text, update

from admetrics.adapters.sql.dimensions import SqlDimensions
from admetrics.adapters.sql.layout import MIGRATIONS, WAREHOUSE, prepare
from admetrics.adapters.sql.migrations.views import add_columns, add_measure, drop_measure
from admetrics.adapters.sql.warehouse import SqlWarehouse
from admetrics.domain.dimensions import Campaign, Company, Dimensions, Group, Job, Publisher
from admetrics.domain.errors import PermanentError
from admetrics.domain.metrics import catalog
from admetrics.domain.metrics.measures import ZERO, Measures, kpis
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.rules.currency import Currency
from admetrics.domain.times import Period
from admetrics.testing.examples import HandClock, few_hours, for_all, unused_day
from admetrics.testing.strategies import FEW_HOURS, dimensions, rows

Found = Mapping[tuple[object, ...], tuple[object, ...]]
"""Measures and ratios by key."""

KEYS = {
    "kpi_hourly": (
        "event_hour", "job_id", "job_title", "publisher_id", "publisher_name", "company_id", "company_name",
        "campaign_id", "campaign_name", "group_id", "group_name", "currency",
    ),
    "kpi_daily": (
        "event_day", "job_id", "job_title", "publisher_id", "publisher_name", "company_id", "company_name",
        "campaign_id", "campaign_name", "group_id", "group_name", "currency",
    ),
    "kpi_campaign_daily": ("event_day", "company_id", "company_name", "campaign_id", "campaign_name", "currency"),
}  # fmt: skip
FIGURES = tuple(figure.name for figure in catalog.FIGURES)

HOUR = FEW_HOURS.start


class ViewsContract:
    """What the views show.

    Fixtures to supply:
        database: an empty database.
    """

    examples = 40

    @pytest.fixture
    def warehouse(self, database) -> SqlWarehouse:
        return SqlWarehouse(database, clock=HandClock())

    @pytest.fixture
    def store(self, database) -> SqlDimensions:
        return SqlDimensions(database)

    @pytest.mark.parametrize("view", KEYS)
    def test_each_row_has_the_sums_and_the_ratios_of_its_key(self, database, warehouse, store, view):
        """Whatever is stored: rows of zeros are left out, and no amount meets one of another currency."""
        known: dict[type, dict[int, Any]] = defaultdict(dict)

        def check(drawn: Sequence[Row], names: Dimensions) -> None:
            by = 2 * unused_day()  # these hours lie on two days
            stored = [attrs.evolve(row, cell=attrs.evolve(row.cell, hour=row.cell.hour + by)) for row in drawn]
            warehouse.upsert(stored)
            store.put(names)
            for each in (names.jobs, names.campaigns, names.groups, names.companies, names.publishers):
                known[type(each[0]) if each else Job].update((item.id, item) for item in each)
            assert selected(database, view, few_hours(by)) == expected(view, stored, known)

        distinct = st.lists(rows(), max_size=12, unique_by=lambda row: row.cell)
        for_all(check, distinct, dimensions(), examples=self.examples)

    def test_a_ratio_without_a_denominator_is_null_and_not_zero(self, database, warehouse):
        warehouse.upsert([row_of(Measures(page_views=1))])
        for view in KEYS:
            [figures] = selected(database, view, FEW_HOURS).values()
            assert figures == (*Measures(page_views=1).values, *[None] * 7)

    def test_ratios_have_all_their_digits(self, database, warehouse):
        """Servers divide integers to four digits behind the point, unless they are told otherwise."""
        warehouse.upsert([row_of(Measures(impressions=3_000_000, clicks=1))])
        for view in KEYS:
            [found] = selected(database, view, FEW_HOURS).values()
            assert found[len(attrs.fields(Measures))] == 1 / 3_000_000

    def test_ratios_of_a_day_are_ratios_of_its_sums(self, database, warehouse):
        """1 of 2 and 0 of 8 are 1 of 10, and no mean of ratios."""
        later = row_of(Measures(impressions=8), hour=HOUR.replace(hour=23))
        warehouse.upsert([row_of(Measures(impressions=2, clicks=1)), later])
        for view in ("kpi_daily", "kpi_campaign_daily"):
            [found] = selected(database, view, FEW_HOURS).values()
            assert found[FIGURES.index("ctr")] == 0.1

    def test_tables_of_the_release_before_get_the_views_and_keep_their_rows(self, database, warehouse):
        warehouse.upsert([row_of(Measures(clicks=1, spend=3))])
        database.write(downgrade)
        with pytest.raises(PermanentError):
            selected(database, "kpi_hourly", FEW_HOURS)
        prepare(database, WAREHOUSE)
        for view in KEYS:
            [found] = selected(database, view, FEW_HOURS).values()
            assert found[FIGURES.index("cpc")] == 3

    def test_a_measure_that_a_migration_adds_is_zero_in_old_rows_and_stands_behind_the_others(
        self, database, warehouse
    ):
        """Also where the migration was stopped on its way; and it can be taken back."""
        warehouse.upsert([row_of(Measures(clicks=1, spend=3))])
        before = {view: columns(database, view) for view in KEYS}
        for add in (lambda: add_columns("events", {"seen": BigInteger}), lambda: add_measure("seen")):
            migrated(database, add)
        for view, names in before.items():
            place = len(KEYS[view]) + len(attrs.fields(Measures))
            assert columns(database, view) == [*names[:place], "seen", *names[place:]]
        migrated(database, lambda: op.execute("UPDATE events SET seen = 2, clicks = 0, spend_hour = 0"))
        for view in KEYS:
            assert read(database, f"SELECT clicks, seen FROM {view}") == [(0, 2)], "it alone makes a row worth showing"
        migrated(database, lambda: drop_measure("seen"))
        assert {view: columns(database, view) for view in KEYS} == before
        prepare(database, WAREHOUSE)

    def test_a_migration_that_was_stopped_on_its_way_goes_on(self, database, warehouse):
        """A server that cannot roll back a CREATE is left with some of it, and the revision before."""
        revision = WAREHOUSE.revision_table
        database.write(lambda connection: connection.execute(update(revision).values(version_num="warehouse_0001")))
        database.write(lambda connection: connection.execute(text("DROP VIEW kpi_campaign_daily")))
        prepare(database, WAREHOUSE)
        assert selected(database, "kpi_campaign_daily", FEW_HOURS) == {}

    def test_two_currencies_of_a_campaign_are_two_rows_and_two_spellings_are_one(self, database, warehouse, store):
        codes = {1: "USD", 2: " usd ", 3: "VND", 4: "", 5: None}
        store.put(Dimensions(publishers=[Publisher(number, None, code) for number, code in codes.items()]))
        warehouse.upsert([row_of(Measures(clicks=1, spend=10**number), publisher=number) for number in range(7)])
        found = selected(database, "kpi_campaign_daily", FEW_HOURS)
        assert {key[-1]: figures[FIGURES.index("spend")] for key, figures in found.items()} == {
            "USD": 110,
            "VND": 1000,
            "unknown (no publisher)": 1,
            "unknown (publisher 4)": 10_000,
            "unknown (publisher 5)": 100_000,
            "unknown (publisher 6)": 1_000_000,
        }


def migrated(database, work) -> None:
    """Do what a migration does."""

    def run(connection) -> None:
        with Operations.context(MigrationContext.configure(connection)):
            work()

    database.write(run)


def read(database, query: str) -> list[tuple]:
    return database.read(lambda connection: [tuple(row) for row in connection.execute(text(query))])


def columns(database, view: str) -> list[str]:
    return database.read(lambda connection: list(connection.execute(text(f"SELECT * FROM {view}")).keys()))


def downgrade(connection) -> None:
    """Undo the migration that made the views."""
    config = Config(attributes={"connection": connection, "version_table": WAREHOUSE.revision_table.name})
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(MIGRATIONS / WAREHOUSE.name))
    command.downgrade(config, "warehouse_0001")


def row_of(measures: Measures, *, publisher: int = 0, hour: datetime = HOUR) -> Row:
    return Row(Cell(hour, 1, publisher, 3, 4), measures, 7, 1, "Test")


def selected(database, view: str, period: Period) -> Found:
    """Read the rows of a period; every column must be one of those that are promised, in their order."""
    time = KEYS[view][0]
    start = datetime.combine(period.start.date(), datetime.min.time()) if time == "event_day" else period.start
    statement = text(f"SELECT * FROM {view} WHERE {time} >= :start AND {time} < :end")
    bounds = {"start": f"{start:%Y-%m-%d %H:%M:%S}.000000", "end": f"{period.end:%Y-%m-%d %H:%M:%S}.000000"}
    result = database.read(lambda connection: _fetched(connection.execute(statement, bounds)))
    names, found = result
    assert tuple(names) == (*KEYS[view], *FIGURES)
    size = len(KEYS[view])
    return {tuple(row[:size]): tuple(row[size:]) for row in found}


def _fetched(result) -> tuple[Sequence[str], list[list[object]]]:
    return list(result.keys()), [[_plain(value) for value in row] for row in result]


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    if isinstance(value, str) and value[:2] == "20" and value.endswith(".000000"):  # a time of SQLite
        return datetime.fromisoformat(f"{value}+00:00")
    return value


def expected(view: str, stored: Iterable[Row], known: Mapping[type, Mapping[int, Any]]) -> Found:
    sums: defaultdict[tuple[object, ...], Measures] = defaultdict(lambda: ZERO)
    for row in stored:
        if row.measures:
            sums[_key(view, row, known)] += row.measures
    return {key: (*total.values, *attrs.astuple(kpis(total))) for key, total in sums.items()}


def _key(view: str, row: Row, known: Mapping[type, Mapping[int, Any]]) -> tuple[object, ...]:
    cell = row.cell
    publisher = known[Publisher].get(cell.publisher)
    day = datetime.combine(cell.hour.date(), time(tzinfo=UTC))
    named = {
        "event_hour": cell.hour,
        "event_day": day,
        "job_id": cell.job,
        "job_title": getattr(known[Job].get(cell.job), "title", None),
        "publisher_id": cell.publisher,
        "publisher_name": getattr(publisher, "name", None),
        "company_id": row.company,
        "company_name": getattr(known[Company].get(row.company or 0), "name", None),
        "campaign_id": cell.campaign,
        "campaign_name": getattr(known[Campaign].get(cell.campaign), "name", None),
        "group_id": cell.group,
        "group_name": getattr(known[Group].get(cell.group), "name", None),
        "currency": str(Currency.of(cell.publisher, getattr(publisher, "currency", None))),
    }
    return tuple(named[name] for name in KEYS[view])
