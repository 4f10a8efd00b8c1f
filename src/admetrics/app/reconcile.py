"""Reconcile: compare the warehouse with the lake, while everything goes on running."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import attrs

from admetrics.app.contents import NOTHING, Content, contents_of
from admetrics.app.load import load
from admetrics.app.rebuild import highest_version, reopen
from admetrics.app.roll_up import unhandled_arrivals
from admetrics.domain.dimensions import DimensionChange, subjects_of
from admetrics.domain.reporting.hourly_table import as_stored
from admetrics.domain.rollup.minutes import ALL_MINUTES
from admetrics.domain.rollup.reconciliation import Reconciliation
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.times import Period, hour_of
from admetrics.ports.bus import Bus
from admetrics.ports.checkpoints import Checkpoints
from admetrics.ports.clock import Clock
from admetrics.ports.dead_letters import DeadLetters
from admetrics.ports.dimensions import DimensionStore
from admetrics.ports.engine import Engine
from admetrics.ports.lake import Lake
from admetrics.ports.warehouse import Warehouse

_HOURS_AT_ONCE: Final = 48
_ROWS_AT_ONCE: Final = 10_000
_LOADS_AT_MOST: Final = 1000


@attrs.frozen
class Difference:
    """A cell whose row in the warehouse is not what the lake says.

    Args:
        cell: the key.
        expected: measures and company by the lake and the dimensions.
        found: measures and company in the warehouse.
        columns: other columns that show what they must not, e.g. `sources`.
    """

    cell: Cell
    expected: Content
    found: Content
    columns: Sequence[str] = ()


@attrs.frozen
class Reconciled:
    """What a reconciliation found.

    Args:
        hours: hours that were compared.
        cells: cells that were compared.
        differences: the cells that differ, sorted.
        pending: cells that differ but whose hour is being changed at this very time: look again later.
        repaired: hours that were made dirty to be fixed.
        days: days (UTC) whose sums in the warehouse are not those of its rows.
    """

    hours: int = 0
    cells: int = 0
    differences: Sequence[Difference] = ()
    pending: int = 0
    repaired: int = 0
    days: Sequence[datetime] = ()

    def __bool__(self) -> bool:
        """Return whether anything differs."""
        return bool(self.differences or self.days)

    def __add__(self, other: "Reconciled") -> "Reconciled":
        """Add the findings of two sets of hours."""
        return Reconciled(
            self.hours + other.hours,
            self.cells + other.cells,
            (*self.differences, *other.differences),
            self.pending + other.pending,
            self.repaired + other.repaired,
            (*self.days, *other.days),
        )


def reconcile(
    *,
    lake: Lake,
    engine: Engine,
    dimensions: DimensionStore,
    checkpoints: Checkpoints,
    bus: Bus,
    warehouse: Warehouse,
    dead_letters: DeadLetters,
    clock: Clock,
    period: Period,
    repair: str | None = None,
) -> Reconciled:
    """Compare every row of a period with what the lake says; store the accounting of its hours, and what was found.

    It may run beside everything else. A cell is called different only if its hour stood still from before the scan
    of the lake until the warehouse was read, and the bus was drained past the scan; else it is pending.

    Args:
        lake: what happened.
        engine: computes the rows again.
        dimensions: know companies and flights.
        checkpoints: tell which hours stand still.
        bus: is drained into the warehouse.
        warehouse: what is compared; takes the accounting and the result.
        dead_letters: take what is unreadable on the bus.
        clock: tells when it ended.
        period: which hours; those without events, rows or claims are not walked through.
        repair: a name for a request, never used before, to have the hours with differences fixed; None to look only.
    """

    def compare(hours: Sequence[datetime]) -> Reconciled:
        before = _stillness(hours, lake, checkpoints, dimensions)
        expected = contents_of(engine.fold(dict.fromkeys(hours, ALL_MINUTES)).cells, dimensions=dimensions)
        drained = _drain(bus=bus, warehouse=warehouse, checkpoints=checkpoints, dead_letters=dead_letters, clock=clock)
        found = {stored.row.cell: stored.row for stored in warehouse.rows_of(hours)}
        flaws = _flaws(found, warehouse.flaws(hours), source=lake.kind, last=checkpoints.last_version())
        still = before.intersection(_stillness(hours, lake, checkpoints, dimensions)) if drained else _Stillness()
        return _compared(hours, expected, found, flaws, still)

    known = {*lake.hours(period), *warehouse.hours(period), *checkpoints.hours(period)}
    hours = sorted(hour for hour in known if hour == hour_of(hour))
    result = sum((compare(chunk) for chunk in _chunks(hours)), start=_of_no_hour(warehouse, known.difference(hours)))
    result = attrs.evolve(result, days=tuple(warehouse.wrong_days(period, repair=repair is not None)))
    outcomes = list(lake.outcomes(period))
    warehouse.put_accounting({*hours, *(outcome.hour for outcome in outcomes)}, outcomes)
    if repair is not None and result.differences:
        broken = {difference.cell.hour for difference in result.differences}.intersection(hours)
        above = highest_version(warehouse=warehouse, checkpoints=checkpoints)
        # What no newer version would overwrite, or not wholly, is deleted before it is published again.
        warehouse.discard([difference.cell for difference in result.differences if difference.columns])
        reopen(warehouse=warehouse, checkpoints=checkpoints, hours=broken, above=above, request=repair)
        result = attrs.evolve(result, repaired=len(broken))
    warehouse.put_reconciliation(_remembered(result, hours, clock))
    return result


def _remembered(result: Reconciled, hours: Sequence[datetime], clock: Clock) -> Reconciliation:
    return Reconciliation(
        made=clock.now(),
        first_hour=hours[0] if hours else None,
        last_hour=hours[-1] if hours else None,
        hours=result.hours,
        cells=result.cells,
        different=len(result.differences),
        pending=result.pending,
        repaired=result.repaired,
    )


@attrs.frozen
class _Stillness:
    """The hours that nothing is about to change, with their last claim; and the jobs and campaigns that change now."""

    claims: Mapping[datetime, int] = attrs.field(factory=dict)
    moving: frozenset[DimensionChange] = frozenset()

    def intersection(self, later: "_Stillness") -> "_Stillness":
        """Keep the hours that stood still all the while."""
        same = {hour: claim for hour, claim in self.claims.items() if later.claims.get(hour) == claim}
        return _Stillness(same, self.moving | later.moving)

    def holds(self, cell: Cell) -> bool:
        return cell.hour in self.claims and self.moving.isdisjoint(subjects_of(cell))


def _stillness(
    hours: Collection[datetime], lake: Lake, checkpoints: Checkpoints, dimensions: DimensionStore
) -> _Stillness:
    """Read in the order in which a change passes: moves become requests, requests and arrivals become claims.

    In any other order a change could pass from a place not yet read to one that was.
    """
    moving = frozenset(dimensions.pending_changes())
    dirty = {arrival.hour for arrival in unhandled_arrivals(lake=lake, checkpoints=checkpoints)}
    states = checkpoints.states(hours)
    return _Stillness(
        {hour: state.version for hour, state in states.items() if hour not in dirty and not state.in_doubt}, moving
    )


def _of_no_hour(warehouse: Warehouse, times: Collection[datetime]) -> Reconciled:
    """Find the rows of times that are no full hours, which no roll-up writes."""
    rows = [stored.row for stored in warehouse.rows_of(times)] if times else []
    return Reconciled(
        cells=len(rows),
        differences=tuple(
            Difference(row.cell, NOTHING, Content(row.measures, row.company), ("event_hour",)) for row in rows
        ),
    )


def _flaws(
    rows: Mapping[Cell, Row], flaws: Mapping[Cell, Sequence[str]], *, source: str, last: int
) -> Mapping[Cell, Sequence[str]]:
    """Find the columns beside measures and company that show what they must not.

    Args:
        rows: those of the warehouse.
        flaws: what the warehouse says of them.
        source: the kind of the lake.
        last: the last version that was taken.
    """
    found = {
        cell: (
            *flaws.get(cell, ()),
            *(("sources",) if row.measures and row.source != source else ()),
            *(("version",) if row.version > last else ()),
        )
        for cell, row in rows.items()
    }
    return {cell: columns for cell, columns in found.items() if columns}


def _drain(
    *, bus: Bus, warehouse: Warehouse, checkpoints: Checkpoints, dead_letters: DeadLetters, clock: Clock
) -> bool:
    """Load until everything that is on the bus now is in the warehouse; say whether that succeeded."""
    offset = bus.end_offset()
    for _ in range(_LOADS_AT_MOST):
        if bus.passed(offset):
            return True
        load(
            bus=bus,
            warehouse=warehouse,
            checkpoints=checkpoints,
            dead_letters=dead_letters,
            clock=clock,
            at_most=_ROWS_AT_ONCE,
        )
    return bus.passed(offset)


def _compared(
    hours: Collection[datetime],
    expected: Mapping[Cell, Content],
    rows: Mapping[Cell, Row],
    flaws: Mapping[Cell, Sequence[str]],
    still: _Stillness,
) -> Reconciled:
    found = {cell: Content(row.measures, row.company) for cell, row in rows.items() if row.measures}
    cells = expected.keys() | found.keys() | flaws.keys()
    differences = [
        Difference(cell, expected.get(cell, NOTHING), found.get(cell, NOTHING), flaws.get(cell, ()))
        for cell in sorted(cells)
        if cell in flaws or _as_stored(expected.get(cell, NOTHING)) != _as_stored(found.get(cell, NOTHING))
    ]
    certain = tuple(difference for difference in differences if still.holds(difference.cell))
    return Reconciled(len(hours), len(cells), certain, len(differences) - len(certain))


def _as_stored(content: Content) -> Content:
    return attrs.evolve(content, measures=as_stored(content.measures))


def _chunks(hours: Sequence[datetime]) -> Iterator[Sequence[datetime]]:
    for start in range(0, len(hours), _HOURS_AT_ONCE):
        yield hours[start : start + _HOURS_AT_ONCE]
