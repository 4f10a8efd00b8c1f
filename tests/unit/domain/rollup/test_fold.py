"""The fold is mergeable, and counts each event exactly once."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from admetrics.domain.events.click_flags import ClickFlag
from admetrics.domain.events.event import Interaction
from admetrics.domain.events.kind import COUNTED, Kind
from admetrics.domain.metrics.catalog import MEASURES
from admetrics.domain.metrics.entries import Aggregate
from admetrics.domain.metrics.measures import ZERO, Measures
from admetrics.domain.rollup.fold import fold, fold_hours, merge
from admetrics.domain.rules.outcome import outcome_of
from admetrics.domain.times import hour_of
from admetrics.testing import strategies as some


@given(st.lists(some.events(), max_size=12), st.data())
def test_any_order_and_any_split_give_the_same_cells(events, data):
    whole = fold(events)
    parts = data.draw(some.arrangements(events))
    assert merge(*map(fold, parts)) == whole
    assert fold(event.interaction() for event in events) == whole


@given(st.lists(some.events(), max_size=12))
def test_every_event_that_counts_is_counted_once(events):
    cells = fold(events)
    counts = Measures(*map(sum, zip(*(m.values for m in cells.values()), strict=True))) if cells else ZERO
    counted = Counter(event.kind for event in events if event.counts)
    for measure in MEASURES:
        if measure.quantity is Aggregate.ONE and measure.only is None:
            assert getattr(counts, measure.name) == counted[measure.kind]
    assert counts.spend == sum(event.bid or 0 for event in events if event.counts and event.kind is Kind.CLICK)


@given(st.lists(some.events(), max_size=12))
def test_every_cell_is_that_of_one_of_its_events_and_is_not_empty(events):
    for cell, measures in fold(events).items():
        assert measures
        assert cell.job != 0
        assert cell.hour == hour_of(cell.hour)


def test_only_the_hours_asked_for_are_folded_and_clicks_before_them_make_repeats():
    at = datetime(2026, 3, 1, 10, tzinfo=UTC)
    before = Interaction(at - timedelta(seconds=5), Kind.CLICK, 1, 0, 0, 0, 7, ClickFlag.NONE, "u1", "a")
    click = Interaction(at, Kind.CLICK, 1, 0, 0, 0, 7, ClickFlag.NONE, "u1", "b")
    [(cell, measures)] = fold_hours([click, before], {at}, repeat_window=timedelta(seconds=10)).items()
    assert (cell.hour, measures) == (at, Measures(clicks=1, spend=7, paid_clicks=1, repeat_clicks=1))
    [measures] = fold_hours([click, before], {at}, repeat_window=timedelta(seconds=5)).values()
    assert measures.repeat_clicks == 0


def test_an_hour_by_hand():
    at = datetime(2026, 3, 1, 10, tzinfo=UTC)
    click = Interaction(at, Kind.CLICK, 1, 2, 3, 0, 7, ClickFlag.NONE, "u1", "a")
    free = Interaction(at.replace(minute=59), Kind.CLICK, 1, 2, 3, 0, None, ClickFlag.NONE, None, "b")
    tested = Interaction(at, Kind.CLICK, 1, 2, 3, 0, 5, ClickFlag.INTERNAL | ClickFlag.ROBOT, None, "c")
    repeated = Interaction(at, Kind.CLICK, 1, 2, 3, 0, 11, ClickFlag.NONE, "u1", "d")
    applied = Interaction(at, Kind.CONVERSION, 1, 2, 3, 0, None, ClickFlag.NONE, None, "e")
    homeless = Interaction(at, Kind.CLICK, 0, 2, 3, 0, 100, ClickFlag.NONE, None, "f")
    [(cell, measures)] = fold([click, free, tested, repeated, applied, homeless], repeats={"d"}).items()
    assert (cell.hour, cell.job, cell.publisher, cell.campaign, cell.group) == (at, 1, 2, 3, 0)
    assert measures == Measures(
        clicks=4, conversions=1, spend=23, paid_clicks=3,
        valid_clicks=2, valid_spend=7, internal_clicks=1, repeat_clicks=1,
    )  # fmt: skip
    assert measures.mean_bid == 23 / 4


def test_there_is_a_count_for_each_counted_kind():
    assert {measure.kind for measure in MEASURES if measure.quantity is Aggregate.ONE} == COUNTED
    assert [measure.name for measure in MEASURES] == list(Measures.__annotations__)


@given(some.events())
def test_each_event_has_exactly_one_outcome_and_the_counted_ones_are_those_with_a_row(event):
    outcome = outcome_of(event.kind, event.name, has_job=event.job != 0)
    assert event.counts == (outcome in {kind.value for kind in COUNTED})


@given(some.rows(), st.lists(some.measures(), max_size=4))
def test_a_cell_that_is_in_several_folds_has_the_sum_of_its_figures(row, parts):
    merged = merge(*({row.cell: part} for part in parts))
    assert merged == ({row.cell: sum(parts, start=ZERO)} if parts else {})
