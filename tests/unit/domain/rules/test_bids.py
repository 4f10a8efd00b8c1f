"""What a click costs under the terms of a publisher."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admetrics.domain.events.integers import LARGEST
from admetrics.domain.rules.bids import NO_TERMS, BidTerms

AMOUNTS = st.none() | st.decimals("0", "1000", places=2)
TERMS = st.builds(BidTerms, AMOUNTS, AMOUNTS, AMOUNTS)
BIDS = st.integers(1, LARGEST)


@pytest.mark.parametrize(
    "terms, bid, cost",
    [
        (BidTerms(Decimal(5)), 13, Decimal(10)),
        (BidTerms(Decimal(5)), 4, Decimal(0)),
        (BidTerms(Decimal(5), Decimal(5)), 4, Decimal(5)),
        (BidTerms(minimum=Decimal(2)), 1, Decimal(2)),
        (BidTerms(minimum=Decimal(2)), 0, Decimal(0)),
        (BidTerms(maximum=Decimal("10.5")), 11, Decimal("10.5")),
        (BidTerms(Decimal(1), Decimal(0), Decimal(10)), 7, Decimal(7)),
        (BidTerms(Decimal(0)), 7, Decimal(7)),
        (BidTerms(Decimal(-1)), 7, Decimal(7)),
        (BidTerms(minimum=Decimal(9), maximum=Decimal(3)), 5, Decimal(3)),
        (NO_TERMS, 7, Decimal(7)),
        (BidTerms(minimum=Decimal(2)), None, Decimal(0)),
    ],
)
def test_a_bid_is_brought_within_the_terms(terms, bid, cost):
    assert terms.cost(bid) == cost


@given(TERMS, BIDS)
def test_a_cost_is_never_above_the_maximum_and_never_below_the_minimum_that_it_allows(terms, bid):
    cost = terms.cost(bid)
    highest = terms.maximum if terms.maximum is not None else Decimal("Infinity")
    assert min(terms.minimum or 0, highest) <= cost <= highest


@given(TERMS, BIDS, BIDS)
def test_a_higher_bid_never_costs_less(terms, one, other):
    low, high = sorted([one, other])
    assert terms.cost(low) <= terms.cost(high)
