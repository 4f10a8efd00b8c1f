"""A process that does a job of the pipeline and kills itself when it comes to a chosen effect."""

import os
import signal
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import attrs

from admetrics.app.pipeline import Pipeline
from admetrics.bootstrap import open_pipeline, open_source, read_dimensions
from admetrics.configuration import Settings
from admetrics.domain.times import Period
from admetrics.ports.source import Source
from tests import samples

EFFECTS: Final[Mapping[str, str]] = {
    "source.commit": "tick",
    "lake.append": "tick",
    "lake.release": "tick",
    "lake.note_erased": "erase",
    "lake.erase": "erase",
    "dead_letters.put": "tick",
    "dead_letters.remove": "replay",
    "dimensions.put": "import",
    "dimensions.acknowledge": "import",
    "checkpoints.next_version": "tick",
    "checkpoints.request": "import",
    "checkpoints.claim": "tick",
    "checkpoints.commit": "tick",
    "checkpoints.forget": "tick",
    "checkpoints.reopen": "rebuild",
    "bus.publish": "tick",
    "bus.commit": "tick",
    "warehouse.upsert": "tick",
    "warehouse.summarize_day": "tick",
    "warehouse.wrong_days": "repair",
    "warehouse.put_accounting": "repair",
    "warehouse.put_reconciliation": "repair",
}
"""Everything that the services change in the world outside, by port and method; and a job that does it."""

_READS: Final = {
    "source": {"poll", "rewind", "lag"},
    "lake": {"identity", "arrivals", "scan", "hours", "outcomes", "erased", "known"},
    "dead_letters": {"all"},
    "engine": {"fold", "forget", "claimed"},  # it only remembers what it read
    "dimensions": {"pending_changes", "companies", "flights", "all"},
    "checkpoints": {"last_version", "lake", "handled", "requests", "states", "hours", "hours_of"},
    "bus": {"poll", "rewind", "end_offset", "passed", "lag"},
    "warehouse": {"rows_of", "hours", "highest_version", "flaws"},
}
_SELDOM: Final = frozenset({"checkpoints.adopt", "dead_letters.replace", "lake.key_events", "warehouse.discard"})
"""What changes something, but in none of these jobs, or only once in the life of a store."""
_PORTS: Final = ("lake", "engine", "dimensions", "checkpoints", "bus", "warehouse", "dead_letters")


@attrs.frozen
class Point:
    """Where to die.

    Args:
        effect: one of `EFFECTS`.
        when: just before it, or as soon as it is done.
    """

    effect: str
    when: Literal["before", "after"]


def do(job: str, settings: Settings, point: Point | None) -> None:
    """Do one of `JOBS`; die at a point, if it is reached."""
    strike = _striking(point)
    with open_pipeline(settings) as opened, open_source(settings) as source:
        assert source is not None
        JOBS[job](*watched(opened, source, strike))


def watched(pipeline: Pipeline, source: Source, strike: Callable[[str, str], None]) -> tuple[Pipeline, Source]:
    """Return both so that they tell of every call of a port.

    Args:
        pipeline: whose ports are watched.
        source: is watched, too.
        strike: is told the port with the method, e.g. `bus.publish`, and `before` or `after`.
    """
    ports: dict[str, Any] = {name: _Watched(name, getattr(pipeline, name), strike) for name in _PORTS}
    watched_source: Any = _Watched("source", source, strike)
    return attrs.evolve(pipeline, **ports), watched_source


def _striking(point: Point | None) -> Callable[[str, str], None]:
    def strike(effect: str, when: str) -> None:
        if point is not None and (effect, when) == (point.effect, point.when):
            os.kill(os.getpid(), signal.SIGKILL)

    return strike


class _Watched:
    """A port that tells of every call, before it and after it."""

    def __init__(self, name: str, port: object, strike: Callable[[str, str], None]) -> None:
        self._name = name
        self._port = port
        self._strike = strike

    def __getattr__(self, method: str) -> Any:
        work = getattr(self._port, method)
        if not callable(work):
            return work

        name = f"{self._name}.{method}"
        assert name in {*EFFECTS, *_SELDOM} or method in _READS[self._name], (
            f"{name} is new: say whether it changes anything"
        )

        def call(*arguments: Any, **named: Any) -> Any:
            self._strike(name, "before")
            result = work(*arguments, **named)
            self._strike(name, "after")
            return result

        return call


def _tick(pipeline: Pipeline, source: Source) -> None:
    while pipeline.tick(source).more:
        pass


def _import(pipeline: Pipeline, _source: Source) -> None:
    """Import the dimensions with other companies, so that the jobs move, and then as they are."""
    true = read_dimensions([samples.FOLDER])
    other = [attrs.evolve(job, company=job.company and job.company + 1) for job in true.jobs]
    pipeline.import_dimensions(attrs.evolve(true, jobs=other))
    pipeline.import_dimensions(true)


def _rebuild(pipeline: Pipeline, _source: Source) -> None:
    pipeline.rebuild(Period.always())


def _repair(pipeline: Pipeline, _source: Source) -> None:
    pipeline.reconcile(Period.always(), repair=True)


def _replay(pipeline: Pipeline, _source: Source) -> None:
    pipeline.replay(list(pipeline.dead_letters.all()))


def _erase(pipeline: Pipeline, _source: Source) -> None:
    pipeline.erase(samples.VISITORS)


JOBS: Final[dict[str, Callable[[Pipeline, Source], None]]] = {
    "tick": _tick,
    "import": _import,
    "rebuild": _rebuild,
    "repair": _repair,
    "replay": _replay,
    "erase": _erase,
}
