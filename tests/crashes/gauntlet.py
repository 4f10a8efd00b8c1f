"""Kill process after process over one set of stores, and see whether the tables come out right in the end."""

import multiprocessing
import signal
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Final

import attrs

from admetrics.adapters.msgspec import decode
from admetrics.app.ingest import parse_batch
from admetrics.app.parse import LineParser
from admetrics.bootstrap import open_pipeline
from admetrics.configuration import Settings, settings
from admetrics.domain.reporting import hourly_table as events_table
from admetrics.domain.rollup.minutes import ALL_MINUTES
from admetrics.domain.times import Period, TimeLimits
from admetrics.ports.source import Batch, Chunk
from tests import samples
from tests.crashes.victim import EFFECTS, Point, do

STRICT: Final = samples.NOW
"""What the limit for early events is now and then, by mistake: all records before it become dead letters for a time."""

_BOUND: Final = 120
_LINES: Final[Sequence[bytes]] = samples.JSONL.read_bytes().splitlines()
_processes: Final = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([
    "tests.crashes.victim",
    "admetrics.adapters.cassandra.lake",
    "admetrics.adapters.duckdb.lake",
    "admetrics.adapters.files.follow",
    "admetrics.adapters.kafka.bus",
    "admetrics.adapters.msgspec",
    "admetrics.adapters.sql.checkpoints",
    "admetrics.adapters.sql.warehouse",
])  # fmt: skip


@attrs.define
class Gauntlet:
    """One set of stores.

    Args:
        settings: of stores that hold nothing yet.
        feed: puts records into the source.
        random: decides what happens.
        longest: how long a process lives at the most that dies at a moment of no one's choice, in seconds.
    """

    settings: Settings
    feed: Callable[[Sequence[bytes]], None]
    random: Random
    longest: float
    kills: Counter[str] = attrs.field(factory=Counter)
    """How many processes died, by point; those that died at a moment of no one's choice are under `anywhere`."""

    unmet: list[Point] = attrs.field(factory=list)
    """Points that a process did not come to, so that it lived."""

    _erased: bool = False
    _coming: list[bytes] = attrs.field(factory=lambda: list(_LINES))
    _fed: list[bytes] = attrs.field(factory=list)

    def run(self, points: Sequence[Point]) -> None:
        """Kill a process at each point, then let others finish, and check every table.

        The records come in their own order and nearly all of them once, so that what was lost is not fixed by
        chance when its hour is recomputed for others.

        Raises:
            AssertionError: a record was lost, doubled or changed.
        """
        self._do("import", self.settings, None)
        at_once = len(_LINES) // len(points)
        for point in points:
            self._give(at_once)
            if self.random.random() < 0.2:
                self._repeat(at_once)
            self._strike(point)
        self._give(len(_LINES))
        if self._erased:  # what was refused of theirs for a time was not kept: the log is to be read again
            again = [line for line in self._fed if _is_of_the_erased(line)]
            self._fed.extend(again)
            self.feed(again)
        for job in ("tick", "replay", "tick"):
            self._do(job, self.settings, None)
        assert_right(self.settings, self._fed, erased=samples.VISITORS if self._erased else ())

    def _give(self, count: int) -> None:
        lines, self._coming = self._coming[:count], self._coming[count:]
        self._fed.extend(lines)
        self.feed(lines)

    def _repeat(self, count: int) -> None:
        lines = self.random.choices(self._fed, k=count)
        self._fed.extend(lines)
        self.feed(lines)

    def _strike(self, point: Point) -> None:
        """Have a process die at a point; every fifth at a moment of no one's choice."""
        job = EFFECTS[point.effect]
        if job == "replay":
            self._do("tick", attrs.evolve(self.settings, earliest=STRICT), None)
        if self.random.random() < 0.2:
            self._do(job, self.settings, None, seconds=self.random.uniform(0, self.longest))
        else:
            self._do(job, self.settings, point)
        if job == "import":
            self._do(job, self.settings, None)  # it may have died when only the other dimensions were in
        if job == "erase":
            self._do(job, self.settings, None)  # it may have died before it had said whom
            self._erased = True

    def _do(self, job: str, settings: Settings, point: Point | None, seconds: float = _BOUND) -> None:
        process = _processes.Process(target=do, args=(job, settings, point))
        process.start()
        process.join(seconds)
        if process.exitcode is None:
            assert seconds < _BOUND, f"{job} hangs: {point}"
            process.kill()
            process.join()
            self.kills["anywhere"] += 1
        elif process.exitcode == -signal.SIGKILL:
            assert point is not None, f"{job} was killed by somebody else"
            self.kills[f"{point.when} {point.effect}"] += 1
        else:
            assert process.exitcode == 0, f"{job} failed: {point}"
            self.unmet += [point] if point else []


