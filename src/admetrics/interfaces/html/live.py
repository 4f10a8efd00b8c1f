"""The live page: the report with filters, which refreshes itself."""

import hashlib
from collections.abc import Mapping
from functools import cached_property, partial
from zoneinfo import ZoneInfo

import attrs

from admetrics.domain.reporting.axis import Axis
from admetrics.domain.reporting.budgets import Budget
from admetrics.domain.reporting.query import ReportPage, ReportQuery
from admetrics.domain.reporting.report import Report
from admetrics.interfaces.html.filters import filters
from admetrics.interfaces.html.headline import header, moment
from admetrics.interfaces.html.health import glossary
from admetrics.interfaces.html.markup import Markup, tag
from admetrics.interfaces.html.page import TITLE, data, library, main, text_of

_SCRIPTS = ("charts.js", "page.js", "live.js")
_STYLES = ("page.css", "live.css")


@attrs.frozen
class Asset:
    """A file that stands beside the page.

    Args:
        media_type: as HTTP names it.
        content: its bytes.
    """

    media_type: str
    content: bytes


class LiveView:
    """Writes the live page. Its scripts stand beside it, so that a browser fetches them once.

    All addresses in it are relative to its own: `?QUERY` shows another question, `figures.csv?QUERY` has the
    lines of its breakdown, `assets/NAME` is one of the assets.
    """

    @cached_property
    def assets(self) -> Mapping[str, Asset]:
        """The scripts and the style sheets, by the names under which the page asks for them."""
        scripts = {name: library() if name == "charts.js" else text_of(name) for name in _SCRIPTS}
        return {
            **{name: Asset("text/javascript", text.encode()) for name, text in scripts.items()},
            **{name: Asset("text/css", text_of(name).encode()) for name in _STYLES},
        }

    @cached_property
    def _addresses(self) -> Mapping[str, str]:
        """The address of each asset: another one when its content is another, so that it may be kept for ever."""
        return {
            name: f"assets/{name}?{hashlib.sha256(asset.content).hexdigest()[:16]}"
            for name, asset in self.assets.items()
        }

    def page(self, answer: ReportPage, nonce: str) -> bytes:
        """Write the page: HTML in UTF-8, in which all user text is escaped.

        Args:
            answer: what to show.
            nonce: marks the scripts and style sheets that the page's policy allows.
        """
        return b"<!DOCTYPE html>\n" + self._document(answer, nonce).encode("utf-8", "replace")

    def _document(self, answer: ReportPage, nonce: str) -> Markup:
        report = answer.report
        link, budget_link = partial(_target, answer.question), partial(_budget_target, answer.question)
        address = self._addresses
        return tag(
            "html",
            tag(
                "head",
                tag("meta", charset="utf-8"),
                tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
                tag("title", TITLE),
                *(tag("link", rel="stylesheet", href=address[name], nonce=nonce) for name in _STYLES),
                *(tag("script", src=address[name], nonce=nonce, defer=True) for name in _SCRIPTS),
            ),
            tag(
                "body",
                header(report),
                tag("nav", filters(answer), _state(report), aria_label="Filters", class_="filters"),
                main(report, link, budget_link),
                tag("footer", glossary()),
                data(report),
            ),
            lang="en",
            data_version=answer.version,
        )


def _target(question: ReportQuery, by: Axis, key: int | None) -> str | None:
    """Return where a line leads: to its own figures, unless they are shown already."""
    return None if by in question.keys else f"?{question.drill_down(by, key).query()}"


def _budget_target(question: ReportQuery, budget: Budget) -> str | None:
    """Return where a budget leads: to the figures of what it is for, unless they are shown already."""
    axis = Axis(budget.level.value)
    return None if axis in question.keys else f"?{question.drill_down(axis, budget.id).query()}"


def _state(report: Report) -> Markup:
    """Say how fresh the figures are; the script keeps it true."""
    updated = report.health.updated
    changed = f"last change {moment(updated, ZoneInfo(report.zone))}" if updated else "no figures yet"
    return tag(
        "p",
        tag("span", id="state", role="status"),
        " ",
        tag("time", changed, id="changed", datetime=updated.isoformat() if updated else None),
        class_="now muted",
    )
