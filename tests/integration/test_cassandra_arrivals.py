import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from admetrics.adapters.cassandra.arrivals import ArrivalIndex, Window
from admetrics.adapters.cassandra.cluster import CassandraKeyspace
from admetrics.adapters.cassandra.events import aware
from admetrics.adapters.cassandra.schema import LAKE_TABLES, prepare
from admetrics.domain.errors import TransientError
from admetrics.domain.rollup.arrival import Arrival, ArrivalKey
from admetrics.domain.rollup.minutes import MinuteSet
from admetrics.domain.times import HOUR
from admetrics.testing.examples import HandClock

NOON = datetime(2026, 4, 1, 12, 0, 30, tzinfo=UTC)
BUCKET = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WINDOW = Window(bucket=MINUTE, overlap=10 * MINUTE, skew=MINUTE)


@pytest.fixture(scope="module")
def keyspace(cassandra, cassandra_session) -> Iterator[CassandraKeyspace]:
    name = f"keyspace_{uuid4().hex[:12]}"
    keyspace = CassandraKeyspace(f"{cassandra.url}/{name}?timeout=60")
    prepare(keyspace, LAKE_TABLES)
    yield keyspace
    keyspace.close()
    cassandra_session.execute(f"DROP KEYSPACE {name}", timeout=60)


@pytest.fixture(autouse=True)
def _nothing_there(keyspace):
    for table in ("arrivals", "marks"):
        keyspace.execute(f"TRUNCATE {keyspace.table(table)}")


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
def index(keyspace, clock) -> ArrivalIndex:
    return ArrivalIndex(keyspace, clock=clock, window=WINDOW)


@pytest.fixture
def sent(keyspace, monkeypatch) -> list[object]:
    """Note what is sent to the servers."""
    sent: list[object] = []
    send = keyspace._session.execute_async

    def send_and_note(*args, **options):
        sent.append(args)
        return send(*args, **options)

    monkeypatch.setattr(keyspace._session, "execute_async", send_and_note)
    return sent


class ScriptedClock:
    """Tells one time after the other, and the last one for ever."""

    def __init__(self, *times: datetime) -> None:
        self._times = list(times)

    def now(self) -> datetime:
        return self._times.pop(0) if len(self._times) > 1 else self._times[0]


def _arrivals(name: str, hours: int = 3) -> list[Arrival]:
    return [Arrival(ArrivalKey(name, BUCKET - number * HOUR), MinuteSet.of(number, 59)) for number in range(hours)]


def _buckets(keyspace: CassandraKeyspace) -> list[datetime]:
    """Return the buckets that hold a marker."""
    return sorted(aware(bucket) for (bucket,) in keyspace.execute(f"SELECT bucket FROM {keyspace.table('arrivals')}"))


def _mark(keyspace: CassandraKeyspace) -> datetime:
    ((mark,),) = keyspace.execute(f"SELECT time FROM {keyspace.table('marks')}")
    return aware(mark)


def _same(found: Iterable[Arrival], expected: Iterable[Arrival]) -> bool:
    return sorted(found, key=lambda each: each.key) == sorted(expected, key=lambda each: each.key)


# The writer


def test_an_arrival_is_recorded_in_the_bucket_of_its_time(index, keyspace):
    index.record(_arrivals("one"))
    assert _buckets(keyspace) == [BUCKET]


def test_a_marker_that_was_confirmed_in_time_is_written_once(keyspace):
    in_time = BUCKET + WINDOW.overlap - 2 * WINDOW.skew
    ArrivalIndex(keyspace, clock=ScriptedClock(NOON, in_time), window=WINDOW).record(_arrivals("one"))
    assert _buckets(keyspace) == [BUCKET]


def test_a_marker_that_was_confirmed_too_late_is_written_again_in_the_current_bucket(keyspace):
    late = BUCKET + WINDOW.overlap - 2 * WINDOW.skew + timedelta(microseconds=1)
    index = ArrivalIndex(keyspace, clock=ScriptedClock(NOON, late), window=WINDOW)
    index.record(_arrivals("one"))
    assert _buckets(keyspace) == [BUCKET, BUCKET + 8 * MINUTE]
    assert _same(index.read(), _arrivals("one"))


def test_the_marker_that_was_written_again_is_checked_too(keyspace):
    times = (NOON, NOON + 9 * MINUTE, NOON + 9 * MINUTE, NOON + 18 * MINUTE)
    ArrivalIndex(keyspace, clock=ScriptedClock(*times), window=WINDOW).record(_arrivals("one"))
    assert _buckets(keyspace) == [BUCKET, BUCKET + 9 * MINUTE, BUCKET + 18 * MINUTE]


def test_a_writer_that_is_always_too_late_gives_up(keyspace):
    class RunningClock(HandClock):
        def now(self) -> datetime:
            return self.advance(20 * MINUTE)

    with pytest.raises(TransientError, match="too slow"):
        ArrivalIndex(keyspace, clock=RunningClock(NOON), window=WINDOW).record(_arrivals("one"))


