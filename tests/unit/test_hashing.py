"""Keyed hashing of visitors: every engine makes the same of them, hashed or not."""

import json
from collections.abc import Callable
from uuid import UUID

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admetrics.adapters.cassandra.events import values_of
from admetrics.adapters.duckdb.database import DuckDBDatabase
from admetrics.adapters.duckdb.engine import DuckDBEngine
from admetrics.adapters.duckdb.lake import DuckDBLake
from admetrics.adapters.memory.lake import MemoryLake
from admetrics.app.erase import ErasingLake, ErasureRegistry
from admetrics.domain.events.classify import classify
from admetrics.domain.events.erasure import (
    FINGERPRINT,
    ID,
    NOBODY,
    hashed,
    hashed_uid,
    keyed,
    keyed_beginning,
    keyed_fingerprint,
    pseudonym,
)
from admetrics.domain.events.event import Event, canonical, fingerprint
from admetrics.domain.events.record import COLUMNS, Record, decode
from admetrics.domain.rollup.fold import fold_hours
from admetrics.domain.rollup.minutes import ALL_MINUTES, MinuteSet
from admetrics.domain.rules.repeats import REPEAT_WINDOW
from admetrics.domain.rules.winner import winner
from admetrics.domain.times import HOUR, hour_of, ticks_of
from admetrics.engines.python import PythonEngine
from admetrics.testing import strategies as some
from admetrics.testing.examples import few_hours, for_all, unused_day
from admetrics.testing.strategies import UID_KEY, moved, uuid_at

UID = COLUMNS.index("uid")


def no_key() -> bytes:
    raise AssertionError("nobody was erased")


def way_in(lake, key=no_key) -> ErasingLake:
    return ErasingLake(ErasureRegistry(lake=lake, key=key, uid_key=UID_KEY, decode=decode))


def folded(events):
    hours = {hour_of(event.time) for event in events}
    return fold_hours([event.interaction() for event in events], hours, repeat_window=REPEAT_WINDOW)


def winners(events):
    return [winner(each for each in events if each.id == own_id) for own_id in {event.id for event in events}]


def hashed_winners(batches):
    return winners([hashed(event, key=UID_KEY) for batch in batches for event in batch])


@settings(deadline=None)
@given(some.visits())
def test_the_fold_and_the_python_engine_make_the_same_of_hashed_visitors(batches):
    """Repeats compare visitors for equality, and that stays; marks are judged before."""
    lake = MemoryLake()
    for batch in batches:
        way_in(lake).append(batch)
    events = {(event.id, event.record): event for batch in batches for event in batch}
    chosen = hashed_winners(batches)
    plain = [event for event in events.values() if hashed(event, key=UID_KEY) in chosen]
    hours = {hour_of(event.time): ALL_MINUTES for event in plain}
    assert folded(chosen) == folded(plain)
    assert dict(PythonEngine(lake).fold(hours).cells) == folded(plain)


def test_duckdb_makes_the_same_of_hashed_visitors(tmp_path):
    database = DuckDBDatabase(tmp_path / "lake.duckdb")
    lake, engine = DuckDBLake(database), DuckDBEngine(database)

    def check(batches):
        by = unused_day()
        moved_batches = [[moved(event, by) for event in batch] for batch in batches]
        for batch in moved_batches:
            way_in(lake).append(batch)
        hours = {few_hours(by).start + number * HOUR: ALL_MINUTES for number in range(3)}
        assert dict(engine.fold(hours).cells) == folded(hashed_winners(moved_batches))

    for_all(check, some.visits(), examples=40)
    database.close()


@given(some.events(revisions=1))
def test_of_an_event_the_visitor_is_hashed_and_nothing_else_changes(event):
    """In its record too; fingerprint and id are under the key, which says nothing of the record's own id."""
    left = hashed(event, key=UID_KEY)
    assert left.keyed
    assert left.fingerprint != event.fingerprint
    assert (left.id == event.id) == (UUID(event.id).version == 1)
    assert left.uid == hashed(event, key=UID_KEY).uid
    assert (left.uid == event.uid) == (event.uid is None)
    assert attrs.evolve(left.interaction(), uid=event.uid, id=event.id) == event.interaction()
    before, after = json.loads(event.record), json.loads(left.record)
    if event.uid is None:
        assert after == before
        return
    assert after[UID] == left.uid
    assert canonical(Record((*after[:UID], before[UID], *after[UID + 1 :]))) == event.record


# What somebody can find out who has the lake, and not the key

GUESSES = [str(number) for number in range(500, 700)]
VISITOR = "617"
ERASURE_KEY = b"another secret of the tests"


