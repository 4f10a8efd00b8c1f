"""Spend rules: exact amounts, currencies that never meet, units that are known or said to be unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admetrics.domain.metrics.measures import Measures
from admetrics.domain.reporting.figures import Figures
from admetrics.domain.rules.budget_unit import (
    RULES,
    SPELLINGS,
    UNITS,
    CostPerClick,
    FlatUnits,
    UnknownUnit,
    rule_of,
)
from admetrics.domain.rules.currency import CURRENCIES, Currency
from admetrics.testing import strategies as some

USD, VND, UNKNOWN = Currency("USD"), Currency("VND"), Currency("", 99)
FIGURES = Figures(
    {
        USD: Measures(clicks=6, conversions=2, qualified=1, spend=45, valid_clicks=4, valid_spend=30),
        VND: Measures(clicks=2, conversions=1, spend=70_000, valid_clicks=2, valid_spend=70_000),
        UNKNOWN: Measures(clicks=3, spend=9, valid_clicks=1, valid_spend=5),
        Currency("EUR"): Measures(clicks=2, spend=8, robot_clicks=1, out_of_flight_clicks=1),
    }
)
figures_of = st.dictionaries(
    st.sampled_from([USD, VND, UNKNOWN, Currency("", 7), Currency("EUR")]), some.measures(), max_size=5
).map(Figures)


def test_by_hand():
    """USD 30 for 4 valid clicks, VND 70,000 for 2, 5 with a publisher of no known currency; none is valid in EUR."""
    assert rule_of("USD").spent(FIGURES).amount == 30
    assert rule_of("USD").spent(FIGURES).beside == {VND: 70_000, UNKNOWN: 5}
    assert rule_of("EUR").spent(FIGURES).amount == 0
    assert rule_of("clicks").spent(FIGURES).amount == 7
    assert rule_of("conversions").spent(FIGURES).amount == 3
    assert rule_of("qualified applications").spent(FIGURES).amount == 1
    assert rule_of("clicks").spent(FIGURES).beside == {USD: 30, VND: 70_000, UNKNOWN: 5}
    assert rule_of("shillings").spent(FIGURES).amount is None
    assert rule_of("shillings").spent(FIGURES).beside == {USD: 30, VND: 70_000, UNKNOWN: 5}


@given(figures_of, st.sampled_from(["USD", "VND", "CHF", "clicks", "conversions", "qualified", "dollars", None]))
def test_money_is_spent_or_stands_beside_and_never_vanishes(figures, unit):
    """Each currency is in one place or the other, with the amount that its valid clicks cost."""
    rule = rule_of(unit)
    spent = rule.spent(figures)
    shown = {**spent.beside, Currency(rule.unit): spent.amount} if isinstance(rule, CostPerClick) else spent.beside
    costs = {currency: each.valid_spend for currency, each in figures.currencies.items() if each.valid_spend}
    assert {currency: amount for currency, amount in shown.items() if amount} == costs
    assert all(type(amount) is int for amount in shown.values())


@given(figures_of, figures_of, st.sampled_from(["USD", "clicks", "conversions", "qualified"]))
def test_what_two_parts_spend_is_what_both_spend(one, other, unit):
    both = Figures.of([*one.currencies.items(), *other.currencies.items()])
    spent = [rule_of(unit).spent(figures).amount or 0 for figures in (one, other, both)]
    assert spent[0] + spent[1] == spent[2]


@pytest.mark.parametrize("code", ["USD", "usd", " Usd ", "VND", "EUR", "hrk"])
def test_a_currency_is_read_in_any_case(code):
    assert rule_of(code) == CostPerClick(code.strip().upper())


@pytest.mark.parametrize(
    "spelling, unit",
    [
        ("clicks", "clicks"),
        ("Click", "clicks"),
        (" CONVERSIONS ", "conversions"),
        ("Applications", "conversions"),
        ("qualified", "qualified applications"),
        ("qualified_applications", "qualified applications"),
        ("Qualified Application", "qualified applications"),
    ],
)
def test_a_unit_is_read_in_its_spellings(spelling, unit):
    assert rule_of(spelling) == FlatUnits(unit, UNITS[unit])


@pytest.mark.parametrize("unit", [None, "", " ", "dollars", "US", "USDT", "UDS", "$", "XXX", "XAU", "0", "clicks!"])
def test_any_other_unit_is_unknown_and_not_guessed(unit):
    assert rule_of(unit) == UnknownUnit((unit or "").strip().upper())


@given(st.none() | st.text(max_size=8))
def test_every_unit_has_a_rule(unit):
    assert any(isinstance(rule_of(unit), kind) for kind in RULES)


def test_no_currency_is_a_unit_and_every_spelling_leads_to_one():
    assert not CURRENCIES & SPELLINGS.keys()
    assert set(SPELLINGS.values()) == set(UNITS)
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCIES)
