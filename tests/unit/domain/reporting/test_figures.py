from hypothesis import given
from hypothesis import strategies as st

from admetrics.domain.metrics.measures import ZERO, Measures
from admetrics.domain.reporting.figures import Figures
from admetrics.domain.rules.currency import Currency
from admetrics.testing import strategies as some

USD, VND, UNKNOWN = Currency.of(1, "USD"), Currency.of(2, "VND"), Currency.of(99, None)


@given(st.lists(st.tuples(st.sampled_from([USD, VND, UNKNOWN]), some.measures()), max_size=8))
def test_what_is_of_one_currency_is_added_up_and_nothing_else(parts):
    figures = Figures.of(parts)
    assert set(figures.currencies) == {currency for currency, _ in parts}
    for currency in (USD, VND, UNKNOWN):
        assert figures.measures(currency) == sum((each for own, each in parts if own == currency), start=ZERO)
    assert bool(figures) == any(measures for _, measures in parts)


def test_known_currencies_come_first_and_an_unknown_one_has_an_empty_code():
    parts = [(Currency.of(99, None), Measures(clicks=1)), (VND, Measures(clicks=2)), (USD, Measures(clicks=3))]
    assert [currency.code for currency in Figures.of(parts).currencies] == ["USD", "VND", ""]
