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


def _choices(table: str, rest: str, *, name: str = "name") -> str:
    """Write the query of a variable whose values are the ids of a dimension table.

    Args:
        table: the dimension table.
        rest: what the query goes on with; it is sorted by name in the end.
        name: the column with the name.
    """
    return f"""
SELECT id AS __value, CONCAT(COALESCE(NULLIF(TRIM({name}), ''), 'no {name}'), ' (', id, ')') AS __text
FROM {table}
{rest}ORDER BY __text, __value
""".strip()


def _within(parent: str) -> str:
    """Write the condition that an id belongs to what is chosen of another variable."""
    return f"-1 IN (${{{parent}:sqlstring}}) OR COALESCE({parent}_id, 0) IN (${{{parent}:sqlstring}})"


COMPANY: Final = _choices("company", "UNION ALL SELECT 0, '(unknown)'\n")
CAMPAIGN: Final = _choices("campaign", f"WHERE {_within('company')}\nUNION ALL SELECT 0, '(none: organic)'\n")
GROUP: Final = _choices("`group`", f"WHERE {_within('campaign')}\nUNION ALL SELECT 0, '(none)'\n")
PUBLISHER: Final = _choices("master_publisher", "UNION ALL SELECT 0, '(none)'\n")

CURRENCY: Final = """
SELECT HEX(UPPER(TRIM(currency))) AS __value, UPPER(TRIM(currency)) AS __text
FROM master_publisher
WHERE TRIM(currency) <> ''
UNION SELECT '0', '(unknown)'
ORDER BY __text, __value
""".strip()

JOB: Final = (
    _choices("job", f"WHERE ({_within('company')})\n    AND ({_within('campaign')})\n", name="title") + "\nLIMIT 5000"
)
ONE_JOB: Final = _choices("job", "", name="title") + "\nLIMIT 5000"

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
