"""The report in the terminal: as tables for people, as plain values for programs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

import attrs
from rich.table import Table
from rich.text import Text

from admetrics.domain.metrics.catalog import APPLY_RATE, CPA, CTR, FUNNEL, HEADLINE, MONEY, RATES, SPEND
from admetrics.domain.metrics.entries import Figure
from admetrics.domain.metrics.measures import Measures, kpis
from admetrics.domain.reporting.figures import Figures, change
from admetrics.domain.reporting.formatting import NOTHING, count, growth, names_of, priced, shortened, unit, written
from admetrics.domain.reporting.report import Health, Point, Report
from admetrics.domain.rules.currency import Currency
from admetrics.domain.rules.ranking import Ranked
from admetrics.domain.times import Period
from admetrics.interfaces.cli.budget_views import budget_values
from admetrics.interfaces.cli.terminal import console_of, table

_MOST_ROWS: Final = 30
_LONGEST_NAME: Final = 60
_COLUMNS: Final = [each for each in HEADLINE if each in (CTR, APPLY_RATE, *FUNNEL)]


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
            {"key": entry.key, "name": entry.name, "figures": _figures(entry.figures), "before": _figures(entry.before)}
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
        **{rate.name: rate.of(counts) for rate in RATES},
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
    rows = [_row(figure.title.lower(), figure, now, before) for figure in HEADLINE]
    for currency in report.currencies:
        rows += _money(report, currency)
    return table("figure", "now", "change", rows=rows)


def _money(report: Report, currency: Currency) -> list[tuple[str, str, str]]:
    now, before = report.figures.measures(currency), report.before.measures(currency)
    return [
        _row(f"spend, {unit(currency)}" if figure is SPEND else f"  {figure.title.lower()}", figure, now, before)
        for figure in MONEY
    ]


def _row(title: str, figure: Figure, now: object, before: object) -> tuple[str, str, str]:
    return title, written(figure, now), growth(change(figure.of(now), figure.of(before)))


def _breakdown(report: Report) -> Table:
    heads = [each.label if each is CTR else each.label.lower() for each in (*_COLUMNS, SPEND)]
    names = names_of(report.entries, report.by)
    rows: Iterable[Sequence[str | Text]] = (
        [Text(shortened(names[entry.key], _LONGEST_NAME)), *_cells(entry.figures)]
        for entry in report.entries[:_MOST_ROWS]
    )
    return table(report.by, *heads, CPA.label.removeprefix("Cost "), rows=rows)


def _cells(figures: Figures) -> Sequence[str]:
    spent = {currency: measures for currency, measures in figures.currencies.items() if SPEND.of(measures)}
    return (
        *(written(each, figures.counts) for each in _COLUMNS),
        *(
            "\n".join(priced(each.of(measures), currency) for currency, measures in spent.items()) or NOTHING
            for each in (SPEND, CPA)
        ),
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
