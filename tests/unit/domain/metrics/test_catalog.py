"""The catalog is whole, and what was released stays as it is."""

import attrs
import pytest
from hypothesis import given

from admetrics.domain.events.kind import COUNTED
from admetrics.domain.metrics import catalog
from admetrics.domain.metrics.catalog import COUNTS, FIGURES, FUNNEL, HEADLINE, MEASURES, MONEY, RATES, RATIOS, REASONS
from admetrics.domain.metrics.entries import Difference, Measure, Ratio
from admetrics.domain.metrics.measures import Counts, Kpis, Measures, kpis
from admetrics.domain.reporting import hourly_table as events_table
from admetrics.domain.rules.validity import InvalidReason
from admetrics.testing import strategies as some

RELEASED = {
    "impressions": ("impressions", "count(*) FILTER (WHERE kind = 'impression')"),
    "page_views": ("page_views", "count(*) FILTER (WHERE kind = 'page_view')"),
    "clicks": ("clicks", "count(*) FILTER (WHERE kind = 'click')"),
    "conversions": ("conversion", "count(*) FILTER (WHERE kind = 'conversion')"),
    "qualified": ("qualified_application", "count(*) FILTER (WHERE kind = 'qualified')"),
    "disqualified": ("disqualified_application", "count(*) FILTER (WHERE kind = 'disqualified')"),
    "spend": ("spend_hour", "coalesce(sum(bid) FILTER (WHERE kind = 'click'), 0)"),
    "paid_clicks": ("paid_clicks", "count(*) FILTER (WHERE kind = 'click' AND bid IS NOT NULL)"),
    "valid_clicks": ("valid_clicks", "count(*) FILTER (WHERE kind = 'click' AND reason IS NULL)"),
    "valid_spend": ("valid_spend", "coalesce(sum(bid) FILTER (WHERE kind = 'click' AND reason IS NULL), 0)"),
    "internal_clicks": ("internal_clicks", "count(*) FILTER (WHERE kind = 'click' AND reason = 'internal')"),
    "robot_clicks": ("robot_clicks", "count(*) FILTER (WHERE kind = 'click' AND reason = 'robot')"),
    "repeat_clicks": ("repeat_clicks", "count(*) FILTER (WHERE kind = 'click' AND reason = 'repeat')"),
    "out_of_flight_clicks": (
        "out_of_flight_clicks",
        "count(*) FILTER (WHERE kind = 'click' AND reason = 'out_of_flight')",
    ),
}
"""The measures, their columns, and what they count. Digests and messages keep this order: new ones come last."""
FIXED = (
    "job_id", "dates", "hours", "publisher_id", "company_id", "campaign_id", "group_id",
    "disqualified_application", "qualified_application", "conversion", "clicks",
    "bid_set", "spend_hour", "sources", "latest_update_time",
    "impressions", "page_views", "event_hour", "version",
)  # fmt: skip


def test_released_measures_keep_their_names_columns_meaning_and_places():
    released = [
        (measure.name, (measure.column, measure.sql().removesuffix(f" AS {measure.name}")))
        for measure in MEASURES[: len(RELEASED)]
    ]
    assert released == list(RELEASED.items())
    assert [ratio.name for ratio in RATIOS][:7] == [
        "ctr", "cpc", "cpa", "cost_per_qualified", "apply_rate", "qualified_rate", "invalid_rate"
    ]  # fmt: skip


def test_columns_of_table_events_keep_their_places_and_new_ones_come_behind():
    later = [measure.column for measure in MEASURES if measure.column not in FIXED]
    assert (*FIXED, *later) == events_table.COLUMNS


@pytest.mark.parametrize("kind,listed", [(Measure, MEASURES), (Ratio, RATIOS)])
def test_every_entry_is_listed(kind, listed):
    assert set(listed) == {value for value in vars(catalog).values() if isinstance(value, kind)}


def test_names_columns_and_labels_are_those_of_one_figure():
    for what in ("name", "label"):
        assert len({getattr(figure, what) for figure in FIGURES}) == len(FIGURES)
    assert len({measure.column for measure in MEASURES}) == len(MEASURES)


def test_the_classes_have_a_field_for_each_entry():
    for made, figures in ((Measures, MEASURES), (Counts, COUNTS), (Kpis, RATIOS)):
        assert [field.name for field in attrs.fields(made)] == [figure.name for figure in figures]


@given(some.measures())
def test_entries_and_classes_compute_the_same(measures):
    assert measures.values == tuple(measure.of(measures) for measure in MEASURES) == attrs.astuple(measures)
    assert attrs.astuple(kpis(measures)) == tuple(ratio.of(measures) for ratio in RATIOS)
    counts = Counts.of(measures)
    assert attrs.astuple(counts) == tuple(measure.of(measures) for measure in COUNTS)
    for rate in RATES:
        assert getattr(counts, rate.name) == rate.of(counts) == rate.of(measures)
    assert measures.invalid_clicks == catalog.INVALID_CLICKS.of(measures)


@given(some.measures())
def test_outside_the_flight_a_measure_is_the_sum_of_those_that_the_catalog_names(measures):
    judged = measures.out_of_flight()
    for measure in MEASURES:
        assert measure.of(judged) == sum(each.of(measures) for each in catalog.out_of_flight(measure))
    assert catalog.VALID_CLICKS.of(judged) == catalog.VALID_SPEND.of(judged) == 0


def test_every_counted_kind_is_a_step_of_the_funnel_and_behind_what_it_follows():
    kinds = [step.kind for step in FUNNEL]
    assert set(kinds) == COUNTED
    assert len(kinds) == len(set(kinds))
    assert all(step.follows in kinds[: kinds.index(step.kind)] for step in FUNNEL if step.follows)


def test_every_reason_has_its_measure():
    assert [measure.only for measure in REASONS] == list(InvalidReason)


def test_what_is_shown_first_holds_no_money():
    assert set(HEADLINE).isdisjoint(MONEY)
    assert {figure for figure in FIGURES if figure.headline} == set(HEADLINE)


def test_a_ratio_is_said_in_words_and_divided_as_they_say():
    assert catalog.QUALIFIED_RATE.formula == "qualified applications / conversions"
    assert isinstance(catalog.INVALID_RATE.part, Difference)
    assert catalog.INVALID_RATE.formula == "invalid clicks / clicks"
    assert catalog.INVALID_RATE.of(Measures(clicks=4, valid_clicks=3)) == 0.25
