"""Times: UUIDs, cuts and periods."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid1

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admetrics.domain.errors import ConfigurationError
from admetrics.domain.times import (
    Period,
    TimeLimits,
    hour_of,
    hours_of,
    minute_of,
    ticks_of_uuid,
    time_of_ticks,
    utc_offset,
    utc_offset_text,
)
from admetrics.testing import strategies as some

MOMENTS = st.datetimes(timezones=st.just(UTC))


@given(st.integers(0, 2**56), st.integers(0, 2**14 - 1), st.integers(0, 2**48 - 1))
def test_the_time_in_a_uuid_is_exact_to_100_nanoseconds(ticks, sequence, node):
    text = some.uuid_at(ticks, clock_sequence=sequence, node=node)
    assert ticks_of_uuid(text) == ticks
    assert UUID(text).version == 1


def test_a_uuid_of_the_standard_library_is_read_alike():
    made = uuid1()
    found = ticks_of_uuid(str(made))
    assert found is not None
    assert found + 0x01B21DD213814000 == made.time


def test_times_before_1970_round_down_too():
    assert time_of_ticks(-1) == datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


@given(MOMENTS)
def test_cutting_goes_down_and_keeps_the_zone(moment):
    assert hour_of(moment) <= minute_of(moment) <= moment
    assert moment - hour_of(moment) < timedelta(hours=1)
    assert hour_of(moment).tzinfo is UTC


@given(st.lists(some.times(), max_size=20))
def test_hours_are_named_once_each(times):
    assert hours_of(times) == {time.replace(minute=0, second=0, microsecond=0) for time in times}


def test_a_period_includes_its_start_and_not_its_end():
    start, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    period = Period(start, end)
    assert start in period
    assert end not in period
    assert period.before() == Period(datetime(2026, 2, 28, tzinfo=UTC), start)


def test_a_period_that_ends_before_it_starts_is_refused_with_both_ends():
    with pytest.raises(ConfigurationError, match=r"2026-03-01.*2026-03-02.*swap"):
        Period(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize("offset", [timedelta(), timedelta(hours=7), -timedelta(hours=3, minutes=30)])
def test_limits_are_told_the_offset_of_the_clocks_in_their_own_unit(offset):
    now = datetime(2026, 3, 2, tzinfo=UTC)
    limits = TimeLimits.at(now, utc_offset=offset)
    assert time_of_ticks(limits.now + limits.utc_offset) == now + offset


@given(st.integers(0, 2**56), st.integers(0, 2**56))
def test_a_time_is_ahead_of_now_by_their_distance(ticks, now):
    assert TimeLimits(0, 0, now).ahead(ticks) == timedelta(microseconds=(ticks - now) // 10)


@given(st.integers(-14 * 60, 14 * 60))
def test_an_offset_is_read_as_it_is_written(minutes):
    offset = timedelta(minutes=minutes)
    text = utc_offset_text(offset)
    assert utc_offset(text) == utc_offset(text.replace(":", "")) == offset


@pytest.mark.parametrize("text", ["", "7", "+7", "+07:60", "+14:01", "-15", "+07:00:00", "UTC", "+\u0660\u0667", "7h"])
def test_what_is_no_offset_is_refused_with_an_example(text):
    with pytest.raises(ConfigurationError, match=r"is no offset from UTC: write e\.g\. \+07:00"):
        utc_offset(text)
