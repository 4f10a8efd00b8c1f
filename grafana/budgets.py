"""The panels on budgets: how much is spent of each campaign's, to date, beside what its flight would let one expect.

The rules are those of `admetrics.domain.reporting.budgets` and `admetrics.domain.rules.budget_unit`, with the same
data: the units, the measures that they count, the tolerance. Budgets are compared as decimals and times as
microseconds, both exact.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from textwrap import fill, indent
from typing import Final

from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from admetrics.domain.reporting.budgets import TOLERANCE, URGENCY, Status
from admetrics.domain.rules.budget_unit import COST, SPELLINGS, UNITS
from admetrics.domain.rules.currency import CURRENCIES
from grafana import sql
from grafana.board import CAMPAIGNS, leads_to
from grafana.panels import Panel, Place, bars, rows
from grafana.sources import Sql, same_as
from grafana.variables import CONDITIONS

_COLOURS: Final[Mapping[Status, str]] = {
    Status.OVERSPENT: "red",
    Status.EXHAUSTED: "orange",
    Status.AHEAD: "orange",
    Status.BEHIND: "yellow",
    Status.UNKNOWN_UNIT: "orange",
    Status.BACKWARDS: "orange",
    Status.ON_PACE: "green",
}
_SPELLING: Final = "UPPER(TRIM(unit_budget))"


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(f"'{text}'" for text in texts)


def _unit() -> str:
    """Write the unit of a budget: the code of a currency, or one of `UNITS`; NULL if it is neither."""
    known = {unit: [each for each, means in SPELLINGS.items() if means == unit] for unit in UNITS}
    spelling = f"REPLACE({_SPELLING}, '_', ' ')"
    codes = indent(fill(_listed(sorted(CURRENCIES)), 100), " " * 16)
    return _cases(
        "CASE",
        [
            f"WHEN {_SPELLING} IN (\n{codes}\n            ) THEN {_SPELLING}",
            *(f"WHEN {spelling} IN ({_listed(some)}) THEN '{unit}'" for unit, some in known.items()),
        ],
    )


def _spent() -> str:
    """Write what was spent in the unit of a budget; of one on which nothing was, that is 0."""
    return _cases(
        "CASE b.unit",
        [
            *(f"WHEN '{unit}' THEN COALESCE(m.{measure}, 0)" for unit, measure in UNITS.items()),
            "ELSE IF(b.unit IS NULL, NULL, COALESCE(m.own, 0))",
        ],
    )


def _cases(head: str, cases: Sequence[str]) -> str:
    return "\n".join([head, *(f"            {case}" for case in cases), "        END"])


def _compared(index: Fraction, sign: str) -> str:
    """Write that the pacing index is on one side of a limit, without dividing."""
    return f"p.spent * p.length * {index.denominator} {sign} p.total * p.expected * {index.numerator}"


def _used(conditions: Sequence[str] = (), of_events: Sequence[str] = ()) -> str:
    """Write the table `s` of all budgets of campaigns that are chosen, as a part of a query that others follow.

    Args:
        conditions: which rows of table `campaign`.
        of_events: which rows of table `events`; an index is then used, and that is all they are for.
    """
    measures = [COST, *UNITS.values()]
    conditions_of_events = ["campaign_id <> 0", *of_events]
    sums = sql.added_up(["campaign_id", "publisher_id"], measures, conditions_of_events, span=None, indented=8)
    chosen = "".join(f"\n        AND {condition}" for condition in conditions)
    units = ", ".join(f"SUM({measure}) AS {measure}" for measure in UNITS.values())
    unit_sums = ", ".join(f"SUM(f.{measure}) AS {measure}" for measure in UNITS.values())
    return f"""
