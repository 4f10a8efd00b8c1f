"""The views with the key figures, as migrations create them: each with the measures that table `events` had then."""

from collections.abc import Mapping
from typing import Final

from alembic import op

VIEWS: Final = ("kpi_hourly", "kpi_daily", "kpi_campaign_daily")
GROSS: Final[Mapping[str, str]] = {
    "impressions": "impressions",
    "page_views": "page_views",
    "clicks": "clicks",
    "conversions": "conversion",
    "qualified": "qualified_application",
    "disqualified": "disqualified_application",
    "spend": "spend_hour",
}
"""The measures of the first release: the name in the views, and that of the column."""

_NOT_ALL_ZERO: Final = (
    "impressions + page_views + clicks + conversion + qualified_application + disqualified_application + spend_hour > 0"
)

# 1e0: servers divide integers to four digits behind the point, SQLite to none.
GROSS_RATIOS: Final[Mapping[str, str]] = {
    "ctr": "1e0 * f.clicks / NULLIF(f.impressions, 0)",
    "cpc": "1e0 * f.spend / NULLIF(f.clicks, 0)",
    "cpa": "1e0 * f.spend / NULLIF(f.conversions, 0)",
    "cost_per_qualified": "1e0 * f.spend / NULLIF(f.qualified, 0)",
    "apply_rate": "1e0 * f.conversions / NULLIF(f.clicks, 0)",
    "qualified_rate": "1e0 * f.qualified / NULLIF(f.conversions, 0)",
}

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
    WHERE {_NOT_ALL_ZERO}
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
    WHERE {_NOT_ALL_ZERO}
    GROUP BY dates, job_id, publisher_id, company_id, campaign_id, group_id
) AS f
{_NAMES}
"""
_CAMPAIGN_DAILY: Final = f"""
SELECT
    f.event_day,
    f.company_id,
    c.name AS company_name,
    f.campaign_id,
    k.name AS campaign_name,
    f.currency,
    {{figures}}
FROM (
    SELECT
        e.dates AS event_day, e.company_id, e.campaign_id, {{currency}} AS currency,
        {{sums}}
    FROM events AS e
    LEFT JOIN master_publisher AS p ON p.id = e.publisher_id
    WHERE {_NOT_ALL_ZERO}
    GROUP BY e.dates, e.company_id, e.campaign_id, {{currency}}
) AS f
LEFT JOIN company AS c ON c.id = f.company_id
LEFT JOIN campaign AS k ON k.id = f.campaign_id
"""


def create_views(*, measures: Mapping[str, str] = GROSS, ratios: Mapping[str, str] = GROSS_RATIOS) -> None:
    """Create the views, or replace those that are there.

    Args:
        measures: the name of each measure in the views, and its column.
        ratios: the name of each ratio, and how it is computed from the measures of `f`.
    """
    parts = {
        "measures": ", ".join(f"{column} AS {name}" for name, column in measures.items()),
        "sums": ", ".join(f"SUM({column}) AS {name}" for name, column in measures.items()),
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
