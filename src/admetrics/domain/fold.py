"""The roll-up fold: the meaning of every engine, in plain Python."""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import attrs

from admetrics.domain.event import Interaction
from admetrics.domain.kind import Kind
from admetrics.domain.measures import MEASURES, Measure, Measures
from admetrics.domain.row import Cell
from admetrics.domain.times import hour_of
from admetrics.domain.validity import InvalidReason, reasons_of, repeats_among


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


_MEASURES_OF: Final[Mapping[Kind, Sequence[tuple[int, Measure]]]] = {
    kind: [(index, measure) for index, measure in enumerate(MEASURES) if measure.kind is kind] for kind in Kind
}


def fold(interactions: Iterable[Interaction], *, repeats: Container[str] = ()) -> dict[Cell, Measures]:
    """Fold interactions into the measures of their cells.

    Args:
        interactions: of distinct events (one copy per id), any order, any hours. Those that do not count are left out.
        repeats: the ids of the clicks that are repeats, as `admetrics.domain.validity.repeats_among` finds them.

    Returns:
        The measures of each cell with at least one interaction that counts.
    """
    sums: dict[Cell, list[int]] = {}
    for each in interactions:
        if each.counts:
            cell = Cell(hour_of(each.time), each.job, each.publisher, each.campaign, each.group)
            totals = sums.setdefault(cell, [0] * len(MEASURES))
            reason = _deciding(each, repeats)
            for index, measure in _MEASURES_OF[each.kind]:
                totals[index] += measure.added_by(each, reason)
    return {cell: Measures(*totals) for cell, totals in sums.items()}


def fold_hours(
    interactions: Iterable[Interaction], hours: Container[datetime], *, repeat_window: timedelta
) -> dict[Cell, Measures]:
    """Fold some hours: the meaning of `Engine.fold`.

    Args:
        interactions: of distinct events: all of those hours, and of the repeat window before each of them.
        hours: the hours.
        repeat_window: how long after a click another of the same visitor on the same job is a repeat.
    """
    found = list(interactions)
    repeats = repeats_among(found, window=repeat_window)
    return fold((each for each in found if hour_of(each.time) in hours), repeats=repeats)


def _deciding(interaction: Interaction, repeats: Container[str]) -> InvalidReason | None:
    if interaction.kind is not Kind.CLICK:
        return None
    return next(iter(reasons_of(interaction, repeat=interaction.id in repeats)), None)


def merge(*folds: Mapping[Cell, Measures]) -> dict[Cell, Measures]:
    """Merge the folds of disjoint sets of events."""
    merged: dict[Cell, Measures] = {}
    for cells in folds:
        for cell, measures in cells.items():
            merged[cell] = merged[cell] + measures if cell in merged else measures
    return merged
