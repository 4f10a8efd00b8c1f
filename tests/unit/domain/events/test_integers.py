"""Integers in every spelling that logs have."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from admetrics.domain.events.integers import LARGEST, NOT_AN_INTEGER, integer, usable_id
from admetrics.testing import strategies as some


@given(st.integers(-(2**70), 2**70), st.data())
def test_an_integer_is_read_in_every_spelling(number, data):
    exact = abs(number) <= 2**53
    spelling = data.draw(some.spellings(number).filter(lambda value: exact or not isinstance(value, float)))
    assert integer(spelling) == number


@pytest.mark.parametrize(
    "value", [True, 1.5, "abc", "1e3", "1_000", "0x10", "+1", "1.", "\u0661", "--1", "- 1", "1 2", "\u00a01"]
)
def test_anything_else_is_none(value):
    assert integer(value) is NOT_AN_INTEGER


@example("-.0")
@example("00-1")
@example("0" * 5000 + "7.00")
@given(st.text(st.sampled_from(list("019-+._ \n\u0661\u00b2"))))
def test_a_text_is_an_integer_as_the_data_dictionary_says(text):
    trimmed = text.strip(" \n")
    if match := re.fullmatch(r"(-?)0*([0-9]+)(?:\.0+)?", trimmed):
        assert integer(text) == int(match[1] + match[2])
    else:
        assert integer(text) is (NOT_AN_INTEGER if trimmed else None)


@pytest.mark.parametrize("blank", [None, "", " \t\r\n\v\f"])
def test_blanks_are_null(blank):
    assert integer(blank) is None


@given(some.json_values())
def test_a_usable_id_fits_every_store(value):
    assert 0 <= usable_id(value) <= LARGEST


@pytest.mark.parametrize("value, found", [(1, 1), ("01", 1), (LARGEST, LARGEST), (LARGEST + 1, 0), (0, 0), (True, 0)])
def test_usable_ids_are_those_of_signed_32_bit_columns(value, found):
    assert usable_id(value) == found


@pytest.mark.parametrize("longest", ["9" * 4300, "-" + "9" * 4300])
def test_the_longest_integer_that_the_interpreter_converts_is_exact(longest):
    assert integer(longest) == int(longest)


def test_what_is_too_long_keeps_its_sign():
    assert [integer(value) for value in (float("inf"), "9" * 4301)] == [2**63] * 2
    assert [integer(value) for value in (float("-inf"), "-" + "9" * 4301)] == [-(2**63)] * 2


def test_endless_integers_are_integers_that_no_range_holds():
    for value in ["9" * 5000, float("inf"), 10**5000, "-" + "9" * 5000, float("-inf")]:
        assert integer(value) is not NOT_AN_INTEGER
        assert usable_id(value) == 0
