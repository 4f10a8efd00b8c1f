"""Dashboard Campaigns: what campaign managers keep open all day."""

from collections.abc import Sequence
from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard

from admetrics.domain.rules.ranking import METHOD
from grafana import sql
from grafana.board import CAMPAIGNS, JOB, PIPELINE, PUBLISHER, board, leads_to
from grafana.budgets import budgets
from grafana.figures import (
    CLICKS,
    COST_PER_QUALIFIED,
    COUNTS,
    CPA,
    CPC,
    FUNNEL,
    MONEY,
    RANKED,
    RATES,
    REASONS,
    SPEND,
    VALID_SPEND,
    equations,
)
from grafana.panels import DAY, Panel, Place, funnel, link, rows, series, stacked, stats
from grafana.sources import Sql, same_as
from grafana.variables import CONDITIONS, several

_CHOSEN: Final = tuple(CONDITIONS.values())


def dashboard() -> Dashboard:
    """Make the dashboard."""
    made = board(
        CAMPAIGNS,
        "admetrics: Campaigns",
        "Figures of campaigns. Amounts of different currencies stand apart and are never added up. Hours and days are "
        "those of UTC, shown in your time zone. Changes are against the period of the same length just before.",
        variables=[several(name) for name in CONDITIONS],
        since="now-7d",
        sections=[
            ("Figures, and their changes against the period before", figures(_CHOSEN)),
            ("Budgets of campaigns, to date", budgets(first=5)),
            ("Over time", over_time(_CHOSEN)),
            ("Click validity", _validity(_CHOSEN)),
            ("Campaigns and jobs, best and worst", _best_and_worst()),
        ],
    )
    return (
        made.link(link("Job", JOB, "one job in detail"))
        .link(link("Publishers", PUBLISHER, "quality and cost by publisher"))
        .link(link("Pipeline", PIPELINE, "whether the figures can be trusted"))
    )


def figures(chosen: Sequence[str], *, first: int = 1) -> Sequence[Panel]:
    """Make the panels with figures beside their changes.

    Args:
        chosen: the conditions of the variables.
        first: the number that the first of them has in the dashboard: others show its result too.
    """
    return [
        stats(
            "Counts",
            "What happened in the period, over all currencies, and how many of the clicks are valid; with the change "
            "against the period of the same length just before: none if nothing happened then.",
            COUNTS,
            Sql(sql.compared(chosen)),
            Place(16, 6),
        ),
        funnel(
            "Funnel",
            "From impressions to qualified applications, as counted in the period. Applications are often marked days "
            "after they were sent, so later stages lag behind.",
            FUNNEL,
            same_as(first),
            Place(8, 6),
        ),
        stats(
            "Rates",
            f"Ratios of the sums of the period: {equations(RATES)}. No data where the denominator is 0. Over short "
            "periods the qualified rate can exceed 100%: applications are marked later than they are sent.",
            RATES,
            same_as(first),
            Place(24, 4),
        ),
        stats(
            "Money, each currency apart",
            f"{equations(MONEY)}; all of publishers of the currency that stands before. Currencies in which nothing "
            "was spent are left out.",
            MONEY,
            Sql(sql.compared_by_currency(chosen)),
            Place(24, 7),
            each_row=True,
        ),
    ]


def over_time(chosen: Sequence[str]) -> Sequence[Panel]:
    """Make the panels with series."""
    return [
        series(
            "Events by hour",
            "What happened in each hour of UTC, over all currencies. Hours without events are gaps.",
            [Sql(sql.series("event_hour", COUNTS, chosen), is_series=True)],
            Place(12, 9),
            unit="locale",
        ),
        series(
            "Spend by hour, each currency apart",
            "Sum of the bids of the clicks of each hour of UTC; each series is a currency. Hours without spend are "
            "gaps.",
            [Sql(sql.series_by_currency("event_hour", (SPEND,), chosen), is_series=True)],
            Place(12, 9),
            unit="locale",
        ),
        series(
            "Rates by day",
            f"Ratios of the sums of each day of UTC: {equations(RATES)}. The first and the last day may be cut by the "
            "period.",
            [Sql(sql.series("dates", RATES, chosen), is_series=True)],
            Place(12, 9),
            unit="percentunit",
            gap=DAY,
        ),
        series(
            "Costs by day, each currency apart",
            "Spend of each day of UTC / its clicks, conversions and qualified applications; the currency stands beside "
            "each series. The first and the last day may be cut by the period.",
            [Sql(sql.series_by_currency("dates", (CPC, CPA, COST_PER_QUALIFIED), chosen), is_series=True)],
            Place(12, 9),
            unit="locale",
            gap=DAY,
        ),
    ]


def _validity(chosen: Sequence[str]) -> Sequence[Panel]:
    return [
        stacked(
            "Invalid clicks by hour",
            "Clicks of each hour of UTC that nobody need pay for, by the reason that decides: test traffic, robots, "
            "repeats, and clicks outside the flight of their campaign. Together they are all invalid clicks. Hours "
            "without clicks are gaps.",
            Sql(sql.series("event_hour", REASONS, chosen, of=[CLICKS]), is_series=True),
            Place(12, 9),
            unit="locale",
        ),
        series(
            "Gross and net spend by day, each currency apart",
            "Sum of the bids of all clicks of each day of UTC, and of the valid ones; the currency stands beside each "
            "series. The first and the last day may be cut by the period.",
            [Sql(sql.series_by_currency("dates", (SPEND, VALID_SPEND), chosen), is_series=True)],
            Place(12, 9),
            unit="locale",
            gap=DAY,
        ),
    ]


def _best_and_worst() -> Sequence[Panel]:
    return [
        _ranking(f"{'Worst' if worst else 'Best'} {noun}", key, worst=worst)
        for key, noun in ((sql.CAMPAIGN, "campaigns"), (sql.JOB, "jobs"))
        for worst in (False, True)
    ]


def _ranking(title: str, key: sql.Key, *, worst: bool) -> Panel:
    """Make a table of the ten first of each currency; a name sets the variable, or leads to the job."""
    name = key.column.removesuffix("_id")
    here = (key.title, f"Show this {name} only", leads_to(CAMPAIGNS, name, key.column, CONDITIONS))
    detail = (key.title, "Show this job in detail", leads_to(JOB, name, key.column, ("publisher", "currency")))
    return rows(
        title,
        f"{METHOD} At most ten of each currency, and at most half of those that are compared; costs of different "
        "currencies are not compared.",
        RANKED,
        Sql(sql.ranking(key, _CHOSEN, worst=worst)),
        Place(12, 10),
        hidden=key.column,
        links=[here, detail] if key is sql.JOB else [here],
    )
