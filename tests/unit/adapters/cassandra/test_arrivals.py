from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from admetrics.adapters.cassandra.arrivals import Window
from admetrics.domain.errors import ConfigurationError

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WINDOW = Window(bucket=5 * SECOND, overlap=300 * SECOND, skew=30 * SECOND)

_seconds = st.integers(0, 900).map(lambda number: number * SECOND)
_skews = st.integers(-30, 30).map(lambda number: number * SECOND)


@example(writer=-30 * SECOND, reader=30 * SECOND, chosen=30 * SECOND, took=270 * SECOND)
@given(writer=_skews, reader=_skews, chosen=_seconds, took=_seconds)
def test_a_marker_that_stays_where_it_is_is_visible_before_any_reader_may_pass_its_bucket(writer, reader, chosen, took):
    """The argument of the module: true times, and two clocks that differ from them."""
    visible = NOON + chosen + took
    bucket = WINDOW.bucket_of(NOON + chosen + writer)
    read_before = visible - timedelta(microseconds=1)  # so the reader has not seen it
    if not WINDOW.is_late(bucket, visible + writer):
        assert WINDOW.complete(read_before + reader) <= bucket


@given(writer=_skews, reader=_skews, chosen=_seconds)
def test_a_marker_lies_within_the_buckets_that_every_reader_reads(writer, reader, chosen):
    bucket = WINDOW.bucket_of(NOON + chosen + writer)
    now = NOON + chosen + reader
    assert bucket in list(WINDOW.buckets(WINDOW.complete(now), now))


@given(_seconds)
def test_a_bucket_begins_at_or_before_its_times(after):
    bucket = WINDOW.bucket_of(NOON + after)
    assert bucket <= NOON + after < bucket + WINDOW.bucket


def test_a_marker_that_is_confirmed_at_once_is_not_late():
    narrow = Window(bucket=60 * SECOND, overlap=120 * SECOND, skew=30 * SECOND)
    assert not narrow.is_late(NOON, NOON + 60 * SECOND)


@pytest.mark.parametrize(
    "parts", [{"overlap": 119 * SECOND}, {"bucket": timedelta()}, {"skew": -SECOND}, {"skew": 31 * SECOND}]
)
def test_a_window_in_which_markers_are_late_from_the_beginning_is_refused(parts):
    sound = {"bucket": 60 * SECOND, "overlap": 120 * SECOND, "skew": 30 * SECOND}
    with pytest.raises(ConfigurationError, match="overlap of arrivals"):
        Window(**{**sound, **parts})
