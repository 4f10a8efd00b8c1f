"""Views with the key figures, for tools that speak SQL; indexes for those by day and by job; the results of reconcile.

A server that cannot roll back a CREATE may have been stopped between two of them: what is there stays, or is replaced.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "warehouse_0002"
down_revision = "warehouse_0001"

OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
    "if_not_exists": True,
}
TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
INDEXES = {"events_by_day": ["dates"], "events_by_job": ["job_id", "event_hour"]}
VIEWS = ("kpi_hourly", "kpi_daily", "kpi_campaign_daily")

NOT_ALL_ZERO = (
    "impressions + page_views + clicks + conversion + qualified_application + disqualified_application + spend_hour > 0"
)
MEASURES = """
        impressions, page_views, clicks, conversion AS conversions, qualified_application AS qualified,
        disqualified_application AS disqualified, spend_hour AS spend
""".strip()
SUMS = """
        SUM(impressions) AS impressions, SUM(page_views) AS page_views, SUM(clicks) AS clicks,
        SUM(conversion) AS conversions, SUM(qualified_application) AS qualified,
        SUM(disqualified_application) AS disqualified, SUM(spend_hour) AS spend
""".strip()

# 1e0: servers divide integers to four digits behind the point, SQLite to none.
FIGURES = """
    f.impressions,
    f.page_views,
    f.clicks,
    f.conversions,
    f.qualified,
    f.disqualified,
    f.spend,
    1e0 * f.clicks / NULLIF(f.impressions, 0) AS ctr,
    1e0 * f.spend / NULLIF(f.clicks, 0) AS cpc,
    1e0 * f.spend / NULLIF(f.conversions, 0) AS cpa,
    1e0 * f.spend / NULLIF(f.qualified, 0) AS cost_per_qualified,
    1e0 * f.conversions / NULLIF(f.clicks, 0) AS apply_rate,
    1e0 * f.qualified / NULLIF(f.conversions, 0) AS qualified_rate
""".strip()

NAMED = f"""
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
    {{currency}} AS currency,
    {FIGURES}
""".strip()
NAMES = """
LEFT JOIN job AS j ON j.id = f.job_id
LEFT JOIN master_publisher AS p ON p.id = f.publisher_id
LEFT JOIN company AS c ON c.id = f.company_id
LEFT JOIN campaign AS k ON k.id = f.campaign_id
LEFT JOIN `group` AS g ON g.id = f.group_id
""".strip()

KPI_HOURLY = f"""
SELECT
    f.event_hour,
    {NAMED}
FROM (
    SELECT
        event_hour, job_id, publisher_id, company_id, campaign_id, group_id,
        {MEASURES}
    FROM events
    WHERE {NOT_ALL_ZERO}
) AS f
{NAMES}
"""
KPI_DAILY = f"""
SELECT
    f.event_day,
    {NAMED}
FROM (
    SELECT
        dates AS event_day, job_id, publisher_id, company_id, campaign_id, group_id,
        {SUMS}
    FROM events
    WHERE {NOT_ALL_ZERO}
    GROUP BY dates, job_id, publisher_id, company_id, campaign_id, group_id
) AS f
{NAMES}
"""
KPI_CAMPAIGN_DAILY = f"""
SELECT
    f.event_day,
    f.company_id,
    c.name AS company_name,
    f.campaign_id,
    k.name AS campaign_name,
    f.currency,
    {FIGURES}
FROM (
    SELECT
        e.dates AS event_day, e.company_id, e.campaign_id, {{currency}} AS currency,
        {SUMS}
    FROM events AS e
    LEFT JOIN master_publisher AS p ON p.id = e.publisher_id
    WHERE {NOT_ALL_ZERO}
    GROUP BY e.dates, e.company_id, e.campaign_id, {{currency}}
) AS f
LEFT JOIN company AS c ON c.id = f.company_id
LEFT JOIN campaign AS k ON k.id = f.campaign_id
"""


def upgrade() -> None:
    create_indexes()
    create_reconciliations()
    create_view("kpi_hourly", KPI_HOURLY, publisher="f.publisher_id")
    create_view("kpi_daily", KPI_DAILY, publisher="f.publisher_id")
    create_view("kpi_campaign_daily", KPI_CAMPAIGN_DAILY, publisher="e.publisher_id")


def downgrade() -> None:
    for view in VIEWS:
        op.execute(f"DROP VIEW {view}")
    op.drop_table("reconciliations")
    for index in INDEXES:
        op.drop_index(index, "events")


def create_indexes() -> None:
    """Create the indexes that are not there: CREATE INDEX IF NOT EXISTS is not known everywhere."""
    there = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("events")}
    for name in INDEXES.keys() - there:
        op.create_index(name, "events", INDEXES[name])


def create_reconciliations() -> None:
    op.create_table(
        "reconciliations",
        sa.Column("made", TIME, primary_key=True),
        sa.Column("first_hour", TIME),
        sa.Column("last_hour", TIME),
        sa.Column("hours", sa.BigInteger, nullable=False),
        sa.Column("cells", sa.BigInteger, nullable=False),
        sa.Column("different", sa.BigInteger, nullable=False),
        sa.Column("pending", sa.BigInteger, nullable=False),
        sa.Column("repaired", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
        **OPTIONS,
    )


def create_view(name: str, query: str, *, publisher: str) -> None:
    """Create a view that runs with the rights of its reader: its maker may be gone after a restore."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    rights = "" if is_sqlite else "SQL SECURITY INVOKER "
    op.execute(f"DROP VIEW IF EXISTS {name}")
    op.execute(f"CREATE {rights}VIEW {name} AS {query.format(currency=currency_of(publisher, is_sqlite=is_sqlite))}")


def currency_of(publisher: str, *, is_sqlite: bool) -> str:
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
