"""Integers in every spelling that logs have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admetrics.domain.integers import LARGEST, NOT_AN_INTEGER, integer, usable_id
from admetrics.testing import strategies as some


@given(st.integers(-(2**70), 2**70), st.data())
def test_an_integer_is_read_in_every_spelling(number, data):
    exact = abs(number) <= 2**53
    spelling = data.draw(some.spellings(number).filter(lambda value: exact or not isinstance(value, float)))
    assert integer(spelling) == number


@pytest.mark.parametrize("value", [True, 1.5, "abc", "1e3", "1_000", "0x10", "+1", "1.", "\u0661", "--1", "- 1", "1 2"])
def test_anything_else_is_none(value):
    assert integer(value) is NOT_AN_INTEGER


@pytest.mark.parametrize("blank", [None, "", " \t\r\n\v\f"])
def test_blanks_are_null(blank):
    assert integer(blank) is None


@given(some.json_values())
def test_a_usable_id_fits_every_store(value):
    assert 0 <= usable_id(value) <= LARGEST


def test_endless_integers_are_integers_that_no_range_holds():
    for value in ["9" * 5000, float("inf"), 10**5000, "-" + "9" * 5000, float("-inf")]:
        assert integer(value) is not NOT_AN_INTEGER
        assert usable_id(value) == 0
