"""What the charts of the page show: plain rows, which their words for those who do not see them come from too."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Final

from admetrics.domain.figures import Currency
from admetrics.domain.metrics.entries import ratio
from admetrics.domain.report import Entry, Point, Report
from admetrics.domain.wording import NOTHING, count, names_of, percent, shortened, unit

Rows = Sequence[Mapping[str, object]]

_BARS: Final = 12
_LONGEST_LABEL: Final = 48
_COUNTS: Final = {"impressions": "Impressions", "clicks": "Clicks", "conversions": "Conversions"}


def titles(report: Report) -> Mapping[str, str]:
    """Return the title of each field of the rows of days and hours: counts, then the spend in each currency."""
    spends = {spend_field(index): f"Spend, {unit(currency)}" for index, currency in enumerate(report.currencies)}
    return {**_COUNTS, **spends}


def spend_field(index: int) -> str:
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
        **{field: getattr(counts, field) for field in _COUNTS},
        **{spend_field(index): point.figures.measures(each).spend for index, each in enumerate(currencies)},
    }


def funnel(report: Report) -> Rows:
    """Return the steps from an ad that is seen to an application that is marked, each with its rate."""
    counts = report.figures.counts
    steps = (
        ("Impressions", counts.impressions, None, ""),
        ("Clicks", counts.clicks, counts.ctr, "of impressions"),
        ("Page views", counts.page_views, ratio(counts.page_views, counts.clicks), "of clicks"),
        ("Conversions", counts.conversions, counts.apply_rate, "of clicks"),
        ("Qualified", counts.qualified, counts.qualified_rate, "of conversions"),
        ("Disqualified", counts.disqualified, ratio(counts.disqualified, counts.conversions), "of conversions"),
    )
    return [
        {
            "label": label,
            "value": value,
            "text": count(value) if rate is None else f"{count(value)} ({percent(rate)})",
            "detail": NOTHING if rate is None else f"{percent(rate)} {of}",
        }
        for label, value, rate, of in steps
    ]


def largest(report: Report) -> Rows:
    """Return the lines of the breakdown with the most clicks."""
    names = names_of(report.entries, report.by)
    chosen = [entry for entry in report.entries if entry.figures.counts.clicks][:_BARS]
    return [_bar(entry, shortened(names[entry.key], _LONGEST_LABEL)) for entry in chosen]


def _bar(entry: Entry, label: str) -> Mapping[str, object]:
    counts = entry.figures.counts
    detail = f"{percent(counts.apply_rate)} of clicks became applications"
    return {"label": label, "value": counts.clicks, "text": count(counts.clicks), "detail": detail}


def in_words(rows: Rows, field: str, title: str) -> str:
    """Say what a chart over time shows."""
    values = [(int(str(row[field])), str(row["label"])) for row in rows]
    if not values:
        return f"{title} by day: no data"
    (most, best), (least, worst) = max(values), min(values)
    total = sum(value for value, _ in values)
    return f"{title} by day: {count(total)} in all; most on {best}: {count(most)}; least on {worst}: {count(least)}"
