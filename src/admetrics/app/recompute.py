"""Recompute: find out what dirty hours hold now, in this process or in bulk. A step of the roll-up."""

from collections.abc import Collection, Mapping
from datetime import datetime

import attrs

from admetrics.app.contents import NOTHING, Content, contents_of
from admetrics.domain.rollup.minutes import MinutesByHour
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.rules.digest import Digest, digest
from admetrics.ports.bulk import Bulk, Recomputed
from admetrics.ports.bus import Bus
from admetrics.ports.dimensions import DimensionStore
from admetrics.ports.engine import Engine
from admetrics.ports.lake import Lake


def recompute(
    dirty: MinutesByHour,
    *,
    version: int,
    lake: Lake,
    engine: Engine,
    dimensions: DimensionStore,
    bus: Bus,
    bulk: Bulk | None,
) -> Recomputed:
    """Recompute some hours, in bulk if there are enough events for it.

    Args:
        dirty: the hours, each with the minutes that new arrivals touched.
        version: of the rows; it was taken before.
        lake: holds the events.
        engine: folds them in this process.
        dimensions: know the companies of the jobs and the flights of the campaigns.
        bus: takes the rows of what was folded in this process.
        bulk: recomputes many hours and publishes by itself; None if there is no such thing.
    """
    if bulk is not None and bulk.suits(dirty):
        engine.forget(dirty)
        return bulk.recompute(dirty, version=version, source=lake.kind, dimensions=dimensions)
    fold = engine.fold(dirty)
    contents = contents_of(fold.cells, dimensions=dimensions)
    return _Folded(contents, fold.reused, version, lake.kind, bus)


@attrs.frozen
class _Folded:
    """What was folded in this process.

    Args:
        contents: what the rows are to hold.
        reused: what the engine did not read again.
        version: of the rows.
        source: the kind of the lake.
        bus: takes the rows.
    """

    contents: Mapping[Cell, Content]
    reused: Mapping[datetime, int]
    version: int
    source: str
    bus: Bus
    digests: Mapping[Cell, Digest] = attrs.field(init=False)

    @digests.default
    def _digests(self) -> Mapping[Cell, Digest]:
        return {cell: digest(content.measures, content.company) for cell, content in self.contents.items()}

    def publish(self, cells: Collection[Cell]) -> None:
        """Send the rows of some cells."""
        self.bus.publish(
            [
                Row(cell, content.measures, content.company, self.version, self.source)
                for cell in sorted(cells)
                for content in [self.contents.get(cell, NOTHING)]
            ]
        )
