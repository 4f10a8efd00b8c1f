from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admetrics.adapters.memory.lake import MemoryLake
from admetrics.domain.events.event import Interaction
from admetrics.domain.rollup.arrival import Arrival
from admetrics.domain.rollup.fold import fold_hours
from admetrics.domain.rollup.minutes import ALL_MINUTES, MinutesByHour, MinuteSet
from admetrics.domain.rules.repeats import REPEAT_WINDOW
from admetrics.engines.python import PythonEngine
from admetrics.testing import strategies as some
from admetrics.testing.contracts.engine import EngineContract

HOUR = some.FEW_HOURS.start


class TestPythonEngine(EngineContract):
    @pytest.fixture
    def lake(self):
        return MemoryLake()

    @pytest.fixture
    def engine(self, lake):
        return PythonEngine(lake)


class TestPythonEngineThatKeepsLittle(TestPythonEngine):
    @pytest.fixture
    def engine(self, lake):
        return PythonEngine(lake, minutes_kept=60, cells_kept=3)


class TestPythonEngineThatKeepsNothing(TestPythonEngine):
    @pytest.fixture
    def engine(self, lake):
        return PythonEngine(lake, minutes_kept=0)


class Watched:
    """A lake that notes which minutes of the hour were read."""

    def __init__(self) -> None:
        self.lake = MemoryLake()
        self.read: list[int] = []

    def scan(self, minutes: MinutesByHour) -> Iterable[Interaction]:
        self.read = list(minutes.get(HOUR, MinuteSet()))
        return self.lake.scan(minutes)

    def append(self, *clicks: Any) -> MinutesByHour:
        return dirty(self.lake.append(clicks))


def dirty(arrivals: Iterable[Arrival]) -> dict[datetime, MinuteSet]:
    """Return the minutes that one batch touched: it has one arrival an hour."""
    return {arrival.hour: arrival.minutes for arrival in arrivals}


def click(second: float, number: int = 0):
    return some.click_at(HOUR + timedelta(seconds=second), number=number, uid="u1")


def roll_up(engine, version, minutes):
    """Fold as a roll-up does that is granted every hour; return how many clicks are repeats."""
    cells = engine.fold(minutes).cells
    engine.claimed(version, minutes)
    return sum(measures.repeat_clicks for measures in cells.values())


def test_the_minute_before_one_that_fills_is_not_read_again():
    watched: Any = Watched()
    engine = PythonEngine(watched)
    assert roll_up(engine, 1, watched.append(click(3 * 60 + 50))) == 0
    assert watched.read == list(range(60)), "the first time an hour is read whole"
    assert roll_up(engine, 2, watched.append(click(4 * 60 + 5))) == 1
    assert watched.read == [4]
    assert roll_up(engine, 3, watched.append(click(4 * 60 + 6))) == 2
    assert watched.read == [4]


def test_a_late_click_has_the_minute_before_read_and_its_own():
    watched: Any = Watched()
    engine = PythonEngine(watched)
    roll_up(engine, 1, watched.append(*(click(minute * 60) for minute in range(20))))
    assert roll_up(engine, 2, watched.append(click(3 * 60 + 50))) == 1, "that of minute 4 is one now"
    assert watched.read == [2, 3, 4]
    assert roll_up(engine, 3, watched.append(click(4 * 60 + 10))) == 2
    assert watched.read == [3, 4], "late clicks are kept of the newest minutes only"


def test_a_minute_that_was_refused_is_not_known():
    watched: Any = Watched()
    engine = PythonEngine(watched)
    roll_up(engine, 1, watched.append(click(0)))
    engine.fold(watched.append(click(3 * 60 + 50)))
    engine.claimed(2, [])
    assert roll_up(engine, 3, watched.append(click(4 * 60 + 5))) == 1
    assert watched.read == list(range(60))


def test_what_is_known_of_a_minute_is_forgotten_when_it_is_read_again():
    """Even if the newest minutes, whose clicks are kept, are those of an hour that was refused."""
    watched: Any = Watched()
    engine = PythonEngine(watched)
    roll_up(engine, 1, watched.append(click(3 * 60 + 40)))
    engine.fold(watched.append(click(3 * 60 + 55), *(click(3600 + minute * 60) for minute in range(5))))
    engine.claimed(2, [HOUR])
    assert roll_up(engine, 3, watched.append(click(4 * 60 + 24))) == 2


@settings(deadline=None)
@given(
    some.visits(border=HOUR + timedelta(minutes=30)),
    st.lists(st.sampled_from(["granted", "refused", "failed"]), min_size=12, max_size=12),
)
def test_whatever_is_kept_the_folds_are_those_of_the_whole_lake(batches, outcomes):
    lake = MemoryLake()
    engine = PythonEngine(lake)
    waiting: dict[datetime, MinuteSet] = {}
    for version, (batch, outcome) in enumerate(zip(batches, outcomes, strict=False), start=1):
        for hour, minutes in dirty(lake.append(batch)).items():
            waiting[hour] = waiting.get(hour, MinuteSet()) | minutes
        cells = engine.fold(waiting).cells
        everything = lake.scan({HOUR: ALL_MINUTES})
        assert dict(cells) == (fold_hours(everything, waiting, repeat_window=REPEAT_WINDOW) if waiting else {})
        if outcome != "failed":
            engine.claimed(version, waiting if outcome == "granted" else ())
        if outcome == "granted":
            waiting = {}
