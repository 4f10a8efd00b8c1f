"""The roll-up fold: the meaning of every engine, in plain Python."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import attrs

from admetrics.domain.event import Interaction
from admetrics.domain.measures import MEASURES, Measures
from admetrics.domain.row import Cell
from admetrics.domain.times import hour_of


@attrs.frozen
class Fold:
    """What an engine made of some hours.

    Args:
        cells: the measures of every cell of those hours.
        reused: the minutes whose own earlier fold was reused instead of reading the lake, each with the version of
            the claim under which it was folded; empty for engines that always recompute.
    """

    cells: Mapping[Cell, Measures]
    reused: Mapping[datetime, int] = attrs.field(factory=dict)


def fold(interactions: Iterable[Interaction]) -> dict[Cell, Measures]:
    """Fold interactions into the measures of their cells.

    Args:
        interactions: of distinct events (one copy per id), any order, any hours. Those that do not count are left out.

    Returns:
        The measures of each cell with at least one interaction that counts.
    """
    sums: dict[Cell, list[int]] = {}
    for each in interactions:
        if each.counts:
            cell = Cell(hour_of(each.time), each.job, each.publisher, each.campaign, each.group)
            totals = sums.setdefault(cell, [0] * len(MEASURES))
            for index, measure in enumerate(MEASURES):
                totals[index] += measure.added_by(each)
    return {cell: Measures(*totals) for cell, totals in sums.items()}


def merge(*folds: Mapping[Cell, Measures]) -> dict[Cell, Measures]:
    """Merge the folds of disjoint sets of events."""
    merged: dict[Cell, Measures] = {}
    for cells in folds:
        for cell, measures in cells.items():
            merged[cell] = merged[cell] + measures if cell in merged else measures
    return merged
