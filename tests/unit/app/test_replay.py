"""Replay: dead letters that are good now go on their way, the others stay."""

from datetime import timedelta

import attrs
import pytest

from admetrics.adapters.memory.source import MemorySource
from admetrics.app.replay import Replayed
from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.rollup.message import encode_row
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.times import TimeLimits
from tests.unit.app.stores import HOUR, NOW, KilledError, Stores, clicked, fuses, line, settle

CELL = Cell(HOUR, 1, 0, 0, 0)
TOO_EARLY = TimeLimits.at(NOW, earliest=NOW)


def with_letters():
    """Return stores with a record that was refused because of the limits, a bad one, and a message of another time."""
    stores = Stores()
    stores.pipeline(limits=TOO_EARLY).ingest(MemorySource([line(1, job_id=1, bid=3), b"{"]))
    message = encode_row(Row(Cell(HOUR, 2, 0, 0, 0), Measures(clicks=1), None, 1, "Memory"))
    stores.dead_letters.put([DeadLetter("bus", 1, message, Rejection(Reason.BAD_MESSAGE, "schema is not 0"), NOW)])
    return stores


def replay_all(stores, wrap=lambda port: port):
    return stores.pipeline(wrap).replay(list(stores.dead_letters.all()))


def test_records_and_messages_that_are_good_now_are_accepted_and_removed():
    stores = with_letters()
    assert replay_all(stores) == Replayed(read=3, accepted=2, still_dead=1)
    (left,) = stores.dead_letters.all()
    assert left.data == b"{"
    settle(stores.pipeline())
    assert stores.table() == {
        CELL: (clicked(spend=3), None),
        Cell(HOUR, 2, 0, 0, 0): (Measures(clicks=1), None),
    }


def test_records_that_were_refused_under_a_clock_that_was_slow_are_accepted_when_it_is_right():
    stores = Stores()
    stores.pipeline(limits=TimeLimits.at(NOW - timedelta(days=400))).ingest(MemorySource([line(1, job_id=1, bid=3)]))
    (refused,) = stores.dead_letters.all()
    assert refused.rejection.reason is Reason.TIME_OUT_OF_RANGE
    assert replay_all(stores) == Replayed(read=1, accepted=1, still_dead=0)
    settle(stores.pipeline())
    assert stores.table() == {CELL: (clicked(spend=3), None)}


def test_nothing_to_replay_is_nothing_done():
    assert replay_all(Stores()) == Replayed(0, 0, 0)


def test_a_letter_that_is_still_dead_for_the_same_reason_stays_as_it_was():
    stores = with_letters()
    before = list(stores.dead_letters.all())
    kept = stores.pipeline(limits=TOO_EARLY).replay(before[:2])
    assert kept == Replayed(read=2, accepted=0, still_dead=2)
    assert list(stores.dead_letters.all()) == before


def test_a_letter_that_is_still_dead_has_the_reason_that_it_has_now():
    stores = Stores()
    stores.clock.advance(timedelta(days=1))
    old = DeadLetter("a.jsonl", 7, line(1, job_id=1), Rejection(Reason.NOT_JSON, "an older release"), NOW)
    stores.dead_letters.put([old])
    stores.pipeline(limits=TOO_EARLY).replay(stores.dead_letters.all())
    (renewed,) = stores.dead_letters.all()
    assert renewed.rejection.reason is Reason.TIME_OUT_OF_RANGE
    assert attrs.evolve(renewed, rejection=old.rejection) == old, "id and first time are the same"


def test_letters_are_replayed_in_portions_each_done_before_the_next_is_read():
    stores = Stores()
    letters = [
        DeadLetter("a", number, line(number, job_id=1) + b" " * 2**20, Rejection(Reason.BAD_BID, "then"), NOW)
        for number in range(1, 41)
    ]
    stores.dead_letters.put(letters)
    waiting = []

    def read():
        for number, letter in enumerate(letters):
            waiting.append(number - len(letters) + sum(stores.dead_letters.count().values()))
            yield letter

    assert stores.pipeline().replay(read()) == Replayed(read=40, accepted=40, still_dead=0)
    assert max(waiting) <= 8, "MiB"


def test_a_crash_at_any_effect_and_another_replay_lose_nothing():
    def run(fuse, stores=None):
        replay_all(stores or with_letters(), fuse.wrap)

    for fuse in fuses(run):
        stores = with_letters()
        with pytest.raises(KilledError):
            run(fuse, stores)
        replay_all(stores)
        assert [letter.data for letter in stores.dead_letters.all()] == [b"{"]
        settle(stores.pipeline())
        assert len(stores.table()) == 2
