"""Dimension import: what the ids stand for; and what follows when a job changes company or a campaign its flight."""

from collections.abc import Mapping

import attrs

from admetrics.app.roll_up import unhandled_arrivals
from admetrics.domain.dimensions import Dimensions
from admetrics.domain.rules.currency import currency_code, unreadable_currencies
from admetrics.ports.checkpoints import Checkpoints
from admetrics.ports.dimensions import DimensionStore
from admetrics.ports.lake import Lake


@attrs.frozen
class Imported:
    """What an import did.

    Args:
        rows: rows inserted or replaced.
        dirty: hours that will be recomputed because the company of a job or the flight of a campaign changed.
        unreadable_currencies: what is no code of ISO 4217, with the number of publishers; each is a currency by itself.
    """

    rows: int
    dirty: int
    unreadable_currencies: Mapping[str, int] = attrs.field(factory=dict, repr=False)


def import_dimensions(
    dimensions: Dimensions,
    *,
    store: DimensionStore,
    lake: Lake,
    checkpoints: Checkpoints,
    request: str,
    currencies: Mapping[str, str],
) -> Imported:
    """Insert or replace rows of the dimension tables, and make dirty what they change.

    Args:
        dimensions: the rows.
        store: takes them.
        lake: knows which hours may be computed at this moment.
        checkpoints: know the hours of jobs and campaigns, and take the request.
        request: a name for the request, never used before.
        currencies: the codes of what the tables call currencies (`currency_code`).
    """
    dimensions = _with_codes(dimensions, currencies)
    store.put(dimensions)
    dirty = acknowledge_changes(dimensions=store, lake=lake, checkpoints=checkpoints, request=request)
    tables = (dimensions.jobs, dimensions.campaigns, dimensions.groups, dimensions.companies, dimensions.publishers)
    unreadable = unreadable_currencies(each.currency for each in dimensions.publishers)
    return Imported(rows=sum(map(len, tables)), dirty=dirty, unreadable_currencies=unreadable)


def _with_codes(dimensions: Dimensions, currencies: Mapping[str, str]) -> Dimensions:
    publishers = [
        attrs.evolve(each, currency=currency_code(each.currency, currencies)) if each.currency else each
        for each in dimensions.publishers
    ]
    campaigns = [
        attrs.evolve(each, unit_budget=currencies.get((each.unit_budget or "").strip().lower(), each.unit_budget))
        for each in dimensions.campaigns
    ]
    return attrs.evolve(dimensions, publishers=publishers, campaigns=campaigns)


def acknowledge_changes(*, dimensions: DimensionStore, lake: Lake, checkpoints: Checkpoints, request: str) -> int:
    """Make dirty the hours of what moved; every roll-up does, so that a crash here is made good.

    A roll-up that read the old dimensions is either still to commit, then its hours are unhandled, or it has
    committed, then its cells are known; asked in this order, none is missed.

    Returns:
        How many hours were made dirty.
    """
    moves = dimensions.pending_changes()
    if not moves:
        return 0
    hours = {arrival.hour for arrival in unhandled_arrivals(lake=lake, checkpoints=checkpoints)}
    hours |= checkpoints.hours_of(moves)
    checkpoints.request(request, hours)
    dimensions.acknowledge(moves)
    return len(hours)