def test_what_a_reader_has_passed_by_meanwhile_is_found_where_it_was_written_again(keyspace, clock, index):
    """The writer stalls between reading its clock and its write; a reader goes on for half an hour."""
    reader = ArrivalIndex(keyspace, clock=clock, window=WINDOW)
    write = keyspace.write
    stalls = [30 * MINUTE]

    class StallingKeyspace:
        """Is slow once."""

        def __getattr__(self, name: str) -> object:
            return getattr(keyspace, name)

        def write(self, statements: Iterable[object]) -> None:
            if stalls:
                clock.advance(stalls.pop())
                assert reader.read() == []
                assert _mark(keyspace) > BUCKET
            write(statements)

    ArrivalIndex(StallingKeyspace(), clock=clock, window=WINDOW).record(_arrivals("one"))  # type: ignore[arg-type]
    assert _same(reader.read(), _arrivals("one"))


# The reader


def test_a_marker_that_becomes_visible_late_is_found_within_the_overlap(keyspace, clock, index):
    assert index.read() == []
    clock.advance(8 * MINUTE)
    assert index.read() == []
    ArrivalIndex(keyspace, clock=HandClock(NOON), window=WINDOW).record(_arrivals("late"))  # in the bucket of noon
    assert _same(index.read(), _arrivals("late"))


def test_an_earlier_arrival_is_found_after_a_later_one_was_released(keyspace, clock, index):
    clock.advance(5 * MINUTE)
    index.record(_arrivals("second"))
    index.release(index.read())
    ArrivalIndex(keyspace, clock=HandClock(NOON), window=WINDOW).record(_arrivals("first"))
    assert _same(index.read(), _arrivals("first"))


def test_markers_of_a_writer_whose_clock_is_ahead_are_found(keyspace, index):
    ahead = HandClock(NOON + 2 * WINDOW.skew)
    ArrivalIndex(keyspace, clock=ahead, window=WINDOW).record(_arrivals("ahead"))
    assert _same(index.read(), _arrivals("ahead"))


def test_a_first_start_finds_arrivals_of_any_age(keyspace, clock, index):
    index.record(_arrivals("one"))
    clock.advance(timedelta(days=400))
    index.record(_arrivals("two"))
    assert _same(ArrivalIndex(keyspace, clock=clock, window=WINDOW).read(), [*_arrivals("one"), *_arrivals("two")])


def test_arrivals_are_found_after_days_without_a_roll_up(keyspace, clock, index):
    index.release(index.read())
    index.record(_arrivals("one"))
    clock.advance(timedelta(days=2))
    index.record(_arrivals("two"))
    assert _same(ArrivalIndex(keyspace, clock=clock, window=WINDOW).read(), [*_arrivals("one"), *_arrivals("two")])


def test_what_is_not_released_keeps_the_mark_where_it_is(keyspace, clock, index):
    index.record(_arrivals("one"))
    for _ in range(3):
        clock.advance(timedelta(hours=1))
        index.record(_arrivals("more"))
        index.release([arrival for arrival in index.read() if arrival.key.batch == "more"])
        assert _mark(keyspace) == BUCKET
    index.release(_arrivals("one"))
    assert index.read() == []
    assert _mark(keyspace) == BUCKET + timedelta(hours=3) - WINDOW.overlap


def test_the_mark_never_passes_the_overlap(keyspace, index):
    assert index.read() == []
    assert _mark(keyspace) == BUCKET - WINDOW.overlap


def test_a_mark_ahead_of_time_does_not_hide_the_overlap(keyspace, clock, index):
    ArrivalIndex(keyspace, clock=HandClock(NOON + timedelta(days=1)), window=WINDOW).read()  # a clock that was wrong
    index.record(_arrivals("one"))
    assert _same(index.read(), _arrivals("one"))


def test_a_reading_costs_what_was_not_released_and_not_what_was(clock, index, sent):
    for number in range(5):
        clock.advance(timedelta(hours=1))
        index.record(_arrivals(f"append {number}"))
        index.release(index.read())
    index.read()
    sent.clear()
    assert index.read() == []
    assert len(sent) <= WINDOW.overlap / WINDOW.bucket + 2 * WINDOW.skew / WINDOW.bucket + 3


# Release


def test_some_hours_of_an_append_are_released_and_the_others_stay(index):
    arrivals = _arrivals("one", hours=5)
    index.record(arrivals)
    index.release(arrivals[1:3])
    assert _same(index.read(), [arrivals[0], *arrivals[3:]])
    index.release(arrivals[3:])
    assert _same(index.read(), arrivals[:1])
    index.release(arrivals[:1])
    assert index.read() == []


def test_a_marker_in_two_buckets_is_one_arrival_and_is_released_in_both(keyspace):
    index = ArrivalIndex(keyspace, clock=ScriptedClock(NOON, NOON + 9 * MINUTE), window=WINDOW)
    index.record(_arrivals("one"))
    assert len(_buckets(keyspace)) == 2
    found = index.read()
    assert _same(found, _arrivals("one"))
    index.release(found)
    assert _buckets(keyspace) == []


