"""Budgets: what was spent of each to date, and whether it is on pace."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from admetrics.app.report import Currencies
from admetrics.domain.dimensions import Dimensions
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.reporting.axis import Axis
from admetrics.domain.reporting.budgets import Budget, BudgetUse, Level, budgets_of, use_of
from admetrics.domain.reporting.figures import Figures
from admetrics.domain.rules.currency import Currency
from admetrics.domain.times import Period
from admetrics.ports.warehouse import EVERYWHERE, Key, Total, Warehouse, Where

LEVELS: Final = tuple(Level)

_AXES: Final = {Level.CAMPAIGN: Axis.CAMPAIGN, Level.GROUP: Axis.GROUP, Level.JOB: Axis.JOB}
"""Which rows spend a budget: those that carry its id."""

Spending = Mapping[tuple[Level, Key], Figures]
"""What was spent of each budget, by its level and its id."""


def budgets(
    *,
    warehouse: Warehouse,
    known: Dimensions,
    now: datetime,
    levels: Sequence[Level] = LEVELS,
    where: Where = EVERYWHERE,
) -> Sequence[BudgetUse]:
    """Say how budgets stand, by level and id.

    All hours count, whenever they were, and all publishers: a budget has no other period than its own. The warehouse
    is asked once, for sums; not at all if there are no budgets.

    Args:
        warehouse: holds the figures.
        known: the budgets, and the currencies of the publishers.
        now: the current time.
        levels: whose budgets.
        where: which of them, by company, campaign, group or job; a budget belongs to no publisher.
    """
    chosen = [each for level in levels for each in budgets_of(known, level) if belongs(each, where)]
    if not chosen:
        return []
    there = [level for level in levels if any(budget.level is level for budget in chosen)]
    narrowed = {axis: where[axis] for axis in (_AXES[level] for level in there) if axis in where}
    # The publisher first: SQLite would walk an index that begins with another axis, and look up each row on its own.
    axes = [Axis.PUBLISHER, *(_AXES[level] for level in there)]
    totals = warehouse.totals(Period.always(), axes, narrowed if len(there) == 1 else EVERYWHERE)
    spending = _spending(totals, there, chosen, Currencies(known))
    return [use_of(each, spending.get((each.level, each.id), Figures()), now) for each in chosen]


def belongs(budget: Budget, where: Where) -> bool:
    """Return whether a budget is of what is chosen, 0 and None standing for none as they do in rows."""
    keys: dict[Axis, Key] = {
        Axis.COMPANY: budget.company,
        Axis.CAMPAIGN: budget.campaign or 0,
        Axis.GROUP: budget.group or 0,
        Axis.JOB: budget.id if budget.level is Level.JOB else 0,
    }
    return all(keys[axis] == key for axis, key in where.items() if axis in keys)


def _spending(
    totals: Iterable[Total], levels: Sequence[Level], budgets: Iterable[Budget], currencies: Currencies
) -> Spending:
    """Group sums by the budgets that they spend: a row may spend one of each level."""
    wanted = {(budget.level, budget.id) for budget in budgets}
    parts: defaultdict[tuple[Level, Key], list[tuple[Currency, Measures]]] = defaultdict(list)
    for total in totals:
        publisher, *keys = total.keys
        for spent in zip(levels, keys, strict=True):
            if spent in wanted:
                parts[spent].append((currencies.of_publisher(publisher), total.measures))
    return {spent: Figures.of(some) for spent, some in parts.items()}
