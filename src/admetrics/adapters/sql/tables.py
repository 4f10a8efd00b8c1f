"""The tables, as the newest migration leaves them. Times are naive UTC inside: drivers drop zones silently."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    func,
    literal_column,
)  # fmt: skip
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeDecorator, TypeEngine

from admetrics.adapters.sql.measures import GROSS, SUMMED
from admetrics.domain.errors import InputError
from admetrics.domain.metrics.catalog import MEASURES
from admetrics.domain.metrics.entries import Unit
from admetrics.domain.reporting import hourly_table as events_table

_INTEGER_DIGITS: Final = 20
_DECIMAL_PLACES: Final = 10
_SMALLEST: Final = Decimal(1).scaleb(-_DECIMAL_PLACES)
_EXACTLY: Final = Context(prec=_INTEGER_DIGITS + _DECIMAL_PLACES, traps=[Inexact, InvalidOperation])


class Utc(TypeDecorator[datetime]):
    """Aware UTC outside, naive UTC inside, to the microsecond."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return MySQL's type with fractions: its own default cuts them off."""
        return dialect.type_descriptor(DateTime() if dialect.name == "sqlite" else mysql.DATETIME(fsp=6))

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        """Drop the zone. SQLite has no times, only text: the form is that of SQLAlchemy, made faster."""
        return _text_of_time if dialect.name == "sqlite" else without_zone

    def result_processor(self, dialect: Dialect, _coltype: object) -> Callable[[Any], Any]:
        """Say that it is UTC."""
        return _time_of_text if dialect.name == "sqlite" else _with_zone


def _text_of_time(time: datetime | None) -> str | None:
    return None if time is None else time.astimezone(UTC).isoformat(" ", "microseconds")[:26]


def _time_of_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


def without_zone(time: datetime | None) -> datetime | None:
    """Return a time as tables hold it on servers: naive UTC."""
    return None if time is None else time.astimezone(UTC).replace(tzinfo=None)


def _with_zone(time: datetime | None) -> datetime | None:
    return None if time is None else time.replace(tzinfo=UTC)


def _is_exact(value: Decimal) -> bool:
    try:
        return value.quantize(_SMALLEST, context=_EXACTLY).is_finite()
    except (Inexact, InvalidOperation):  # it would be rounded, or has too many digits
        return False