def test_two_who_release_at_once_lose_nothing_that_neither_released(keyspace, clock, index):
    first, second, third = _arrivals("one")
    index.record([first, second, third])
    other = ArrivalIndex(keyspace, clock=clock, window=WINDOW)
    index.read()
    other.read()
    index.release([first])
    other.release([second])  # knows nothing of the release of `first`
    assert third in index.read()
    index.release(index.read())
    assert index.read() == []


def test_appends_of_many_hours_leave_one_tombstone_each(keyspace, index):
    arrivals = [Arrival(ArrivalKey("wide", BUCKET - number * HOUR), MinuteSet.of(0)) for number in range(2000)]
    index.record(arrivals)
    for start in range(0, 2000, 500):
        index.release(arrivals[start : start + 500])
    assert index.read() == []
    assert _buckets(keyspace) == []


# Clocks that were wrong

YEARS = timedelta(days=1500)


def test_a_mark_that_a_wrong_clock_moved_hides_nothing_and_goes_back(keyspace, index, clock):
    ArrivalIndex(keyspace, clock=HandClock(NOON + YEARS), window=WINDOW).read()
    assert _mark(keyspace) > NOON
    index.record(_arrivals("one"))
    clock.advance(timedelta(hours=3))
    assert _same(index.read(), _arrivals("one"))
    assert _mark(keyspace) == BUCKET
    assert _same(ArrivalIndex(keyspace, clock=clock, window=WINDOW).read(), _arrivals("one"))


@pytest.mark.parametrize("wrong", [YEARS, -YEARS])
def test_what_a_writer_with_a_wrong_clock_recorded_is_found(keyspace, index, clock, wrong):
    """By a new reader at once, by one that runs within an hour; until it is released it is found again."""
    index.record(_arrivals("before"))
    assert _same(index.read(), _arrivals("before"))
    ArrivalIndex(keyspace, clock=HandClock(NOON + wrong), window=WINDOW).record(_arrivals("wrong"))
    both = [*_arrivals("before"), *_arrivals("wrong")]
    assert _same(ArrivalIndex(keyspace, clock=clock, window=WINDOW).read(), both)
    clock.advance(timedelta(hours=1))
    for _ in range(3):
        assert _same(index.read(), both)
        clock.advance(MINUTE)
    index.release(index.read())
    assert index.read() == []
    assert _buckets(keyspace) == []


def test_a_reader_whose_own_clock_came_back_looks_everywhere(keyspace, index, clock):
    index.record(_arrivals("one"))
    clock.advance(YEARS)
    index.read()
    index.record(_arrivals("ahead"))
    clock.advance(-YEARS)
    assert _same(index.read(), [*_arrivals("one"), *_arrivals("ahead")])


def test_a_mark_that_a_reader_left_years_back_has_nobody_read_years_of_buckets(keyspace, index, clock, sent):
    index.record(_arrivals("one"))
    index.read()
    ArrivalIndex(keyspace, clock=HandClock(NOON - YEARS), window=WINDOW).read()
    assert _mark(keyspace) < NOON - YEARS
    sent.clear()
    assert _same(index.read(), _arrivals("one"))
    assert len(sent) < 20
    assert _mark(keyspace) == BUCKET - WINDOW.overlap


def test_what_servers_with_a_wrong_clock_wrote_can_be_overwritten(keyspace, index, clock):
    """Of two writes the one with the later time wins, so these must not be of now."""
    index.record(_arrivals("one"))
    years = int((NOON + YEARS).timestamp() * 1_000_000)
    for table, key, value in (("arrivals", "bucket, name", "hours"), ("marks", "name", "time")):
        [row] = keyspace.execute(f"SELECT {key}, {value} FROM {keyspace.table(table)}") or [("arrivals", NOON + YEARS)]
        marks = ", ".join("?" * len(row))
        insert = f"INSERT INTO {keyspace.table(table)} ({key}, {value}) VALUES ({marks}) USING TIMESTAMP {years}"
        keyspace.execute(keyspace.bound(insert, *row))
    assert _mark(keyspace) > NOON
    found = index.read()
    assert _same(found, _arrivals("one"))
    assert _mark(keyspace) == BUCKET - WINDOW.overlap
    index.release(found[:1])
    assert len(index.read()) == 2
    index.release(found[1:])
    assert index.read() == []
    assert _buckets(keyspace) == []


def test_what_was_written_under_a_wrong_clock_can_be_overwritten(keyspace, index, clock, monkeypatch):
    """The servers say when something was written: what comes later wins, whatever the clocks of clients say."""
    with monkeypatch.context() as wrong:
        wrong.setattr(time, "time", (NOON + YEARS).timestamp)
        index.record(_arrivals("one"))
    assert len(index.read()) == 3
    index.release(index.read())
    assert index.read() == []
