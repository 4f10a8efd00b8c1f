"""The schedules of docs/architecture.md: right with the whole protocol, wrong as shown without one of its steps."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from admetrics.adapters.memory.bus import MemoryBus
from admetrics.adapters.memory.checkpoints import MemoryCheckpoints
from admetrics.adapters.memory.clock import ManualClock
from admetrics.adapters.memory.dead_letters import MemoryDeadLetters
from admetrics.adapters.memory.dimensions import MemoryDimensions
from admetrics.adapters.memory.lake import MemoryLake
from admetrics.adapters.memory.warehouse import MemoryWarehouse
from admetrics.app.load import load
from admetrics.app.roll_up import RolledUp, roll_up
from admetrics.domain.metrics.measures import ZERO, Measures
from admetrics.domain.rollup.arrival import ArrivalKey
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.rules.digest import VANISHED, digest
from admetrics.domain.times import Period
from admetrics.engines.python import PythonEngine
from admetrics.ports.checkpoints import Claim
from admetrics.testing.strategies import click_at

HOUR = datetime(2026, 3, 1, 10, tzinfo=UTC)
A, B = Cell(HOUR, 7, 0, 0, 0), Cell(HOUR, 8, 0, 0, 0)
Clicks = Mapping[Cell, int]


class World:
    """A checkpoint store and a warehouse, and clicks by cell."""

    def __init__(self) -> None:
        self.checkpoints = MemoryCheckpoints()
        self.warehouse = MemoryWarehouse(clock=ManualClock(HOUR))

    @property
    def clicks(self) -> Clicks:
        return {
            row.row.cell: row.row.measures.clicks for row in self.warehouse.rows(Period.always()) if row.row.measures
        }


class RollUp:
    """One roll-up, step by step."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.version = 0
        self.measures: dict[Cell, Measures] = {}
        self.claimed = Claim(frozenset(), frozenset())

    def take_version(self) -> "RollUp":
        self.version = self.world.checkpoints.next_version()
        return self

    def scan(self, clicks: Clicks) -> "RollUp":
        self.measures = {cell: Measures(clicks=count) for cell, count in clicks.items()}
        return self

    def claim(self) -> "RollUp":
        digests = {cell: digest(measures, None) for cell, measures in self.measures.items()}
        self.claimed = self.world.checkpoints.claim(self.version, hours=[HOUR], digests=digests, reused={})
        return self

    def publish(self, *, unclaimed: bool = False) -> "RollUp":
        cells = self.measures if unclaimed else self.claimed.cells
        self.world.warehouse.upsert(
            [Row(cell, self.measures.get(cell, ZERO), None, self.version, "Memory") for cell in cells]
        )
        return self

    def commit(self) -> "RollUp":
        self.world.checkpoints.commit(self.version, digests=self.digests(), arrivals=[])
        return self

    def digests(self) -> dict[Cell, bytes]:
        return {
            cell: digest(self.measures[cell], None) if cell in self.measures else VANISHED
            for cell in self.claimed.cells
        }

    def finish(self) -> "RollUp":
        return self.claim().publish().commit()


@pytest.fixture
def world():
    return World()


@pytest.mark.parametrize("claims,clicks", [(True, {B: 1}), (False, {A: 1, B: 1})], ids=["claim", "no claim"])
def test_the_claim_before_publishing(world, claims, clicks):
    first = RollUp(world).take_version().scan({A: 1})
    if claims:
        first.claim().publish()
    else:
        first.publish(unclaimed=True)
    RollUp(world).take_version().scan({B: 1}).finish()
    assert world.clicks == clicks


@pytest.mark.parametrize("doubts,clicks", [(True, {A: 1}), (False, {})], ids=["in doubt", "digest at once"])
def test_the_in_doubt_mark(world, doubts, clicks):
    first = RollUp(world).take_version().scan({A: 1}).claim()
    if not doubts:
        first.commit()
    RollUp(world).take_version().scan({A: 1}).finish()
    assert world.clicks == clicks


