"""Which clicks are valid: examples by hand, and what holds whatever the clicks are."""

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from admetrics.domain.events.event import Event, winner
from admetrics.domain.events.kind import Kind
from admetrics.domain.fold import fold, fold_hours
from admetrics.domain.marks import CLICK_FLAGS, ClickFlag
from admetrics.domain.metrics.measures import ZERO, Measures
from admetrics.domain.times import HOUR
from admetrics.domain.validity import (
    REPEAT_WINDOW,
    Flight,
    InvalidReason,
    can_repeat,
    last_of_visits,
    reasons_of,
    repeats_among,
)
from admetrics.testing import strategies as some

BORDER = some.FEW_HOURS.start + HOUR
HOURS = [BORDER - HOUR, BORDER, BORDER + HOUR]
WINDOWS = st.integers(0, 120).map(lambda seconds: timedelta(seconds=seconds))


def click(after: float, number: int = 0, **columns) -> Event:
    return some.click_at(BORDER + timedelta(seconds=after), number=number, **{"uid": "u1", **columns})


def distinct(batches) -> list[Event]:
    """Return one copy of each event, as a lake holds them."""
    copies: dict[str, Event] = {}
    for event in (event for batch in batches for event in batch):
        copies[event.id] = winner([event, copies.get(event.id, event)])
    return list(copies.values())


def total(events, window=REPEAT_WINDOW) -> Measures:
    return sum(fold_hours(events, HOURS, repeat_window=window).values(), ZERO)


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
    late = last_of_visits(before, since=border - REPEAT_WINDOW)
    assert len({(event.uid, event.job) for event in late}) == len(late)
    known = repeats_among([*late, *after.values()], window=REPEAT_WINDOW)
    everything = repeats_among(clicks, window=REPEAT_WINDOW)
    assert after.keys() & known == after.keys() & everything


def test_the_last_click_of_a_visitor_says_more_than_the_ones_before():
    earlier, last, other = click(-10, 1), click(-1, 2), click(-5, 3, job=2)
    late = last_of_visits([last, other, earlier, click(-40, 4, job=3)], since=BORDER - REPEAT_WINDOW)
    assert sorted(late, key=lambda each: each.time) == [other, last]


def test_every_reason_is_known_and_the_first_in_their_order_decides():
    both = attrs.evolve(click(0), marks=ClickFlag.ROBOT | ClickFlag.INTERNAL)
    assert reasons_of(both.marks, repeat=True, in_flight=False) == tuple(InvalidReason)
    assert reasons_of(ClickFlag.NONE, repeat=True, in_flight=False) == (
        InvalidReason.REPEAT,
        InvalidReason.OUT_OF_FLIGHT,
    )
    assert reasons_of(ClickFlag.NONE, repeat=False) == ()
    [measures] = fold([both], repeats={both.id}).values()
    assert (measures.internal_clicks, measures.robot_clicks, measures.repeat_clicks) == (1, 0, 0)


@given(some.visits())
def test_valid_and_invalid_clicks_are_all_clicks(batches):
    measures = total(distinct(batches))
    by_reason = measures.internal_clicks + measures.robot_clicks + measures.repeat_clicks
    assert measures.valid_clicks + by_reason == measures.clicks
    assert measures.invalid_clicks == by_reason
    assert 0 <= measures.valid_spend <= measures.spend
    assert measures.paid_clicks <= measures.clicks
    judged = measures.out_of_flight()
    assert judged.out_of_flight_clicks + by_reason == judged.clicks == measures.clicks
    assert (judged.valid_clicks, judged.valid_spend, judged.spend) == (0, 0, measures.spend)


@given(some.visits(), WINDOWS, WINDOWS)
def test_a_wider_window_never_makes_a_click_valid(batches, one, other):
    events = distinct(batches)
    narrow, wide = sorted([one, other])
    assert repeats_among(events, window=narrow) <= repeats_among(events, window=wide)
    assert total(events, wide).valid_clicks <= total(events, narrow).valid_clicks
    assert total(events, wide).valid_spend <= total(events, narrow).valid_spend


@given(some.visits(), WINDOWS, st.data())
def test_the_order_and_the_hours_in_which_clicks_are_folded_do_not_matter(batches, window, data):
    events = distinct(batches)
    whole = fold_hours(events, HOURS, repeat_window=window)
    parts = [fold_hours(data.draw(st.permutations(events)), [hour], repeat_window=window) for hour in HOURS]
    assert {cell: measures for part in parts for cell, measures in part.items()} == whole


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


@pytest.mark.parametrize(
    "flight, inside",
    [
        (Flight(), True),
        (Flight(first=date(2026, 3, 2)), True),
        (Flight(first=date(2026, 3, 3)), False),
        (Flight(last=date(2026, 3, 2)), True),
        (Flight(last=date(2026, 3, 1)), False),
        (Flight(date(2026, 3, 2), date(2026, 3, 2)), True),
        (Flight(date(2026, 3, 3), date(2026, 3, 1)), False),
    ],
)
def test_both_days_belong_to_a_flight(flight, inside):
    for time in (datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 2, 23, 59, 59, 999999, UTC)):
        assert (time in flight) == inside


@given(st.sampled_from(CLICK_FLAGS), st.sampled_from(CLICK_FLAGS))
def test_a_copy_with_more_marks_wins_over_one_of_the_same_record(one, other):
    copies = [attrs.evolve(click(0), marks=marks) for marks in (one, other)]
    assert winner(copies).marks == winner(reversed(copies)).marks == max(one, other)


@given(some.events())
def test_only_clicks_are_marked(event):
    if event.kind is not Kind.CLICK:
        assert event.marks is ClickFlag.NONE
