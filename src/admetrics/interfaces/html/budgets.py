"""The budgets on the page: how much of each is spent beside what is expected, as bars, figures and words."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Final

from admetrics.domain.reporting.budgets import Budget, BudgetUse, Level, Status, most_urgent_first
from admetrics.domain.reporting.formatting import (
    NO_DATA,
    NOTHING,
    amount,
    budget_name,
    budget_total,
    budget_unit,
    count,
    percent,
    priced,
    shortened,
)
from admetrics.interfaces.html.markup import Markup, joined, tag

Link = Callable[[Budget], str | None]
"""Where a budget leads; None: nowhere."""

_MOST_ROWS: Final = 50
_LONGEST_NAME: Final = 120
_PLURALS: Final = {Level.CAMPAIGN: "campaigns", Level.GROUP: "groups", Level.JOB: "jobs"}
_COLOURS: Final = {
    Status.BACKWARDS: "warn",
    Status.OVERSPENT: "bad",
    Status.EXHAUSTED: "warn",
    Status.AHEAD: "warn",
    Status.BEHIND: "warn",
    Status.UNKNOWN_UNIT: "warn",
    Status.ON_PACE: "good",
}
_HEADS: Final = (
    "Status", "Spent and expected", "Share", "Expected", "Spent", "Budget", "Unit", "Used up on", "Not counted",
)  # fmt: skip
_WHOLE: Final = 100  # the width of a bar that is the whole budget
_LONGEST_BAR: Final = 125
_MARK: Final = 2

_NOTE: Final = (
    "To date, over all hours and all publishers, whatever period is shown. A bar is what is spent of the budget, the "
    "mark what would be if each moment of the flight spent the same; on pace is within a tenth of that. Used up on: at "
    "the mean pace since the start. Not counted: money that is not in the unit of the budget; it is never converted."
)


def no_link(_budget: Budget) -> None:
    """Lead nowhere: a page that is a file has no other pages."""


def budgets(uses: Sequence[BudgetUse], link: Link = no_link) -> Markup | None:
    """Show how budgets stand, those of campaigns first; nothing if there are none.

    Args:
        uses: the budgets.
        link: leads from a budget to the figures of what it is for.
    """
    if not uses:
        return None
    levels = {level: most_urgent_first(use for use in uses if use.budget.level is level) for level in Level}
    first, *others = [level for level, some in levels.items() if some]
    return tag(
        "section",
        tag("h2", "Budgets"),
        _table(first, levels[first], link),
        *(
            tag(
                "details",
                tag("summary", f"Budgets of {count(len(levels[level]))} {_PLURALS[level]}"),
                _table(level, levels[level], link),
            )
            for level in others
        ),
        tag("p", _NOTE, class_="note"),
        class_="budgets",
    )


def _table(level: Level, uses: Sequence[BudgetUse], link: Link) -> Markup:
    title = f"Budgets of {_PLURALS[level]}"
    remark = f"the {_MOST_ROWS} most urgent of {count(len(uses))}" if len(uses) > _MOST_ROWS else "most urgent first"
    heads = (level.value.capitalize(), *_HEADS)
    table = tag(
        "table",
        tag("caption", f"{title} ", tag("span", f"({remark})", class_="muted")),
        tag("thead", tag("tr", *(tag("th", head, scope="col") for head in heads))),
        tag("tbody", *(_row(use, link) for use in uses[:_MOST_ROWS])),
    )
    return tag("div", table, class_="scroll wide", tabindex="0", role="region", aria_label=title)


def _row(use: BudgetUse, link: Link) -> Markup:
    name = tag("bdi", shortened(budget_name(use.budget), _LONGEST_NAME))
    target = link(use.budget)
    colour = _COLOURS.get(use.status)
    return tag(
        "tr",
        tag("th", tag("a", name, href=target) if target else name, scope="row"),
        tag("td", tag("span", use.status.value, class_=f"state {colour}" if colour else "state")),
        tag("td", _bar(use)),
        _cell(percent(_number(use.share))),
        _cell(percent(_number(use.expected))),
        _cell(amount(use.spent)),
        tag("td", budget_total(use.budget)),
        _cell(budget_unit(use.budget)),
        _cell(f"{use.projected_end:%-d %b %Y}" if use.projected_end else NOTHING),
        tag("td", joined(*(tag("div", priced(money, currency)) for currency, money in use.beside.items()))),
    )


def _cell(text: str) -> Markup:
    return tag("td", text, class_="nothing" if text == NOTHING else None)


def _bar(use: BudgetUse) -> Markup:
    """Draw the share as a bar and the expected share as a mark; a budget that is overspent by more is cut off."""
    spent = min(_scaled(use.share), _LONGEST_BAR)
    marks = [] if use.expected is None else [_rectangle("due", _scaled(use.expected) - _MARK / 2, _MARK)]
    words = f"{percent(_number(use.share), NO_DATA)} spent, {percent(_number(use.expected), NO_DATA)} expected"
    return tag(
        "svg",
        _rectangle("track", 0, _WHOLE),
        _rectangle("spent", 0, min(spent, _WHOLE)),
        _rectangle("over", _WHOLE, spent - _WHOLE) if spent > _WHOLE else None,
        *marks,
        viewBox=f"-{_MARK} 0 {_LONGEST_BAR + _MARK} 10",
        preserveAspectRatio="none",
        role="img",
        aria_label=words,
        class_="bar",
    )


def _rectangle(name: str, start: float, width: float) -> Markup:
    return tag("rect", class_=name, x=f"{start:.2f}", y=0, width=f"{width:.2f}", height=10)


def _scaled(share: Fraction | None) -> float:
    return 0 if share is None else float(min(share, Fraction(2)) * _WHOLE)


def _number(share: Fraction | None) -> float | None:
    return None if share is None else float(share)