@pytest.mark.parametrize("fence,clicks", [(True, {A: 1, B: 1}), (False, {A: 2, B: 1})], ids=["fence", "no fence"])
def test_the_fence(world, fence, clicks):
    slow = RollUp(world).take_version().scan({A: 1})
    RollUp(world).take_version().scan({A: 2}).finish()
    if not fence:
        world.checkpoints._hours[HOUR] = 0
    slow.finish()
    assert bool(slow.claimed.hours) is not fence
    RollUp(world).take_version().scan({A: 1, B: 1}).finish()
    assert world.clicks == clicks


@pytest.mark.parametrize("compares,clicks", [(True, {A: 1, B: 1}), (False, {A: 2, B: 1})], ids=["compared", "not"])
def test_the_comparison_of_versions_in_the_commit(world, compares, clicks):
    slow = RollUp(world).take_version().scan({A: 1}).claim().publish()
    quick = RollUp(world).take_version().scan({A: 2}).claim().publish()
    slow.commit()
    if not compares:
        world.checkpoints.commit(quick.version, digests=slow.digests(), arrivals=[])
    RollUp(world).take_version().scan({A: 1, B: 1}).finish()
    assert world.clicks == clicks


@pytest.mark.parametrize("early,clicks", [(True, {A: 2}), (False, {A: 1})], ids=["version first", "scan first"])
def test_the_version_before_the_scan(world, early, clicks):
    slow = RollUp(world)
    if early:
        slow.take_version()
    slow.scan({A: 1})
    RollUp(world).take_version().scan({A: 2}).finish()
    if not early:
        slow.take_version()
    slow.finish()
    assert world.clicks == clicks


def two_runners(world: World) -> tuple[MemoryLake, MemoryBus, Callable[[int], RolledUp]]:
    """Return a lake and a bus, and what has one of two runners with engines of their own roll up."""
    lake, bus = MemoryLake(), MemoryBus(clock=ManualClock(HOUR))
    engines = [PythonEngine(lake), PythonEngine(lake)]

    def run(number: int) -> RolledUp:
        return roll_up(
            lake=lake,
            engine=engines[number],
            dimensions=MemoryDimensions(),
            checkpoints=world.checkpoints,
            bus=bus,
            max_hours=9,
        )

    return lake, bus, run


def _load(bus: MemoryBus, world: World) -> None:
    load(
        bus=bus,
        warehouse=world.warehouse,
        checkpoints=world.checkpoints,
        dead_letters=MemoryDeadLetters(),
        clock=ManualClock(HOUR),
        at_most=99,
    )


def test_an_hour_is_refused_if_a_reused_minute_was_claimed_again(world):
    lake, bus, run = two_runners(world)
    five, half = HOUR + timedelta(minutes=5), HOUR + timedelta(minutes=30)
    lake.append([click_at(five, number=1, job=7)])
    assert run(0).claimed == 1
    lake.append([click_at(five, number=2, job=7)])
    assert run(1).claimed == 1
    (arrival,) = lake.append([click_at(half, number=3, job=7)])
    assert run(0).claimed == 0
    assert arrival.key not in world.checkpoints.handled()
    assert run(0).claimed == 1
    assert world.checkpoints.handled() >= {ArrivalKey(arrival.key.batch, HOUR)}
    _load(bus, world)
    assert world.clicks == {A: 3}


def test_an_hour_is_refused_if_the_late_clicks_before_a_minute_are_not_known_any_more(world):
    """One runner knows the clicks at the end of minute 3 and reads minute 4; the other saw one more click in 3."""
    lake, bus, run = two_runners(world)

    def click(second: int, number: int) -> None:
        lake.append([click_at(HOUR + timedelta(seconds=second), number=number, job=7, uid=f"u{number % 2}")])

    click(3 * 60 + 40, 2)
    assert run(0).claimed == 1
    click(3 * 60 + 50, 1)
    assert run(1).claimed == 1
    click(4 * 60 + 10, 3)
    assert run(0).claimed == 0
    assert run(0).claimed == 1
    _load(bus, world)
    [row] = [stored.row for stored in world.warehouse.rows(Period.always())]
    assert (row.measures.clicks, row.measures.repeat_clicks) == (3, 1)
