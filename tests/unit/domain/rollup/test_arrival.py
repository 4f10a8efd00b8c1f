from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from admetrics.domain.rollup.arrival import ArrivalKey, arrivals_of
from admetrics.domain.times import hour_of, minute_of
from admetrics.testing import strategies as some


@given(st.lists(some.times(), max_size=20))
def test_arrivals_name_every_touched_minute_of_every_touched_hour(times):
    arrivals = arrivals_of("batch", times, reach=timedelta())
    assert [arrival.key for arrival in arrivals] == [
        ArrivalKey("batch", hour) for hour in sorted(set(map(hour_of, times)))
    ]
    assert {minute for arrival in arrivals for minute in arrival.touched()} == set(map(minute_of, times))
    assert all(arrival.minutes for arrival in arrivals)


@given(st.lists(some.times(), max_size=20), st.integers(0, 3600))
def test_arrivals_name_every_minute_that_an_event_reaches(times, seconds):
    reach = timedelta(seconds=seconds)
    arrivals = arrivals_of("batch", times, reach=reach)
    touched = {minute for arrival in arrivals for minute in arrival.touched()}
    last = reach - timedelta(microseconds=1) if reach else reach
    assert touched == {
        minute_of(time) + timedelta(minutes=number)
        for time in times
        for number in range(62)
        if minute_of(time) + timedelta(minutes=number) <= time + last
    }
