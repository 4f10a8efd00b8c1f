"""The checkpoint store in memory."""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

import attrs

from admetrics.domain.dimensions import DimensionChange, subjects_of
from admetrics.domain.rollup.arrival import Arrival, ArrivalKey
from admetrics.domain.rollup.minutes import ALL_MINUTES
from admetrics.domain.rollup.row import Cell
from admetrics.domain.rules.digest import VANISHED, Digest
from admetrics.domain.times import MINUTES_PER_HOUR, Period, hours_of
from admetrics.ports.checkpoints import Claim, HourState

P = ParamSpec("P")
_R = TypeVar("_R")


def transaction(
    method: Callable[Concatenate["MemoryCheckpoints", P], _R],
) -> Callable[Concatenate["MemoryCheckpoints", P], _R]:
    """Let calls run one after the other, whatever thread they come from."""

    @wraps(method)
    def run(self: "MemoryCheckpoints", /, *args: P.args, **options: P.kwargs) -> _R:
        with self.lock:
            return method(self, *args, **options)

    return run


@attrs.frozen
class _Published:
    """What is known of a cell.

    Args:
        version: that of the last claim that had to publish it.
        digest: what was published and confirmed; None while that is in doubt.
    """

    version: int
    digest: Digest | None


class MemoryCheckpoints:
    """What the roll-up protocol remembers."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._version = 0
        self._lake: str | None = None
        self._handled: set[ArrivalKey] = set()
        self._requests: set[ArrivalKey] = set()
        self._hours: dict[datetime, int] = {}
        self._minutes: dict[datetime, int] = {}
        self._cells: defaultdict[datetime, dict[Cell, _Published]] = defaultdict(dict)

    @transaction
    def next_version(self) -> int:
        """Take the next version."""
        self._version += 1
        return self._version

    @transaction
    def last_version(self) -> int:
        """Return the highest version that was taken."""
        return self._version

    @transaction
    def lake(self) -> str | None:
        """Return the lake that the claims are of."""
        return self._lake

    @transaction
    def adopt(self, lake: str, *, instead: bool = False) -> str:
        """Remember a lake, unless one is remembered."""
        if self._lake is None or instead:
            self._lake = lake
        return self._lake

    @transaction
    def handled(self) -> frozenset[ArrivalKey]:
        """Return the handled pairs."""
        return frozenset(self._handled)

    @transaction
    def forget(self, keys: Collection[ArrivalKey]) -> None:
        """Forget handled pairs."""
        self._handled.difference_update(keys)

    @transaction
    def requests(self) -> Sequence[Arrival]:
        """Return the requested arrivals that are not handled."""
        return [Arrival(key, ALL_MINUTES) for key in sorted(self._requests)]

    @transaction
    def request(self, batch: str, hours: Collection[datetime]) -> None:
        """Record an arrival for each of these hours."""
        self._requests.update(ArrivalKey(batch, hour) for hour in hours)

    @transaction
    def claim(
        self,
        version: int,
        *,
        hours: Collection[datetime],
        digests: Mapping[Cell, Digest],
        reused: Mapping[datetime, int],
    ) -> Claim:
        """Announce that this version computed some hours, and find what it must publish."""
        granted = self._granted(version, hours, reused)
        self._record_claim(version, granted, reused)
        cells = {cell for hour in granted for cell in self._changed(hour, digests)}
        self._put_in_doubt(version, cells)
        return Claim(granted, frozenset(cells))

    def _granted(
        self, version: int, hours: Collection[datetime], reused: Mapping[datetime, int]
    ) -> frozenset[datetime]:
        stale = hours_of(minute for minute, at in reused.items() if self._minutes.get(minute, 0) != at)
        return frozenset(hour for hour in hours if hour not in stale and self._hours.get(hour, 0) <= version)

    def _record_claim(self, version: int, hours: Collection[datetime], reused: Collection[datetime]) -> None:
        for hour in hours:
            self._hours[hour] = version
            minutes = (hour + timedelta(minutes=number) for number in range(MINUTES_PER_HOUR))
            self._minutes.update({minute: version for minute in minutes if minute not in reused})

    def _changed(self, hour: datetime, digests: Mapping[Cell, Digest]) -> set[Cell]:
        """Find the cells that differ, vanished, or are in doubt (which is a digest that nothing equals)."""
        stored = self._cells[hour]
        now = dict.fromkeys(stored, VANISHED) | {cell: new for cell, new in digests.items() if cell.hour == hour}
        return {cell for cell, new in now.items() if cell not in stored or stored[cell].digest != new}

    def _put_in_doubt(self, version: int, cells: Collection[Cell]) -> None:
        for cell in cells:
            self._cells[cell.hour][cell] = _Published(version, None)

    @transaction
    def commit(self, version: int, *, digests: Mapping[Cell, Digest], arrivals: Collection[ArrivalKey]) -> None:
        """Record that the claimed cells were published."""
        for cell, new in digests.items():
            stored = self._cells[cell.hour].get(cell)
            if stored is not None and stored.version == version:
                self._cells[cell.hour][cell] = _Published(version, new)
        requested = self._requests.intersection(arrivals)
        self._requests -= requested
        self._handled.update(key for key in arrivals if key not in requested)

    @transaction
    def reopen(self, batch: str, *, hours: Collection[datetime], cells: Collection[Cell], above: int) -> int:
        """Make hours dirty so that all of their cells are published again."""
        self._version = max(self._version, above) + 1
        self._record_claim(self._version, hours, reused=())
        self._put_in_doubt(self._version, {cell for hour in hours for cell in self._cells[hour]}.union(cells))
        self.request(batch, hours)
        return self._version

    @transaction
    def states(self, hours: Collection[datetime]) -> Mapping[datetime, HourState]:
        """Return the state of each of the hours."""
        return {hour: HourState(self._hours.get(hour, 0), self._in_doubt(hour)) for hour in hours}

    def _in_doubt(self, hour: datetime) -> int:
        return sum(published.digest is None for published in self._cells[hour].values())

    @transaction
    def hours(self, period: Period) -> Sequence[datetime]:
        """Return the hours of a period that were ever claimed, ascending."""
        return sorted(hour for hour in self._hours if hour in period)

    @transaction
    def hours_of(self, moved: Collection[DimensionChange]) -> frozenset[datetime]:
        """Return the hours that have cells of these jobs and campaigns."""
        wanted = frozenset(moved)
        return frozenset(
            hour for hour, cells in self._cells.items() for cell in cells if not wanted.isdisjoint(subjects_of(cell))
        )
