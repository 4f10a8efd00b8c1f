"""What is noted of a click: robots and test traffic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admetrics.domain.events.click_flags import NO_FLAGS, ClickFlag, ClickFlagger
from admetrics.testing import strategies as some

FLAGGER = ClickFlagger(
    is_robot=lambda user_agent: "bot" in user_agent,
    internal_hosts=["Staging.Example.com", ".test.example.com", " localhost "],
    internal_uids=["qa-1", " qa-2 ", ""],
)


@pytest.mark.parametrize(
    "url, internal",
    [
        ("https://staging.example.com/job?jobId=1", True),
        ("https://STAGING.example.com:8443/", True),
        ("https://user@staging.example.com/", True),
        ("http://localhost:8080/job", True),
        ("//localhost/job", True),
        ("https://a.test.example.com/", True),
        ("https://a.b.test.example.com/", True),
        ("https://test.example.com/", False),
        ("https://www.example.com/?next=https://staging.example.com/", False),
        ("https://notstaging.example.com/", False),
        ("https://staging.example.com.evil.example/", False),
        ("/job?jobId=237", False),
        ("localhost", False),
        ("http://[::1/", False),
        ("", False),
        (None, False),
    ],
)
def test_a_click_on_a_page_of_an_internal_host_is_a_test(url, internal):
    assert (ClickFlag.INTERNAL in FLAGGER.marks(user_agent=None, url=url, uid=None)) == internal


@pytest.mark.parametrize(
    "uid, internal", [("qa-1", True), ("qa-2", True), ("qa-12", False), ("", False), (None, False)]
)
def test_a_click_of_an_internal_visitor_is_a_test(uid, internal):
    assert (ClickFlag.INTERNAL in FLAGGER.marks(user_agent=None, url=None, uid=uid)) == internal


@pytest.mark.parametrize(
    "user_agent, robot", [("a bot", True), ("a browser", False), (None, False), (7, False), ({}, False)]
)
def test_a_click_of_a_known_robot_is_marked(user_agent, robot):
    assert (ClickFlag.ROBOT in FLAGGER.marks(user_agent=user_agent, url=None, uid=None)) == robot


def test_spaces_around_configured_names_are_those_of_ascii():
    flagger = ClickFlagger(internal_uids=["\u00a0qa"])
    assert flagger.marks(user_agent=None, url=None, uid="\u00a0qa") is ClickFlag.INTERNAL


def test_a_click_may_have_both_marks():
    marks = FLAGGER.marks(user_agent="bot", url="http://localhost/", uid="qa-1")
    assert marks == ClickFlag.ROBOT | ClickFlag.INTERNAL


@given(some.json_values(), st.none() | some.texts(), st.none() | some.texts())
def test_no_value_of_a_record_fails(user_agent, url, uid):
    assert FLAGGER.marks(user_agent=user_agent, url=url, uid=uid) in ClickFlag.ROBOT | ClickFlag.INTERNAL
    assert NO_FLAGS.marks(user_agent=user_agent, url=url, uid=uid) is ClickFlag.NONE


def test_visitors_are_not_shown():
    assert "qa-1" not in repr(FLAGGER)
