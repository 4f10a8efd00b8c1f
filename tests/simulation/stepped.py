"""Ports of which every effect is a step that the scheduler orders."""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache, partial
from typing import Any

from admetrics.adapters.memory.source import MemorySource
from admetrics.domain.events.event import Event, Interaction
from admetrics.domain.rollup.arrival import Arrival
from admetrics.domain.rollup.minutes import MinutesByHour, MinuteSet
from admetrics.domain.rollup.row import Row
from admetrics.ports.bus import Delivery
from admetrics.ports.source import Batch
from tests.simulation.ports import UnkindBus, UnkindLake
from tests.simulation.scheduler import Call


class Steps:
    """Leads the effects of a process to the call that it is in; without one they just take place."""

    def __init__(self) -> None:
        self.call: Call | None = None

    def __call__(self, name: str, whole: Callable[[], Any], part: Callable[[], Any] | None = None) -> Any:
        return whole() if self.call is None else self.call.effect(name, whole, part or whole)


class Stepped:
    """Makes each method of a port a step."""

    def __init__(self, port: object, step: Steps) -> None:
        self._port = port
        self._step = step

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        return lambda *args, **options: self._step(name, lambda: method(*args, **options))


class SteppedLake(Stepped):
    """Appends and scans in several steps, as stores do that have no transactions."""

    kind = "Memory"
    _port: UnkindLake

    def append(self, events: Sequence[Event]) -> None:
        lake = self._port
        if events:
            name = lake.begin()
            self._step("store", lambda: lake.store(events))
            self._step("announce", lambda: lake.announce(name, events))

    def erased(self) -> Collection[str]:
        return self._port.erased()  # nobody is erased here: a step would only make the schedules longer

    def arrivals(self) -> Sequence[Arrival]:
        arrivals: Sequence[Arrival] = self._step("arrivals", self._port.arrivals)
        return arrivals

    def scan(self, minutes: MinutesByHour) -> Iterable[Interaction]:
        for part in _parts(minutes):
            yield from self._step("scan", partial(self._port.scan, part))


def _parts(minutes: MinutesByHour) -> Iterable[MinutesByHour]:
    """Cut what is to scan into the halves of its hours."""
    first_half = MinuteSet.of(*range(30))
    for hour, touched in minutes.items():
        for part in (touched & first_half, touched - first_half):
            if part:
                yield {hour: part}


class SteppedBus(Stepped):
    """Publishes in two steps; what a failed publication comes to is open. Polling moves on only once (`cache`)."""

    _port: UnkindBus

    def publish(self, rows: Sequence[Row]) -> None:
        bus, half = self._port, len(rows) // 2
        for some in (rows[:half], rows[half:]):
            if some:
                self._step("publish", partial(bus.publish, some), partial(bus.publish_some, some))

    def rewind(self) -> None:
        self._port.rewind()  # inside of the process

    def poll(self, *, at_most: int) -> Delivery:
        delivery: Delivery = self._step("poll", cache(lambda: self._port.poll(at_most=at_most)))
        return delivery


class SteppedSource(Stepped):
    """A source whose committed position is kept outside of the process."""

    _port: MemorySource

    def poll(self, *, at_most: int) -> Batch:
        batch: Batch = self._step("poll", cache(lambda: self._port.poll(at_most=at_most)))
        return batch

    def rewind(self) -> None:
        self._port.rewind()  # inside of the process

    def lag(self) -> int:
        return self._port.lag()

    def add(self, lines: Iterable[bytes]) -> None:
        self._port.add(lines)
