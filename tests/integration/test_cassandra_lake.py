import random
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import attrs
import pytest
from cassandra.query import BatchStatement
from hypothesis import strategies as st

from admetrics.adapters.cassandra.cluster import CassandraKeyspace
from admetrics.adapters.cassandra.events import COLUMNS, SHARDS, milliseconds, values_of
from admetrics.adapters.cassandra.lake import CassandraLake
from admetrics.adapters.cassandra.schema import EVENTS
from admetrics.adapters.system import SystemClock
from admetrics.domain.errors import TransientError
from admetrics.domain.events.classify import classify
from admetrics.domain.events.erasure import erased, hashed, keyed
from admetrics.domain.events.event import REVISION, Event, Interaction
from admetrics.domain.events.record import JSON, Record
from admetrics.domain.rollup.arrival import Arrival
from admetrics.domain.rollup.minutes import ALL_MINUTES, MinuteSet
from admetrics.domain.rules.winner import winner
from admetrics.domain.times import HOUR, Period, ticks_of
from admetrics.testing.contracts.lake import LakeContract
from admetrics.testing.examples import for_all, unused_day
from admetrics.testing.strategies import LIMITS, UID_KEY, copies, events, moved, uuid_at
from tests.servers import Cassandra, Proxy, eventually

START = datetime(2010, 1, 1, 22, tzinfo=UTC)
"""Far from the days of the contract, which lie in one keyspace with these."""


@pytest.fixture(scope="module")
def keyspace(module_keyspace_url) -> Iterator[CassandraKeyspace]:
    keyspace = CassandraKeyspace(module_keyspace_url)
    yield keyspace
    keyspace.close()


@pytest.fixture
def lake(keyspace) -> CassandraLake:
    return CassandraLake(keyspace, clock=SystemClock())


class TestCassandraLake(LakeContract):
    examples = 10

    @pytest.fixture
    def reopen(self, module_keyspace_url) -> Iterator[Callable[[], CassandraLake]]:
        opened = []

        def reopen() -> CassandraLake:
            opened.append(CassandraKeyspace(module_keyspace_url))
            return CassandraLake(opened[-1], clock=SystemClock())

        yield reopen
        for each in opened:
            each.close()


def _event(number: int, *, at: datetime = START, **columns: object) -> Event:
    own_id = uuid_at(ticks_of(at), node=number)
    event = classify(Record.of({"create_time": own_id, "custom_track": "click", "job_id": 1, **columns}), limits=LIMITS)
    assert isinstance(event, Event)
    return event


def _stored(keyspace: CassandraKeyspace, event: Event) -> list[tuple]:
    statement = f"SELECT {', '.join(COLUMNS)} FROM {keyspace.table('events')} WHERE minute = ? AND shard = ? AND id = ?"
    minute, shard, own_id = values_of(event)[:3]
    return keyspace.execute(keyspace.bound(statement, minute, shard, UUID(own_id)))


def _row(event: Event) -> tuple:
    minute, shard, own_id, *others = values_of(event)[:-1]
    return (datetime.fromtimestamp(minute / 1000, UTC).replace(tzinfo=None), shard, UUID(own_id), *others)


# Winners


def test_every_column_comes_from_the_winner_whatever_the_order_of_writing(lake, keyspace):
    def check(copies_of_one: list[Event]) -> None:
        for order in permutations(copies_of_one):
            by = unused_day()
            written = [moved(copy, by) for copy in order]
            for copy in written:
                lake.append([copy])
            assert _stored(keyspace, written[0]) == [_row(winner(written))]

    disputes = events().flatmap(
        lambda event: st.lists(copies(event), min_size=2, max_size=3).map(lambda o: [event, *o[:2]])
    )
    for_all(check, disputes, examples=6)


def test_nothing_that_the_winner_leaves_out_is_taken_from_a_loser(lake, keyspace):
    full: dict[str, Any] = {"bid": 7, "uid": "u1", "publisher_id": 3, "campaign_id": 4, "group_id": 5, "ua": "agent"}
    for number, order in enumerate(permutations([_event(1, **full), _event(1), _event(1, uid="u1"), _event(1, bid=0)])):
        written = [moved(copy, by=timedelta(days=-400 - number)) for copy in order]
        for copy in written:
            lake.append([copy])
        (row,) = _stored(keyspace, written[0])
        assert row == _row(winner(written))
        assert None not in row


