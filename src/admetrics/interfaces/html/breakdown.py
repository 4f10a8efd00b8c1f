"""The middle of the page: the funnel, and the figures of each company, campaign, group, publisher or job."""

from typing import Final

import attrs

from admetrics.domain.metrics.catalog import CLICKS, HEADLINE, MONEY
from admetrics.domain.reporting.figures import Figures
from admetrics.domain.reporting.formatting import count, names_of, unit, written
from admetrics.domain.reporting.report import Report
from admetrics.domain.rules.currency import Currency
from admetrics.interfaces.html import chart_data
from admetrics.interfaces.html.lines import PLURALS, Link, name_cell, no_link
from admetrics.interfaces.html.markup import Markup, joined, tag
from admetrics.interfaces.html.rankings import rankings

_MOST_ROWS: Final = 200


def breakdown(report: Report, link: Link = no_link) -> Markup:
    """Show the funnel and who contributes what."""
    return joined(
        tag(
            "section",
            tag("h2", "From impression to application"),
            tag("div", _funnel(report), _largest(report), class_="pair"),
        ),
        tag("section", rankings(report, link)),
        tag("section", *_table(report, link)),
    )


def _funnel(report: Report) -> Markup:
    steps = chart_data.funnel(report)
    words = "Funnel: " + "; ".join(f"{step['label']} {step['text']}" for step in steps)
    return _chart("funnel", "Funnel", "with the rate against the step it comes from", words)


def _largest(report: Report) -> Markup:
    words = "; ".join(f"{row['label']} {row['text']}" for row in chart_data.largest(report))
    return _chart("largest", f"Clicks by {report.by}", "the largest", f"Clicks by {report.by}: {words}")


def _chart(name: str, title: str, remark: str, words: str) -> Markup:
    return tag(
        "figure",
        tag("figcaption", f"{title} ", tag("span", f"({remark})", class_="muted")),
        tag("div", tag("div", class_="plot", data_chart=name), role="img", aria_label=words),
        class_="card",
    )


@attrs.frozen
class _Column:
    """A figure in the table.

    Args:
        title: its head.
        value: what is sorted by; None sorts last.
        text: what is shown.
        currency: the index of the currency whose columns are shown together; None for those always shown.
    """

    title: str
    value: float | None
    text: str
    currency: int | None = None


def _columns(report: Report, figures: Figures) -> list[_Column]:
    counts = figures.counts
    return [
        *(_Column(each.label, each.of(counts), written(each, counts)) for each in HEADLINE),
        *(column for index, each in enumerate(report.currencies) for column in _money_columns(index, each, figures)),
    ]


def _money_columns(index: int, currency: Currency, figures: Figures) -> list[_Column]:
    measures = figures.measures(currency) or None
    return [
        _Column(f"{each.label} {unit(currency)}", measures and each.of(measures), written(each, measures), index)
        for each in MONEY
    ]


def _table(report: Report, link: Link) -> tuple[Markup, ...]:
    names = names_of(report.entries, report.by)
    entries = [entry for entry in report.entries if entry.figures]
    shown, others = entries[:_MOST_ROWS], entries[_MOST_ROWS:]
    heads = [
        tag(
            "th",
            column.title,
            scope="col",
            data_type="number",
            data_currency=column.currency,
            aria_sort="descending" if column.title == CLICKS.label else None,
        )
        for column in _columns(report, Figures())
    ]
    rest = Figures.of(pair for entry in others for pair in entry.figures.currencies.items())
    all_of_them = PLURALS[report.by]
    lines = (
        tag("tr", name_cell(names[entry.key], entry.key, link(report.by, entry.key)), *_cells(report, entry.figures))
        for entry in shown
    )
    table = tag(
        "table",
        tag("caption", f"The {_MOST_ROWS} {all_of_them} with the most clicks" if others else f"All {all_of_them}"),
        tag("thead", tag("tr", tag("th", report.by.capitalize(), scope="col", data_type="text"), *heads)),
        tag("tbody", *lines),
        tag(
            "tfoot",
            tag("tr", tag("th", f"{count(len(others))} others", scope="row"), *_cells(report, rest))
            if others
            else None,
            tag("tr", tag("th", "Total", scope="row"), *_cells(report, report.figures)),
        ),
        id="breakdown",
        data_sortable=True,
    )
    title = f"Figures by {report.by}"
    return (
        tag("div", tag("h2", title), _controls(report), class_="row"),
        tag("div", table, class_="scroll wide tall", tabindex="0", role="region", aria_label=title),
    )


def _controls(report: Report) -> Markup:
    clicks = [CLICKS.of(report.figures.measures(currency)) for currency in report.currencies]
    options = (
        tag("option", unit(currency), value=index, selected=clicks[index] == max(clicks))
        for index, currency in enumerate(report.currencies)
    )
    choice = tag("label", "Money in ", tag("select", *options, id="currency", autocomplete="off"))
    return tag(
        "div",
        tag("label", "Find ", tag("input", type="search", id="find", autocomplete="off")),
        choice if report.currencies else None,
        class_="controls",
        hidden=True,
    )


def _cells(report: Report, figures: Figures) -> list[Markup]:
    return [
        tag(
            "td",
            column.text,
            data_value="" if column.value is None else column.value,
            data_currency=column.currency,
            class_="nothing" if column.value is None else None,
        )
        for column in _columns(report, figures)
    ]
