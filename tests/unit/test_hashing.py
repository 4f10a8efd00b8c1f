"""Keyed hashing of visitors: every engine makes the same of them, hashed or not."""

import json
from collections.abc import Callable

import attrs
import pytest
from hypothesis import given, settings

from admetrics.adapters.duckdb.database import DuckDBDatabase
from admetrics.adapters.duckdb.engine import DuckDBEngine
from admetrics.adapters.duckdb.lake import DuckDBLake
from admetrics.adapters.memory.lake import MemoryLake
from admetrics.adapters.python.engine import PythonEngine
from admetrics.app.erase import LakeOfRegister, Register
from admetrics.domain.arrival import ALL_MINUTES
from admetrics.domain.erasure import hashed
from admetrics.domain.event import canonical, winner
from admetrics.domain.fold import fold_hours
from admetrics.domain.record import COLUMNS, Record, decode
from admetrics.domain.times import HOUR, hour_of
from admetrics.domain.validity import REPEAT_WINDOW
from admetrics.testing import strategies as some
from admetrics.testing.examples import few_hours, for_all, unused_day
from admetrics.testing.strategies import moved

UID_KEY = b"a secret of the tests"
UID = COLUMNS.index("uid")


def no_key() -> bytes:
    raise AssertionError("nobody was erased")


def way_in(lake) -> LakeOfRegister:
    return LakeOfRegister(Register(lake=lake, key=no_key, uid_key=UID_KEY, decode=decode))


def folded(events):
    hours = {hour_of(event.time) for event in events}
    return fold_hours([event.interaction() for event in events], hours, repeat_window=REPEAT_WINDOW)


def winners(events):
    return [winner(each for each in events if each.id == own_id) for own_id in {event.id for event in events}]


@settings(deadline=None)
@given(some.visits())
def test_the_fold_and_the_python_engine_make_the_same_of_hashed_visitors(batches):
    """Repeats compare visitors for equality, and that stays; marks are judged before."""
    lake = MemoryLake()
    for batch in batches:
        way_in(lake).append(batch)
    events = winners([event for batch in batches for event in batch])
    hours = {hour_of(event.time): ALL_MINUTES for event in events}
    assert folded([hashed(event, key=UID_KEY) for event in events]) == folded(events)
    assert dict(PythonEngine(lake).fold(hours).cells) == folded(events)


def test_duckdb_makes_the_same_of_hashed_visitors(tmp_path):
    database = DuckDBDatabase(tmp_path / "lake.duckdb")
    lake, engine = DuckDBLake(database), DuckDBEngine(database)

    def check(batches):
        by = unused_day()
        moved_batches = [[moved(event, by) for event in batch] for batch in batches]
        for batch in moved_batches:
            way_in(lake).append(batch)
        hours = {few_hours(by).start + number * HOUR: ALL_MINUTES for number in range(3)}
        assert dict(engine.fold(hours).cells) == folded(winners([each for batch in moved_batches for each in batch]))

    for_all(check, some.visits(), examples=40)
    database.close()


@given(some.events(revisions=1))
def test_of_an_event_the_visitor_is_hashed_and_nothing_else_changes(event):
    """In its record too; the fingerprint is that of the record as it came."""
    left = hashed(event, key=UID_KEY)
    if event.uid is None:
        assert left is event
        return
    assert left.uid == hashed(event, key=UID_KEY).uid != event.uid
    assert left.fingerprint == event.fingerprint
    assert attrs.evolve(left.interaction(), uid=event.uid) == event.interaction()
    before, after = json.loads(event.record), json.loads(left.record)
    assert after[UID] == left.uid
    assert canonical(Record((*after[:UID], before[UID], *after[UID + 1 :]))) == event.record


@pytest.mark.parametrize("order", [list, reversed], ids=["hashed later", "hashed first"])
def test_reading_again_hashes_what_was_stored_before_there_was_a_secret(order: Callable):
    """Whichever copy comes first: the one that tells less stays."""
    event = some.click_at(some.FEW_HOURS.start, number=1, uid="u1")
    lake = MemoryLake()
    for append in order([lake.append, way_in(lake).append]):
        append([event])
    assert {each.uid for each in lake.scan({some.FEW_HOURS.start: 1})} == {hashed(event, key=UID_KEY).uid}


def test_another_secret_gives_another_hash_and_the_hash_does_not_show_the_visitor():
    event = some.click_at(some.FEW_HOURS.start, number=1, uid="u1")
    one, other = (hashed(event, key=key) for key in (UID_KEY, b"another secret"))
    assert one.uid != other.uid
    assert "u1" not in f"{one.uid} {one.record}"


def test_a_record_that_is_nested_too_deeply_to_be_read_again_is_dropped():
    """It could just be written when it came: it never fails."""
    event = attrs.evolve(some.click_at(some.FEW_HOURS.start, number=1, uid="u1"), record="[" * 100_000)
    left = hashed(event, key=UID_KEY)
    assert (left.record, left.fingerprint) == ("", event.fingerprint)
    assert left.uid != "u1"
