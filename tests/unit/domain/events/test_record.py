"""Records: what a line must be, and what its integers may be."""

import math

import pytest
from hypothesis import given

from admetrics.domain.events.record import Record, as_parsed, decode, is_blank, parse_json
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.testing import strategies as some

NOT_JSON = Rejection(Reason.NOT_JSON, "the line is not strict JSON in UTF-8")
NOT_AN_OBJECT = Rejection(Reason.NOT_AN_OBJECT, "the line is JSON, but not an object")


@pytest.mark.parametrize(
    "line, rejection",
    [
        (b"", NOT_JSON),
        (b"{", NOT_JSON),
        (b'{"ev": NaN}', NOT_JSON),
        (b'{"ev": -Infinity}', NOT_JSON),
        (b'{"ua": "\xff"}', NOT_JSON),
        (b"{'ev': 1}", NOT_JSON),
        (b"[" * 100_000, NOT_JSON),
        (b"[]", NOT_AN_OBJECT),
        (b"7", NOT_AN_OBJECT),
        (b"null", NOT_AN_OBJECT),
    ],
    ids=repr,
)
def test_a_line_that_is_no_record_is_rejected_with_the_reason(line, rejection):
    assert decode(line) == rejection


def test_a_record_has_the_columns_that_it_has_and_no_others():
    record = decode('{"ua": "caf\u00e9", "colour": "red", "ev": 1}'.encode())
    assert record == Record.of({"ua": "caf\u00e9", "ev": 1})


@pytest.mark.parametrize("line, blank", [(b"", True), (b" \t\r\n", True), (b"{}", False), (b"\x0b", False)])
def test_a_line_of_spaces_tabs_and_line_ends_is_blank(line, blank):
    assert is_blank(line) == blank


@pytest.mark.parametrize("digits, read", [(4300, int("9" * 4300)), (4301, math.inf)])
def test_an_integer_longer_than_the_interpreter_converts_is_infinite(digits, read):
    assert parse_json("9" * digits) == read
    assert parse_json("-" + "9" * digits) == -read


@given(some.json_values())
def test_a_value_that_was_parsed_is_as_parsed(value):
    assert as_parsed(value) == value


@pytest.mark.parametrize(
    "number, digits",
    [(10**4299, "1" + "0" * 4299), (10**4300 - 1, "9" * 4300), (10**4300, "1" + "0" * 4300), (0, "0"), (1, "1")],
    ids=["4300 digits", "the largest of them", "4301 digits", "0", "1"],
)
def test_an_integer_is_what_its_digits_would_have_been_read_as(number, digits):
    assert as_parsed([number, {"a": -number}]) == [parse_json(digits), {"a": parse_json(f"-{digits}")}]
