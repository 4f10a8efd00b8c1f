"""The lake in memory."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from admetrics.domain.events.erasure import erased, keyed
from admetrics.domain.events.event import Event, Interaction
from admetrics.domain.rollup.arrival import Arrival, ArrivalKey, arrivals_of
from admetrics.domain.rollup.minutes import MinutesByHour
from admetrics.domain.rules.outcome import Outcome, outcome_of
from admetrics.domain.rules.repeats import REPEAT_WINDOW
from admetrics.domain.rules.winner import winner
from admetrics.domain.times import Period, hour_of


class MemoryLake:
    """The winner of each id, by hour; and the arrivals.

    Args:
        repeat_window: how far events reach (`admetrics.domain.rollup.arrival.arrivals_of`).
    """

    kind = "Memory"

    def __init__(self, *, repeat_window: timedelta = REPEAT_WINDOW) -> None:
        self._reach = repeat_window
        self._events: defaultdict[datetime, dict[str, Event]] = defaultdict(dict)
        self._arrivals: dict[ArrivalKey, Arrival] = {}
        self._appended = 0
        self._erased: set[str] = set()
        self._identity = str(uuid4())

    def identity(self) -> str:
        """Return what tells this lake from all others."""
        return self._identity

    def append(self, events: Sequence[Event]) -> Sequence[Arrival]:
        """Keep the winner of each id, and record the arrivals."""
        self._store(events)
        return self._arrive(event.time for event in events)

    def _arrive(self, times: Iterable[datetime]) -> Sequence[Arrival]:
        self._appended += 1
        arrivals = arrivals_of(f"append-{self._appended}", times, reach=self._reach)
        self._arrivals.update({arrival.key: arrival for arrival in arrivals})
        return arrivals

    def _store(self, events: Sequence[Event]) -> None:
        for event in events:
            copies = self._events[hour_of(event.time)]  # copies share their time: it is in the id, or hashed into it
            copies[event.id] = winner([event, copies.get(event.id, event)])

    def arrivals(self) -> Sequence[Arrival]:
        """Return every arrival that was not released."""
        return list(self._arrivals.values())

    def release(self, arrivals: Collection[Arrival]) -> None:
        """Stop showing these arrivals, at once."""
        for arrival in arrivals:
            self._arrivals.pop(arrival.key, None)

    def scan(self, minutes: MinutesByHour) -> Iterable[Interaction]:
        """Return what happened in some minutes."""
        return [
            event.interaction()
            for hour, some in minutes.items()
            for event in self._events.get(hour, {}).values()
            if event.time.minute in some
        ]

    def hours(self, period: Period) -> Sequence[datetime]:
        """Return the hours of a period that hold events, ascending."""
        return sorted(hour for hour in self._events if hour in period)

    def outcomes(self, period: Period) -> Iterable[Outcome]:
        """Count the events of each hour of a period by outcome, sorted."""
        counts = Counter(
            (hour, outcome_of(event.kind, event.name, has_job=event.job != 0))
            for hour in self.hours(period)
            for event in self._events[hour].values()
        )
        return [Outcome(*key, events) for key, events in sorted(counts.items())]

    def erased(self) -> Collection[str]:
        """Return the pseudonyms that were noted."""
        return frozenset(self._erased)

    def note_erased(self, pseudonyms: Collection[str]) -> None:
        """Note pseudonyms."""
        self._erased.update(pseudonyms)

    def known(self, names: Collection[str]) -> Collection[str]:
        """Return which of these names events have."""
        found = {event.uid for copies in self._events.values() for event in copies.values()}
        return [name for name in names if name in found]

    def key_events(self, key: bytes, *, on_progress: Callable[[float], None]) -> None:
        """Replace all events, at once."""
        found = [event for copies in self._events.values() for event in copies.values()]
        changed = [keyed(event, key=key) for event in found]
        self._events.clear()
        self._store(changed)
        self._arrive(old.time for old, new in zip(found, changed, strict=True) if old.id != new.id)
        on_progress(1)

    def erase(self, pseudonyms: Mapping[str, str], *, on_progress: Callable[[float], None]) -> int:
        """Replace the events of some visitors, at once."""
        found = [
            (copies, event) for copies in self._events.values() for event in copies.values() if event.uid in pseudonyms
        ]
        for copies, event in found:
            copies[event.id] = erased(event, pseudonyms[event.uid or ""])
        if len(set(pseudonyms.values())) < len(pseudonyms):
            self._arrive(event.time for _, event in found)
        on_progress(1)
        return len(found)
