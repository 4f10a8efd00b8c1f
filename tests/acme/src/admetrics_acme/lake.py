"""The lake in an Acme file."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import uuid4

import attrs

from admetrics.domain.events.click_flags import ClickFlag
from admetrics.domain.events.erasure import erased, keyed
from admetrics.domain.events.event import Event, Interaction, JobSource, Protection
from admetrics.domain.events.kind import Kind
from admetrics.domain.rollup.arrival import Arrival, ArrivalKey, arrivals_of
from admetrics.domain.rollup.minutes import MinutesByHour, MinuteSet
from admetrics.domain.rules.outcome import Outcome, outcome_of
from admetrics.domain.rules.repeats import REPEAT_WINDOW
from admetrics.domain.rules.winner import winner
from admetrics.domain.times import Period, hour_of
from admetrics.ports.adapter import Resources
from admetrics_acme.store import AcmeStore


class AcmeLake:
    """The winner of each id, as JSON.

    Args:
        store: the file.
        repeat_window: how far events reach.
    """

    kind = "Acme"

    def __init__(self, store: AcmeStore, *, repeat_window: timedelta = REPEAT_WINDOW) -> None:
        self._store = store
        self._reach = repeat_window
        with store.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO identity VALUES (0, ?)", (str(uuid4()),))

    @classmethod
    def open(cls, url: str, resources: Resources) -> Self:
        """Open the lake in the file that a URL names."""
        return cls(resources.shared(AcmeStore.open, url), repeat_window=resources.settings.repeat_window)

    def _read(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._store.transaction() as connection:
            return connection.execute(statement, values).fetchall()

    def identity(self) -> str:
        """Return what tells this lake from all others."""
        [(identity,)] = self._read("SELECT identity FROM identity")
        return str(identity)

    def append(self, events: Sequence[Event]) -> Sequence[Arrival]:
        """Keep the winner of each id, and record the arrivals, in one transaction."""
        with self._store.transaction() as connection:
            _put(connection, events)
            return self._arrive(connection, (event.time for event in events))

    def _arrive(self, connection: sqlite3.Connection, times: Iterable[datetime]) -> Sequence[Arrival]:
        arrivals = arrivals_of(str(uuid4()), times, reach=self._reach)
        rows = [(arrival.key.batch, arrival.hour.isoformat(), arrival.minutes.mask) for arrival in arrivals]
        connection.executemany("INSERT INTO arrivals VALUES (?, ?, ?)", rows)
        return arrivals

    def arrivals(self) -> Sequence[Arrival]:
        """Return every arrival that was not released."""
        found = self._read("SELECT batch, hour, minutes FROM arrivals")
        return [
            Arrival(ArrivalKey(batch, datetime.fromisoformat(hour)), MinuteSet(mask)) for batch, hour, mask in found
        ]

    def release(self, arrivals: Collection[Arrival]) -> None:
        """Stop showing these arrivals, at once."""
        keys = [(arrival.key.batch, arrival.hour.isoformat()) for arrival in arrivals]
        with self._store.transaction() as connection:
            connection.executemany("DELETE FROM arrivals WHERE batch = ? AND hour = ?", keys)

    def scan(self, minutes: MinutesByHour) -> Iterable[Interaction]:
        """Return what happened in some minutes."""
        with self._store.transaction() as connection:
            return [
                event.interaction()
                for hour, some in minutes.items()
                for event in _of(connection, hour)
                if event.time.minute in some
            ]

    def hours(self, period: Period) -> Sequence[datetime]:
        """Return the hours of a period that hold events, ascending."""
        found = self._read("SELECT DISTINCT hour FROM events ORDER BY hour")
        return [hour for (text,) in found if (hour := datetime.fromisoformat(text)) in period]

    def outcomes(self, period: Period) -> Iterator[Outcome]:
        """Count the events of each hour of a period by outcome, sorted."""
        for hour in self.hours(period):
            with self._store.transaction() as connection:
                events = _of(connection, hour)
            counts = Counter(outcome_of(event.kind, event.name, has_job=event.job != 0) for event in events)
            yield from sorted(Outcome(hour, outcome, number) for outcome, number in counts.items())

    def erased(self) -> Collection[str]:
        """Return the pseudonyms that were noted."""
        return [pseudonym for (pseudonym,) in self._read("SELECT pseudonym FROM erased")]

    def note_erased(self, pseudonyms: Collection[str]) -> None:
        """Note pseudonyms."""
        with self._store.transaction() as connection:
            connection.executemany("INSERT OR IGNORE INTO erased VALUES (?)", [(each,) for each in pseudonyms])

    def known(self, names: Collection[str]) -> Collection[str]:
        """Return which of these names events have."""
        wanted = {json.dumps(name): name for name in names}
        return [wanted[uid] for (uid,) in self._read("SELECT DISTINCT uid FROM events") if uid in wanted]

    def key_events(self, key: bytes, *, on_progress: Callable[[float], None]) -> None:
        """Replace all events, hour by hour, in one transaction."""
        changed = self._replace(lambda event: keyed(event, key=key), on_progress)
        with self._store.transaction() as connection:
            self._arrive(connection, (old.time for old, new in changed if old.id != new.id))

    def erase(self, pseudonyms: Mapping[str, str], *, on_progress: Callable[[float], None]) -> int:
        """Replace the events of some visitors, hour by hour, in one transaction."""

        def change(event: Event) -> Event:
            pseudonym = pseudonyms.get(event.uid or "")
            return event if pseudonym is None else erased(event, pseudonym)

        changed = self._replace(change, on_progress)
        if len(set(pseudonyms.values())) < len(pseudonyms):
            with self._store.transaction() as connection:
                self._arrive(connection, (old.time for old, _ in changed))
        return len(changed)

    def _replace(
        self, change: Callable[[Event], Event], on_progress: Callable[[float], None]
    ) -> Sequence[tuple[Event, Event]]:
        changed = []
        with self._store.transaction() as connection:
            for (hour,) in connection.execute("SELECT DISTINCT hour FROM events").fetchall():
                pairs = [(old, change(old)) for old in _of(connection, datetime.fromisoformat(hour))]
                some = [(old, new) for old, new in pairs if old != new]
                connection.executemany("DELETE FROM events WHERE id = ?", [(old.id,) for old, _ in some])
                _put(connection, [new for _, new in some])
                changed += some
        on_progress(1)
        return changed


def _of(connection: sqlite3.Connection, hour: datetime) -> list[Event]:
    found = connection.execute("SELECT event FROM events WHERE hour = ?", (hour.isoformat(),))
    return [_event(json.loads(text)) for (text,) in found]


def _put(connection: sqlite3.Connection, events: Iterable[Event]) -> None:
    for event in events:
        copy = connection.execute("SELECT event FROM events WHERE id = ?", (event.id,)).fetchone()
        best = winner([event, _event(json.loads(copy[0]))]) if copy else event
        row = (best.id, hour_of(best.time).isoformat(), json.dumps(best.uid), json.dumps(_plain(best)))
        connection.execute("INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?)", row)


def _plain(event: Event) -> dict[str, object]:
    enums = {"kind": event.kind.value, "job_source": event.job_source.value}
    return {**attrs.asdict(event), **enums, "time": event.time.isoformat()}


def _event(plain: dict[str, Any]) -> Event:
    enums = {
        "kind": Kind(plain["kind"]),
        "job_source": JobSource(plain["job_source"]),
        "marks": ClickFlag(plain["marks"]),
        "protection": Protection(plain["protection"]),
    }
    return Event(**{**plain, **enums, "time": datetime.fromisoformat(plain["time"])})
