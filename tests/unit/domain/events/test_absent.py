"""What logs write where they mean nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admetrics.domain.events.absent import is_absent, is_nobody
from admetrics.domain.events.classify import visitor_of
from admetrics.domain.events.integers import NOT_AN_INTEGER, integer
from admetrics.domain.text import ASCII_SPACE

NOTHING = ["", "null", r"\N", "None", "undefined", "NaN", "NA", "-", "(null)", "<nil>", "N/A", "<NA>"]
NOBODY = [
    "0", "false", "[]", "{}", "[object Object]", "00000000-0000-0000-0000-000000000000", "0" * 32,
    "{00000000-0000-0000-0000-000000000000}", "(00000000-0000-0000-0000-000000000000)",
    "urn:uuid:00000000-0000-0000-0000-000000000000",
]  # fmt: skip
spaces = st.text(st.sampled_from(ASCII_SPACE), max_size=3)
cases = st.sampled_from([str, str.upper, str.lower, str.title])


@given(st.sampled_from(NOTHING), cases, spaces, spaces)
def test_nothing_is_written_in_any_case_with_spaces_around_it(text, case, before, after):
    written = f"{before}{case(text)}{after}"
    assert is_absent(written)
    assert is_nobody(written)


@given(st.sampled_from(NOBODY), cases, spaces, spaces)
def test_nobody_is_written_in_more_ways_which_are_something_elsewhere(text, case, before, after):
    written = f"{before}{case(text)}{after}"
    assert is_nobody(written)
    assert not is_absent(written)


@pytest.mark.parametrize("value", [None, 0, 0.0, -0.0, False, [], {}])
def test_what_is_empty_is_nobody(value):
    assert visitor_of(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "nullable",
        "00",
        "0.0",
        "na\u00efve",
        "\u00a0",
        "x null",
        "--",
        "n",
        "u1",
        "f",
        "{u1}",
        r"\M",
        "[object]",
        7,
        [0],
    ],
)
def test_everything_else_is_somebody(value):
    assert visitor_of(value) is not None


@pytest.mark.parametrize("text", [each for each in NOTHING if each])
def test_nothing_is_no_number(text):
    """So that the list changes no fingerprint: the canonical form of a record reads its integers without it."""
    assert integer(text) is NOT_AN_INTEGER
