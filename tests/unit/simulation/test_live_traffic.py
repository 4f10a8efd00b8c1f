"""Live traffic: records of this minute, at a rate, on from where the history ended."""

import io
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from admetrics.adapters.memory.clock import ManualClock
from admetrics.domain.events.classify import classify
from admetrics.domain.events.event import Event
from admetrics.domain.events.kind import Kind
from admetrics.domain.events.record import Record, decode
from admetrics.domain.times import TimeLimits
from admetrics.simulation.live_traffic import live_traffic
from admetrics.simulation.simulate import Scenario, Simulation, lines

END = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOW = END + timedelta(minutes=25)
SCENARIO = Scenario(seed=4, events=6000, end=END, days=2)


class Passes(threading.Event):
    """Lets time pass instead of waiting, some times; then it is set."""

    def __init__(self, clock: ManualClock, spans: list[float]) -> None:
        super().__init__()
        self._clock, self._spans = clock, iter(spans)

    def wait(self, timeout: float | None = None) -> bool:
        span = next(self._spans, None)
        if span is None:
            self.set()
        else:
            self._clock.advance(timedelta(seconds=span))
        return self.is_set()


@pytest.fixture
def simulation():
    made = Simulation(SCENARIO)
    assert b"".join(made.history()) == b"".join(lines(SCENARIO))
    return made


def fed(simulation: Simulation, spans: list[float], rate: int) -> list[bytes]:
    clock, out = ManualClock(NOW), io.BytesIO()
    written = live_traffic(simulation, out, clock=clock, per_second=rate, stopped=Passes(clock, spans))
    found = out.getvalue().splitlines()
    assert len(found) == written
    return found


@pytest.mark.parametrize(
    "spans,rate,expected",
    [
        pytest.param([0.2] * 5, 10, 10, id="steady"),
        pytest.param([0.01] * 50, 3, 1, id="slower than a step"),
        pytest.param([60.0], 20, 1200, id="after a pause"),
        pytest.param([1.0, -5.0, 1.0, 4.0], 7, 42, id="a clock that went back"),
        pytest.param([1.0, 3e8, 1.0], 7, 7 * (1 + 300 + 1), id="a clock that jumped ahead"),
        pytest.param([], 5, 0, id="stopped at once"),
    ],
)
def test_the_rate_is_kept_on_average_whatever_the_pauses(simulation, spans, rate, expected):
    assert len(fed(simulation, spans, rate)) == expected


def events_of(found: list[bytes]) -> list[Event]:
    limits = TimeLimits.at(NOW)
    outcomes = (classify(each, limits=limits) for each in map(decode, found) if isinstance(each, Record))
    return [each for each in outcomes if isinstance(each, Event)]


def test_new_records_are_of_this_minute_or_were_due_since_the_history_ended(simulation):
    events = events_of(fed(simulation, [1.0] * 10, 200))
    assert len(events) > 1900
    assert all(END - timedelta(hours=30) < event.time < NOW + timedelta(seconds=70) for event in events)
    assert sum(event.time >= NOW.replace(second=0) for event in events) > 1500


def test_clicks_become_applications_after_some_minutes(simulation):
    kinds = Counter(event.kind for event in events_of(fed(simulation, [60.0] * 15, 10)))
    assert kinds[Kind.IMPRESSION] > kinds[Kind.CLICK] > kinds[Kind.CONVERSION] > 0
