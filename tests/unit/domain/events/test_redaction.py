"""Redaction: what is cut out of URLs, what stays, and that it never changes what an event is."""

import json
from urllib.parse import quote

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from admetrics.domain.events.classify import classify
from admetrics.domain.events.event import Event, canonical
from admetrics.domain.events.record import COLUMNS, Record
from admetrics.domain.events.redaction import (
    Redaction,
    redacted,
)
from admetrics.domain.rules.winner import winner
from admetrics.testing import strategies as some
from admetrics.testing.strategies import FLAGGER, LIMITS

PAGE = "https://jobs.example/ad"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N"


@pytest.mark.parametrize(
    "url,left",
    [
        ("?jobId=7&token=0123456789abcdef", "?jobId=7&token=***"),
        ("?access_token=a&refreshToken=b&x=1", "?access_token=***&refreshToken=***&x=1"),
        ("?KEY=a&api-key=b&apikey=c", "?KEY=***&api-key=***&apikey=***"),
        ("?PHPSESSID=a;sid=b;session=c&jsessionid=d", "?PHPSESSID=***&jsessionid=***"),
        ("?email=an%40example.com&userId=4&uid=1-02", "?email=***&userId=***&uid=***"),
        ("?code=a&sig=b&X-Amz-Signature=c&pwd=d&auth=e", "?code=***&sig=***&X-Amz-Signature=***&pwd=***&auth=***"),
        ("?x=1;token=b&y=2", "?x=1;token=***&y=2"),
        ("#access_token=a&id_token=b", "#access_token=***&id_token=***"),
        ("?q=an@example.com", "?q=***"),
        ("/unsubscribe/an.nguyen+x%40example.co.uk/now", "/unsubscribe/***/now"),
        (f"?q={JWT}&x=1", "?q=***&x=1"),
        (f"/reset/{JWT}", "/reset/***"),
        ("?next=/me?token=a", "?next=/me?token=***"),
        (f"?to={quote('/?a=1&token=b', safe='')}&x=1", "?to=%2F%3Fa%3D1%26token%3D***&x=1"),
        ("?to%6ben=a", "?to%6ben=***"),
        ("?token=a?b=c", "?token=***"),
        ("?token=a=b", "?token=***"),
        ("?token=", "?token=***"),
        # What a client sends in the header of this name, also as the value of another parameter.
        ("?Authorization=Bearer abc.def&x=1", "?Authorization=***&x=1"),
        ("?authorization=Basic%20dXNlcg%3D%3D&x=1", "?authorization=***&x=1"),
        ("?auth=Basic+dXNlcg==", "?auth=***"),
        ("?h=Authorization: Bearer abc&x=1", "?h=Authorization:***&x=1"),
        ("?h=Authorization%3A%20Basic%20dXNlcg&x=1", "?h=Authorization%3A***&x=1"),
        ("?h=bearer+abc/def=&x=1", "?h=bearer+***&x=1"),
        ("?h=Bearer%2520abc&x=1", "?h=Bearer%2520***&x=1"),
        ("#Bearer abc", "#Bearer ***"),
        # URLs in URLs: encoded once more on every level.
        ("?next=%252Fme%253Fsid%253D4", "?next=%252Fme%253Fsid%253D***"),
        ("?a=%25253Fx%25253D1%252526to%25256ben%25253D4&x", "?a=%25253Fx%25253D1%252526to%25256ben%25253D***&x"),
        ("?next=%252Fme%252Fan%252540example.com", "?next=***"),
        # JSON, also encoded, and as text in JSON.
        ('?state={"token":"abc","email":"an"}&x=1', '?state={"token":***&x=1'),
        ('?state={"a": {"b" : 1, "sid" : "abc"}}&x=1', '?state={"a": {"b" : 1, "sid" :***&x=1'),
        ("?s=%7B%22a%22%3A1%2C%22token%22%20%3A%22abc%22%7D&x=1", "?s=%7B%22a%22%3A1%2C%22token%22%20%3A***&x=1"),
        ("?state=%257B%2522token%2522%253A%2522abc%2522%257D", "?state=%257B%2522token%2522%253A***"),
        ('?state={"a":"{\\"token\\":\\"abc\\"}"}', '?state={"a":"{\\"token\\":***'),
        ("?state=eyJ0b2tlbiI6ImFiYyJ9&x=1", "?state=***&x=1"),
        ("?state={token:abc}&x=1", "?state={token:***&x=1"),
        # Of any length.
        (f"?{'a' * 5000}_token=abc&x=1", f"?{'a' * 5000}_token=***&x=1"),
        (f"?q={'a' * 5000}@example.com&x=1", "?q=***&x=1"),
        (f"/;{'a' * 5000}_token=abc", f"/;{'a' * 5000}_token=***"),
    ],
)  # fmt: skip
def test_tokens_and_persons_are_cut_out(url, left):
    assert redacted(PAGE + url) == PAGE + left


def test_passwords_of_urls_are_cut_out():
    assert redacted("https://an:s3cret@jobs.example/?x=1") == "https://***@jobs.example/?x=1"


