"""The report in the terminal: as tables for people, as plain values for programs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

import attrs
from rich.table import Table
from rich.text import Text

from admetrics.cli.budget_views import budget_values
from admetrics.cli.terminal import console_of, table
from admetrics.domain.figures import Currency, Figures, change
from admetrics.domain.metrics.measures import Measures, kpis
from admetrics.domain.ranking import Ranked
from admetrics.domain.report import Health, Point, Report
from admetrics.domain.times import Period
from admetrics.domain.wording import NOTHING, amount, count, growth, names_of, percent, priced, shortened, unit

_MOST_ROWS: Final = 30
_LONGEST_NAME: Final = 60


def as_values(report: Report) -> Mapping[str, Any]:
    """Return all figures of a report as values that JSON can carry; a ratio without a denominator is None."""
    return {
        "made": report.made.isoformat(),
        "period": _period(report.period),
        "period_before": _period(report.period_before),
        "timezone": report.zone,
        "by": report.by,
        "figures": _figures(report.figures),
        "before": _figures(report.before),
        "days": [_point(point) for point in report.days],
        "hours": [_point(point) for point in report.hours],
        "breakdown": [
            {
                "key": entry.key,
                "name": entry.name,
                "figures": _figures(entry.figures),
                "before": _figures(entry.before),
            }
            for entry in report.entries
        ],
        "rankings": [
            {
                "by": ranking.by,
                **_currency(ranking.currency),
                "best": [_ranked(line) for line in ranking.best],
                "worst": [_ranked(line) for line in ranking.worst],
            }
            for ranking in report.rankings
        ],
        "budgets": [budget_values(use) for use in report.budgets],
        "health": _health(report.health),
    }


def _period(period: Period) -> Mapping[str, str]:
    return {"from": period.start.isoformat(), "to": period.end.isoformat()}


def _point(point: Point) -> Mapping[str, Any]:
    return {"start": point.start.isoformat(), "whole": point.whole, "figures": _figures(point.figures)}


def _figures(figures: Figures) -> Mapping[str, Any]:
    counts = figures.counts
    return {
        **attrs.asdict(counts),
        "ctr": counts.ctr,
        "apply_rate": counts.apply_rate,
        "qualified_rate": counts.qualified_rate,
        "invalid_rate": counts.invalid_rate,
        "currencies": [
            {**_currency(currency), **_measures(measures)} for currency, measures in figures.currencies.items()
        ],
    }


def _ranked(line: Ranked) -> Mapping[str, Any]:
    return {"key": line.key, "name": line.name, **_measures(line.measures)}


def _currency(currency: Currency) -> Mapping[str, Any]:
    return {"currency": currency.code or None, "publisher": None if currency.code else currency.publisher}


def _measures(measures: Measures) -> Mapping[str, Any]:
    return {**attrs.asdict(measures), **attrs.asdict(kpis(measures))}


def _health(health: Health) -> Mapping[str, Any]:
    return {
        "updated": health.updated and health.updated.isoformat(),
        "newest_hour": health.newest_hour and health.newest_hour.isoformat(),
        "dead_letters": health.dead_letters,
        "accounting": health.accounting,
        "missing": health.missing,
        "unseen": health.unseen,
    }


def print_tables(report: Report) -> None:
    """Print a report on standard output: in colour and as wide as a terminal, or as plain text in a pipe."""
    console = console_of()
    zone = ZoneInfo(report.zone)
    start, end = (time.astimezone(zone) for time in (report.period.start, report.period.end))
    console.print(f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} ({report.zone}), changes against the period before")
    if not report.figures:
        console.print("no figures in this period")
    else:
        console.print(_headline(report))
        console.print(_breakdown(report))
        if len(report.entries) > _MOST_ROWS:
            console.print(f"{len(report.entries) - _MOST_ROWS} more: --json or --out shows them")
    console.print(_state(report, zone))


def _headline(report: Report) -> Table:
    now, before = report.figures.counts, report.before.counts
    rows = [
        ("impressions", count(now.impressions), _grown(now.impressions, before.impressions)),
        ("clicks", count(now.clicks), _grown(now.clicks, before.clicks)),
        ("  valid clicks", count(now.valid_clicks), _grown(now.valid_clicks, before.valid_clicks)),
        ("  invalid rate", percent(now.invalid_rate), _grown(now.invalid_rate, before.invalid_rate)),
        ("click-through rate", percent(now.ctr), _grown(now.ctr, before.ctr)),
        ("conversions", count(now.conversions), _grown(now.conversions, before.conversions)),
        ("apply rate", percent(now.apply_rate), _grown(now.apply_rate, before.apply_rate)),
        ("qualified", count(now.qualified), _grown(now.qualified, before.qualified)),
        ("qualified rate", percent(now.qualified_rate), _grown(now.qualified_rate, before.qualified_rate)),
    ]
    for currency in report.currencies:
        rows += _money(report, currency)
    return table("figure", "now", "change", rows=rows)


def _money(report: Report, currency: Currency) -> list[tuple[str, str, str]]:
    now, before = report.figures.measures(currency), report.before.measures(currency)
    costs, earlier = kpis(now), kpis(before)
    return [
        (f"spend, {unit(currency)}", amount(now.spend), _grown(now.spend, before.spend)),
        ("  for valid clicks", amount(now.valid_spend), _grown(now.valid_spend, before.valid_spend)),
        ("  per click", amount(costs.cpc), _grown(costs.cpc, earlier.cpc)),
        ("  per conversion", amount(costs.cpa), _grown(costs.cpa, earlier.cpa)),
        (
            "  per qualified",
            amount(costs.cost_per_qualified),
            _grown(costs.cost_per_qualified, earlier.cost_per_qualified),
        ),
    ]


def _grown(now: float | None, before: float | None) -> str:
    return growth(change(now, before))


def _breakdown(report: Report) -> Table:
    heads = (
        report.by, "impressions", "clicks", "CTR", "conversions", "apply rate", "qualified", "spend", "per conversion",
    )  # fmt: skip
    names = names_of(report.entries, report.by)
    rows: Iterable[Sequence[str | Text]] = (
        [Text(shortened(names[entry.key], _LONGEST_NAME)), *_cells(entry.figures)]
        for entry in report.entries[:_MOST_ROWS]
    )
    return table(*heads, rows=rows)


def _cells(figures: Figures) -> Sequence[str]:
    counts = figures.counts
    spent = {currency: measures for currency, measures in figures.currencies.items() if measures.spend}
    return (
        count(counts.impressions),
        count(counts.clicks),
        percent(counts.ctr),
        count(counts.conversions),
        percent(counts.apply_rate),
        count(counts.qualified),
        "\n".join(priced(measures.spend, currency) for currency, measures in spent.items()) or NOTHING,
        "\n".join(priced(kpis(measures).cpa, currency) for currency, measures in spent.items()) or NOTHING,
    )


def _state(report: Report, zone: ZoneInfo) -> str:
    health = report.health
    updated = f"{health.updated.astimezone(zone):%Y-%m-%d %H:%M}" if health.updated else "never"
    parts = [f"last change in the warehouse: {updated}"]
    if health.dead_letters is not None:
        parts.append(f"dead letters: {count(sum(health.dead_letters.values()))}")
    if health.missing is not None:
        parts.append("the lake and the warehouse agree" if not health.missing else "a roll-up or a load is pending")
    if health.unseen is not None:
        parts.append(f"the lake: {health.unseen}")
    return "; ".join(parts)
