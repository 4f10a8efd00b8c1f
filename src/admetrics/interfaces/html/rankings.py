"""The best and the worst: who gets qualified applications for little money, and who does not."""

from collections.abc import Sequence
from typing import Final

from admetrics.domain.metrics.catalog import CLICKS, COST_PER_QUALIFIED, QUALIFIED, SPEND
from admetrics.domain.metrics.entries import Unit
from admetrics.domain.reporting.formatting import NOTHING, names_of, unit, written
from admetrics.domain.reporting.report import Report
from admetrics.domain.rules.ranking import ENOUGH_CLICKS, METHOD, Ranked, Ranking
from admetrics.interfaces.html.lines import PLURALS, Link, name_cell
from admetrics.interfaces.html.markup import Markup, joined, tag

_SHOWN: Final = (COST_PER_QUALIFIED, QUALIFIED, CLICKS, SPEND)
_TOO_FEW: Final = f"It takes at least two that cost something and have {ENOUGH_CLICKS} clicks to compare them."


def rankings(report: Report, link: Link) -> Markup:
    """Show all rankings; those of one currency at a time, where a script can choose."""
    pairs = [_pair(ranking, report, link) for ranking in report.rankings]
    shown = (*pairs, tag("p", METHOD, class_="muted")) if pairs else (tag("p", _TOO_FEW, class_="card"),)
    return joined(tag("h2", "Best and worst by cost per qualified application"), tag("div", *shown, class_="rankings"))


def _pair(ranking: Ranking, report: Report, link: Link) -> Markup:
    names = names_of([*ranking.best, *ranking.worst], ranking.by)

    def table(word: str, lines: Sequence[Ranked]) -> Markup:
        rows = [
            tag("tr", name_cell(names[line.key], line.key, link(ranking.by, line.key)), *_cells(line)) for line in lines
        ]
        return _table(f"{word} {PLURALS[ranking.by]}", ranking, rows)

    tables = (table("Best", ranking.best), table("Worst", ranking.worst))
    return tag("div", tag("div", *tables, class_="pair"), data_currency=report.currencies.index(ranking.currency))


def _table(title: str, ranking: Ranking, rows: Sequence[Markup]) -> Markup:
    money = unit(ranking.currency)
    heads = (
        ranking.by.capitalize(),
        *(f"{each.label} {money}" if each.unit is Unit.MONEY else each.label for each in _SHOWN),
    )
    none = tag("tr", tag("td", "none with a qualified application", colspan=len(heads), class_="nothing"))
    table = tag(
        "table",
        tag("caption", title),
        tag("thead", tag("tr", *(tag("th", head, scope="col") for head in heads))),
        tag("tbody", *(rows or [none])),
    )
    return tag("div", table, class_="scroll wide", tabindex="0", role="region", aria_label=f"{title}, {money}")


def _cells(line: Ranked) -> tuple[Markup, ...]:
    return tuple(_cell(written(figure, line.measures)) for figure in _SHOWN)


def _cell(text: str) -> Markup:
    return tag("td", text, class_="nothing" if text == NOTHING else None)
