"""Ingest: every record becomes an event or a dead letter, whatever happens on the way."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admetrics.adapters.memory.source import MemorySource
from admetrics.app.ingest import Ingested
from admetrics.domain.errors import TransientError
from admetrics.domain.events.rejection import Reason
from admetrics.domain.times import TimeLimits
from admetrics.testing import strategies as some
from tests.unit.app.stores import ALWAYS, NOW, Fuse, KilledError, Stores, fuses, line, line_of

GOOD = line(1, job_id=1, bid=3)
BAD = b'{"create_time": null}'


def contents(stores):
    return list(stores.lake.outcomes(ALWAYS)), list(stores.dead_letters.all())


@settings(deadline=None)
@given(st.lists(some.lines(), max_size=12), st.integers(1, 5))
def test_read_is_accepted_and_dead_letters_and_nothing_else(lines, at_once):
    total = Stores().pipeline(ingest_batch_size=at_once).ingest(MemorySource(lines))
    records = [each for each in lines if each.strip(b" \t\r\n")]
    assert (total.lines, total.read) == (len(lines), len(records))
    assert total.read == total.accepted + total.dead_letters


@settings(deadline=None)
@given(some.batches(revisions=1), st.randoms(use_true_random=False))
def test_order_and_split_do_not_matter(batches, random):
    shuffled = [event for batch in batches for event in batch]
    random.shuffle(shuffled)
    one, other = Stores(), Stores()
    for batch in batches:
        one.pipeline().ingest(MemorySource(map(line_of, batch)))
    other.pipeline(ingest_batch_size=1).ingest(MemorySource(map(line_of, shuffled)))
    assert contents(one) == contents(other)


def test_reading_again_gives_the_same_figures_and_changes_nothing():
    stores, lines = Stores(), [GOOD, BAD, GOOD]
    first = stores.pipeline().ingest(MemorySource(lines))
    before = contents(stores)
    assert stores.pipeline().ingest(MemorySource(lines)) == first == Ingested(3, 3, 2, 1, {"no_create_time": 1})
    assert contents(stores) == before


def test_the_figures_of_batches_add_up():
    bad = [BAD, b"{", BAD, b" ", b"[]"]
    total = Stores().pipeline(ingest_batch_size=2).ingest(MemorySource([GOOD, *bad]))
    assert total == Ingested(6, 5, 1, 4, {"no_create_time": 2, "not_json": 1, "not_an_object": 1})


def test_custom_events_that_could_not_be_read_are_counted():
    """Where they were needed: a record that names job and publisher itself needs none."""
    lost = line(2, bid=3, ed="[object Object]")
    lines = [GOOD, lost, line(3, bid=3, ed="[object Object]", job_id=1, publisher_id=3), line(4, ed=[]), BAD, lost]
    total = Stores().pipeline(ingest_batch_size=2).ingest(MemorySource(lines))
    assert (total.accepted, total.dead_letters, total.unreadable_custom_events) == (5, 1, 2)
    assert Stores().pipeline().ingest_batch(MemorySource(lines)).unreadable_custom_events == 2


def test_a_dead_letter_says_what_it_was_where_it_came_from_and_when():
    stores = Stores()
    stores.pipeline().ingest(MemorySource([GOOD, b" ", BAD], place="clicks.jsonl"))
    (letter,) = stores.dead_letters.all()
    assert (letter.source, letter.line, letter.data, letter.seen) == ("clicks.jsonl", 3, BAD, NOW)
    assert letter.rejection.reason is Reason.NO_CREATE_TIME


def test_one_batch_is_not_larger_than_asked_for():
    source = MemorySource([GOOD] * 5)
    pipeline = Stores().pipeline(ingest_batch_size=2)
    assert [pipeline.ingest_batch(source).lines for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.parametrize("whole", [False, True])
def test_a_crash_at_any_effect_and_another_run_store_everything_once(whole):
    lines = [GOOD, BAD, line(2, job_id=2), GOOD]
    clean = Stores()
    clean.pipeline().ingest(MemorySource(lines))

    def run(fuse, stores=None, source=None):
        pipeline = (stores or Stores()).pipeline(fuse.wrap, ingest_batch_size=2)
        reading = fuse.wrap(source or MemorySource(lines))
        return pipeline.ingest(reading) if whole else pipeline.ingest_batch(reading)

    for fuse in fuses(run):
        stores, source = Stores(), MemorySource(lines)
        with pytest.raises(KilledError):
            run(fuse, stores, source)
        source.rewind()  # the position that a new process begins at
        stores.pipeline().ingest(source)
        assert contents(stores) == contents(clean)


def test_a_failure_at_any_effect_is_made_good_by_the_next_batch():
    """The process lives on, so the source has to be rewound by the service."""

    def run(fuse, source=None, stores=None):
        return (stores or Stores()).pipeline(fuse.wrap).ingest_batch(fuse.wrap(source or MemorySource([GOOD, BAD])))

    for fuse in fuses(run, lambda: TransientError("no answer")):
        stores, source = Stores(), MemorySource([GOOD, BAD])
        with pytest.raises(TransientError):
            run(fuse, source, stores)
        stores.pipeline().ingest(source)
        assert len(list(stores.dead_letters.all())) == 1
        assert [outcome.events for outcome in stores.lake.outcomes(ALWAYS)] == [1]


def test_ingest_stops_between_batches_with_nothing_lost():
    stores, source = Stores(), MemorySource([line(number, job_id=1) for number in range(6)])
    asked = iter([False, False, True])
    stopped = stores.pipeline(ingest_batch_size=2).ingest(source, stop=lambda: next(asked, True))
    assert stopped.read in {2, 4}
    source.rewind()
    rest = stores.pipeline().ingest(source)
    assert stopped.read + rest.read == 6


def test_each_batch_is_told():
    told: list[Ingested] = []
    total = Stores().pipeline(ingest_batch_size=2).ingest(MemorySource([GOOD, BAD, GOOD]), on_batch=told.append)
    assert sum(told, Ingested()) == total
    assert [batch.lines for batch in told] == [2, 1]


def test_a_fuse_that_is_not_lit_changes_nothing():
    """The tests of crashes rest on it."""
    stores = Stores()
    stores.pipeline(Fuse().wrap).ingest(MemorySource([GOOD]))
    assert [outcome.events for outcome in stores.lake.outcomes(ALWAYS)] == [1]


def ahead(*spans):
    """Ingest a record for each span that its time is ahead of now."""
    lines = [line(number, hour=NOW + span, job_id=1) for number, span in enumerate(spans, start=1)]
    return Stores().pipeline(limits=TimeLimits.at(NOW)).ingest(MemorySource(lines))


NOT_LONG = timedelta(minutes=28)
SECONDS = timedelta(seconds=30)
H7 = timedelta(hours=7)
H5_30 = timedelta(hours=5, minutes=30)


@pytest.mark.parametrize(
    "spans,told",
    [
        ([H7], H7),
        ([H7, H7 - NOT_LONG, H7 + SECONDS], H7),
        ([H5_30 - SECONDS] * 9 + [-H7], H5_30),
        ([H5_30 - SECONDS] * 8 + [-H7], None),
        ([timedelta(hours=1) - SECONDS] * 3, timedelta(hours=1)),
        ([timedelta(minutes=31)], None),
        ([timedelta(hours=14) + SECONDS], timedelta(hours=14)),
        ([timedelta(hours=15)], None),
        ([H7, H5_30], None),
        ([timedelta(), -H7], None),
        ([], None),
    ],
)
def test_clocks_are_ahead_if_nearly_all_records_are_by_the_same_half_hours(spans, told):
    """Accepted or not; they may have been on their way for up to half an hour."""
    assert ahead(*spans).clocks_ahead == told


def test_clocks_are_judged_by_all_batches_of_a_run():
    lines = [line(number, hour=NOW + H7, job_id=1) for number in range(1, 4)]
    total = Stores().pipeline(limits=TimeLimits.at(NOW), ingest_batch_size=1).ingest(MemorySource(lines))
    assert total.ahead == {"+07:00": 3}
    assert total.clocks_ahead == H7
