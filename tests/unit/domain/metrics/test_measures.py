"""Ratios are ratios of sums."""

from hypothesis import given
from hypothesis import strategies as st

from admetrics.domain.metrics.measures import ZERO, Measures, kpis
from admetrics.testing import strategies as some


def test_by_hand():
    found = kpis(Measures(impressions=1000, clicks=40, conversions=8, qualified=2, disqualified=1, spend=100))
    assert found.ctr == 0.04
    assert found.cpc == 2.5
    assert found.cpa == 12.5
    assert found.cost_per_qualified == 50
    assert found.apply_rate == 0.2
    assert found.qualified_rate == 0.25


def test_nothing_divided_by_nothing_is_not_a_number_but_null():
    found = kpis(ZERO)
    assert [found.ctr, found.cpc, found.cpa, found.cost_per_qualified, found.apply_rate, found.qualified_rate] == [
        None
    ] * 6


@given(st.lists(some.measures(), min_size=1, max_size=5))
def test_the_ratio_of_a_sum_lies_between_the_ratios_of_its_parts(parts):
    total = sum(parts, start=ZERO)
    ratios = [ratio for ratio in (kpis(part).cpc for part in parts if part.clicks) if ratio is not None]
    paid = [part for part in parts if part.clicks or not part.spend]
    whole = kpis(total).cpc
    if whole is not None and len(paid) == len(parts):
        assert min(ratios) * (1 - 1e-12) <= whole <= max(ratios) * (1 + 1e-12)


@given(st.lists(some.measures(), max_size=5))
def test_measures_merge_in_any_order(parts):
    assert sum(parts, start=ZERO) == sum(reversed(parts), start=ZERO)
    assert bool(sum(parts, start=ZERO)) == any(parts)
