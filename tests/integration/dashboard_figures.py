"""What the panels must show, computed from the rows of the warehouse by the domain."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from fractions import Fraction
from typing import Any, Final

import attrs

from admetrics.domain.dimensions import Dimensions
from admetrics.domain.metrics.measures import ZERO, Measures, kpis
from admetrics.domain.reporting.axis import Axis
from admetrics.domain.reporting.budgets import BudgetUse, Level, budgets_of, most_urgent_first, use_of
from admetrics.domain.reporting.figures import Figures, change
from admetrics.domain.rollup.row import Row
from admetrics.domain.rules.currency import Currency
from admetrics.domain.rules.ranking import Ranked, ranking
from grafana.figures import (
    ALL,
    CLICKS,
    COST_PER_QUALIFIED,
    COUNTS,
    CPA,
    CPC,
    MONEY,
    RANKED,
    RATES,
    REASONS,
    SPEND,
    VALID_SPEND,
    Figure,
)
from tests.grafana_sql import EVERYTHING, View

NOW: Final = datetime(2026, 3, 20, 7, 30, 0, 250_000, UTC)
"""What the server takes for the current time, in the panels that depend on it."""

Table = list[dict[str, object]]
"""Rows by the names of the columns."""

_NAMES: Final = {"company": "companies", "campaign": "campaigns", "group": "groups", "publisher": "publishers"}


@attrs.frozen
class Data:
    """What is in the warehouse, and when it is asked for."""

    rows: Sequence[Row]
    dimensions: Dimensions
    now: datetime = NOW

    def currency(self, row: Row) -> Currency:
        codes = {publisher.id: publisher.currency for publisher in self.dimensions.publishers}
        return Currency.of(row.cell.publisher, codes.get(row.cell.publisher))

    def name(self, axis: str, key: int | None) -> str:
        """Return what a panel calls a key."""
        if axis == "job":
            names = {job.id: job.title for job in self.dimensions.jobs}
        else:
            names = {each.id: each.name for each in getattr(self.dimensions, _NAMES[axis])}
        return names.get(key or 0) or (f"{axis.capitalize()} {key}" if key else "none")

    def seen(self, view: View, names: Iterable[str]) -> list[Row]:
        """Return the rows of the period that are chosen."""
        return [row for row in self._chosen(view, names) if view.start <= row.cell.hour < view.end]

    def seen_before(self, view: View, names: Iterable[str]) -> list[Row]:
        start = view.start - (view.end - view.start)
        return [row for row in self._chosen(view, names) if start <= row.cell.hour < view.start]

    def _chosen(self, view: View, names: Iterable[str]) -> list[Row]:
        chosen = {name: view.chosen[name] for name in names if view.chosen.get(name, EVERYTHING) != EVERYTHING}
        rows = [row for row in self.rows if row.measures]
        return [row for row in rows if all(self._value(row, name) in some for name, some in chosen.items())]

    def _value(self, row: Row, name: str) -> str:
        """Return the value of a variable that chooses the row."""
        if name == "currency":
            return self.currency(row).code.encode().hex().upper() or "0"
        return str(key_of(row, name) or 0)


def key_of(row: Row, axis: str) -> int | None:
    return row.company if axis == "company" else getattr(row.cell, axis)


def value(figure: Figure, measures: Measures) -> float | None:
    """Return a figure of sums, by the domain."""
    found: float | None = getattr(measures if hasattr(measures, figure.name) else kpis(measures), figure.name)
    return found


def matters(figures: Sequence[Figure], measures: Measures) -> bool:
    """Return whether anything that figures are computed from happened."""
    names = {name for figure in figures for name in (figure.part, figure.whole) if name}
    return any(getattr(measures, name) for name in names)


def valued(figures: Sequence[Figure], measures: Measures) -> dict[str, object]:
    return {figure.title: value(figure, measures) for figure in figures}


def _with_changes(figures: Sequence[Figure], now: Measures, before: Measures) -> dict[str, object]:
    """Where nothing of it happened in the period there is no figure; where nothing did before there is no change."""
    found: dict[str, object] = {}
    for figure in figures:
        shown = value(figure, now) if matters(figures, now) else None
        found[figure.title] = shown
        found[figure.change] = change(shown, value(figure, before))
    return found


def _total(rows: Iterable[Row]) -> Measures:
    return sum((row.measures for row in rows), start=ZERO)


def _by(rows: Iterable[Row], key: Callable[[Row], Any]) -> Mapping[Any, Measures]:
    sums: defaultdict[Any, Measures] = defaultdict(lambda: ZERO)
    for row in rows:
        sums[key(row)] += row.measures
    return sums


def _order(currency: Currency | str) -> tuple[bool, str]:
    return str(currency).startswith("unknown"), str(currency)


def _day(row: Row) -> datetime:
    return datetime.combine(row.cell.hour.date(), time(tzinfo=UTC))


def counts(data: Data, view: View, names: Sequence[str]) -> Table:
    now, before = _total(data.seen(view, names)), _total(data.seen_before(view, names))
    return [_with_changes((*COUNTS, *RATES), now, before)]


def money(data: Data, view: View, names: Sequence[str]) -> Table:
    now, before = (
        Figures.of((data.currency(row), row.measures) for row in rows)
        for rows in (data.seen(view, names), data.seen_before(view, names))
    )
    spent = [
        each for each in {*now.currencies, *before.currencies} if now.measures(each).spend + before.measures(each).spend
    ]
    return [
        {"Currency": str(each), **_with_changes(MONEY, now.measures(each), before.measures(each))}
        for each in sorted(spent, key=_order)
    ]


def _series(
    figures: Sequence[Figure], moment: Callable[[Row], datetime], *, of: Sequence[Figure] = ()
) -> Callable[..., Table]:
    def series(data: Data, view: View, names: Sequence[str]) -> Table:
        sums = _by(data.seen(view, names), moment)
        return [
            {"time": start, **valued(figures, sums[start])}
            for start in sorted(sums)
            if matters([*figures, *of], sums[start])
        ]

    return series


def _series_by_currency(figures: Sequence[Figure], moment: Callable[[Row], datetime]) -> Callable[..., Table]:
    def series(data: Data, view: View, names: Sequence[str]) -> Table:
        sums = _by(data.seen(view, names), lambda row: (moment(row), data.currency(row)))
        ordered = sorted(sums, key=lambda key: (key[0], _order(key[1])))
        return [
            {"time": key[0], "metric": str(key[1]), **valued(figures, sums[key])} for key in ordered if sums[key].spend
        ]

    return series


def _series_by_publisher(figure: Figure, moment: Callable[[Row], datetime]) -> Callable[..., Table]:
    def series(data: Data, view: View, names: Sequence[str]) -> Table:
        sums = _by(data.seen(view, names), lambda row: (moment(row), row.cell.publisher))
        return [
            {"time": key[0], "metric": f"{data.name('publisher', key[1])} ({key[1]})", **valued([figure], sums[key])}
            for key in sorted(sums)
            if matters([figure], sums[key])
        ]

    return series


def _breakdown(axis: str) -> Callable[..., Table]:
    def breakdown(data: Data, view: View, names: Sequence[str]) -> Table:
        sums = _by(data.seen(view, names), lambda row: (key_of(row, axis), data.currency(row)))
        shown = [key for key, total in sums.items() if matters(ALL, total)]
        ordered = sorted(shown, key=lambda key: (_order(key[1]), -sums[key].clicks, key[0]))
        return [{**_named(data, axis, *key), **valued(ALL, sums[key])} for key in ordered]

    return breakdown


def _ranking(axis: Axis, *, worst: bool) -> Callable[..., Table]:
    """Rank the keys of each currency by the rule of the domain."""

    def ranked(data: Data, view: View, names: Sequence[str]) -> Table:
        sums = _by(data.seen(view, names), lambda row: (key_of(row, axis), data.currency(row)))
        table: Table = []
        for currency in sorted({key[1] for key in sums}, key=_order):
            lines = [Ranked(key[0] or 0, None, total) for key, total in sums.items() if key[1] == currency]
            found = ranking(axis, currency, lines, at_most=10)
            half = (found.worst if worst else found.best) if found else ()
            table += [{**_named(data, axis, line.key, currency), **valued(RANKED, line.measures)} for line in half]
        return table

    return ranked


def _named(data: Data, axis: str, key: int | None, currency: Currency) -> dict[str, object]:
    return {f"{axis}_id": key, axis.capitalize(): data.name(axis, key), "Currency": str(currency)}


def budget_uses(data: Data, view: View) -> Sequence[BudgetUse]:
    """Return how the budgets of campaigns that are chosen stand, most urgent first."""
    uses = []
    for budget in budgets_of(data.dimensions, Level.CAMPAIGN):
        keys = {"company": budget.company or 0, "campaign": budget.id}
        chosen = {name: view.chosen.get(name, EVERYTHING) for name in keys}
        if all(chosen[name] == EVERYTHING or str(key) in chosen[name] for name, key in keys.items()):
            spending = [row for row in data.rows if row.cell.campaign == budget.id]
            uses.append(use_of(budget, Figures.of((data.currency(row), row.measures) for row in spending), data.now))
    return most_urgent_first(uses)


def _budget_use(data: Data, view: View, _names: Sequence[str]) -> Table:
    return [
        {
            "campaign_id": use.budget.id,
            "Campaign": use.budget.name or f"Campaign {use.budget.id}",
            "Status": use.status.value,
            "Unit": use.budget.rule.unit or None,
            "Budget": float(use.budget.total),
            "Spent": use.spent,
            "Share": _number(use.share),
            "Expected share": _number(use.expected),
            "Pacing index": _number(use.pacing_index),
            "Used up on": use.projected_end,
            "Not counted": "; ".join(f"{each} {use.beside[each]:,}" for each in sorted(use.beside, key=_order)) or None,
        }
        for use in budget_uses(data, view)
    ]


def _number(share: Fraction | None) -> float | None:
    return None if share is None else float(share)


def _facts(data: Data, view: View, _names: Sequence[str]) -> Table:
    known = {job.id: job for job in data.dimensions.jobs}
    jobs = [known[number] for text in view.chosen["job"] if (number := int(text)) in known]
    return [
        {
            "Job": job.id,
            "Title": job.title,
            "Company": _name(data.dimensions.companies, job.company),
            "Campaign": _name(data.dimensions.campaigns, job.campaign),
            "Group": _name(data.dimensions.groups, job.group),
        }
        for job in jobs
    ]


def _name(table: Sequence[Any], key: int | None) -> str | None:
    return next((each.name for each in table if each.id == key), None)


def _hour(row: Row) -> datetime:
    return row.cell.hour


EXPECTED: Final[Mapping[str, Callable[[Data, View, Sequence[str]], Table]]] = {
    "Counts": counts,
    "Money, each currency apart": money,
    "Budget use": _budget_use,
    "Events by hour": _series(COUNTS, _hour),
    "Spend by hour, each currency apart": _series_by_currency([SPEND], _hour),
    "Rates by day": _series(RATES, _day),
    "Costs by day, each currency apart": _series_by_currency([CPC, CPA, COST_PER_QUALIFIED], _day),
    "Invalid clicks by hour": _series(REASONS, _hour, of=[CLICKS]),
    "Gross and net spend by day, each currency apart": _series_by_currency([SPEND, VALID_SPEND], _day),
    "Best campaigns": _ranking(Axis.CAMPAIGN, worst=False),
    "Worst campaigns": _ranking(Axis.CAMPAIGN, worst=True),
    "Best jobs": _ranking(Axis.JOB, worst=False),
    "Worst jobs": _ranking(Axis.JOB, worst=True),
    "What it is": _facts,
    "Publishers": _breakdown("publisher"),
    "Campaigns": _breakdown("campaign"),
    "Clicks by hour": _series_by_publisher(CLICKS, _hour),
    **{f"{figure.title} by day": _series_by_publisher(figure, _day) for figure in RATES},
}
"""What each panel of the first three dashboards shows, by its title."""
