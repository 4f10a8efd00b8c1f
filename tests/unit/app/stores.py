"""What the services' tests stand on: all stores in memory, and ports that fail at a chosen effect."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

import attrs

from admetrics.adapters.memory.bus import MemoryBus, MemoryLog
from admetrics.adapters.memory.checkpoints import MemoryCheckpoints
from admetrics.adapters.memory.clock import ManualClock
from admetrics.adapters.memory.dead_letters import MemoryDeadLetters
from admetrics.adapters.memory.dimensions import MemoryDimensions
from admetrics.adapters.memory.lake import MemoryLake
from admetrics.adapters.memory.source import MemorySource
from admetrics.adapters.memory.warehouse import MemoryWarehouse
from admetrics.app.parse import LineParser
from admetrics.app.pipeline import Pipeline
from admetrics.domain.events.classify import classify
from admetrics.domain.events.event import Event
from admetrics.domain.events.record import COLUMNS, Record, decode
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.rollup.row import Cell
from admetrics.domain.times import Period, TimeLimits, ticks_of
from admetrics.engines.python import PythonEngine
from admetrics.testing.strategies import FEW_HOURS, FLAGGER, LIMITS, strict, uuid_at

NOW: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR: Final = FEW_HOURS.start
ALWAYS: Final = Period.always()

Table = Mapping[Cell, tuple[Measures, int | None]]
"""Measures and company of each row that is not all zero."""

_requests: Final = count(1)


def line(number: int, *, hour: datetime = HOUR, minute: int = 0, **columns: object) -> bytes:
    """Write a record, a click unless it says otherwise; `number`, hour and minute make its id."""
    own_id = uuid_at(ticks_of(hour + timedelta(minutes=minute)), node=number)
    return json.dumps({"create_time": own_id, "custom_track": "click", **columns}).encode()


def event_of(record: bytes) -> Event:
    """Return the event that a good record becomes."""
    decoded = decode(record)
    assert isinstance(decoded, Record)
    event = classify(decoded, limits=LIMITS, flagger=FLAGGER)
    assert isinstance(event, Event)
    return event


def clicked(number: int = 1, *, spend: int | None = None) -> Measures:
    """Return the measures of valid clicks.

    Args:
        number: how many.
        spend: what they cost together; None if the log has no bids.
    """
    paid = 0 if spend is None else number
    cost = spend or 0
    return Measures(clicks=number, spend=cost, paid_clicks=paid, valid_clicks=number, valid_spend=cost)


def losing_first(records: Sequence[bytes]) -> list[bytes]:
    """Sort copies of one event so that each wins over all before it."""
    return sorted(records, key=lambda record: -event_of(record).fingerprint.int)


def line_of(event: Event) -> bytes:
    """Write the record of an event."""
    return strict(json.dumps(dict(zip(COLUMNS, json.loads(event.record), strict=True)))).encode()


@attrs.frozen
class Stores:
    """One set of stores, which outlives the processes that use it."""

    clock: ManualClock = attrs.field(factory=lambda: ManualClock(NOW))
    lake: MemoryLake = attrs.field(factory=MemoryLake)
    log: MemoryLog = attrs.field(factory=MemoryLog)
    checkpoints: MemoryCheckpoints = attrs.field(factory=MemoryCheckpoints)
    dimensions: MemoryDimensions = attrs.field(factory=MemoryDimensions)
    dead_letters: MemoryDeadLetters = attrs.field(factory=MemoryDeadLetters)
    warehouse: MemoryWarehouse = attrs.field()

    @warehouse.default
    def _warehouse(self) -> MemoryWarehouse:
        return MemoryWarehouse(clock=self.clock)

    def pipeline(
        self, wrap: Callable[[Any], Any] = lambda port: port, *, limits: TimeLimits = LIMITS, **options: Any
    ) -> Pipeline:
        """Return the services as a new process has them.

        Args:
            wrap: is put around every port.
            limits: the times that events may have.
            options: replace ports and settings.
        """
        lake = wrap(self.lake)
        ports: dict[str, Any] = {
            "lake": lake,
            "engine": PythonEngine(lake),
            "dimensions": wrap(self.dimensions),
            "checkpoints": wrap(self.checkpoints),
            "bus": wrap(MemoryBus(clock=self.clock, log=self.log)),
            "warehouse": wrap(self.warehouse),
            "dead_letters": wrap(self.dead_letters),
        }
        others: dict[str, Any] = {
            "clock": self.clock,
            "parser": LineParser(decode=decode, limits_at=lambda _now: limits, flagger=FLAGGER),
            "new_request": lambda: f"request {next(_requests)}",
            "ingest_batch_size": 100,
            "rollup_batch_hours": 2,
            "load_batch_size": 3,
        }
        return Pipeline(**{**ports, **others, **options})

    def table(self) -> Table:
        rows = [stored.row for stored in self.warehouse.rows(ALWAYS)]
        return {row.cell: (row.measures, row.company) for row in rows if row.measures}


def settle(pipeline: Pipeline, source: MemorySource | None = None) -> None:
    """Tick until nothing is left to do."""
    for _ in range(100):
        ticked = pipeline.tick(source)
        if not (ticked.more or ticked.rolled_up.dirty):
            return
    raise AssertionError("it never settles")


class KilledError(BaseException):
    """The process dies: nothing catches it."""


class Fuse:
    """Blows at one effect, before it or after it; afterwards nothing reaches the outside any more.

    Args:
        at: the number of the effect, from 1; 0 to only count them.
        after: whether the effect takes place.
        error: what is raised.
    """

    def __init__(self, at: int = 0, *, after: bool = False, error: BaseException | None = None) -> None:
        self._at = at
        self._after = after
        self._error = error or KilledError()
        self.effects = 0

    def wrap(self, port: object) -> "Fused":
        return Fused(port, self)

    def effect(self, method: Callable[[], Any]) -> Any:
        self.effects += 1
        if self.effects == self._at:
            if self._after:
                method()
            raise self._error
        if self.effects > self._at > 0 and isinstance(self._error, KilledError):
            raise self._error
        return method()


class Fused:
    """A port on a fuse."""

    kind = "Memory"

    def __init__(self, port: object, fuse: Fuse) -> None:
        self._port = port
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        return lambda *args, **options: self._fuse.effect(lambda: method(*args, **options))


def fuses(run: Callable[[Fuse], object], error: Callable[[], BaseException] = KilledError) -> Iterator[Fuse]:
    """Yield a fuse for every effect that a run has, once to blow before it and once after it.

    Args:
        run: does the work once, on stores of its own.
        error: makes what a fuse raises.
    """
    counter = Fuse()
    run(counter)
    assert counter.effects > 0
    for number in range(1, counter.effects + 1):
        for after in (False, True):
            yield Fuse(number, after=after, error=error())
