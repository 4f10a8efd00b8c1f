"""Rebuild: have every row of a period computed and published again, whatever is stored."""

from collections.abc import Collection
from datetime import datetime

import attrs

from admetrics.app.lake_identity import check_lake
from admetrics.domain.rollup.row import FURTHEST
from admetrics.domain.times import Period
from admetrics.ports.checkpoints import Checkpoints
from admetrics.ports.lake import Lake
from admetrics.ports.warehouse import Warehouse


@attrs.frozen
class Rebuilt:
    """What a rebuild asked for.

    Args:
        hours: hours that are dirty now; the next roll-ups recompute them.
    """

    hours: int


def rebuild(*, lake: Lake, warehouse: Warehouse, checkpoints: Checkpoints, period: Period, request: str) -> Rebuilt:
    """Make all hours of a period dirty; the next roll-ups publish every one of their rows again.

    It never publishes itself, so it can run beside any number of runners. It also fixes a lost checkpoint store:
    stop the runners, drain the bus, rebuild.

    Args:
        lake: holds the events.
        warehouse: its rows without events become zeros.
        checkpoints: take the request.
        period: which hours; hours without events, rows or claims are not walked through.
        request: a name for the request, never used before.
    """
    check_lake(lake=lake, checkpoints=checkpoints)
    hours = {*lake.hours(period), *warehouse.hours(period), *checkpoints.hours(period)}
    above = highest_version(warehouse=warehouse, checkpoints=checkpoints)
    reopen(warehouse=warehouse, checkpoints=checkpoints, hours=hours, above=above, request=request)
    return Rebuilt(len(hours))


def reopen(
    *, warehouse: Warehouse, checkpoints: Checkpoints, hours: Collection[datetime], above: int, request: str
) -> None:
    """Put the cells of some hours in doubt, those that only the warehouse knows included.

    Args:
        warehouse: knows cells.
        checkpoints: take the request.
        hours: the hours.
        above: of which version the next ones must be higher (`highest_version`).
        request: a name for the request, never used before.
    """
    if hours:
        cells = {stored.row.cell for stored in warehouse.rows_of(hours)}
        checkpoints.reopen(request, hours=hours, cells=cells, above=above)


def highest_version(*, warehouse: Warehouse, checkpoints: Checkpoints) -> int:
    """Return the highest version of the warehouse that a roll-up can have taken, or that was taken since."""
    last, highest = checkpoints.last_version(), warehouse.highest_version()
    return highest if highest <= last + FURTHEST else last
