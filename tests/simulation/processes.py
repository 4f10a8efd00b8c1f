"""Processes: each runs one service after the other, and forgets everything when it crashes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from admetrics.adapters.memory.source import MemorySource
from admetrics.app.pipeline import Pipeline
from tests.simulation.scheduler import Call, Order, Watch
from tests.simulation.stepped import SteppedSource, Steps

Service = Callable[[], object]
Chosen = tuple[str, Service]
"""A service with its name."""


class Process:
    """Runs services; what it holds in memory dies with it.

    Args:
        name: shown in the trace.
        open_pipeline: gives it its own ports.
        choose: chooses what to call next.
        source: what it reads, if it reads records.
    """

    def __init__(
        self,
        name: str,
        open_pipeline: Callable[[Steps], Pipeline],
        choose: Callable[["Process"], Chosen],
        source: MemorySource | None = None,
    ) -> None:
        self.name = name
        self._open_pipeline = open_pipeline
        self._choose = choose
        self._source = source
        self.restart()

    def restart(self) -> None:
        self.call: Call | None = None
        self._step = Steps()
        self.pipeline = self._open_pipeline(self._step)
        self.source: Any = None
        if self._source is not None:
            self._source.rewind()  # to its committed position, where a new process begins
            self.source = SteppedSource(self._source, self._step)

    def begin(self, watch_of: Callable[[str], Watch], chosen: Chosen | None = None) -> Call:
        """Be about to call a service, by default the next of its own.

        Args:
            watch_of: makes the watch of the service with this name.
            chosen: what to call.
        """
        name, service = chosen or self._choose(self)
        self.call = self._step.call = Call(service, watch_of(name))
        return self.call

    def end(self) -> None:
        """Take leave of a call that is done; start again if it has ended with a crash."""
        crashed = self.call is not None and self.call.crashed
        self.call = self._step.call = None
        if crashed:
            self.restart()

    def crash(self) -> None:
        """Die, whatever it is doing."""
        if self.call is not None:
            self.call.resume(1, Order.CRASH)
        self.restart()


class Trace:
    """What happened, for a reader who looks for the reason."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(text)

    def __str__(self) -> str:
        return "\n".join(self.lines)


class Watcher:
    """Follows one call.

    Args:
        who: process and service.
        trace: is told each effect.
        unannounced: returns the hours that have events without an arrival at this moment.
        check: looks at what must hold after every effect.
    """

    def __init__(
        self, who: str, trace: Trace, unannounced: Callable[[], frozenset[datetime]], check: Callable[[str], None]
    ) -> None:
        self._who = who
        self._trace = trace
        self._unannounced_now = unannounced
        self._check = check
        self.unannounced: frozenset[datetime] = frozenset()
        """The hours that had events without an arrival at any time of the call."""

    def before(self, name: str, order: Order) -> None:
        self._trace.note(f"{self._who}: {name}{'' if order is Order.GO else f': {order.name}'}")
        self.unannounced |= self._unannounced_now()

    def after(self, name: str) -> None:
        self.unannounced |= self._unannounced_now()
        self._check(name)
