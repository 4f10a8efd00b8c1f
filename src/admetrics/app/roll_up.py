"""Roll up: recompute the hours that new arrivals made dirty, and publish the rows that changed.

The order of the steps is what makes it correct (docs/architecture.md, "Roll-up protocol"): read the arrivals, take a
version, recompute, claim, publish, commit. Nothing is ever added to a stored number.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import islice

import attrs

from admetrics.app.lake_identity import check_lake
from admetrics.app.recompute import recompute
from admetrics.domain.errors import TooLargeError
from admetrics.domain.rollup.arrival import Arrival
from admetrics.domain.rollup.minutes import MinutesByHour, MinuteSet
from admetrics.domain.rules.digest import VANISHED
from admetrics.ports.bulk import Bulk, Recomputed
from admetrics.ports.bus import Bus
from admetrics.ports.checkpoints import Checkpoints
from admetrics.ports.dimensions import DimensionStore
from admetrics.ports.engine import Engine
from admetrics.ports.lake import Lake


@attrs.frozen
class RolledUp:
    """What a roll-up did.

    Args:
        version: its version, 0 if no hour was dirty.
        dirty: hours that were dirty when it began.
        claimed: hours that it recomputed and was granted.
        published: rows that it published.
    """

    version: int = 0
    dirty: int = 0
    claimed: int = 0
    published: int = 0

    @property
    def more(self) -> bool:
        """Whether another roll-up would find more to do, as far as this one could see."""
        return 0 < self.claimed < self.dirty


def roll_up(
    *,
    lake: Lake,
    engine: Engine,
    dimensions: DimensionStore,
    checkpoints: Checkpoints,
    bus: Bus,
    max_hours: int,
    bulk: Bulk | None = None,
) -> RolledUp:
    """Recompute dirty hours and publish the rows that changed.

    A crash anywhere repeats work and loses nothing: the arrivals stay unhandled until the last step. Hours that are too
    many for the engine's memory are halved until they fit.

    Args:
        lake: holds the events and the arrivals.
        engine: recomputes the hours.
        dimensions: know the companies of the jobs and the flights of the campaigns.
        checkpoints: remember what was claimed and published.
        bus: takes the rows.
        max_hours: how many hours at the most, newest first; the others stay dirty.
        bulk: recomputes and publishes many rows by itself, without the engine and the bus; None: never.

    Raises:
        TooLargeError: not even one hour fits.
    """
    arrivals = unhandled_arrivals(lake=lake, checkpoints=checkpoints)
    dirty = _minutes_by_hour(arrivals)
    chosen: MinutesByHour = {hour: dirty[hour] for hour in sorted(dirty, reverse=True)[:max_hours]}
    if not chosen:
        return RolledUp()

    version = checkpoints.next_version()  # before the scan, so that it covers all that lower versions handled
    given = partial(recompute, version=version, lake=lake, engine=engine, dimensions=dimensions, bus=bus, bulk=bulk)
    chosen, found = _recomputed(chosen, given)

    claim = checkpoints.claim(version, hours=chosen, digests=found.digests, reused=found.reused)
    engine.claimed(version, claim.hours)

    found.publish(claim.cells)
    checkpoints.commit(
        version,
        digests={cell: found.digests.get(cell, VANISHED) for cell in claim.cells},
        arrivals=[arrival.key for arrival in arrivals if arrival.hour in claim.hours],
    )
    return RolledUp(version, len(dirty), len(claim.hours), len(claim.cells))


def _recomputed(
    chosen: MinutesByHour, given: Callable[[MinutesByHour], Recomputed]
) -> tuple[MinutesByHour, Recomputed]:
    """Recompute hours, or as many of the first as the engine takes: half of them, half of these, and so on."""
    try:
        return chosen, given(chosen)
    except TooLargeError:
        if len(chosen) == 1:
            raise
    return _recomputed(dict(islice(chosen.items(), len(chosen) // 2)), given)


def unhandled_arrivals(*, lake: Lake, checkpoints: Checkpoints) -> Sequence[Arrival]:
    """Return the arrivals that no committed roll-up has handled, requested ones included; and tidy up.

    Handled arrivals are released by the lake, and a handled pair is forgotten once the lake no longer shows it. The
    handled pairs are read first: a pair handled in between is only done again.
    """
    check_lake(lake=lake, checkpoints=checkpoints)
    handled = checkpoints.handled()
    shown = lake.arrivals()
    lake.release([arrival for arrival in shown if arrival.key in handled])
    checkpoints.forget(handled - {arrival.key for arrival in shown})
    return [*checkpoints.requests(), *(arrival for arrival in shown if arrival.key not in handled)]


def _minutes_by_hour(arrivals: Iterable[Arrival]) -> dict[datetime, MinuteSet]:
    minutes: dict[datetime, MinuteSet] = {}
    for arrival in arrivals:
        minutes[arrival.hour] = minutes.get(arrival.hour, MinuteSet()) | arrival.minutes
    return minutes
