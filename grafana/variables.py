"""What can be chosen at the top of a dashboard. The values are ids: names are user text, and never reach a query."""

from typing import Final

from grafana_foundation_sdk.builders.dashboard import QueryVariable
from grafana_foundation_sdk.models.dashboard import (
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from grafana import sql
from grafana.sources import WAREHOUSE

ALL: Final = "-1"
"""Stands for everything in the queries; no id is negative."""

COMPANY: Final = """
SELECT id AS __value, CONCAT(COALESCE(NULLIF(TRIM(name), ''), 'no name'), ' (', id, ')') AS __text
FROM company
UNION ALL SELECT 0, '(unknown)'
ORDER BY __text, __value
""".strip()

CAMPAIGN: Final = """
SELECT id AS __value, CONCAT(COALESCE(NULLIF(TRIM(name), ''), 'no name'), ' (', id, ')') AS __text
FROM campaign
WHERE -1 IN (${company:sqlstring}) OR COALESCE(company_id, 0) IN (${company:sqlstring})
UNION ALL SELECT 0, '(none: organic)'
ORDER BY __text, __value
""".strip()

GROUP: Final = """
SELECT id AS __value, CONCAT(COALESCE(NULLIF(TRIM(name), ''), 'no name'), ' (', id, ')') AS __text
FROM `group`
WHERE -1 IN (${campaign:sqlstring}) OR COALESCE(campaign_id, 0) IN (${campaign:sqlstring})
UNION ALL SELECT 0, '(none)'
ORDER BY __text, __value
""".strip()

PUBLISHER: Final = """
SELECT id AS __value, CONCAT(COALESCE(NULLIF(TRIM(name), ''), 'no name'), ' (', id, ')') AS __text
FROM master_publisher
UNION ALL SELECT 0, '(none)'
ORDER BY __text, __value
""".strip()

CURRENCY: Final = """
SELECT HEX(UPPER(TRIM(currency))) AS __value, UPPER(TRIM(currency)) AS __text
FROM master_publisher
WHERE TRIM(currency) <> ''
UNION SELECT '0', '(unknown)'
ORDER BY __text, __value
""".strip()

JOB: Final = """
SELECT id AS __value, CONCAT(COALESCE(NULLIF(TRIM(title), ''), 'no title'), ' (', id, ')') AS __text
FROM job
WHERE (-1 IN (${company:sqlstring}) OR COALESCE(company_id, 0) IN (${company:sqlstring}))
    AND (-1 IN (${campaign:sqlstring}) OR COALESCE(campaign_id, 0) IN (${campaign:sqlstring}))
ORDER BY __text, __value
LIMIT 5000
""".strip()

ONE_JOB: Final = """
SELECT id AS __value, CONCAT(COALESCE(NULLIF(TRIM(title), ''), 'no title'), ' (', id, ')') AS __text
FROM job
ORDER BY __text, __value
LIMIT 5000
""".strip()

QUERIES: Final = {
    "company": COMPANY,
    "campaign": CAMPAIGN,
    "group": GROUP,
    "publisher": PUBLISHER,
    "job": JOB,
    "currency": CURRENCY,
}
CONDITIONS: Final = {
    "company": sql.chosen("company", "company_id"),
    "campaign": sql.chosen("campaign", "campaign_id"),
    "group": sql.chosen("group", "group_id"),
    "publisher": sql.chosen("publisher", "publisher_id"),
    "job": sql.chosen("job", "job_id"),
    "currency": sql.CURRENCY_CHOSEN,
}
"""What each variable means in a query."""


def several(name: str) -> QueryVariable:
    """Make a variable of which several values can be chosen, or all."""
    return (
        _variable(name, QUERIES[name])
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(ALL)
        .current(VariableOption(selected=True, text=["All"], value=["$__all"]))
    )


def one_job() -> QueryVariable:
    """Make a variable of which one job is chosen."""
    return _variable("job", ONE_JOB).multi(multi=False).include_all(include_all=False)


def _variable(name: str, query: str) -> QueryVariable:
    return (
        QueryVariable(name)
        .label(name.capitalize())
        .datasource(WAREHOUSE)
        .query(query)
        .refresh(VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(VariableSort.DISABLED)
        .allow_custom_value(allow_custom_value=False)
    )
