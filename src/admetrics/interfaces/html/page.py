"""The page: one file of HTML with everything in it, readable without a network and without trust in its contents."""

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, BinaryIO, Final

from admetrics.domain.errors import MissingExtraError
from admetrics.domain.reporting.report import Report
from admetrics.interfaces.html import chart_data, charts
from admetrics.interfaces.html.breakdown import breakdown
from admetrics.interfaces.html.budgets import Link as BudgetLink
from admetrics.interfaces.html.budgets import budgets
from admetrics.interfaces.html.budgets import no_link as no_budget_link
from admetrics.interfaces.html.headline import header, headline, money, trends
from admetrics.interfaces.html.health import glossary, health
from admetrics.interfaces.html.lines import Link, no_link
from admetrics.interfaces.html.markup import Markup, joined, tag

try:
    import vl_convert
except ImportError as error:
    raise MissingExtraError("the page needs charts: pip install 'admetrics[report]'") from error

TITLE: Final = "Job advertising report"

_HERE: Final = files(__package__ or "")
_ENTRANCE: Final = "window.vegaEmbed = vegaEmbed;"


def write_page(report: Report, out: BinaryIO) -> None:
    """Write a report as one page of HTML.

    The page loads nothing and sends nothing: its policy (Content Security Policy, level 3) allows the scripts and the
    style sheet in it, named by their hashes, and nothing else. Names are user text, and always escaped.

    Args:
        report: what to show.
        out: takes UTF-8.
    """
    out.write(b"<!DOCTYPE html>\n" + _document(report).encode("utf-8", "replace"))


def _document(report: Report) -> Markup:
    style = text_of("page.css")
    scripts = (library(), text_of("page.js"))
    return tag(
        "html",
        tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", http_equiv="Content-Security-Policy", content=_policy(style, scripts)),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="referrer", content="no-referrer"),
            tag("title", TITLE),
            tag("style", Markup(style)),
        ),
        tag(
            "body",
            header(report),
            main(report),
            tag("footer", glossary()),
            data(report),
            *(tag("script", Markup(script)) for script in scripts),
        ),
        lang="en",
    )


def text_of(name: str) -> str:
    """Return a style sheet or a script of the page."""
    return (_HERE / name).read_text(encoding="utf-8")


@cache
def library() -> str:
    """Return the chart library; bundling takes most of the time that a page takes."""
    return vl_convert.javascript_bundle(_ENTRANCE)


def main(report: Report, link: Link = no_link, budget_link: BudgetLink = no_budget_link) -> Markup:
    """Show all figures.

    Args:
        report: what to show.
        link: leads from a line of a table to the figures of that line alone.
        budget_link: leads from a budget to the figures of what it is for.
    """
    spending = budgets(report.budgets, budget_link)
    if not report.figures:
        sentence = (
            "There are no figures in this period. Check the period, and whether records were ingested and rolled up."
        )
        nothing = tag("section", tag("h2", "No data"), tag("p", sentence, class_="card"))
        return tag("main", nothing, spending, health(report))
    return tag(
        "main", headline(report), money(report), spending, trends(report), breakdown(report, link), health(report)
    )


def data(report: Report) -> Markup:
    """Write what the charts need as data, in which no text can end the element."""
    if not report.figures:
        return _json({"charts": {}, "data": {}, "config": {}})
    rows = {
        "days": chart_data.days(report),
        "hours": chart_data.hours(report),
        "funnel": chart_data.funnel(report),
        "largest": chart_data.largest(report),
    }
    specs: Mapping[str, Any] = {
        **charts.trends(report),
        **{name: charts.bars(name, rows[name]) for name in ("funnel", "largest") if rows[name]},
    }
    return _json({"charts": specs, "data": rows, "config": charts.CONFIG})


def _json(value: Mapping[str, Any]) -> Markup:
    text = json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
    return tag("script", Markup(text), type="application/json", id="figures")


def _policy(style: str, scripts: tuple[str, ...]) -> str:
    allowed = " ".join(map(_hash, scripts))
    return joined(
        Markup(
            f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; base-uri 'none'; form-action 'none'"
        )
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
