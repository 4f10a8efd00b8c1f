"""Dashboard Job: one job in detail."""

from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana import sql
from grafana.board import CAMPAIGNS, JOB, PUBLISHER, board, leads_to
from grafana.campaigns import figures, over_time
from grafana.figures import ALL
from grafana.panels import Panel, Place, link, rows
from grafana.sources import Sql
from grafana.variables import CONDITIONS, one_job, several

_CHOSEN: Final = [CONDITIONS[name] for name in ("job", "publisher", "currency")]

FACTS: Final = """
SELECT
    j.id AS Job,
    j.title AS Title,
    c.name AS Company,
    k.name AS Campaign,
    g.name AS `Group`,
    CASE
        WHEN k.start_date > UTC_DATE() THEN 'not yet'
        WHEN k.end_date < UTC_DATE() THEN 'over'
        ELSE 'running'
    END AS Flight
FROM job AS j
LEFT JOIN company AS c ON c.id = j.company_id
LEFT JOIN campaign AS k ON k.id = j.campaign_id
LEFT JOIN `group` AS g ON g.id = j.group_id
WHERE j.id IN (${job:sqlstring})
""".strip()


def dashboard() -> Dashboard:
    """Make the dashboard."""
    made = board(
        JOB,
        "admetrics: Job",
        "One job in detail. Amounts of different currencies stand apart and are never added up. Hours and days are "
        "those of UTC, shown in your time zone.",
        variables=[one_job(), several("publisher"), several("currency")],
        since="now-7d",
        sections=[
            ("Figures, and their changes against the period before", figures(_CHOSEN)),
            ("The job", _facts()),
            ("Over time", over_time(_CHOSEN)),
        ],
    )
    return made.link(link("Campaigns", CAMPAIGNS, "all campaigns")).link(
        link("Publishers", PUBLISHER, "all publishers")
    )


def _facts() -> list[Panel]:
    return [
        rows(
            "What it is",
            "What the dimension tables say of the job today. Figures are counted under the campaign and group of each "
            "event, which may be others. The flight is that of the campaign: not yet, running or over.",
            (),
            Sql(FACTS),
            Place(24, 4),
        ),
        _breakdown(sql.PUBLISHER, "Publishers", ("job", "currency")),
        _breakdown(sql.CAMPAIGN, "Campaigns", ()),
    ]


def _breakdown(key: sql.Key, title: str, keeping: tuple[str, ...]) -> Panel:
    name = key.column.removesuffix("_id")
    target = JOB if keeping else CAMPAIGNS
    return rows(
        title,
        f"The figures of the job by {name}: sums of the period, and ratios of these sums. Amounts are in the currency "
        "of their row.",
        ALL,
        Sql(sql.breakdown(key, _CHOSEN)),
        Place(24, 8),
        hidden=key.column,
        links=[(key.title, f"Show this {name} only", leads_to(target, name, key.column, keeping))],
    )