class Amount(TypeDecorator[Decimal]):
    """An exact decimal: a number on servers; text on SQLite, which has binary fractions only."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the type."""
        exact = Numeric(_INTEGER_DIGITS + _DECIMAL_PLACES, _DECIMAL_PLACES)
        return dialect.type_descriptor(String(32) if dialect.name == "sqlite" else exact)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Refuse what would be rounded."""
        if value is None:
            return None
        if not _is_exact(value):
            raise InputError(
                f"an amount in the dimensions has more than {_INTEGER_DIGITS} digits before "
                f"or {_DECIMAL_PLACES} after the point: correct it"
            )
        return f"{value:f}" if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        """Read either form."""
        return None if value is None else Decimal(value)


_NOTHING: Final = literal_column("0e0", Double)
"""Added to an integer, it makes it a double: sums of integers may overflow where rows were written by other hands."""
_serial: Final = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers only columns of its own INTEGER
_metadata: Final = MetaData()


def _table(name: str, *columns: SchemaItem, **options: Any) -> Table:
    return Table(
        name, _metadata, *columns, mysql_engine="InnoDB", mysql_charset="utf8mb4", mysql_collate="utf8mb4_bin",
        **options,
    )  # fmt: skip


def _keyed(name: str, key: tuple[str, ...], *columns: SchemaItem) -> Table:
    """Describe a table that is stored in the order of its key."""
    return _table(name, *columns, PrimaryKeyConstraint(*key), sqlite_with_rowid=False)


def _needed(name: str, kind: Any) -> Column[Any]:
    return Column(name, kind, nullable=False, autoincrement=False)


def _measures(*first: str) -> Mapping[str, Column[Any]]:
    """Describe the figures of a table; those that came into it when it had rows are 0 there.

    Args:
        first: those that it was created with.
    """
    return {
        measure.column: Column(
            measure.column,
            BigInteger if measure.unit is Unit.EVENTS else Double,
            nullable=False,
            server_default=None if measure.column in first else "0",
        )
        for measure in MEASURES
    }


_of_events: Final = {
    "job_id": _needed("job_id", Integer),
    "dates": _needed("dates", Utc),
    "hours": _needed("hours", Integer),
    "publisher_id": _needed("publisher_id", Integer),
    "company_id": Column("company_id", Integer),
    "campaign_id": _needed("campaign_id", Integer),
    "group_id": _needed("group_id", Integer),
    "bid_set": _needed("bid_set", Double),
    "sources": _needed("sources", String(64)),
    "latest_update_time": _needed("latest_update_time", Utc),
    "event_hour": _needed("event_hour", Utc),
    "version": _needed("version", BigInteger),
    **_measures(*GROSS.values()),
}
events: Final = _keyed(
    "events",
    ("event_hour", "job_id", "publisher_id", "campaign_id", "group_id"),
    *(_of_events[name] for name in events_table.COLUMNS),
    Index("events_by_campaign", "campaign_id", "event_hour"),  # dashboards choose a campaign or a company, then time
    Index("events_by_company", "company_id", "event_hour"),
    Index("events_by_update", "latest_update_time"),  # freshness is asked for with every tick
    Index("events_by_day", "dates"),  # the views by day
    Index("events_by_job", "job_id", "event_hour"),
)

days: Final = _keyed(
    "days",
    ("dates",),
    _needed("dates", Utc),
    _needed("is_summed", Boolean),
    _needed("changed", Utc),  # when it was first seen, or last lost its sums
)
daily_sums: Final = _keyed(
    "daily_sums",
    ("dates", "number"),
    _needed("dates", Utc),
    _needed("number", Integer),
    *(_needed(name, Integer) for name in ("job_id", "publisher_id", "campaign_id", "group_id")),
    Column("company_id", Integer),
    *_measures(*SUMMED).values(),
)


def not_all_zero(table: Table) -> ColumnElement[bool]:
    """Write the condition that a row of `events` or `daily_sums` has figures; none of them is ever negative."""
    return sum((table.c[name] for name in events_table.MEASURES), start=_NOTHING) > 0


def sums_of(table: Table) -> list[ColumnElement[float]]:
    """Write the sums of the measures of `events` or `daily_sums`; as doubles, which never overflow."""
    return [func.sum(table.c[name] + _NOTHING) for name in events_table.MEASURES]


accounting: Final = _keyed(
    "accounting",
    ("event_hour", "outcome"),
    _needed("event_hour", Utc),
    _needed("outcome", String(100)),
    _needed("events", BigInteger),
)
reconciliations: Final = _keyed(
    "reconciliations",
    ("made",),
    _needed("made", Utc),
    Column("first_hour", Utc),
    Column("last_hour", Utc),
    _needed("hours", BigInteger),
    _needed("cells", BigInteger),
    _needed("different", BigInteger),
    _needed("pending", BigInteger),
    _needed("repaired", BigInteger),
)

job: Final = _table(
    "job",
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("company_id", Integer),
    Column("campaign_id", Integer),
    Column("group_id", Integer),
    Column("title", Text),
    Column("budget", Amount),
)
campaign: Final = _table(
    "campaign",
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("company_id", Integer),
    Column("name", Text),
    Column("budget_total", Amount),
    Column("unit_budget", String(64)),
    Column("start_date", Date),
    Column("end_date", Date),
)
group: Final = _table(
    "group",
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("campaign_id", Integer),
    Column("name", Text),
    Column("budget_group", Amount),
)
company: Final = _table(
    "company",
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text),
)
publisher: Final = _table(
    "master_publisher",
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text),
    Column("currency", String(64)),
    Column("time_zone", String(64)),
    Column("cpc_increment", Amount),
    Column("min_bid", Amount),
    Column("max_bid", Amount),
)


def _moved(name: str, subject: str) -> Table:
    return _table(
        name,
        Column("number", _serial, primary_key=True),
        Column(subject, Integer, nullable=False),
        Index(f"{name}_by_{subject}", subject, unique=True),
        sqlite_autoincrement=True,  # a number is never used again
    )


moved_jobs: Final = _moved("moved_jobs", "job")
moved_campaigns: Final = _moved("moved_campaigns", "campaign")

bus: Final = _table(
    "bus",
    Column("id", _serial, primary_key=True),
    Column("message", Text, nullable=False),
    sqlite_autoincrement=True,  # an id is never used again: consumers remember what they polled
)

counter: Final = _table(
    "checkpoint_counter",
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1: the table has one row
    _needed("version", BigInteger),
)
adopted_lake: Final = _table(
    "checkpoint_lake",
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1: the table has at most one row
    _needed("identity", String(64)),
)
hour_claims: Final = _keyed("checkpoint_hours", ("hour",), _needed("hour", Utc), _needed("version", BigInteger))
minute_claims: Final = _keyed(
    "checkpoint_minutes",
    ("hour", "minute"),
    _needed("hour", Utc),
    _needed("minute", Utc),
    _needed("version", BigInteger),
)
cells: Final = _keyed(
    "checkpoint_cells",
    ("hour", "job", "publisher", "campaign", "group_id"),
    _needed("hour", Utc),
    _needed("job", Integer),
    _needed("publisher", Integer),
    _needed("campaign", Integer),
    _needed("group_id", Integer),
    _needed("version", BigInteger),
    Column("digest", LargeBinary(16)),  # null: in doubt
    Index("checkpoint_cells_by_job", "job", "hour"),
    Index("checkpoint_cells_by_version", "version"),
)
handled: Final = _keyed("checkpoint_handled", ("batch", "hour"), _needed("batch", String(64)), _needed("hour", Utc))
requests: Final = _keyed("checkpoint_requests", ("batch", "hour"), _needed("batch", String(64)), _needed("hour", Utc))
