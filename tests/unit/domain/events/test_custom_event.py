"""Column `ed` in every form in which sites write it."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from admetrics.domain.events.custom_event import NO_CUSTOM_EVENT, custom_event_in
from admetrics.testing import strategies as some

text = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("'\"\\\n\x00\x7f\x85{}uUxN"), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | text,
    lambda each: st.lists(each, max_size=3) | st.dictionaries(text, each, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(text, values, max_size=4)


@example({"a'": 'b"', 'c\\"': "\\'", "\U0001f600": "\x07\\x41\\u0041"})
@example({"None": "True", "u": "u'", "a": [None, True, {"False": False}]})
@given(objects)
def test_one_object_in_every_form(written):
    as_json = json.dumps(written)
    for ed in (written, as_json, json.dumps(as_json), json.dumps(written, ensure_ascii=False), repr(written)):
        assert custom_event_in(ed) == written


@given(objects)
def test_a_dict_of_python_as_json_text(written):
    assert custom_event_in(json.dumps(repr(written))) == written


def test_python_2_marked_its_texts():
    assert custom_event_in("{u'customEvent': u'click', u'jobId': 7, u'it\\'s': u\"it's\"}") == {
        "customEvent": "click", "jobId": 7, "it's": "it's",
    }  # fmt: skip


@pytest.mark.parametrize(
    "ed",
    [None, "", " ", "null", "NULL", r"\N", "None", "undefined", "NaN", "-", [], "[]", '""', '"null"', "{}", {}],
    ids=repr,
)
def test_nothing_is_an_empty_custom_event(ed):
    assert custom_event_in(ed) == NO_CUSTOM_EVENT


@pytest.mark.parametrize(
    "ed",
    [
        7, 0, 1.5, True, False, [{}], "7", "0", "true", "click", '"click"', "[{}]", "[object Object]", "{", "{'a': 'b}",
        "{a: 1}", "{'a': 1,}", "{'a': nan}", "{1: 2}", "{'a': (1, 2)}", "{'a': Decimal('1')}", "{'a': '\\q'}",
        "{'a': '\\", "{'a': b'c'}", "{'a': True1}", "{'a': '\\U00110000'}", '{"a": 1,}', "{'a': 'b\nc'}",
        "[" * 100_000,
        "{'a': " * 100_000, json.dumps(json.dumps(json.dumps({"jobId": 7}))),
    ],
    ids=lambda ed: repr(ed)[:20],
)  # fmt: skip
def test_anything_else_cannot_be_read(ed):
    assert custom_event_in(ed) is None


@given(some.json_values() | st.text(st.sampled_from("{}[]'\"\\:,uxUTrueNone01 ")))
def test_whatever_stands_there_it_is_an_object_or_none(ed):
    assert isinstance(custom_event_in(ed), dict | None)