WITH budget AS (
    SELECT
        id AS campaign_id, COALESCE(name, CONCAT('Campaign ', id)) AS label,
        NULLIF({_SPELLING}, '') AS written,
        {_unit()} AS unit,
        budget_total AS total, start_date AS begins, end_date + INTERVAL 1 DAY AS is_over
    FROM campaign
    WHERE budget_total IS NOT NULL{chosen}
), cost AS (
    SELECT f.campaign_id, {sql.CODE} AS code, SUM(f.{COST}) AS cost, {unit_sums}
    FROM (
{sums}
    ) AS f
    LEFT JOIN master_publisher AS p ON p.id = f.publisher_id
    GROUP BY f.campaign_id, code
), money AS (
    SELECT
        campaign_id, SUM(IF(is_own, cost, 0)) AS own, {units},
        GROUP_CONCAT(
            IF(is_own OR cost = 0, NULL, CONCAT(code, ' ', FORMAT(cost, 0)))
            ORDER BY code LIKE 'unknown%', code SEPARATOR '; '
        ) AS beside
    FROM (SELECT c.*, c.code <=> b.unit AS is_own FROM cost AS c JOIN budget AS b USING (campaign_id)) AS c
    GROUP BY campaign_id
), timed AS (
    SELECT
        b.*, m.beside,
        CAST({_spent()} AS DECIMAL(30, 0)) AS spent,
        TIMESTAMPDIFF(MICROSECOND, b.begins, UTC_TIMESTAMP(6)) AS elapsed,
        IF(b.is_over > b.begins, TIMESTAMPDIFF(MICROSECOND, b.begins, b.is_over), NULL) AS length
    FROM budget AS b
    LEFT JOIN money AS m USING (campaign_id)
), paced AS (
    SELECT
        t.*, IF(t.total > 0, (t.spent + 0e0) / t.total, NULL) AS share,
        LEAST(GREATEST(t.elapsed, 0), t.length) AS expected
    FROM timed AS t
), s AS (
    SELECT
        p.*,
        CASE
            WHEN p.spent IS NULL THEN '{Status.UNKNOWN_UNIT.value}'
            WHEN p.spent > p.total THEN '{Status.OVERSPENT.value}'
            WHEN p.spent = p.total THEN '{Status.EXHAUSTED.value}'
            WHEN p.is_over <= p.begins THEN '{Status.BACKWARDS.value}'
            WHEN p.elapsed < 0 THEN '{Status.NOT_STARTED.value}'
            WHEN UTC_TIMESTAMP(6) >= p.is_over THEN '{Status.ENDED.value}'
            WHEN p.expected IS NULL THEN '{Status.UNKNOWN.value}'
            WHEN {_compared(1 + TOLERANCE, ">")} THEN '{Status.AHEAD.value}'
            WHEN {_compared(1 - TOLERANCE, "<")} THEN '{Status.BEHIND.value}'
            ELSE '{Status.ON_PACE.value}'
        END AS status
    FROM paced AS p
)
""".strip()


OVERSPENT: Final = f"""
{_used()}
SELECT SUM(s.status = '{Status.OVERSPENT.value}') AS Overspent
FROM s
""".strip()
"""How many budgets of campaigns are overspent; NULL if none are known. The alert asks this."""

USE: Final = f"""
{_used([sql.chosen("company", "company_id"), sql.chosen("campaign", "id")], [CONDITIONS["campaign"]])}
SELECT
    s.campaign_id,
    s.label AS Campaign,
    s.status AS Status,
    COALESCE(s.unit, s.written) AS Unit,
    s.total + 0e0 AS Budget,
    s.spent + 0e0 AS Spent,
    s.share AS Share,
    (s.expected + 0e0) / s.length AS `Expected share`,
    s.share / NULLIF((s.expected + 0e0) / s.length, 0) AS `Pacing index`,
    IF(
        s.spent > 0 AND s.total > 0 AND s.elapsed > 0 AND COALESCE(UTC_TIMESTAMP(6) < s.is_over, TRUE)
            AND s.elapsed * s.total / s.spent < 250000000000000000,
        s.begins + INTERVAL FLOOR(s.elapsed * s.total / s.spent) MICROSECOND,
        NULL
    ) AS `Used up on`,
    s.beside AS `Not counted`
FROM s
ORDER BY FIELD(s.status, {_listed([status.value for status in URGENCY])}), COALESCE(s.share, 0) DESC, s.campaign_id
""".strip()
"""A row for each budget of a campaign that is chosen, most urgent first."""


def budgets(*, first: int) -> Sequence[Panel]:
    """Make the panels.

    Args:
        first: the number that the first of them has in the dashboard.
    """
    return [
        bars(
            "Share of the budgets",
            "Spent / budget of each campaign that is chosen, to date. Green up to 90%, then yellow; red from 100%, "
            "where nothing is left.",
            same_as(first + 1),
            Place(9, 10),
            figure="Share",
            label="Campaign",
            steps=((None, "green"), (0.9, "yellow"), (1, "red")),
            largest=1.25,
        ),
        _table(),
    ]


def _table() -> Panel:
    panel = rows(
        "Budget use",
        "Budgets of the campaigns that are chosen, to date: over all hours, publishers and jobs, whatever else is "
        "chosen. Spent: in the unit of the budget. Expected share: the elapsed part of the flight. Pacing index = "
        f"share / expected share; on pace is within {float(TOLERANCE):.0%}. Used up on: at the mean pace since the "
        "start. Not counted: money that is not in the unit of the budget.",
        (),
        Sql(USE),
        Place(15, 10),
        hidden="campaign_id",
        links=[("Campaign", "Show this campaign only", leads_to(CAMPAIGNS, "campaign", "campaign_id", CONDITIONS))],
    )
    for title, unit, decimals in (
        ("Budget", "locale", None),
        ("Spent", "locale", 0),
        ("Share", "percentunit", 1),
        ("Expected share", "percentunit", 1),
        ("Pacing index", "none", 2),
    ):
        digits = [] if decimals is None else [DynamicConfigValue("decimals", decimals)]
        panel.override_by_name(title, [DynamicConfigValue("unit", unit), *digits])
    colours = {
        status.value: {"color": colour, "index": place} for place, (status, colour) in enumerate(_COLOURS.items())
    }
    return panel.override_by_name(
        "Status",
        [
            DynamicConfigValue("mappings", [{"type": "value", "options": colours}]),
            DynamicConfigValue("custom.cellOptions", {"type": "color-text"}),
        ],
    )
