"""The protocol with one part left out each: what the simulation must find."""

import inspect
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from admetrics.adapters.memory.checkpoints import MemoryCheckpoints
from admetrics.adapters.memory.warehouse import MemoryWarehouse
from admetrics.app.ingest import ingest
from admetrics.app.load import load
from admetrics.app.reconcile import _stillness, reconcile
from admetrics.app.roll_up import roll_up
from admetrics.domain.rollup.arrival import Arrival, ArrivalKey
from admetrics.domain.rollup.row import Cell, Row, StoredRow
from admetrics.domain.rules.digest import Digest
from admetrics.ports.checkpoints import Claim
from tests.simulation.choices import Choices
from tests.simulation.plan import System
from tests.simulation.ports import UnkindLake
from tests.simulation.stepped import Stepped

Minutes = Mapping[datetime, int]


class WithoutClaim(MemoryCheckpoints):
    """What differs from the last publication is published; nothing is announced before, and nobody is refused."""

    def claim(
        self, version: int, *, hours: Collection[datetime], digests: Mapping[Cell, Digest], reused: Minutes
    ) -> Claim:
        return Claim(frozenset(hours), frozenset(cell for hour in hours for cell in self._changed(hour, digests)))

    def commit(self, version: int, *, digests: Mapping[Cell, Digest], arrivals: Collection[ArrivalKey]) -> None:
        self._put_in_doubt(version, digests)
        super().commit(version, digests=digests, arrivals=arrivals)


class WithoutCompareAndSet(MemoryCheckpoints):
    """An hour is granted even if a higher version has claimed it."""

    def _granted(self, version: int, hours: Collection[datetime], reused: Minutes) -> frozenset[datetime]:
        return super()._granted(sys.maxsize, hours, reused)


class WithoutDoubt(MemoryCheckpoints):
    """A claim leaves the digests as they are: a publication that was not committed leaves no trace."""

    def claim(
        self, version: int, *, hours: Collection[datetime], digests: Mapping[Cell, Digest], reused: Minutes
    ) -> Claim:
        before = {cell: published for cells in self._cells.values() for cell, published in cells.items()}
        claim = super().claim(version, hours=hours, digests=digests, reused=reused)
        for cell in claim.cells & before.keys():
            self._cells[cell.hour][cell] = before[cell]
        return claim

    def commit(self, version: int, *, digests: Mapping[Cell, Digest], arrivals: Collection[ArrivalKey]) -> None:
        self._put_in_doubt(version, digests)
        super().commit(version, digests=digests, arrivals=arrivals)


class WithoutFence(MemoryWarehouse):
    """The last message wins, whatever its version."""

    def upsert(self, rows: Sequence[Row]) -> int:
        self._rows.update({row.cell: StoredRow(row, self._clock.now()) for row in rows})
        return len(rows)


class WithCursor(UnkindLake):
    """Arrivals are read from a cursor: what becomes visible behind it is never seen."""

    def __init__(self, choices: Choices, *, together: bool) -> None:
        super().__init__(choices, together=together)
        self._cursors: dict[datetime, str] = {}

    def arrivals(self) -> Sequence[Arrival]:
        cursors = self._cursors
        return [each for each in super().arrivals() if each.key.batch > cursors.get(each.hour, "")]

    def release(self, arrivals: Collection[Arrival]) -> None:
        for arrival in arrivals:
            self._cursors[arrival.hour] = max(arrival.key.batch, self._cursors.get(arrival.hour, ""))


class WithoutReach(UnkindLake):
    """A late click makes its own hour dirty only, not the next one, whose first click it makes a repeat."""

    def __init__(self, choices: Choices, *, together: bool) -> None:
        super().__init__(choices, together=together)
        self._reach = timedelta()


class WithoutReuseCheck(MemoryCheckpoints):
    """Whether reused minutes were claimed again is not looked at by the claim."""

    def _granted(self, version: int, hours: Collection[datetime], reused: Minutes) -> frozenset[datetime]:
        return super()._granted(version, hours, {})


class ReuseCheckedBeforeClaim(Stepped):
    """It is looked at in a transaction before the claim's."""

    _port: WithoutReuseCheck

    def claim(self, version: int, *, hours: Collection[datetime], reused: Minutes, **options: Any) -> Claim:
        fresh = self._step("look", lambda: MemoryCheckpoints._granted(self._port, version, hours, reused))
        claim: Claim = self._step("claim", lambda: self._port.claim(version, hours=fresh, reused=reused, **options))
        return claim


def mutated(service: Callable, *replacements: tuple[str, str], helper: Callable | None = None) -> Callable[..., Any]:
    """Return a service with some text of its source, or of a helper's beside it, replaced."""
    source = inspect.getsource(helper or service)
    for old, new in replacements:
        assert source.count(old) == 1, f"the source has changed: {old!r} is not in it once"
        source = source.replace(old, new)
    if helper is not None:
        source += inspect.getsource(service)
    names = dict(vars(sys.modules[service.__module__]))
    exec(source, names)
    return names[service.__name__]


_version_after_scan = mutated(
    roll_up,
    (
        "    version = checkpoints.next_version()",
        """\
    early = engine.fold(chosen)
    engine = type("Early", (), {"fold": lambda *_: early, "claimed": engine.claimed})
    version = checkpoints.next_version()""",
    ),
)
_commit_before_publish = mutated(
    roll_up,
    ("    found.publish(claim.cells)\n", ""),
    ("    return RolledUp(version, ", "    found.publish(claim.cells)\n    return RolledUp(version, "),
)
_without_vanished = mutated(
    roll_up,
    ("found.publish(claim.cells)", "found.publish(claim.cells & found.digests.keys())"),
)
_position_before_append = mutated(
    ingest,
    ("        store(some", "        source.commit(some.batch)\n        store(some"),
)
_position_before_upsert = mutated(
    load,
    ("        written = ", "        bus.commit(delivery)\n        written = "),
)
_moves_last = mutated(
    reconcile,
    ("    moving = frozenset(dimensions.pending_changes())\n", ""),
    ("    return _Stillness(", "    moving = frozenset(dimensions.pending_changes())\n    return _Stillness("),
    helper=_stillness,
)
MUTANTS = {
    "publish without claim": System(checkpoints=WithoutClaim),
    "claim without compare-and-set": System(checkpoints=WithoutCompareAndSet),
    "claim without in-doubt mark": System(checkpoints=WithoutDoubt),
    "warehouse without fence": System(warehouse=WithoutFence),
    "arrivals from a cursor": System(lake=WithCursor),
    "arrivals of their own hour only": System(lake=WithoutReach),
    "version taken after the scan": System(services={"roll_up": _version_after_scan}),
    "reuse never checked": System(checkpoints=WithoutReuseCheck),
    "reuse checked before the claim": System(
        checkpoints=WithoutReuseCheck, stepped_checkpoints=ReuseCheckedBeforeClaim
    ),
    "committed before published": System(services={"roll_up": _commit_before_publish}),
    "vanished cells not published": System(services={"roll_up": _without_vanished}),
    "source position before the effect": System(services={"ingest": _position_before_append}),
    "reconcile reads the moves last": System(services={"reconcile": _moves_last}),
    "bus position before the effect": System(services={"load": _position_before_upsert}),
}
