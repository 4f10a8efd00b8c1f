"""Budgets in the terminal: as tables for people, as plain values for programs."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from rich.text import Text

from admetrics.domain.reporting.budgets import BudgetUse, Level, most_urgent_first
from admetrics.domain.reporting.formatting import (
    NOTHING,
    amount,
    budget_name,
    budget_total,
    budget_unit,
    percent,
    priced,
    shortened,
)
from admetrics.interfaces.cli.terminal import console_of, table

_MOST_ROWS: Final = 30
_LONGEST_NAME: Final = 60


def budget_values(use: BudgetUse) -> Mapping[str, Any]:
    """Return how a budget stands as values that JSON can carry; the budget is a text, which keeps all its digits."""
    budget, flight = use.budget, use.budget.flight
    return {
        "level": budget.level.value,
        "id": budget.id,
        "name": budget.name,
        "company": budget.company,
        "campaign": budget.campaign,
        "group": budget.group,
        "unit": budget.rule.unit or None,
        "budget": f"{budget.total:f}",
        "start": flight.first and flight.first.isoformat(),
        "end": flight.last and flight.last.isoformat(),
        "spent": use.spent,
        "beside": [
            {
                "currency": currency.code or None,
                "publisher": None if currency.code else currency.publisher,
                "spend": money,
            }
            for currency, money in use.beside.items()
        ],
        "share": _number(use.share),
        "expected_share": _number(use.expected),
        "pacing_index": _number(use.pacing_index),
        "projected_end": use.projected_end and use.projected_end.isoformat(),
        "status": use.status.value,
    }


def _number(share: Fraction | None) -> float | None:
    return None if share is None else float(share)


def print_budgets(uses: Sequence[BudgetUse]) -> None:
    """Print a table for each level, most urgent first."""
    console = console_of()
    if not uses:
        console.print("no budgets are known: `admetrics dims import` reads them from campaign.csv, group.csv, job.csv")
    for level in Level:
        some = most_urgent_first(use for use in uses if use.budget.level is level)
        if some:
            console.print(table(*_heads(level), rows=map(_cells, some[:_MOST_ROWS])))
        if len(some) > _MOST_ROWS:
            console.print(f"{len(some) - _MOST_ROWS} more: --json shows them")


def _heads(level: Level) -> Sequence[str]:
    return (
        level.value, "status", "unit", "budget", "spent", "share", "expected", "pacing", "used up on", "not counted",
    )  # fmt: skip


def _cells(use: BudgetUse) -> Sequence[str | Text]:
    return (
        Text(shortened(budget_name(use.budget), _LONGEST_NAME)),
        use.status.value,
        Text(budget_unit(use.budget)),
        budget_total(use.budget),
        amount(use.spent),
        percent(_number(use.share)),
        percent(_number(use.expected)),
        NOTHING if use.pacing_index is None else f"{float(use.pacing_index):.2f}",
        f"{use.projected_end:%Y-%m-%d}" if use.projected_end else NOTHING,
        "\n".join(_beside(use)) or NOTHING,
    )


def _beside(use: BudgetUse) -> Iterable[str]:
    return (priced(money, currency) for currency, money in use.beside.items())