def test_copies_in_one_request_have_the_same_winner_as_copies_in_several(lake, keyspace):
    written = [_event(2, at=START - timedelta(days=900), bid=bid, uid=f"u{bid}") for bid in range(20)]
    random.Random(1).shuffle(written)
    lake.append(written)
    assert _stored(keyspace, written[0]) == [_row(winner(written))]


def test_a_later_revision_wins_over_every_fingerprint(lake, keyspace):
    at = START - timedelta(days=901)
    first = min((_event(3, at=at, bid=bid) for bid in range(50)), key=lambda copy: copy.fingerprint)
    later = [attrs.evolve(_event(3, at=at, bid=bid), revision=REVISION + 1) for bid in range(3)]
    lake.append([*later, first])
    lake.append([first])
    assert _stored(keyspace, first) == [_row(winner(later))]


def test_a_record_is_kept_exactly_integers_of_any_size_included(lake, keyspace):
    event = _event(
        4,
        at=START - timedelta(days=902),
        cd=10**30,
        tz=-(2**63) - 1,
        v="x",
        uid={"email": "a"},
        job_id=2**40,
        ua="\ud800",
    )
    lake.append([event])
    ((*_, record),) = _stored(keyspace, event)
    assert record == event.record


def test_records_that_are_together_larger_than_a_request_are_stored(lake, keyspace):
    stored = [_event(number, at=START - timedelta(days=903), ua="x" * 30_000) for number in range(10, 50)]
    lake.append(stored)
    for event in stored:
        assert _stored(keyspace, event) == [_row(event)]


# How it is read and written


class _Sent:
    """What a lake sends, traced."""

    def __init__(self, keyspace: CassandraKeyspace, monkeypatch: pytest.MonkeyPatch, *, trace: bool = False) -> None:
        self.statements: list = []
        self.futures: list = []
        send = keyspace._session.execute_async

        def send_and_note(statement, parameters=None, _trace=False, *others, **options):
            self.statements.append(statement)
            self.futures.append(send(statement, parameters, trace, *others, **options))
            return self.futures[-1]

        monkeypatch.setattr(keyspace._session, "execute_async", send_and_note)

    def partitions(self) -> set[tuple[int, int]]:
        """Return the minutes (in milliseconds) and shards of table `events` that were read."""
        reads = [
            statement
            for statement in self.statements
            if "events" in getattr(statement, "prepared_statement", statement).query_string
        ]
        return {
            (int.from_bytes(read.values[0], "big", signed=True), int.from_bytes(read.values[1], "big", signed=True))
            for read in reads
        }


def test_a_scan_reads_the_partitions_of_the_minutes_asked_for_and_no_others(lake, keyspace, monkeypatch):
    hour = START - timedelta(days=910)
    lake.append([_event(minute, at=hour + timedelta(minutes=minute)) for minute in (3, 4, 5, 40)])
    sent = _Sent(keyspace, monkeypatch)
    assert len(list(lake.scan({hour: MinuteSet.of(4, 5, 6)}))) == 2
    wanted = {milliseconds(hour + timedelta(minutes=minute)) for minute in (4, 5)}
    assert sent.partitions() == {(minute, shard) for minute in wanted for shard in range(SHARDS)}


def test_minutes_that_hold_nothing_are_not_read(lake, keyspace, monkeypatch):
    hour = START - timedelta(days=911)
    lake.append([_event(1, at=hour)])
    sent = _Sent(keyspace, monkeypatch)
    assert len(list(lake.scan({hour: ALL_MINUTES, hour + HOUR: ALL_MINUTES}))) == 1
    assert list(lake.outcomes(Period(hour, hour + HOUR)))
    assert sent.partitions() == {(milliseconds(hour), shard) for shard in range(SHARDS)}


def test_partitions_are_those_that_a_scan_reads(lake, keyspace, monkeypatch):
    hour = START - timedelta(days=915)
    lake.append([_event(minute, at=hour + timedelta(minutes=minute)) for minute in (3, 4, 40)])
    wanted = {hour: ALL_MINUTES - MinuteSet.of(4), hour + HOUR: ALL_MINUTES}
    sent = _Sent(keyspace, monkeypatch)
    list(lake.scan(wanted))
    assert set(lake.partitions(wanted)) == sent.partitions()
    assert len(lake.partitions(wanted)) == 2 * SHARDS


