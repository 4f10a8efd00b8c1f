"""The roll-up fold: the meaning of every engine, in plain Python."""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache

import attrs

from admetrics.domain.events.click_flags import ClickFlag
from admetrics.domain.events.event import Interaction
from admetrics.domain.events.kind import Kind
from admetrics.domain.metrics.catalog import MEASURES
from admetrics.domain.metrics.entries import Aggregate
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.rollup.row import Cell
from admetrics.domain.rules.repeats import repeats_among
from admetrics.domain.rules.validity import reasons_of
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


def fold(interactions: Iterable[Interaction], *, repeats: Container[str] = ()) -> dict[Cell, Measures]:
    """Fold interactions into the measures of their cells.

    Args:
        interactions: of distinct events (one copy per id), any order, any hours. Those that do not count are left out.
        repeats: the ids of the clicks that are repeats, as `admetrics.domain.rules.validity.repeats_among` finds them.

    Returns:
        The measures of each cell with at least one interaction that counts.
    """
    sums: dict[tuple[datetime, int, int, int, int], list[int]] = {}  # tuples are found faster than cells
    for each in interactions:
        if each.counts:
            key = (hour_of(each.time), each.job, each.publisher, each.campaign, each.group)
            totals = sums.get(key)
            if totals is None:
                totals = sums[key] = [0] * len(MEASURES)
            bid = each.bid
            ones, bids = _added(each.kind, each.marks, bid is not None, each.id in repeats)
            for place in ones:
                totals[place] += 1
            if bid:
                for place in bids:
                    totals[place] += bid
    return {Cell(*key): Measures(*totals) for key, totals in sums.items()}


@cache
def _added(
    kind: Kind,
    marks: ClickFlag,
    paid: bool,  # noqa: FBT001  names take longer
    repeat: bool,  # noqa: FBT001
) -> tuple[Sequence[int], Sequence[int]]:
    """Return the places of the measures to which an event adds 1, and of those to which it adds its bid."""
    reasons = reasons_of(marks, repeat=repeat) if kind is Kind.CLICK else ()
    reason = reasons[0] if reasons else None
    found: dict[Aggregate, list[int]] = {Aggregate.ONE: [], Aggregate.BID: []}
    for place, measure in enumerate(MEASURES):
        if measure.takes(kind, paid=paid, reason=reason):
            found[measure.quantity].append(place)
    return found[Aggregate.ONE], found[Aggregate.BID]


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


def merge(*folds: Mapping[Cell, Measures]) -> dict[Cell, Measures]:
    """Merge the folds of disjoint sets of events."""
    merged: dict[Cell, Measures] = {}
    for cells in folds:
        for cell, measures in cells.items():
            merged[cell] = merged[cell] + measures if cell in merged else measures
    return merged
