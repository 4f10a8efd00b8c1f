"""A world of several processes on one set of stores, and a walk through it on which anything may happen."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final
from unittest.mock import patch

from admetrics.adapters.memory.clock import ManualClock
from admetrics.adapters.memory.dead_letters import MemoryDeadLetters
from admetrics.adapters.memory.dimensions import MemoryDimensions
from admetrics.adapters.memory.source import MemorySource
from admetrics.app import pipeline
from admetrics.app.contents import Content, contents_of
from admetrics.app.ingest import Ingested
from admetrics.app.parse import LineParser
from admetrics.app.pipeline import Pipeline
from admetrics.app.reconcile import Reconciled
from admetrics.domain.dimensions import Campaign, Dimensions, Job
from admetrics.domain.errors import TransientError
from admetrics.domain.events.event import Event
from admetrics.domain.rollup.fold import fold_hours
from admetrics.domain.rollup.row import Cell
from admetrics.domain.rules.repeats import REPEAT_WINDOW
from admetrics.domain.rules.winner import winner
from admetrics.domain.times import Period
from admetrics.engines.python import PythonEngine
from admetrics.testing.strategies import FEW_HOURS, LIMITS
from tests.simulation.choices import Choices
from tests.simulation.plan import ALL_TASKS, Plan, System
from tests.simulation.ports import UnkindBus, UnkindLake, UnkindLog
from tests.simulation.processes import Chosen, Process, Trace, Watcher
from tests.simulation.records import HOURS, SECRET, cached_decode, event_of
from tests.simulation.scheduler import ALL, Call, CrashedError, Order
from tests.simulation.stepped import Stepped, SteppedBus, SteppedLake, Steps

_BURSTS: Final = (1, 2, 3, 5, 8, ALL)
"""How many effects a process has if it may stop anywhere."""
_TICKS_TO_SETTLE: Final = 40
_LAST_DAYS: Final = (None, FEW_HOURS.start.date(), FEW_HOURS.start.date() - timedelta(days=1))
_JUNK: Final = b'{"schema": 0}'


class World:
    """Two runners, two loaders, three writers, two administrators, and nature.

    Args:
        data: every choice that is made on the way.
        system: what is simulated.
        plan: what can happen; chosen too if it is not given.
    """

    def __init__(self, data: bytes = b"", system: System | None = None, plan: Plan | None = None) -> None:
        self.choices = Choices(data)
        self.system = system or System()
        self.plan = plan or Plan.drawn(self.choices)
        self.trace = Trace()
        self.clock = ManualClock(FEW_HOURS.start)
        self.lake: UnkindLake = self.system.lake(self.choices, together=self.plan.together)
        self.log = UnkindLog()
        self.checkpoints = self.system.checkpoints()
        self.warehouse = self.system.warehouse(clock=self.clock)
        self.dimensions = MemoryDimensions()
        self.dead_letters = MemoryDeadLetters()
        self.accepted: dict[str, Event] = {}
        self.rejected = 0
        self._requests = 0
        self._versions: dict[Cell, int] = {}

        self.runners = [self._process(f"runner {number}", self._roll_up) for number in range(2)]
        self.loaders = [self._process(f"loader {number}", self._load) for number in range(2)]
        self.writers = [self._writer(number) for number in range(3)]
        self.admins = [self._process(f"admin {number}", self._administrate) for number in range(2)]
        self.processes = [*self.runners, *self.loaders, *self.writers, *self.admins]
        self._deck: list[Process | None] = []

    def _process(self, name: str, choose: Callable[[Process], Chosen], source: MemorySource | None = None) -> Process:
        return Process(name, self._open_pipeline, choose, source)

    def _writer(self, number: int) -> Process:
        return self._process(f"writer {number}", self._ingest, MemorySource(place=f"source {number}"))

    def _open_pipeline(self, step: Steps) -> Pipeline:
        """Return the services over ports of which every effect is a step."""
        lake: Any = SteppedLake(self.lake, step)
        bus: Any = SteppedBus(UnkindBus(clock=self.clock, log=self.log, choices=self.choices), step)
        checkpoints: Any = self.system.stepped_checkpoints(self.checkpoints, step)
        dimensions: Any = Stepped(self.dimensions, step)
        warehouse: Any = Stepped(self.warehouse, step)
        dead_letters: Any = Stepped(self.dead_letters, step)
        return Pipeline(
            lake=lake,
            engine=PythonEngine(lake, minutes_kept=self.plan.minutes_kept),
            dimensions=dimensions,
            checkpoints=checkpoints,
            bus=bus,
            warehouse=warehouse,
            dead_letters=dead_letters,
            clock=self.clock,
            parser=LineParser(decode=cached_decode, limits_at=lambda _now: LIMITS),
            new_request=self._new_request,
            ingest_batch_size=3,
            rollup_batch_hours=self.plan.rollup_batch_hours,
            load_batch_size=3,
        )

    def _new_request(self) -> str:
        self._requests += 1
        return f"request-{self._requests}"

    # What the processes do

    def _roll_up(self, process: Process) -> Chosen:
        return "roll up", process.pipeline.roll_up_once

    def _load(self, process: Process) -> Chosen:
        return "load", process.pipeline.load_batch

    def _ingest(self, process: Process) -> Chosen:
        if not process.source.lag():
            self.write(process, [self.choices.of(self.plan.lines) for _ in range(self.choices.of((1, 1, 2, 3)))])
        return "ingest", lambda: process.pipeline.ingest_batch(process.source)

    def write(self, writer: Process, lines: Sequence[bytes]) -> None:
        """Let lines come in at a writer's source, and note what must become of them."""
        writer.source.add(lines)
        for line in lines:
            event = event_of(line)
            if event is None:
                self.rejected += 1
            else:
                self.accepted[event.id] = winner([event, self.accepted.get(event.id, event)])

    def _administrate(self, process: Process) -> Chosen:
        services = process.pipeline
        period = self.choices.of((Period.always(), Period(HOURS[0], HOURS[1])))
        jobs = (Job(self.choices.of((1, 1, 2)), company=self.choices.of((None, 1, 2))),)
        campaigns = (Campaign(1, end_date=self.choices.of(_LAST_DAYS)),)
        moved = Dimensions(jobs=jobs) if self.choices.one_in(2) else Dimensions(campaigns=campaigns)
        tasks: Sequence[Chosen] = (
            ("import dimensions", lambda: services.import_dimensions(moved)),
            ("import dimensions", lambda: services.import_dimensions(moved)),
            ("reconcile", lambda: services.reconcile(period)),
            ("reconcile --repair", lambda: services.reconcile(period, repair=True)),
            ("rebuild", lambda: services.rebuild(period)),
        )
        return self.choices.of(tasks[: self.plan.tasks])

    # The walk

    def walk(self) -> None:
        """Go on until the choices are used up, then let everything settle, and look at the result."""
        while self.choices.left:
            self._move()
        self.settle_and_check()

    def _move(self) -> None:
        """Play the next card: let one process go on for a while, or nature do something."""
        if not self._deck:
            if self.plan.rounds:
                self.settle_and_check()
            self._deck = self._cards()
        process = self._deck.pop(self.choices.byte() % len(self._deck))
        if process is None:
            self._nature()
            return
        order = self.choices.of(self.plan.orders)
        if self.plan.stops and order is Order.GO:
            self.go_on(process, until=self.plan.stops)
        else:
            self.go_on(process, self.choices.of(_BURSTS), order)

    def _cards(self) -> list[Process | None]:
        """Return the turns of a round; None is nature's."""
        cards: list[Process | None] = [*self.runners * 3, *[self.writers[0]] * 2, None]
        if self.plan.crowd:
            cards += [*self.loaders, *self.writers, None]
        if self.plan.tasks:
            cards += self.admins * 4
        return cards

    def go_on(
        self,
        process: Process,
        effects: int = ALL,
        last: Order = Order.GO,
        *,
        until: Collection[str] = (),
        chosen: Chosen | None = None,
    ) -> None:
        """Let a process have some effects, as `Call.resume` does; it calls its next service if it is in none.

        Args:
            process: one of the world's.
            effects: how many.
            last: what becomes of the last of them.
            until: the effects before which it stops.
            chosen: the service to call instead of the next of its own.
        """
        call = process.call or process.begin(lambda service: self._watcher(f"{process.name}: {service}"), chosen)
        call.resume(effects, last, until=until)
        if call.done:
            process.end()
            self.trace.note(f"{process.name} -> {call.result if call.error is None else repr(call.error)}")
            self._judge(call)

    def _watcher(self, who: str) -> Watcher:
        return Watcher(who, self.trace, lambda: self.lake.unannounced, self._look)

    def _look(self, effect: str) -> None:
        if effect == "upsert":
            self.check_versions()

    def _judge(self, call: Call) -> None:
        if call.error is not None and not isinstance(call.error, TransientError | CrashedError):
            raise call.error
        if isinstance(call.result, Ingested):
            assert call.result.read == call.result.accepted + call.result.dead_letters
        if isinstance(call.result, Reconciled):
            assert isinstance(call.watch, Watcher)
            unannounced = call.watch.unannounced  # whoever looks sees events there that nobody else knows of yet
            wrong = [each for each in call.result.differences if each.cell.hour not in unannounced]
            assert not wrong, f"reconcile reports differences that are none: {wrong}"

    # Nature

    def _nature(self) -> None:
        happenings: list[tuple[str, Callable[[], None]]] = [
            ("a late arrival becomes visible", self.lake.show_late),
            ("a late message arrives", lambda: self.log.deliver_late(self.choices)),
            ("a message arrives again", lambda: self.log.deliver_again(self.choices)),
            ("released arrivals disappear", self.lake.stop_showing),
        ]
        if self.plan.tasks == ALL_TASKS:
            happenings = [
                *happenings * 3,
                ("time passes", lambda: self.clock.advance(timedelta(minutes=1))),
                ("junk arrives", self._junk_arrives),
                ("a runner is killed", lambda: self.choices.of(self.runners).crash()),
                ("the checkpoints are lost", self.lose_checkpoints),
            ]
        name, happen = self.choices.of(happenings)
        self.trace.note(name)
        happen()

    def _junk_arrives(self) -> None:
        self.rejected += 1
        self.log.append_junk(_JUNK)

    def lose_checkpoints(self) -> None:
        """Stop the runners, drain the bus, rebuild: as the documentation says."""
        self.checkpoints = self.system.checkpoints()
        for process in (*self.runners, *self.admins):
            process.crash()
        self._deliver_all()
        self.admins[0].pipeline.load()
        self.check_versions()
        self.admins[0].pipeline.rebuild(Period.always())

    def _deliver_all(self) -> None:
        while self.log.in_flight:
            self.log.deliver_late(self.choices)
        while self.lake.late:
            self.lake.show_late()
        self.lake.stop_showing()

    def close(self) -> None:
        """End all threads."""
        for process in self.processes:
            process.crash()

    # What must hold

    def settle_and_check(self) -> None:
        self.settle()
        self._check_warehouse()
        self._check_reconcile()
        self._check_books()
        self._check_secrets()

    def settle(self) -> None:
        """Let everything that is under way come to its end, and tick until there is nothing left to do."""
        for process in self.processes:
            if process.call is not None:
                self.go_on(process)
        self.trace.note("everything settles")
        for _ in range(_TICKS_TO_SETTLE):
            self._deliver_all()
            if not self._tick():
                return
        raise AssertionError("it never settles")

    def _tick(self) -> bool:
        """Run each service once, undisturbed; say whether there was anything to do."""
        lines = sum(writer.pipeline.ingest_batch(writer.source).lines for writer in self.writers)
        dirty = sum(runner.pipeline.roll_up_once().dirty for runner in self.runners)
        read = sum(loader.pipeline.load().read for loader in self.loaders)
        self.check_versions()
        return bool(lines + dirty + read + len(self.checkpoints.handled()))

    def check_versions(self) -> None:
        """No row ever goes back to an older version, or away."""
        versions = {cell: stored.row.version for cell, stored in self.warehouse._rows.items()}
        for cell, version in self._versions.items():
            assert versions.get(cell, 0) >= version, f"{cell} went back from version {version} to {versions.get(cell)}"
        self._versions = versions

    def _check_warehouse(self) -> None:
        """The rows are those of a clean batch fold of everything that was accepted."""
        cells = fold_hours(self.accepted.values(), HOURS, repeat_window=REPEAT_WINDOW)
        expected = contents_of(cells, dimensions=self.dimensions)
        rows = [stored.row for stored in self.warehouse.rows(Period.always())]
        assert {row.cell: Content(row.measures, row.company) for row in rows if row.measures} == expected
        assert all(row.company is None for row in rows if not row.measures)

    def _check_reconcile(self) -> None:
        reconciled = self.admins[0].pipeline.reconcile(Period.always())
        assert (reconciled.differences, reconciled.pending) == ((), 0), reconciled
        assert not self.checkpoints.requests()
        assert not self.dimensions.pending_changes()

    def _check_books(self) -> None:
        outcomes = list(self.warehouse.accounting(Period.always()))
        assert sum(outcome.events for outcome in outcomes) == len(self.accepted)
        assert sum(self.dead_letters.count().values()) == self.rejected

    def _check_secrets(self) -> None:
        assert not any(SECRET.encode() in message for message in self.log.history)
        assert SECRET not in repr(self.warehouse._rows)


@contextmanager
def simulated(world: World) -> Iterator[World]:
    """Run a world; a failure carries its trace, and all threads end, however it comes out."""
    with patch.dict(vars(pipeline), world.system.services):
        try:
            yield world
        except AssertionError as error:
            error.add_note(str(world.trace))
            raise
        finally:
            world.close()


def simulate(data: bytes, system: System | None = None, plan: Plan | None = None) -> None:
    """Walk through a world, as `World` describes it."""
    with simulated(World(data, system, plan)) as world:
        world.walk()
