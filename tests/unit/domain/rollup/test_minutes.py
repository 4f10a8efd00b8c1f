from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from admetrics.domain.rollup.minutes import ALL_MINUTES, MinuteSet, with_those_before
from admetrics.testing import strategies as some


@given(st.sets(st.integers(0, 59)), st.sets(st.integers(0, 59)))
def test_sets_of_minutes_behave_as_sets(first, second):
    one, other = MinuteSet.of(*first), MinuteSet.of(*second)
    assert list(one) == sorted(first)
    assert bool(one) == bool(first)
    assert (list(one | other), list(one & other), list(one - other)) == (
        sorted(first | second), sorted(first & second), sorted(first - second),
    )  # fmt: skip
    assert {minute for minute in range(60) if minute in one} == first
    assert MinuteSet(one.mask) == one
    assert one - ALL_MINUTES == MinuteSet()


@given(
    st.dictionaries(st.sampled_from([datetime(2026, 3, 1, hour, tzinfo=UTC) for hour in range(4)]), some.minute_sets()),
    st.integers(0, 3600),
)
def test_the_minutes_before_are_those_that_reach_into_the_minutes(minutes, seconds):
    reach = timedelta(seconds=seconds)
    chosen = {hour + timedelta(minutes=bit) for hour, of_hour in minutes.items() for bit in of_hour}
    found = {
        hour + timedelta(minutes=bit) for hour, of_hour in with_those_before(minutes, reach).items() for bit in of_hour
    }
    longest = range(1 + -(-seconds // 60))
    assert found == {minute - timedelta(minutes=number) for minute in chosen for number in longest}