def assert_right(settings: Settings, fed: Sequence[bytes], *, erased: Collection[str] = ()) -> None:
    """Compare every table with what the sample records give.

    Args:
        settings: of the stores, in which everything has settled.
        fed: all the records that came in, repeats included.
        erased: visitors of whom nothing may be left.
    """
    with open_pipeline(settings) as pipeline:
        rows = [
            dict(zip(events_table.COLUMNS, events_table.values(stored), strict=True))
            for stored in pipeline.warehouse.rows(Period.always())
            if stored.row.measures
        ]
        expected = [{**row, "sources": pipeline.lake.kind} for row in samples.expected("events")]
        assert samples.without(rows, "latest_update_time", "version") == expected
        outcomes = [
            {"event_hour": each.hour, "outcome": each.outcome, "events": each.events}
            for each in pipeline.lake.outcomes(Period.always())
        ]
        assert outcomes == samples.expected("accounting")
        letters = Counter(letter.data for letter in pipeline.dead_letters.all())
        kept = Counter(line for line in _bad(fed) if not (erased and _is_of_the_erased(line)))
        assert letters == kept, "a bad record was lost, or kept twice"
        everything = dict.fromkeys(pipeline.lake.hours(Period.always()), ALL_MINUTES)
        assert {each.uid for each in pipeline.lake.scan(everything)}.isdisjoint(erased), "somebody came back"
        found = pipeline.reconcile(Period.always())
        assert (list(found.differences), found.pending) == ([], 0)


def _is_of_the_erased(line: bytes) -> bool:
    return any(visitor.encode() in line for visitor in samples.VISITORS)


def _bad(lines: Sequence[bytes]) -> Iterable[bytes]:
    batch = Batch([Chunk("fed", range(len(lines)), list(lines))])
    _, letters = parse_batch(
        batch, read=LineParser(decode=decode, limits_at=TimeLimits.at).at(samples.NOW), now=samples.NOW
    )
    return [letter.data for letter in letters]


ORDINARY: Final = [
    Point(effect, when) for effect, job in EFFECTS.items() for when in ("before", "after") if job in {"tick", "replay"}
]
"""Points of what runs all day: nothing else fixes what they break."""

RARE: Final = [Point(effect, when) for effect in EFFECTS for when in ("before", "after")]
"""All points: what is done by hand now and then, in the middle of what runs all day."""


def embedded(folder: Path, random: Random) -> Gauntlet:
    """Make a gauntlet of a followed file and embedded stores, with small batches: so one job has many effects."""
    log = folder / "tracker.jsonl"

    def feed(lines: Sequence[bytes]) -> None:
        with log.open("ab") as file:
            file.writelines(line + b"\n" for line in lines)

    options = {"data_dir": folder / "data", "source": f"file://{log}", "ingest_batch_size": 20, "load_batch_size": 50}
    return Gauntlet(settings(environment={}, options=options), feed, random, longest=0.4)


def on_servers(
    folder: Path, variables: Mapping[str, str], feed: Callable[[Sequence[bytes]], None], random: Random
) -> Gauntlet:
    """Make a gauntlet of stores on servers.

    Args:
        folder: for positions.
        variables: settings of the stores, as the environment names them without its prefix.
        feed: puts records into the source.
        random: decides what happens.
    """
    environment = {f"ADMETRICS_{name}": value for name, value in variables.items()}
    options = {
        "data_dir": folder,
        "ingest_batch_size": 100,
        "load_batch_size": 200,
        "erasure_key": "a secret of the tests",
    }
    return Gauntlet(settings(environment=environment, options=options), feed, random, longest=3)
