"""The lines of tables: who they are about, and where they lead."""

from collections.abc import Callable
from typing import Final

from admetrics.domain.reporting.axis import Axis
from admetrics.domain.reporting.formatting import shortened
from admetrics.interfaces.html.markup import Markup, tag

PLURALS: Final = {
    Axis.COMPANY: "companies",
    Axis.CAMPAIGN: "campaigns",
    Axis.GROUP: "groups",
    Axis.PUBLISHER: "publishers",
    Axis.JOB: "jobs",
}

Link = Callable[[Axis, int | None], str | None]
"""Where a line of an axis leads, by its key; None: nowhere."""

_LONGEST_NAME: Final = 120


def no_link(_by: Axis, _key: int | None) -> None:
    """Lead nowhere: a page that is a file has no other pages."""


def name_cell(name: str, key: int | None, target: str | None) -> Markup:
    """Write the head of a line: its name, which is user text, and its id for those who point at it."""
    shown = tag("bdi", shortened(name, _LONGEST_NAME))
    return tag("th", tag("a", shown, href=target) if target else shown, scope="row", title=str(key) if key else None)
