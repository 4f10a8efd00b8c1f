"""The world outside of the processes: the memory adapters, made as unkind as the ports allow."""

from collections.abc import Collection, Sequence
from datetime import datetime

from admetrics.adapters.memory.bus import MemoryBus, MemoryLog
from admetrics.adapters.memory.lake import MemoryLake
from admetrics.domain.events.event import Event
from admetrics.domain.rollup.arrival import Arrival, ArrivalKey, arrivals_of
from admetrics.domain.rollup.message import encode_row
from admetrics.domain.rollup.row import Row
from admetrics.domain.times import hour_of
from admetrics.ports.bus import Delivery
from admetrics.ports.clock import Clock
from tests.simulation.choices import Choices


class UnkindLake(MemoryLake):
    """Arrivals become visible late and in any order, and are shown for a while after their release.

    Args:
        choices: decide.
        together: events and their arrival become visible at the same time (one transaction); otherwise events may be
            seen long before.
    """

    def __init__(self, choices: Choices, *, together: bool) -> None:
        super().__init__()
        self._choices = choices
        self.together = together
        self.late: list[tuple[str, Sequence[Event]]] = []
        self._released: list[ArrivalKey] = []
        self._unannounced: set[Event] = set()
        self.unannounced: frozenset[datetime] = frozenset()
        """The hours with events that can be seen though no arrival says so."""
        self._begun = 0

    def begin(self) -> str:
        """Name an append; the names are in the order in which appends begin, not in which they become visible."""
        self._begun += 1
        return f"append-{self._begun:04}"

    def store(self, events: Sequence[Event]) -> None:
        """Store the events of an append whose arrival follows."""
        if not self.together:
            self._store(events)
            self._note_unannounced(self._unannounced.union(events))

    def announce(self, name: str, events: Sequence[Event]) -> None:
        """Record the arrival of an append, which may be seen later."""
        if self._choices.one_in(4):
            self.late.append((name, events))
        else:
            self._show(name, events)

    def show_late(self) -> None:
        """Let one of the late arrivals be seen."""
        if self.late:
            self._show(*self.late.pop(self._choices.byte() % len(self.late)))

    def _show(self, name: str, events: Sequence[Event]) -> None:
        if self.together:
            self._store(events)
        self._note_unannounced(self._unannounced.difference(events))
        arrivals = arrivals_of(name, (event.time for event in events), reach=self._reach)
        self._arrivals.update({arrival.key: arrival for arrival in arrivals})

    def release(self, arrivals: Collection[Arrival]) -> None:
        """Note what need not be shown any more."""
        self._released.extend(arrival.key for arrival in arrivals)

    def stop_showing(self) -> None:
        """Let the released arrivals disappear."""
        for key in self._released:
            self._arrivals.pop(key, None)
        self._released.clear()

    def _note_unannounced(self, events: set[Event]) -> None:
        self._unannounced = events
        self.unannounced = frozenset(hour_of(event.time) for event in events)


class UnkindLog(MemoryLog):
    """Remembers every message, and messages that are still on their way from a producer that gave up on them."""

    def __init__(self) -> None:
        super().__init__()
        self.history: list[bytes] = []
        self.in_flight: list[bytes] = []

    def append(self, message: bytes) -> None:
        super().append(message)
        self.history.append(message)

    def append_junk(self, message: bytes) -> None:
        """Take a message that is no row; it never arrives again, for each arrival would be another dead letter."""
        super().append(message)

    def deliver_late(self, choices: Choices) -> None:
        """Let one of the messages on their way arrive."""
        if self.in_flight:
            self.append(self.in_flight.pop(choices.byte() % len(self.in_flight)))

    def deliver_again(self, choices: Choices) -> None:
        """Let a message of any age arrive once more."""
        if self.history:
            super().append(choices.of(self.history))


class UnkindBus(MemoryBus):
    """Delivers in any order, and as few as it likes.

    Args:
        clock: for dead letters.
        log: shared by all.
        choices: decide.
    """

    def __init__(self, *, clock: Clock, log: UnkindLog, choices: Choices) -> None:
        super().__init__(clock=clock, log=log)
        self._unkind = log
        self._choices = choices

    def poll(self, *, at_most: int) -> Delivery:
        waiting = [number for number in self.log.waiting if number not in self._polled]
        if not waiting:
            return self._delivery(())
        first = self._choices.byte() % len(waiting)
        turned = waiting[first:] + waiting[:first]
        count = len(turned) - self._choices.byte() % len(turned)
        return self._delivery(turned[: min(at_most, count)])

    def publish_some(self, rows: Sequence[Row]) -> None:
        """Publish as a producer does that is never told: some rows arrive, some are lost, some arrive later."""
        arrived, lost, later = self._choices.split(rows)
        self.publish(arrived)
        self._unkind.in_flight.extend(map(encode_row, later))
        del lost
