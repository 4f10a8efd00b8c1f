from datetime import timedelta
from itertools import pairwise

import attrs
from hypothesis import example, given
from hypothesis import strategies as st

from admetrics.adapters.cassandra.events import (
    COLUMNS,
    KEYED_RANK,
    SHARDS,
    keyed_timestamp,
    last_of_plain,
    partitions,
    shard_of,
    values_of,
    write_timestamp,
)
from admetrics.adapters.cassandra.schema import EVENTS
from admetrics.domain.events.classify import classify
from admetrics.domain.events.erasure import keyed
from admetrics.domain.events.event import REVISION, Event, Protection, fingerprint
from admetrics.domain.events.record import Record
from admetrics.domain.rollup.minutes import ALL_MINUTES, MinuteSet
from admetrics.domain.rules.winner import winner
from admetrics.domain.times import EPOCH, hour_of
from admetrics.testing.strategies import LIMITS, UID_KEY, copies, events

_INTEGERS = {"tinyint": 2**7, "int": 2**31, "bigint": 2**63, "timestamp": 2**63}


def _timestamp(event: Event) -> int:
    return values_of(event)[-1]


@given(
    events(revisions=3).flatmap(
        lambda event: st.lists(copies(event, revisions=3), max_size=4).map(lambda o: [event, *o])
    )
)
def test_the_winner_has_the_highest_write_timestamp_of_all_copies(of_one):
    assert winner(of_one).record == max(of_one, key=_timestamp).record
    assert winner(of_one).revision == max(of_one, key=_timestamp).revision


@given(events(), st.integers(1, 14))
def test_a_higher_revision_beats_every_fingerprint(event, revision):
    without_fingerprint = write_timestamp(event, 0) - _of_fingerprint(event) + (revision - event.revision) * 2**32
    assert write_timestamp(attrs.evolve(event, revision=revision), 0) - _of_fingerprint(event) == without_fingerprint
    assert 0 <= _of_fingerprint(event) < 2**32


def _of_fingerprint(event: Event) -> int:
    """Return what the fingerprint adds to the write timestamp: the more, the smaller it is."""
    return 2**32 - 1 - (event.fingerprint.int >> 96)


@given(events(revisions=3).map(lambda event: attrs.evolve(event, keyed=False)), st.sampled_from(Protection))
def test_a_stored_copy_gets_the_write_timestamp_that_it_has_when_it_is_read_again(event, protection):
    """Of its fingerprint there is no more left than the write timestamp says."""
    microseconds = (event.time - EPOCH) // timedelta(microseconds=1)
    event = attrs.evolve(event, protection=protection)
    written = write_timestamp(event, microseconds)
    under_key = write_timestamp(keyed(event, key=UID_KEY), microseconds)
    assert keyed_timestamp(written, microseconds, event.revision, protection, key=UID_KEY) == under_key
    assert written <= last_of_plain(microseconds) < under_key


def test_a_key_is_worth_more_than_all_revisions():
    assert REVISION < KEYED_RANK - 1


def test_of_equal_revisions_the_smaller_fingerprint_beats_down_to_its_32nd_bit():
    records = [f"[{number}]" for number in range(200)]
    event = classify(Record.of({"create_time": "2aa10ec0-16d7-11f1-98f8-ff3f08b10e4b"}), limits=LIMITS)
    assert isinstance(event, Event)
    ordered = [attrs.evolve(event, record=record) for record in sorted(records, key=lambda each: fingerprint(each).int)]
    assert all(_timestamp(smaller) > _timestamp(larger) for smaller, larger in pairwise(ordered))


@given(events(revisions=3))
def test_no_value_is_null_and_every_integer_fits_its_column(event):
    kinds = {**EVENTS.partition, **EVENTS.clustering, **EVENTS.values}
    for column, value in zip(COLUMNS, values_of(event), strict=False):
        assert value is not None
        if kinds[column] in _INTEGERS:
            assert -_INTEGERS[kinds[column]] <= value < _INTEGERS[kinds[column]]


@given(events().flatmap(lambda event: st.tuples(st.just(event), copies(event))))
def test_copies_of_an_event_lie_in_one_partition(of_one):
    one, other = map(values_of, of_one)
    assert one[:3] == other[:3]


@given(events())
def test_an_event_lies_in_a_partition_of_its_minute(event):
    minute = MinuteSet.of(event.time.minute)
    assert values_of(event)[:2] in list(partitions({hour_of(event.time): minute}))
    assert values_of(event)[:2] not in list(partitions({hour_of(event.time): ALL_MINUTES - minute}))


@example("2aa10ec0-16d7-11f1-98f8-ff3f08b10e4b")
@given(st.uuids().map(str))
def test_there_are_as_many_shards_as_a_scan_reads(own_id):
    assert 0 <= shard_of(own_id) < SHARDS


def test_ids_of_one_tracker_spread_over_all_shards():
    shards = [shard_of(f"{number:08x}-16d7-11f1-98f8-ff3f08b10e4b") for number in range(0, 40_000, 10)]
    assert all(900 < shards.count(shard) < 1100 for shard in range(SHARDS))
