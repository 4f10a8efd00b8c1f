"""Export: the tables as their readers see them."""

from collections.abc import Iterable, Sequence

import attrs

from admetrics.domain import events_table as table
from admetrics.domain.times import Period
from admetrics.ports.lake import Lake
from admetrics.ports.warehouse import Warehouse

Table = tuple[Sequence[str], Iterable[Sequence[object]]]
"""The names of the columns, and rows of values."""


def events_table(warehouse: Warehouse, period: Period) -> Table:
    """Return table `events` of a period, sorted by key; rows of nothing but zeros are left out."""
    return table.COLUMNS, (table.values(stored) for stored in warehouse.rows(period) if stored.row.measures)


def accounting_table(lake: Lake, period: Period) -> Table:
    """Return the accounting of a period, computed from the lake now."""
    return ("event_hour", "outcome", "events"), (attrs.astuple(outcome) for outcome in lake.outcomes(period))