@pytest.mark.parametrize("own_id", [uuid_at(ticks_of(some.FEW_HOURS.start), node=1), "made"], ids=["own", "made"])
@pytest.mark.parametrize("stored", ["with the key", "before fingerprints were keyed", "and erased", "when erased"])
def test_who_has_the_lake_cannot_test_a_guess_of_a_hashed_visitor(tmp_path, own_id, stored):
    """Nothing that follows from a guess and the other columns lies in the lake: no column, no byte, no write time."""
    columns = {"create_time": own_id, "ts": "2026-03-01 22:00:00", "custom_track": "click", "job_id": 7}
    guesses = [event_of({**columns, "uid": guess}) for guess in GUESSES]
    event = guesses[GUESSES.index(VISITOR)]
    database = DuckDBDatabase(tmp_path / "lake.duckdb")
    lake = DuckDBLake(database)
    if stored == "before fingerprints were keyed":
        left = hashed(event, key=UID_KEY)
        lake.append([attrs.evolve(left, id=event.id, original=event.fingerprint_digits, keyed=False)])
        way_in(lake).append([event_of({**columns, "create_time": "other"})])
    else:
        if stored == "when erased":
            lake.note_erased([pseudonym(name, key=ERASURE_KEY) for name in (NOBODY, VISITOR)])
        way_in(lake, lambda: ERASURE_KEY).append([event])
    if stored == "and erased":
        lake.erase({hashed_uid(VISITOR, key=UID_KEY): "erased-1"}, on_progress=lambda _: None)
    found = str(database.query("SELECT COLUMNS(*)::VARCHAR FROM events"))
    database.close()
    held = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for guess in guesses:
        assert str(guess.fingerprint) not in found
        assert own_id != "made" or guess.id not in found
        for bits in (guess.fingerprint, UUID(guess.id)):
            if bits.version != 1:
                # DuckDB turns the first bit over, so that UUIDs are ordered as its integers are.
                number = bits.int ^ 1 << 127
                assert bits.bytes not in held
                assert number.to_bytes(16, "little") not in held
                assert bits.hex.encode() not in held
    written = {values_of(guess)[-1] & 2**32 - 1 for guess in guesses}
    near = values_of(hashed(event, key=UID_KEY))[-1] & 2**32 - 1
    assert written.isdisjoint(range(near - 3, near + 4))


def event_of(columns):
    event = classify(Record.of(columns), limits=some.LIMITS)
    assert isinstance(event, Event)
    return event


def test_a_name_cannot_ask_for_the_code_of_a_fingerprint():
    """A visitor chooses their name, and the lake shows its code: no name is hashed as a fingerprint or an id is."""
    for beginning in (FINGERPRINT, ID):
        with pytest.raises(UnicodeDecodeError):
            beginning.decode("utf-8")


@given(st.text(max_size=90).map(str.encode) | st.binary(min_size=1, max_size=90), some.good_records())
def test_a_store_that_keeps_the_beginning_of_a_fingerprint_can_put_it_under_the_key(key, record):
    digits = fingerprint(canonical(record)).hex
    key = key or b"key"
    assert keyed_fingerprint(digits, key=key)[:8] == keyed_beginning(digits[:8], key=key)


# A lake that had no key


@pytest.mark.parametrize("order", [list, reversed], ids=["hashed later", "hashed first"])
def test_reading_again_hashes_what_was_stored_before_there_was_a_secret(order: Callable):
    """Whichever copy comes first: the one that tells less stays."""
    event = some.click_at(some.FEW_HOURS.start, number=1, uid="u1")
    lake = MemoryLake()
    for append in order([lake.append, way_in(lake).append]):
        append([event])
    assert {each.uid for each in lake.scan({some.FEW_HOURS.start: MinuteSet.of(0)})} == {hashed(event, key=UID_KEY).uid}


def test_another_secret_gives_another_hash_and_the_hash_does_not_show_the_visitor():
    event = some.click_at(some.FEW_HOURS.start, number=1, uid="u1")
    one, other = (hashed(event, key=key) for key in (UID_KEY, b"another secret"))
    assert one.uid != other.uid
    assert "u1" not in f"{one.uid} {one.record}"


def test_a_record_that_is_nested_too_deeply_to_be_read_again_is_dropped():
    """It could just be written when it came: it never fails."""
    event = attrs.evolve(some.click_at(some.FEW_HOURS.start, number=1, uid="u1"), record="[" * 100_000)
    left = hashed(event, key=UID_KEY)
    assert (left.record, left.fingerprint) == ("", keyed(event, key=UID_KEY).fingerprint)
    assert left.uid != "u1"
