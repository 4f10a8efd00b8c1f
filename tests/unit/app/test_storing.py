"""What does not fit into a store at once goes in parts, whatever asks for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admetrics.adapters.memory.dead_letters import MemoryDeadLetters
from admetrics.adapters.memory.lake import MemoryLake
from admetrics.adapters.memory.source import MemorySource
from admetrics.app import storing
from admetrics.domain.errors import InputError, TooLargeError, TransientError
from admetrics.domain.events.classify import LARGEST_RECORD
from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.rejection import Reason, Rejection
from tests.unit.app.stores import ALWAYS, NOW, Stores, event_of, line

BAD = Rejection(Reason.NOT_JSON, "the line is not strict JSON in UTF-8")


class SmallLake(MemoryLake):
    """Takes few bytes of records at once."""

    def __init__(self, room):
        super().__init__()
        self.room = room
        self.taken: list[int] = []

    def append(self, events):
        size = sum(len(event.record) for event in events)
        if size > self.room:
            raise TooLargeError("give it less at once")
        self.taken.append(len(events))
        return super().append(events)


class SmallDeadLetters(MemoryDeadLetters):
    """Takes few bytes at once."""

    def __init__(self, room):
        super().__init__()
        self.room = room

    def put(self, letters):
        if sum(len(letter.data) for letter in letters) > self.room:
            raise TooLargeError("give it less at once")
        super().put(letters)


def letter(number, size):
    return DeadLetter("a.jsonl", number, b"x" * size, BAD, NOW)


def events_in(lake):
    return sum(outcome.events for outcome in lake.outcomes(ALWAYS))


@given(st.integers(0, 40), st.integers(500, 3000))
def test_every_event_is_stored_and_no_more_calls_are_made_than_halves_need(number, room):
    lake = SmallLake(room)
    storing.append([event_of(line(each, job_id=1)) for each in range(number)], lake=lake)
    assert events_in(lake) == number
    assert sum(lake.taken) == number
    assert len(lake.taken) <= max(1, number)


def test_a_batch_that_fits_is_one_call():
    lake = SmallLake(10**6)
    storing.append([event_of(line(each)) for each in range(40)], lake=lake)
    assert lake.taken == [40]


def test_a_lake_without_any_room_is_told():
    with pytest.raises(TooLargeError):
        storing.append([event_of(line(each)) for each in range(40)], lake=SmallLake(10))


@given(st.lists(st.sampled_from([10, 2000, 9000, 60_000]), max_size=12))
def test_of_a_letter_that_does_not_fit_alone_its_beginning_is_kept(sizes):
    store = SmallDeadLetters(10_000)
    storing.put([letter(number, size) for number, size in enumerate(sizes)], dead_letters=store)
    kept = {each.line: each.data for each in store.all()}
    for number, size in enumerate(sizes):
        if size <= store.room:
            assert kept[number] == b"x" * size
        else:
            said = b"[60000 bytes, too many for the store of dead letters; they begin:] "
            assert kept[number] == said + b"x" * 1024 + b"\xff"
    assert len(kept) == len(sizes)


def test_a_store_of_dead_letters_without_any_room_is_told():
    with pytest.raises(TooLargeError):
        storing.put([letter(1, 100)], dead_letters=SmallDeadLetters(10))


@pytest.mark.parametrize("whole", [True, False])
def test_ingest_stores_whatever_does_not_fit_at_once(whole):
    records = [line(each, job_id=1, dt="x" * 500) for each in range(50)]
    bad = [b"{" * size for size in (10, 5000, 9999)]
    lake, letters = SmallLake(2000), SmallDeadLetters(6000)
    pipeline = Stores().pipeline(lake=lake, dead_letters=letters)
    source = MemorySource([*records, *bad])
    figures = pipeline.ingest(source) if whole else pipeline.ingest_batch(source)
    assert (figures.accepted, figures.dead_letters) == (50, 3)
    assert events_in(lake) == 50
    assert sorted(len(each.data) for each in letters.all())[:2] == [10, 1091]
    assert source.lag() == 0


def test_a_replay_stores_whatever_does_not_fit_at_once():
    lake = SmallLake(2000)
    stores = Stores()
    again = [DeadLetter("a", n, line(n, job_id=1, dt="x" * 500), BAD, NOW) for n in range(20)]
    stores.dead_letters.put(again)
    assert stores.pipeline(lake=lake).replay(again).accepted == 20
    assert events_in(lake) == 20


def test_messages_that_do_not_fit_into_the_dead_letters_do_not_stop_the_load():
    stores, letters = Stores(), SmallDeadLetters(3000)
    for size in (10, 2000, 2500, 9000):
        stores.log.append(b"x" * size)
    pipeline = stores.pipeline(dead_letters=letters, load_batch_size=10)
    assert pipeline.load().unreadable == 4
    assert len(list(letters.all())) == 4


@pytest.mark.parametrize("text", ["x", "\u00e9", "\x7f"])
def test_a_record_that_no_store_has_to_take_is_a_dead_letter_however_it_is_written(text):
    """It is decided by what it becomes: a character may take six bytes."""
    small, large = LARGEST_RECORD // 12, LARGEST_RECORD
    lines = [line(1, job_id=1, dt=text * small), line(2, job_id=1, dt=text * large), line(3, job_id=1)]
    stores = Stores()
    figures = stores.pipeline().ingest(MemorySource(lines))
    assert (figures.accepted, dict(figures.reasons)) == (2, {"too_large": 1})
    (kept,) = stores.dead_letters.all()
    assert (kept.line, kept.data) == (2, lines[1])


# The limit of dead letters


def test_a_run_stops_before_it_has_too_many_dead_letters_and_keeps_what_was_before():
    stores, source = Stores(), MemorySource([line(1), b"{", b"{1", line(2), b"{2", b"{3", line(3)], place="a.jsonl")
    with pytest.raises(InputError, match=r"^a\.jsonl, line 6: more than 3 .* raise dead_letter_limit"):
        stores.pipeline(ingest_batch_size=2, dead_letter_limit=3).ingest(source)
    assert (events_in(stores.lake), len(list(stores.dead_letters.all()))) == (2, 2)
    rest = stores.pipeline(dead_letter_limit=4).ingest(source)
    assert (rest.accepted, rest.dead_letters) == (1, 2)
    assert (events_in(stores.lake), len(list(stores.dead_letters.all()))) == (3, 4)


def test_ticks_count_until_nothing_is_waiting():
    """So a source that brings a bad record now and then is followed for ever, and a flood ends."""
    stores = Stores()
    pipeline = stores.pipeline(ingest_batch_size=1, dead_letter_limit=2)
    for number in range(3):
        source = MemorySource([b"{%d" % number, b"[%d" % number])
        for _ in range(3):
            pipeline.tick(source)
    flood = MemorySource([b"{"] * 3)
    pipeline.tick(flood)
    pipeline.tick(flood)
    with pytest.raises(InputError, match="more than 2 "):
        pipeline.tick(flood)
    assert flood.lag() == 1


def test_a_failure_is_not_counted():
    """What is polled again is counted when it is stored."""

    class Failing(MemoryDeadLetters):
        failures = 5

        def put(self, letters):
            if self.failures:
                self.failures -= 1
                raise TransientError("no answer")
            super().put(letters)

    pipeline, source = Stores().pipeline(dead_letters=Failing(), dead_letter_limit=2), MemorySource([b"{", b"["])
    for _ in range(5):
        with pytest.raises(TransientError):
            pipeline.ingest_batch(source)
    assert pipeline.ingest_batch(source).dead_letters == 2
