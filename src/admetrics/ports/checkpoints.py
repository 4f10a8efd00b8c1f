"""The port to the checkpoint store: what the roll-up protocol remembers (docs/architecture.md, "Roll-up protocol")."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import attrs

from admetrics.domain.dimensions import DimensionChange
from admetrics.domain.rollup.arrival import Arrival, ArrivalKey
from admetrics.domain.rollup.row import Cell
from admetrics.domain.rules.digest import Digest
from admetrics.domain.times import Period


@attrs.frozen
class Claim:
    """What a claim granted.

    Args:
        hours: the hours that this version may publish; the others were claimed by a higher version, or a minute
            that the fold reused has been claimed again since.
        cells: the cells of those hours to publish: they differ from what was last published, vanished, or were in
            doubt. They are now in doubt under this version.
    """

    hours: frozenset[datetime]
    cells: frozenset[Cell]


@attrs.frozen
class HourState:
    """What the store says of an hour.

    Args:
        version: the version of its last claim, 0 if it was never claimed.
        in_doubt: how many of its cells may or may not have been published.
    """

    version: int
    in_doubt: int


class Checkpoints(Protocol):
    """Per hour and per minute the last claim; per cell what was last published, or that it is in doubt.

    Every method is one transaction; between two runners they behave as if run one after the other.
    """

    def next_version(self) -> int:
        """Take the next version: higher than any that was taken or raised to before, unique for ever."""
        ...

    def last_version(self) -> int:
        """Return the highest version that was taken or raised to, 0 if none was."""
        ...

    def lake(self) -> str | None:
        """Return the identity of the lake that the claims are of; None if none was adopted yet."""
        ...

    def adopt(self, lake: str, *, instead: bool = False) -> str:
        """Remember a lake, unless one is remembered.

        Args:
            lake: its identity (`Lake.identity`).
            instead: put it in the place of one that is remembered.

        Returns:
            The identity that is remembered now.
        """
        ...

    def handled(self) -> frozenset[ArrivalKey]:
        """Return the (arrival, hour) pairs that were handled and not forgotten."""
        ...

    def forget(self, keys: Collection[ArrivalKey]) -> None:
        """Forget handled pairs that can not be read from the lake again."""
        ...

    def requests(self) -> Sequence[Arrival]:
        """Return the requested arrivals (`request`, `reopen`) that are not handled yet."""
        ...

    def request(self, batch: str, hours: Collection[datetime]) -> None:
        """Record an arrival for each of these hours, all minutes touched; handled ones are not returned again.

        Args:
            batch: its name; use a new one each time.
            hours: the hours to make dirty.
        """
        ...

    def claim(
        self,
        version: int,
        *,
        hours: Collection[datetime],
        digests: Mapping[Cell, Digest],
        reused: Mapping[datetime, int],
    ) -> Claim:
        """Announce, before publishing, that this version computed some hours.

        An hour is refused if its last claim has a higher version, or if the last claim of one of its reused minutes
        is not the one named. For every other hour this version becomes its last claim, and the last claim of all its
        minutes that were not reused; and its cells are compared: each one that differs from its stored digest, that
        is stored with another digest than `VANISHED` and not among `digests`, or that is in doubt, gets this version
        and becomes in doubt.

        Args:
            version: taken before the hours were read.
            hours: the hours that were computed.
            digests: the cells that the hours now have, with the digest of their content.
            reused: the minutes that were not read again, with the version of the claim they rest on.
        """
        ...

    def commit(self, version: int, *, digests: Mapping[Cell, Digest], arrivals: Collection[ArrivalKey]) -> None:
        """Record that the claimed cells were published and confirmed.

        Stores the digest of each cell that still has this version; a cell with a newer one stays as it is. Marks the
        pairs handled in any case.

        Args:
            version: that of the claim.
            digests: the cells that were published; `VANISHED` for those published as zeros.
            arrivals: the pairs of the claimed hours that were read before the version was taken.
        """
        ...

    def reopen(self, batch: str, *, hours: Collection[datetime], cells: Collection[Cell], above: int) -> int:
        """Make hours dirty in such a way that the next roll-up publishes all of their cells again.

        In one transaction: raises the version counter above `above` and above every version taken, records the new
        version as the last claim of the hours (and of all their minutes), puts their stored cells and `cells` in
        doubt under it, and records an arrival for each hour, as `request` does.

        Args:
            batch: the name of the request; use a new one each time.
            hours: the hours.
            cells: cells of these hours that the warehouse has, stored here or not.
            above: the highest version of the warehouse.

        Returns:
            The new version.
        """
        ...

    def states(self, hours: Collection[datetime]) -> Mapping[datetime, HourState]:
        """Return the state of each of the hours."""
        ...

    def hours(self, period: Period) -> Sequence[datetime]:
        """Return the hours of a period that were ever claimed, ascending."""
        ...

    def hours_of(self, moved: Collection[DimensionChange]) -> frozenset[datetime]:
        """Return the hours that have cells of these jobs and campaigns, in doubt or not."""
        ...
