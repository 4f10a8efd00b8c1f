"""The lower part of the page: whether the figures can be trusted, and what they mean."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from admetrics.domain.events.kind import Kind
from admetrics.domain.metrics.catalog import (
    CLICKS,
    FUNNEL,
    INVALID_CLICKS,
    RATIOS,
    REASONS,
    SPEND,
    VALID_CLICKS,
    VALID_SPEND,
)
from admetrics.domain.metrics.entries import Ratio
from admetrics.domain.metrics.measures import Counts
from admetrics.domain.reporting.formatting import count
from admetrics.domain.reporting.report import Health, Report
from admetrics.domain.times import CLOCK_SKEW
from admetrics.interfaces.html.headline import moment
from admetrics.interfaces.html.markup import Markup, tag

_REASONS: Final[Mapping[str, str]] = {
    "not_json": "the line is not JSON",
    "not_an_object": "the line is JSON, but no object",
    "wrong_type": "a column that matters has the wrong type",
    "no_create_time": "create_time is missing",
    "no_time": "neither create_time nor ts holds a time",
    "time_out_of_range": "the time is too old, or ahead of now",
    "bad_bid": "the bid of a click is negative or too large",
    "too_large": "the record is too large to be stored",
    "bad_message": "a message on the bus cannot be read",
}


def _term(ratio: Ratio) -> str:
    return ratio.title if ratio.title == ratio.label else f"{ratio.title} ({ratio.label})"


_GLOSSARY: Final = (
    *((each.title, f"{each.meaning}.") for each in (*FUNNEL, VALID_CLICKS, SPEND, VALID_SPEND)),
    *((_term(each), f"{each.formula}.") for each in RATIOS),
    ("A rate of several lines", "is the ratio of their sums, never the mean of their rates."),
    ("A dash, or \u201cno data\u201d", "means that there is nothing to divide by."),
)


def health(report: Report) -> Markup:
    """Show how fresh the figures are, what could not be used, and what was not counted."""
    state = report.health
    return tag(
        "section",
        tag("h2", "Data health"),
        tag("div", _freshness(report), class_="card"),
        tag(
            "div",
            tag(
                "div",
                _invalid_clicks(report.figures.counts) if CLICKS.of(report.figures.counts) else None,
                _dead_letters(state) if state.dead_letters is not None else None,
                class_="stack",
            ),
            _accounting(state.accounting) if state.accounting is not None else None,
            class_="pair health",
        ),
    )


def _freshness(report: Report) -> Markup:
    state, zone = report.health, ZoneInfo(report.zone)
    if state.updated is None or state.newest_hour is None:
        return tag("p", "The warehouse holds no rows yet.")
    ago = report.made - state.updated
    age = (
        f"{_in_words(ago)} before this page was written"
        if ago >= -CLOCK_SKEW
        else "ahead of this page: a clock is wrong"
    )
    return tag(
        "dl",
        tag("dt", "Last change"),
        tag("dd", f"{moment(state.updated, zone)}, {age}"),
        tag("dt", "Newest hour"),
        tag("dd", f"the one that starts on {moment(state.newest_hour, zone)}"),
        tag("dt", "Warehouse and lake"),
        tag("dd", _agreement(state)),
        class_="facts",
    )


def _in_words(span: timedelta) -> str:
    minutes = max(0, round(span.total_seconds() / 60))
    if minutes < 120:  # noqa: PLR2004  two hours
        return f"{minutes} min"
    hours = round(minutes / 60)
    return f"{hours} h" if hours < 48 else f"{round(hours / 24)} days"  # noqa: PLR2004  two days


def _agreement(state: Health) -> Markup:
    if state.missing is None:
        return tag("span", state.unseen or "not compared")
    if not state.missing:
        return tag("span", "every counted event of the period has reached the warehouse", class_="state good")
    differences = ", ".join(f"{_counted(outcome)} {missing:+,}" for outcome, missing in state.missing.items())
    return tag("span", f"the lake has other counts: {differences}; a roll-up or a load is pending", class_="state warn")


def _counted(outcome: str) -> str:
    return outcome.replace("_", " ")


def _invalid_clicks(counts: Counts) -> Markup:
    clicks = [(each.meaning.partition(": ")[2], each.name, each.of(counts)) for each in REASONS]
    return _listing(
        "Invalid clicks",
        "of the period, each under the first reason against it",
        ("Reason", "Clicks"),
        clicks,
        INVALID_CLICKS.of(counts),
    )


def _dead_letters(state: Health) -> Markup:
    letters = state.dead_letters or {}
    rows = [(_REASONS.get(reason, reason), reason, number) for reason, number in letters.items()]
    return _listing(
        "Dead letters",
        "records that could not be used, of all times",
        ("Reason", "Records"),
        ((words, reason, number) for words, reason, number in rows),
        sum(letters.values()),
    )


def _accounting(accounting: Mapping[str, int]) -> Markup:
    rows = sorted(((*_explained(outcome), number) for outcome, number in accounting.items()), key=lambda row: -row[2])
    return _listing(
        "Accounting",
        "every event of the period in the lake, under exactly one outcome",
        ("Outcome", "Events"),
        rows,
        sum(accounting.values()),
    )


def _explained(outcome: str) -> tuple[str, str]:
    """Say what an outcome means."""
    head, _, name = outcome.partition(":")
    if head == "without_job":
        return f"{_counted(name)} without a job, not counted", outcome
    if head == Kind.OTHER.value:
        return f"other: {name}, not counted", outcome
    return f"{_counted(outcome)}, counted", outcome


def _listing(
    title: str, remark: str, heads: tuple[str, str], rows: Iterable[tuple[str, str, int]], total: int
) -> Markup:
    body = [
        tag("tr", tag("th", words, scope="row", title=name), tag("td", count(number))) for words, name, number in rows
    ]
    none = tag("tr", tag("th", "none", scope="row"), tag("td", count(0)))
    table = tag(
        "table",
        tag("caption", f"{title} ", tag("span", f"({remark})", class_="muted")),
        tag("thead", tag("tr", *(tag("th", head, scope="col") for head in heads))),
        tag("tbody", *(body or [none])),
        tag("tfoot", tag("tr", tag("th", "Total", scope="row"), tag("td", count(total)))),
    )
    return tag("div", table, class_="scroll", tabindex="0", role="region", aria_label=title)


def glossary() -> Markup:
    """Say what the figures mean."""
    entries = (tag("div", tag("dt", f"{term}: "), tag("dd", meaning)) for term, meaning in _GLOSSARY)
    return tag("section", tag("h2", "What the figures mean"), tag("dl", *entries, class_="glossary"))
