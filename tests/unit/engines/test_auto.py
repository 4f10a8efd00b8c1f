import logging
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest

from admetrics.adapters.memory.lake import MemoryLake
from admetrics.domain.rollup.minutes import ALL_MINUTES, MinuteSet
from admetrics.engines.auto import AutoEngine
from admetrics.engines.python import PythonEngine
from admetrics.testing.contracts.engine import EngineContract
from admetrics.testing.strategies import FEW_HOURS, click_at


class LargeEngine(PythonEngine):
    """Reads whole hours, and notes what it was asked for."""

    def __init__(self, lake):
        super().__init__(lake, minutes_kept=0)
        self.asked = []

    def bulk(self, sink, *, estimate, events_from) -> Any:
        return sink, estimate, events_from

    def fold(self, dirty):
        self.asked.append(dirty)
        return super().fold(dirty)


def counting(lake):
    """Estimate exactly."""
    return lambda minutes: len(list(lake.scan(minutes)))


class TestAutoEngine(EngineContract):
    """With a border in the middle of what the suite appends."""

    @pytest.fixture
    def lake(self):
        return MemoryLake()

    @pytest.fixture
    def engine(self, lake):
        return AutoEngine(small=PythonEngine(lake), large=LargeEngine(lake), estimate=counting(lake), large_from=3)


class TestAutoEngineThatTakesTurns(TestAutoEngine):
    """What one engine claims, the other must not believe to know."""

    @pytest.fixture
    def engine(self, lake):
        sizes = cycle([0, 9, 0, 0, 9])
        return AutoEngine(
            small=PythonEngine(lake), large=LargeEngine(lake), estimate=lambda _: next(sizes), large_from=5
        )


@pytest.fixture
def lake():
    return MemoryLake()


@pytest.fixture
def large(lake):
    return LargeEngine(lake)


@pytest.fixture
def engine(lake, large):
    return AutoEngine(small=PythonEngine(lake), large=large, estimate=counting(lake), large_from=10)


HOUR = FEW_HOURS.start


def clicks(lake, minute: int, numbers: range):
    lake.append([click_at(HOUR + timedelta(minutes=minute), number=number) for number in numbers])


def test_the_large_engine_recomputes_in_bulk(large, engine):
    asked: Any = "a topic", engine.wanted, 7
    assert engine.bulk(asked[0], estimate=asked[1], events_from=asked[2]) == asked


def test_few_events_are_folded_here_and_many_elsewhere(lake, large, engine):
    clicks(lake, 0, range(9))
    engine.fold({HOUR: MinuteSet.of(0)})
    assert large.asked == []
    clicks(lake, 0, range(9, 10))
    engine.fold({HOUR: MinuteSet.of(0)})
    assert large.asked == [{HOUR: ALL_MINUTES}]


def test_what_counts_is_what_must_be_read_not_what_the_hour_holds(lake, large, engine):
    clicks(lake, 0, range(9))
    engine.fold({HOUR: MinuteSet.of(0)})
    engine.claimed(1, [HOUR])
    clicks(lake, 5, range(20, 25))
    folded = engine.fold({HOUR: MinuteSet.of(5)})  # 14 events, but 9 of them are known
    assert large.asked == []
    assert sum(measures.clicks for measures in folded.cells.values()) == 14


def test_an_hour_that_was_folded_elsewhere_is_read_whole_again(lake, large, engine):
    clicks(lake, 0, range(5))
    engine.fold({HOUR: MinuteSet.of(0)})
    engine.claimed(1, [HOUR])
    clicks(lake, 1, range(10, 30))
    engine.fold({HOUR: MinuteSet.of(1)})
    engine.claimed(2, [HOUR])
    assert len(large.asked) == 1
    folded = engine.fold({HOUR: MinuteSet.of(2)})
    assert folded.reused == {}
    assert large.asked[1] == {HOUR: ALL_MINUTES}, "25 events must be read, although one minute is dirty"


def test_a_late_event_in_a_large_hour_does_not_take_the_current_one_away(lake, large, engine):
    late, later = HOUR - timedelta(days=1), HOUR - timedelta(days=2)
    clicks(lake, 0, range(5))
    engine.fold({HOUR: MinuteSet.of(0)})
    engine.claimed(1, [HOUR])
    lake.append([click_at(late, number=number) for number in range(30)])
    folded = engine.fold({HOUR: MinuteSet.of(1), late: MinuteSet.of(0)})
    assert large.asked == [{late: ALL_MINUTES}]
    assert set(folded.reused.values()) == {1}
    assert sum(measures.clicks for measures in folded.cells.values()) == 35
    engine.claimed(2, [HOUR, late])
    assert len(engine.fold({HOUR: MinuteSet.of(2), later: MinuteSet.of(0)}).reused) == 59
    assert len(large.asked) == 1


def test_what_has_to_be_read_is_told_beforehand(lake, engine):
    clicks(lake, 0, range(5))
    assert engine.wanted({HOUR: MinuteSet.of(0)}) == {HOUR: ALL_MINUTES}
    engine.fold({HOUR: MinuteSet.of(0)})
    engine.claimed(1, [HOUR])
    assert engine.wanted({HOUR: MinuteSet.of(2)}) == {HOUR: MinuteSet.of(2)}
    engine.forget([HOUR])
    assert engine.wanted({HOUR: MinuteSet.of(2)}) == {HOUR: ALL_MINUTES}


def test_the_choice_is_logged(lake, engine, caplog):
    caplog.set_level(logging.DEBUG, "admetrics.engine")
    clicks(lake, 0, range(5))
    engine.fold({HOUR: MinuteSet.of(0)})
    clicks(lake, 0, range(5, 12))
    engine.fold({HOUR: MinuteSet.of(0)})
    assert caplog.messages == [
        "PythonEngine folds 1 hours, about 5 events to read",
        "LargeEngine folds 1 hours, about 12 events to read",
    ]
    assert [record.levelname for record in caplog.records] == ["DEBUG", "INFO"]


def test_without_hours_both_engines_are_asked_whether_they_are_there(large, engine):
    assert engine.fold({}).cells == {}
    assert large.asked == [{}]