def test_the_number_of_events_is_estimated_from_few_partitions(lake, keyspace, monkeypatch):
    hour = START - timedelta(days=916)
    assert lake.estimate({hour: ALL_MINUTES}) == lake.estimate({}) == 0
    times = [hour + timedelta(minutes=number % 60, milliseconds=number) for number in range(2400)]
    lake.append([_event(number, at=time) for number, time in enumerate(times)])
    assert lake.estimate({hour: MinuteSet.of(0)}) == 40, "few partitions are counted"
    sent = _Sent(keyspace, monkeypatch)
    assert 1200 < lake.estimate({hour: ALL_MINUTES}) < 4800
    assert len(sent.partitions()) == 8


def test_hours_without_events_are_not_walked_through(lake, keyspace, monkeypatch):
    sent = _Sent(keyspace, monkeypatch)
    assert lake.hours(Period(datetime(1950, 1, 1, tzinfo=UTC), datetime(1990, 1, 1, tzinfo=UTC))) == []
    assert len(sent.statements) == 1


def test_the_server_is_asked_for_local_quorum_by_every_read_and_write(lake, keyspace, monkeypatch, cassandra_session):
    sent = _Sent(keyspace, monkeypatch, trace=True)
    hour = START - timedelta(days=912)
    for _ in range(3):  # the server writes traces as well as it can: some get lost when it is busy
        appended = lake.append([_event(number, at=hour) for number in range(3)])
        assert list(lake.scan({hour: MinuteSet.of(0)}))
        assert set(appended) <= set(lake.arrivals())
        lake.release(appended)
    monkeypatch.undo()
    kinds = {_kind(statement) for statement in sent.statements}
    assert len(kinds) >= 7

    def traced() -> dict[str, str]:
        return {
            _kind(statement): row.parameters["consistency_level"]
            for statement, future in zip(sent.statements, sent.futures, strict=True)
            for row in cassandra_session.execute(_TRACE, [future._query_traces[0].trace_id])
            if row.parameters
        }

    assert eventually(lambda: traced().keys() == kinds)
    assert set(traced().values()) == {"LOCAL_QUORUM"}


_TRACE = "SELECT parameters FROM system_traces.sessions WHERE session_id = %s"


def _kind(statement) -> str:
    """Return what a statement does, without its values."""
    if isinstance(statement, BatchStatement):
        return "batch"
    return getattr(statement, "prepared_statement", statement).query_string


def test_a_batch_of_events_needs_few_requests_each_for_one_partition(lake, keyspace, monkeypatch):
    sent = _Sent(keyspace, monkeypatch)
    hour = START - timedelta(days=913)
    lake.append([_event(number, at=hour) for number in range(1000)])
    batches = [statement for statement in sent.statements if isinstance(statement, BatchStatement)]
    assert len(batches) <= 1000 / 50 + SHARDS
    assert all(batch.routing_key for batch in batches)
    assert len(sent.statements) == len(batches) + 2  # and which minutes hold events, and the arrival


# Crashes and outages


def test_a_crash_between_events_and_arrival_is_made_good_by_appending_again(lake, monkeypatch):
    hour = START - timedelta(days=920)
    stored = [_event(number, at=hour + timedelta(minutes=number)) for number in range(5)]
    with monkeypatch.context() as crash:
        crash.setattr(lake._index, "record", _crash)
        with pytest.raises(KeyboardInterrupt):
            lake.append(stored)
    assert not [arrival for arrival in lake.arrivals() if arrival.hour == hour]
    appended = lake.append(stored)
    assert [arrival for arrival in lake.arrivals() if arrival.hour == hour] == list(appended)
    assert len(list(lake.scan({hour: ALL_MINUTES}))) == 5


def _crash(_arrivals: object) -> None:
    raise KeyboardInterrupt


@pytest.fixture
def proxied(cassandra, module_keyspace_url) -> Iterator[tuple[Proxy, CassandraLake]]:
    """A lake that gives up after 2 s, behind a proxy."""
    with Proxy(cassandra.port) as proxy:
        behind = module_keyspace_url.replace(f":{cassandra.port}", f":{proxy.port}").partition("?")[0]
        keyspace = CassandraKeyspace(f"{behind}?retry_for=2&timeout=1")
        yield proxy, CassandraLake(keyspace, clock=SystemClock())
        keyspace.close()


