"""What migrations do for measures: their columns, and the views, with the measures that the tables had then."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

from admetrics.adapters.sql.measures import GROSS, GROSS_RATIOS, NET_RATIOS

_TABLES: Final = ("events", "daily_sums")
_DAY_KEY: Final = ("dates", "job_id", "publisher_id", "campaign_id", "group_id", "company_id")
VIEWS: Final = ("kpi_hourly", "kpi_daily", "kpi_campaign_daily")

_NAMED: Final = """
    f.job_id,
    j.title AS job_title,
    f.publisher_id,
    p.name AS publisher_name,
    f.company_id,
    c.name AS company_name,
    f.campaign_id,
    k.name AS campaign_name,
    f.group_id,
    g.name AS group_name,
    {currency} AS currency,
    {figures}
""".strip()
_NAMES: Final = """
LEFT JOIN job AS j ON j.id = f.job_id
LEFT JOIN master_publisher AS p ON p.id = f.publisher_id
LEFT JOIN company AS c ON c.id = f.company_id
LEFT JOIN campaign AS k ON k.id = f.campaign_id
LEFT JOIN `group` AS g ON g.id = f.group_id
""".strip()

_HOURLY: Final = f"""
SELECT
    f.event_hour,
    {_NAMED}
FROM (
    SELECT
        event_hour, job_id, publisher_id, company_id, campaign_id, group_id,
        {{measures}}
    FROM events
    WHERE {{some}} > 0
) AS f
{_NAMES}
"""
_DAILY: Final = f"""
SELECT
    f.event_day,
    {_NAMED}
FROM (
    SELECT
        dates AS event_day, job_id, publisher_id, company_id, campaign_id, group_id,
        {{sums}}
    FROM events
    WHERE {{some}} > 0
    GROUP BY dates, job_id, publisher_id, company_id, campaign_id, group_id
) AS f
{_NAMES}
"""
_CAMPAIGN_DAILY: Final = """
SELECT
    f.event_day,
    f.company_id,
    c.name AS company_name,
    f.campaign_id,
    k.name AS campaign_name,
    f.currency,
    {figures}
FROM (
    SELECT
        e.dates AS event_day, e.company_id, e.campaign_id, {currency} AS currency,
        {sums}
    FROM events AS e
    LEFT JOIN master_publisher AS p ON p.id = e.publisher_id
    WHERE {some} > 0
    GROUP BY e.dates, e.company_id, e.campaign_id, {currency}
) AS f
LEFT JOIN company AS c ON c.id = f.company_id
LEFT JOIN campaign AS k ON k.id = f.campaign_id
"""


def add_columns(table: str, columns: Mapping[str, Any]) -> None:
    """Add columns that are 0 in the rows that there are.

    A server that cannot roll back an ALTER may have been stopped between two of them: what is there stays.
    """
    there = _columns(table)
    for name, kind in columns.items():
        if name not in there:
            op.add_column(table, sa.Column(name, kind, nullable=False, server_default="0"))


def add_measure(name: str, kind: Any = sa.BigInteger) -> None:
    """Add a measure of the catalog to the tables and the views: all that a new one needs of a migration.

    Args:
        name: of the measure and of its column.
        kind: `sa.Double` for money.
    """
    for table in _TABLES:
        add_columns(table, {name: kind})
    _create_views_of_now()


def drop_measure(name: str) -> None:
    """Take a measure back."""
    for view in VIEWS:
        op.execute(f"DROP VIEW IF EXISTS {view}")
    for table in _TABLES:
        op.drop_column(table, name)
    _create_views_of_now()


def _create_views_of_now() -> None:
    """Create the views with all measures that the tables have: those are the columns that both of them have."""
    sums = _columns("daily_sums")
    added = [name for name in _columns("events") if name in sums and name not in {*_DAY_KEY, *GROSS.values()}]
    create_views(measures={**GROSS, **{name: name for name in added}}, ratios=NET_RATIOS)


def _columns(table: str) -> Sequence[str]:
    return [column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)]


def create_views(*, measures: Mapping[str, str] = GROSS, ratios: Mapping[str, str] = GROSS_RATIOS) -> None:
    """Create the views, or replace those that are there.

    Args:
        measures: the name of each measure in the views, and its column.
        ratios: the name of each ratio, and how it is computed from the measures of `f`.
    """
    parts = {
        "measures": ", ".join(f"{column} AS {name}" for name, column in measures.items()),
        "sums": ", ".join(f"SUM({column}) AS {name}" for name, column in measures.items()),
        "some": " + ".join(measures.values()),
        "figures": ",\n    ".join(
            [*(f"f.{name}" for name in measures), *(f"{formula} AS {name}" for name, formula in ratios.items())]
        ),
    }
    _create_view("kpi_hourly", _HOURLY, parts, publisher="f.publisher_id")
    _create_view("kpi_daily", _DAILY, parts, publisher="f.publisher_id")
    _create_view("kpi_campaign_daily", _CAMPAIGN_DAILY, parts, publisher="e.publisher_id")


def _create_view(name: str, query: str, parts: Mapping[str, str], *, publisher: str) -> None:
    """Create a view that runs with the rights of its reader: its maker may be gone after a restore."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    rights = "" if is_sqlite else "SQL SECURITY INVOKER "
    currency = _currency_of(publisher, is_sqlite=is_sqlite)
    op.execute(f"DROP VIEW IF EXISTS {name}")
    op.execute(f"CREATE {rights}VIEW {name} AS {query.format(currency=currency, **parts)}")


def _currency_of(publisher: str, *, is_sqlite: bool) -> str:
    """Write what an amount is counted in.

    A publisher without a currency is known to have one, but not which: its amounts stay apart.
    """
    joined = " || ".join if is_sqlite else lambda parts: f"CONCAT({', '.join(parts)})"
    return f"""
COALESCE(
        NULLIF(UPPER(TRIM(p.currency)), ''),
        CASE
            WHEN {publisher} = 0 THEN 'unknown (no publisher)'
            ELSE {joined(["'unknown (publisher '", publisher, "')'"])}
        END
    )
""".strip()
