"""What the charts of the page show: plain rows, which their words for those who do not see them come from too."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Final

from admetrics.domain.metrics.catalog import APPLY_RATE, CLICKS, CONVERSIONS, FUNNEL, IMPRESSIONS, SPEND
from admetrics.domain.metrics.entries import Measure, ratio
from admetrics.domain.metrics.measures import Counts
from admetrics.domain.reporting.formatting import NOTHING, count, names_of, percent, shortened, unit, written
from admetrics.domain.reporting.report import Entry, Point, Report
from admetrics.domain.rules.currency import Currency

Rows = Sequence[Mapping[str, object]]

_BARS: Final = 12
_LONGEST_LABEL: Final = 48
_COUNTS: Final = (IMPRESSIONS, CLICKS, CONVERSIONS)


def titles(report: Report) -> Mapping[str, str]:
    """Return the title of each field of the rows of days and hours: counts, then the spend in each currency."""
    spends = {
        _spend_field(index): f"{SPEND.label}, {unit(currency)}" for index, currency in enumerate(report.currencies)
    }
    return {**{each.name: each.label for each in _COUNTS}, **spends}


def _spend_field(index: int) -> str:
    """Name the field that holds the spend in one of the report's currencies."""
    return f"spend{index}"


def days(report: Report) -> Rows:
    """Return a row for each day."""
    currencies = report.currencies
    return [_row(point, f"{point.start:%a %-d %b %Y}", currencies) for point in report.days]


def hours(report: Report) -> Rows:
    """Return a row for each hour."""
    currencies = report.currencies
    return [_row(point, f"{point.start:%a %-d %b %Y, %H:%M (UTC%z)}", currencies) for point in report.hours]


def _row(point: Point, label: str, currencies: Sequence[Currency]) -> Mapping[str, object]:
    counts = point.figures.counts
    wall_clock = point.start.replace(tzinfo=UTC)  # charts know no zones: the local time is drawn as if it were UTC
    return {
        "time": round(wall_clock.timestamp() * 1000),
        "label": label if point.whole else f"{label} (in part)",
        "whole": point.whole,
        **{each.name: each.of(counts) for each in _COUNTS},
        **{_spend_field(index): SPEND.of(point.figures.measures(each)) for index, each in enumerate(currencies)},
    }


def funnel(report: Report) -> Rows:
    """Return the steps from an ad that is seen to an application that is marked, each with its rate."""
    return [_step(step, report.figures.counts) for step in FUNNEL]


def _step(step: Measure, counts: Counts) -> Mapping[str, object]:
    before = next((each for each in FUNNEL if each.kind is step.follows), None)
    rate = ratio(step.of(counts), before.of(counts)) if before else None
    value = step.of(counts)
    return {
        "label": step.label,
        "value": value,
        "text": count(value) if rate is None else f"{count(value)} ({percent(rate)})",
        "detail": NOTHING if rate is None or before is None else f"{percent(rate)} of {before.words}",
    }


def largest(report: Report) -> Rows:
    """Return the lines of the breakdown with the most clicks."""
    names = names_of(report.entries, report.by)
    chosen = [entry for entry in report.entries if CLICKS.of(entry.figures.counts)][:_BARS]
    return [_bar(entry, shortened(names[entry.key], _LONGEST_LABEL)) for entry in chosen]


def _bar(entry: Entry, label: str) -> Mapping[str, object]:
    counts = entry.figures.counts
    detail = f"{written(APPLY_RATE, counts)} of clicks became applications"
    return {"label": label, "value": CLICKS.of(counts), "text": written(CLICKS, counts), "detail": detail}


def in_words(rows: Rows, field: str, title: str) -> str:
    """Say what a chart over time shows."""
    values = [(int(str(row[field])), str(row["label"])) for row in rows]
    if not values:
        return f"{title} by day: no data"
    (most, best), (least, worst) = max(values), min(values)
    total = sum(value for value, _ in values)
    return f"{title} by day: {count(total)} in all; most on {best}: {count(most)}; least on {worst}: {count(least)}"