def test_no_answer_is_a_transient_error_after_a_bounded_time_and_then_it_works_again(lake, proxied):
    proxy, behind = proxied
    hour = START - timedelta(days=2930)
    stored = [_event(number, at=hour + timedelta(seconds=number)) for number in range(500)]
    for fail in (proxy.cut, proxy.drop):
        fail()
        began = datetime.now(UTC)
        with pytest.raises(TransientError, match=r"cassandra://127\.0\.0\.1:.* (cannot be reached|did not answer)"):
            behind.append(stored)
        with pytest.raises(TransientError):
            list(behind.scan({hour: ALL_MINUTES}))
        with pytest.raises(TransientError):
            behind.arrivals()
        assert datetime.now(UTC) - began < timedelta(seconds=20)
        proxy.fix()
        _eventually(lambda: behind.append(stored))
        assert len(list(behind.scan({hour: ALL_MINUTES}))) == 500


def test_a_cut_in_the_middle_is_made_good_without_the_caller_noticing(proxied):
    proxy, behind = proxied
    hour = START - timedelta(days=2931)
    stored = [_event(number, at=hour + timedelta(seconds=number)) for number in range(2000)]
    behind.append(stored[:10])
    keyspace = attrs.evolve(behind._keyspace.url, retry_for=30)
    behind._keyspace.url = keyspace
    proxy.cut_after(200)
    behind.append(stored)
    proxy.cut_after(5000)
    assert len(list(behind.scan({hour: ALL_MINUTES}))) == 2000


def _eventually(work: Callable[[], object], *, times: int = 10) -> object:
    for _ in range(times - 1):
        try:
            return work()
        except TransientError:  # each attempt takes the 2 s of `retry_for`
            pass
    return work()


def test_no_confirmed_event_is_lost_when_the_server_is_killed():
    with Cassandra() as server:
        keyspace = CassandraKeyspace(f"{server.url}/figures?retry_for=120&timeout=5")
        lake = CassandraLake(keyspace, clock=SystemClock())
        stored = [_event(number, at=START + timedelta(seconds=number % 600)) for number in range(6000)]
        batches = [stored[start : start + 200] for start in range(0, len(stored), 200)]
        lake.append(batches[0])
        begun = threading.Event()

        def kill_and_start() -> None:
            begun.wait(60)
            server.kill()
            server.start()

        killer = threading.Thread(target=kill_and_start)
        killer.start()
        arrivals: list[Arrival] = []
        for number, batch in enumerate(batches):
            if number == 3:
                begun.set()
            arrivals += lake.append(batch)
        killer.join()
        assert len(list(lake.scan({START: ALL_MINUTES}))) == len(stored)
        assert set(arrivals) <= set(lake.arrivals())
        keyspace.close()


def test_two_events_of_one_time_have_their_own_rows(lake):
    hour = START - timedelta(days=940)
    lake.append([_event(number, at=hour) for number in range(100)])
    assert len(list(lake.scan({hour: MinuteSet.of(0)}))) == 100
    assert UUID(_event(1).id).version == 1


# Erasure


def test_what_is_erased_is_written_over_the_copy_that_is_there(lake, keyspace):
    """Also over one that a release stored which did not know of protection."""
    event = _event(1, at=START - timedelta(days=920), uid="u920")
    lake.append([event])
    assert lake.erase({"u920": "erased-920"}, on_progress=lambda _: None) == 1
    assert _stored(keyspace, event) == [_row(erased(event, "erased-920"))]
    lake.append([event])
    lake.append([erased(event, "erased-920")])
    assert _stored(keyspace, event) == [_row(erased(event, "erased-920"))]


def test_a_copy_that_wins_over_an_erased_one_is_whole(lake, keyspace):
    competitors = [_event(1, at=START - timedelta(days=921), uid=f"u921-{bid}", bid=bid) for bid in range(5)]
    first, *_, best = sorted(competitors, key=lambda copy: -copy.fingerprint.int)
    lake.append([first])
    lake.erase({first.uid: "erased-921"}, on_progress=lambda _: None)
    lake.append(competitors)
    assert _stored(keyspace, best) == [_row(best)]


