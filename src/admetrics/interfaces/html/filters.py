"""The filters of the live page: a form that works without a script, and what is chosen now."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from admetrics.domain.dimensions import Campaign, Company, Group, Publisher
from admetrics.domain.reporting.axis import AXES, Axis
from admetrics.domain.reporting.formatting import name_of, shortened
from admetrics.domain.reporting.query import LENGTHS, UNKNOWN, ReportPage, ReportQuery
from admetrics.interfaces.html.markup import Markup, joined, tag

_LENGTHS: Final = {
    "24h": "last 24 hours",
    "7d": "last 7 days",
    "30d": "last 30 days",
    "90d": "last 90 days",
    "all": "all of it",
}
_OFFERED: Final = (Axis.COMPANY, Axis.CAMPAIGN, Axis.PUBLISHER)
"""What can be chosen from a list; groups and jobs are too many, and are reached through the breakdown."""
_MOST_CHOICES: Final = 500
_LONGEST_NAME: Final = 60

_Option = tuple[str, str]
"""The value and the words of a choice."""


def filters(answer: ReportPage) -> Markup:
    """Show what is chosen, and what else can be."""
    return joined(_chosen(answer), _form(answer))


def _form(answer: ReportPage) -> Markup:
    question = answer.question
    dated = bool(question.start or question.end)
    lengths: list[_Option] = [*([("", "as dated")] if dated else []), *((each, _LENGTHS[each]) for each in LENGTHS)]
    zone = ZoneInfo(answer.report.zone)
    return tag(
        "form",
        tag("label", "Period ", _select("last", lengths, "" if dated else question.last)),
        *(_choice(answer, axis) for axis in _OFFERED),
        tag("label", "Compare ", _select("by", [(axis, axis) for axis in AXES], question.by)),
        *(
            tag("input", type="hidden", name=axis, value=_written(key))
            for axis, key in question.keys.items()
            if axis not in _OFFERED
        ),
        tag(
            "details",
            tag("summary", "Dates"),
            _date("from", "From", question.start, zone),
            _date("to", "until (exclusive)", question.end, zone),
            open=dated,
        ),
        tag("button", "Show", type="submit"),
        tag("a", "CSV", href=f"figures.csv?{question.query()}", download=True, title="The table below, as CSV"),
        method="get",
        autocomplete="off",
        novalidate=True,
    )


def _select(name: str, options: Iterable[_Option], chosen: str) -> Markup:
    written = (tag("option", words, value=value, selected=value == chosen) for value, words in options)
    return tag("select", *written, name=name)


def _date(name: str, label: str, time: datetime | None, zone: ZoneInfo) -> Markup:
    value = f"{time.astimezone(zone):%Y-%m-%dT%H:%M}" if time else None
    return tag("label", f"{label} ", tag("input", type="datetime-local", name=name, value=value, step=3600))


def _choice(answer: ReportPage, axis: Axis) -> Markup:
    """Offer the keys of an axis by their names; the chosen one is always among them."""
    keys = answer.question.keys
    offered: list[_Option] = [(str(row.id), _named(axis, row.id, row.name)) for row in _offered(answer, axis)]
    offered = sorted(offered[:_MOST_CHOICES], key=lambda option: option[1].casefold())
    none = UNKNOWN if axis is Axis.COMPANY else "0"
    options: list[_Option] = [("", "all"), *offered, (none, _named(axis, None if axis is Axis.COMPANY else 0, None))]
    chosen = _written(keys[axis]) if axis in keys else ""
    if all(value != chosen for value, _ in options):
        options.append((chosen, _name(answer, axis)))
    return tag("label", f"{axis.capitalize()} ", _select(axis, options, chosen))


def _offered(answer: ReportPage, axis: Axis) -> Sequence[Campaign | Group | Company | Publisher]:
    """Return what can be chosen on an axis: of the campaigns, those of the company that is chosen."""
    company = answer.question.keys.get(Axis.COMPANY)
    if axis is Axis.CAMPAIGN and company is not None:
        return [campaign for campaign in answer.known.campaigns if campaign.company == company]
    return answer.known.named(axis)


def _name(answer: ReportPage, axis: Axis) -> str:
    """Name what is chosen on an axis."""
    key = answer.question.keys[axis]
    return _named(axis, key, answer.known.names(axis).get(key))


def _named(axis: Axis, key: int | None, name: str | None) -> str:
    return shortened(name_of(key, name, axis), _LONGEST_NAME)


def _written(key: int | None) -> str:
    return UNKNOWN if key is None else str(key)


def _chosen(answer: ReportPage) -> Markup | None:
    """Show what is chosen, each with a way back."""
    question = answer.question
    if not question.keys:
        return None
    chips = (_chip(question, axis, _name(answer, axis)) for axis in question.keys)
    return tag("ul", *chips, class_="chosen", aria_label="Chosen")


def _chip(question: ReportQuery, axis: Axis, name: str) -> Markup:
    key = question.keys[axis]
    words = (f"{axis.capitalize()} ", tag("bdi", name, title=str(key) if key else None, class_="strong"), " ")
    back = tag("a", "\N{MULTIPLICATION SIGN}", href=f"?{question.drill_up(axis).query()}", aria_label=f"any {axis}")
    return tag("li", *words, back)
