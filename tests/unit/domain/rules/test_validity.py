"""Which clicks are valid: examples by hand, and what holds whatever the clicks are."""

import attrs
from hypothesis import given
from hypothesis import strategies as st

from admetrics.domain.events.click_flags import ClickFlag
from admetrics.domain.events.kind import Kind
from admetrics.domain.metrics.measures import ZERO, Measures
from admetrics.domain.rollup.fold import fold, fold_hours
from admetrics.domain.rules.repeats import REPEAT_WINDOW, repeats_among
from admetrics.domain.rules.validity import InvalidReason, reasons_of
from admetrics.domain.times import HOUR
from admetrics.testing import strategies as some
from tests.unit.domain.rules.clicks import BORDER, WINDOWS, click, distinct

HOURS = [BORDER - HOUR, BORDER, BORDER + HOUR]


def total(events, window=REPEAT_WINDOW) -> Measures:
    return sum(fold_hours(events, HOURS, repeat_window=window).values(), ZERO)


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


@given(some.events())
def test_only_clicks_are_marked(event):
    if event.kind is not Kind.CLICK:
        assert event.marks is ClickFlag.NONE
