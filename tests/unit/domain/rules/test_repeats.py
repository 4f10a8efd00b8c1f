"""Which clicks are repeats: examples by hand, and what holds whatever the clicks are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admetrics.domain.rules.repeats import REPEAT_WINDOW, can_repeat, last_of_pairs, repeats_among
from admetrics.testing import strategies as some
from tests.unit.domain.rules.clicks import BORDER, WINDOWS, click, distinct


@pytest.mark.parametrize(
    "clicks, repeats",
    [
        ([click(0), click(29.999999)], [1]),
        ([click(0), click(30)], []),
        ([click(-20), click(9)], [1]),
        ([click(0), click(20), click(40), click(71)], [1, 2]),
        ([click(0), click(5, uid="u2")], []),
        ([click(0), click(5, job=2)], []),
        ([click(0, uid=None), click(5, uid=None)], []),
        ([click(0, job=0), click(5, job=0)], []),
        ([click(0, number=1), click(0, number=2), click(0, number=3)], [1, 2]),
        ([click(0, user_agent="robot"), click(5)], [1]),
    ],
    ids=[
        "just within the window", "at its end", "across a border of hours", "each is compared with the click before",
        "another visitor", "another job", "unknown visitors", "no job", "at the same time the smallest id is first",
        "after an invalid click",
    ],
)  # fmt: skip
def test_repeats_by_hand(clicks, repeats):
    found = repeats_among(reversed(clicks), window=REPEAT_WINDOW)
    assert found == {clicks[number].id for number in repeats}


@given(some.visits(), st.data())
def test_of_what_came_before_the_last_clicks_of_each_visitor_say_everything(batches, data):
    clicks = [event for event in distinct(batches) if can_repeat(event)]
    border = data.draw(st.sampled_from([BORDER, *(event.time for event in clicks)]))
    before = [event for event in clicks if event.time < border]
    after = {event.id: event for event in clicks if event.time >= border}
    late = last_of_pairs(before, since=border - REPEAT_WINDOW)
    assert len({(event.uid, event.job) for event in late}) == len(late)
    known = repeats_among([*late, *after.values()], window=REPEAT_WINDOW)
    everything = repeats_among(clicks, window=REPEAT_WINDOW)
    assert after.keys() & known == after.keys() & everything


def test_the_last_click_of_a_visitor_says_more_than_the_ones_before():
    earlier, last, other = click(-10, 1), click(-1, 2), click(-5, 3, job=2)
    late = last_of_pairs([last, other, earlier, click(-40, 4, job=3)], since=BORDER - REPEAT_WINDOW)
    assert sorted(late, key=lambda each: each.time) == [other, last]


@given(some.visits(), WINDOWS)
def test_a_repeat_has_a_click_before_it_and_the_first_of_a_visitor_is_none(batches, window):
    events = distinct(batches)
    repeats = repeats_among(events, window=window)
    for event in events:
        before = [
            other
            for other in events
            if (other.uid, other.job) == (event.uid, event.job)
            and (other.time, other.id) < (event.time, event.id)
            and event.time - other.time < window
        ]
        assert (event.id in repeats) == bool(event.uid is not None and event.job and before)