@pytest.mark.parametrize(
    "url",
    [
        PAGE, f"{PAGE}?jobId=7&publisherId=1,2", f"{PAGE}?utm_source=x&utm_term=a+keyword&author=b&keyword=c", "",
        "?", "not a url", "[", "https://[broken", f"{PAGE}?token", f"{PAGE}?token&x=1", "=cmd|' /C calc'!A0", "%",
        "%zz=%", f"{PAGE}?q=50%25&next=%2Fjobs%3FjobId%3D7", "https://login.example:8080/ad?jobId=7%20",
        f"{PAGE}?q=basic+accounting&t=10:30", f'{PAGE}?q="senior+user"', f"{PAGE}?state=%7B%22jobId%22%3A7%7D",
        f"{PAGE}?next=https://login.example:8080/", "eyJ", "Bearer ", "@", "a@b", "@example.com",
    ],
)  # fmt: skip
def test_all_else_stays_as_it_is(url):
    assert redacted(url) is url


@pytest.mark.parametrize(
    "url,left",
    [
        ("?jobId=7", ""),
        ("#top", ""),
        ("/7?a#b?c", "/7"),
        ("#b?c", ""),
        ("/an@example.com/?x", "/***/"),
        ("/;sid=4?x", "/;sid=***"),
        ("/me%3Fsid%3D4?x", "/me%3Fsid%3D***"),
        ("", ""),
    ],
)
def test_all_of_the_query_and_the_fragment_can_be_cut_out(url, left):
    assert redacted(PAGE + url, Redaction.ALL) == PAGE + left


PIECES = [
    "https://", "//", "a", "@", "b.c", "?", "&", "#", "=", ":", ";", '"', "token", JWT, "***", "eyJabcde",
    "%3D", "%26", "%40", "%253D", "%22", "%3A", "Bearer", "+", " ", "%20", "25", ".", "{", ",", "_",
]  # fmt: skip
urls = st.one_of(
    some.texts(),
    some.urls().map(lambda url: url or ""),
    st.text(st.sampled_from(list("?&;#=%@/.:aeyJ3F26Dkx*-_+\u00e9")), max_size=40),
    st.lists(st.sampled_from(PIECES), max_size=14).map("".join),
)


@example("//a@b@c.de", Redaction.TOKENS)
@example("?usereyJabcde.x=5", Redaction.TOKENS)
@example("?//;sid=a/b&@", Redaction.TOKENS)
@example("?sid/%3F%3Fa@b.c=5", Redaction.TOKENS)
@example("a@b.c@d.e", Redaction.TOKENS)
@given(urls, st.sampled_from(Redaction))
def test_it_takes_any_text_and_twice_is_once(url, how):
    once = redacted(url, how)
    assert redacted(once, how) == once


@given(
    urls, st.sampled_from(["token", "sid", "password"]), st.text(st.characters(exclude_characters="&#%"), min_size=9)
)
def test_the_value_of_a_secret_parameter_is_nowhere(before, name, value):
    url = f"{before.replace('%', '')}?{name}={value}&x=1"
    if value not in before + name:
        assert value not in redacted(url)


@given(some.records(), st.sampled_from(Redaction))
def test_an_event_is_what_it_is_whatever_is_cut_out_of_its_record(record, how):
    """The job in `dl`, the host, the id from the content and the choice between copies: all are known before."""
    whole = classify(record, limits=LIMITS, flagger=FLAGGER)
    left = classify(record, limits=LIMITS, flagger=FLAGGER, redaction=how)
    if not isinstance(whole, Event):
        assert left == whole
        return
    assert isinstance(left, Event)
    assert attrs.evolve(left, record=whole.record, original=None) == whole
    assert left.fingerprint == whole.fingerprint
    assert (left.original is None) == (left.record == whole.record)
    assert winner([left, whole]).interaction() == whole.interaction()


@given(some.good_records(), st.sampled_from([Redaction.TOKENS, Redaction.ALL]))
def test_of_a_record_the_urls_change_and_nothing_else(record, how):
    event = classify(record, limits=LIMITS, redaction=how)
    assert isinstance(event, Event)
    kept = json.loads(event.record)
    for column, before, after in zip(COLUMNS, json.loads(canonical(record)), kept, strict=True):
        if column in ("dl", "rl") and isinstance(before, str):
            assert after == redacted(before, how)
        elif before not in (record["dl"], record["rl"]):
            assert str(after) == str(before)


@pytest.mark.parametrize("column", ["dl", "rl"])
@pytest.mark.parametrize(
    "how,left", [(Redaction.TOKENS, "?token=***"), (Redaction.ALL, ""), (Redaction.OFF, "?token=abc")]
)
def test_the_page_and_the_one_before_are_redacted_alike(column, how, left):
    columns = {"create_time": "2aa10ec0-16d7-11f1-98f8-ff3f08b10e4b", "custom_track": "click"}
    event = classify(Record.of({**columns, column: f"{PAGE}?token=abc"}), limits=LIMITS, redaction=how)
    assert isinstance(event, Event)
    assert json.loads(event.record)[COLUMNS.index(column)] == PAGE + left


def test_the_same_url_elsewhere_in_the_record_is_cut_too():
    url = f"{PAGE}?token=abc"
    columns = {"create_time": some.uuid_at(0), "dl": url, "dt": url, "ed": {"page": url}, "custom_track": "click"}
    event = classify(
        Record.of({**columns, "create_time": "2aa10ec0-16d7-11f1-98f8-ff3f08b10e4b"}),
        limits=LIMITS,
        redaction=Redaction.TOKENS,
    )
    assert isinstance(event, Event)
    assert "abc" not in event.record