def test_hours_of_the_erased_are_rolled_up_again_also_when_the_first_try_was_cut(lake, monkeypatch):
    """A roll-up may have scanned clicks of one visitor under two names."""
    hour = START - timedelta(days=922)
    lake.release(
        lake.append([_event(number, at=hour + timedelta(minutes=5 * number), uid="u922") for number in (1, 2)])
    )
    with monkeypatch.context() as crash:
        crash.setattr(lake._index, "record", _crash)
        with pytest.raises(KeyboardInterrupt):
            lake.erase({"u922": "erased-922"}, on_progress=lambda _: None)
    assert hour not in {arrival.hour for arrival in lake.arrivals()}
    assert lake.erase({"u922": "erased-922"}, on_progress=lambda _: None) == 0
    assert {arrival.minutes for arrival in lake.arrivals() if arrival.hour == hour} == {MinuteSet.of(5, 10)}


# Under a key


def test_no_column_of_a_row_keeps_a_write_time_that_tells_of_the_plain_fingerprint(lake, keyspace):
    """Whether it was stored with the key, or hashed or erased before there was one: so a visitor cannot be guessed."""
    guesses = [_event(1, at=START - timedelta(days=2930), uid=str(number)) for number in range(1000)]
    event = guesses[617]
    now = hashed(event, key=UID_KEY)
    before = attrs.evolve(now, keyed=False, original=event.fingerprint_digits)
    assert _told(keyspace, lake, before) & _told_by(guesses), "it did tell"
    lake.erase({now.uid: "erased-930"}, on_progress=lambda _: None)
    lake.key_events(UID_KEY, on_progress=lambda _: None)
    assert not _told(keyspace, lake, before) & _told_by(guesses)
    assert not _told(keyspace, lake, now) & _told_by(guesses)


def _told(keyspace, lake, event: Event) -> set[int]:
    """Append an event, and return what the write times of its columns say, but for its revision and protection."""
    lake.append([event])
    columns = ", ".join(f"writetime({column})" for column in EVENTS.values)
    query = f"SELECT {columns} FROM {keyspace.table('events')} WHERE minute = ? AND shard = ? AND id = ?"
    minute, shard, own_id, *_ = values_of(event)
    (row,) = keyspace.execute(keyspace.bound(query, minute, shard, UUID(own_id)))
    microseconds = values_of(event)[COLUMNS.index("time")]
    return {(written - microseconds - protection) % 2**32 for written in row for protection in range(4)}


def _told_by(guesses: list[Event]) -> set[int]:
    return {(values_of(guess)[-1] - values_of(guess)[COLUMNS.index("time")]) % 2**32 for guess in guesses}


def test_a_lake_is_put_under_a_key_also_if_the_first_try_was_cut(lake, keyspace, monkeypatch):
    """No event is lost or there twice; those with made ids are rolled up again, the renamed ones of before, too."""
    at = START - timedelta(days=3311)
    stored = [_event(number, at=at + timedelta(minutes=number), uid=f"u{number}") for number in range(10)]
    made = [
        _classified({**columns, "create_time": "made"}, at=at + timedelta(minutes=number))
        for number in range(10)
        for columns in ({"uid": "u1"}, {"uid": "u2"})
    ]
    lake.release(lake.append([*stored, *made]))
    write, left = keyspace.write, iter(range(5))

    def cut(statements):
        if next(left, None) is None:
            raise KeyboardInterrupt
        write(statements)

    with monkeypatch.context() as crash:
        crash.setattr(keyspace, "write", cut)
        with pytest.raises(KeyboardInterrupt):
            lake.key_events(UID_KEY, on_progress=lambda _: None)
    lake.key_events(UID_KEY, on_progress=lambda _: None)
    hour = {at: ALL_MINUTES}
    assert sorted(lake.scan(hour), key=_id) == sorted(
        (keyed(event, key=UID_KEY).interaction() for event in [*stored, *made]), key=_id
    )
    touched = [{*arrival.minutes} for arrival in lake.arrivals() if arrival.hour == at]
    assert touched
    assert all({*range(10)} <= minutes for minutes in touched)
    assert {event.id for event in lake.scan(hour)} == {keyed(event, key=UID_KEY).id for event in [*stored, *made]}


def _id(interaction: Interaction) -> str:
    return interaction.id


def _classified(columns: dict[str, JSON], *, at: datetime) -> Event:
    record = {"custom_track": "click", "job_id": 1, "ts": f"{at:%Y-%m-%d %H:%M:%S}", **columns}
    event = classify(Record.of(record), limits=LIMITS)
    assert isinstance(event, Event)
    return event
