"""`Pipeline.ingest` sorts a batch out while the one before is being stored: the order of effects must stay."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from admetrics.adapters.memory.checkpoints import MemoryCheckpoints
from admetrics.adapters.memory.clock import ManualClock
from admetrics.adapters.memory.dead_letters import MemoryDeadLetters
from admetrics.adapters.memory.lake import MemoryLake
from admetrics.adapters.memory.source import MemorySource
from admetrics.app.parse import LineParser
from admetrics.app.pipeline import Pipeline
from admetrics.domain.errors import TransientError
from admetrics.domain.events.record import decode
from admetrics.domain.times import Period, TimeLimits
from admetrics.testing.strategies import uuid_at

NOW = datetime(2026, 4, 1, tzinfo=UTC)
BATCH = 10


def click(number):
    return f'{{"create_time": "{uuid_at(17_723_000_000_000_000 + number)}", "custom_track": "click"}}'.encode()


class Recorded:
    """Writes down, in one list, what is done to the source, the lake and the dead letters."""

    def __init__(self, part, name, done):
        self._part, self._name, self._done = part, name, done

    def __getattr__(self, method):
        def call(*args, **kwargs):
            result = getattr(self._part, method)(*args, **kwargs)
            self._done.append(f"{self._name}.{method}")
            return result

        return call


class Failing(MemoryLake):
    """A lake that fails at the third batch, once."""

    def __init__(self):
        super().__init__()
        self.batches = 0

    def append(self, events):
        self.batches += 1
        if self.batches == 3:
            raise TransientError("the lake is locked")
        return super().append(events)


def pipeline_with(lake, letters):
    unused: Any = None
    return Pipeline(
        lake=lake,
        dead_letters=letters,
        clock=ManualClock(NOW),
        parser=LineParser(decode=decode, limits_at=TimeLimits.at),
        ingest_batch_size=BATCH,
        new_request=unused,
        rollup_batch_hours=1,
        load_batch_size=1,
        checkpoints=MemoryCheckpoints(),
        **dict.fromkeys(("engine", "dimensions", "bus", "warehouse"), unused),
    )


def stored(lake):
    return sum(outcome.events for outcome in lake.outcomes(Period.always()))


def test_each_batch_is_stored_before_its_position_is_committed_and_after_the_one_before():
    done: list[str] = []
    lines = [*map(click, range(33)), b"no record", b" "]
    lake, letters = MemoryLake(), MemoryDeadLetters()
    pipeline = pipeline_with(Recorded(lake, "lake", done), Recorded(letters, "letters", done))
    seen: list[int] = []
    ingested = pipeline.ingest(
        Recorded(MemorySource(lines), "source", done), on_batch=lambda figures: seen.append(figures.lines)
    )
    assert (ingested.lines, ingested.read, ingested.accepted, ingested.dead_letters) == (35, 34, 33, 1)
    assert seen == [10, 10, 10, 5]
    assert stored(lake) == 33
    effects = [each for each in done if each not in {"source.poll", "lake.erased", "lake.identity"}]
    assert effects == [*3 * ["lake.append", "source.commit"], "lake.append", "letters.put", *2 * ["source.commit"]]


def test_a_batch_is_sorted_out_while_the_one_before_is_being_stored():
    polled_twice = threading.Event()

    class Waiting(MemoryLake):
        def append(self, events):
            assert polled_twice.wait(timeout=10), "nobody polled while this was being stored"
            return super().append(events)

    class Telling(MemorySource):
        polls = 0

        def poll(self, *, at_most):
            self.polls += 1
            if self.polls == 2:
                polled_twice.set()
            return super().poll(at_most=at_most)

    lake = Waiting()
    pipeline_with(lake, MemoryDeadLetters()).ingest(Telling(map(click, range(15))))
    assert stored(lake) == 15


def test_after_a_failure_everything_not_committed_is_polled_again():
    lake, source = Failing(), MemorySource(map(click, range(45)))
    pipeline = pipeline_with(lake, MemoryDeadLetters())
    with pytest.raises(TransientError):
        pipeline.ingest(source)
    assert source.lag() == 45 - 2 * BATCH
    assert pipeline.ingest(source).lines == 45 - 2 * BATCH
    assert stored(lake) == 45


def test_it_stops_after_the_current_batch_with_nothing_lost():
    lake, source = MemoryLake(), MemorySource(map(click, range(45)))
    pipeline = pipeline_with(lake, MemoryDeadLetters())
    batches: list[int] = []
    first = pipeline.ingest(source, stop=lambda: bool(batches), on_batch=lambda figures: batches.append(1))
    assert 0 < first.lines < 45
    assert stored(lake) == first.lines
    source.rewind()
    assert pipeline.ingest(source).lines == 45 - first.lines
    assert stored(lake) == 45


def test_a_source_with_nothing_gives_nothing():
    assert pipeline_with(MemoryLake(), MemoryDeadLetters()).ingest(MemorySource()).lines == 0
