"""Erasure and hashing: names that only the key can make, and events that keep what figures need."""

import hashlib
import hmac
import json
import struct
import time
from datetime import UTC, datetime
from urllib.parse import quote, quote_plus
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.erasure import (
    NOBODY,
    erased,
    hashed,
    hashed_uid,
    keyed,
    names_one_of,
    pseudonym,
    visitors_in,
)
from admetrics.domain.events.event import Protection
from admetrics.domain.events.record import COLUMNS, decode
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.domain.rules.winner import winner
from admetrics.testing import strategies as some

KEY = b"a secret of the tests"
UID = COLUMNS.index("uid")


@given(st.text(), st.binary(min_size=1))
def test_names_are_half_of_an_hmac_sha_256(uid, key):
    code = hmac.new(key, uid.encode(), hashlib.sha256).hexdigest()[:32]
    assert pseudonym(uid, key=key) == f"erased-{code}"
    assert hashed_uid(uid, key=key) == f"hashed-{code}"


@given(some.events())
def test_of_an_erased_event_everything_is_left_but_its_visitor_and_its_record(event):
    left = erased(event, "erased-1")
    assert left == attrs.evolve(
        event, uid="erased-1", record="", original=event.fingerprint.hex, protection=Protection.ERASED
    )
    assert (left.fingerprint, left.interaction().id) == (event.fingerprint, event.id)
    assert winner([left, event]) == winner([event, left]) == left


@given(some.events())
def test_of_a_hashed_event_the_visitor_is_another_in_its_record_too(event):
    left = hashed(event, key=KEY)
    if event.uid is None:
        assert left == keyed(event, key=KEY)
        return
    name = hashed_uid(event.uid, key=KEY)
    values = json.loads(event.record)
    values[UID] = name
    assert json.loads(left.record) == values
    assert attrs.evolve(left, record=event.record) == attrs.evolve(
        keyed(event, key=KEY), uid=name, protection=Protection.HASHED
    )


@given(some.events())
def test_a_fingerprint_and_an_id_that_is_made_of_it_are_put_under_a_key(event):
    """Both are as long as before, and look like it; once is enough, and an id that came is left alone."""
    left = keyed(event, key=KEY)
    digits = event.fingerprint.hex

    def code(message):
        return hmac.new(KEY, message, hashlib.sha256).hexdigest()

    beginning, rest = code(b"\xff" + event.fingerprint.bytes[:4]), code(b"\xff" + event.fingerprint.bytes)
    assert (left.original, left.keyed) == (beginning[:8] + rest[8:32], True)
    assert left.original != digits
    assert left == keyed(left, key=KEY) == attrs.evolve(event, id=left.id, original=left.original, keyed=True)
    before, after = UUID(event.id), UUID(left.id)
    assert (after.version, after.variant) == (before.version, before.variant)
    assert (after == before) == (before.version == 1)
    if before.version == 8:
        expected = UUID(code(b"\xfe" + before.bytes)[:32])
        assert after.int | 0xF << 76 | 0x3 << 62 == expected.int | 0xF << 76 | 0x3 << 62


@given(some.events())
def test_a_record_nested_too_deeply_is_left_out(event):
    event = attrs.evolve(event, uid="u1", record="[" * 100_000 + "]" * 100_000)
    assert hashed(event, key=KEY).record == ""


@pytest.mark.parametrize(
    "reason, data, visitors",
    [
        (Reason.WRONG_TYPE, b'{"uid": "u1", "ua": "u2"}', ["u1"]),
        (Reason.WRONG_TYPE, b'{"uid": 7}', ["7"]),
        (Reason.WRONG_TYPE, b'{"uid": "", "ua": "u2"}', []),
        (Reason.BAD_MESSAGE, b'{"uid": "u1"}', []),
    ],
    ids=repr,
)
def test_who_may_be_the_visitor_of_a_dead_letter(reason, data, visitors):
    letter = DeadLetter("a.jsonl", 1, data, Rejection(reason, "for a test"), datetime(2026, 3, 1, tzinfo=UTC))
    assert sorted(visitors_in(letter, decode)) == visitors


SPELLINGS = {
    "raw": lambda uid: f'{{"uid": "{uid}", "ua": "u2"'.encode(),
    "JSON": lambda uid: f'{{"uid": {json.dumps(uid)}, "ua"'.encode(),
    "JSON, not only ASCII": lambda uid: f'{{"uid": {json.dumps(uid, ensure_ascii=False)}, "ua"'.encode(),
    "every character escaped": lambda uid: (
        b'{"uid": "%s"'
        % b"".join(
            b"\\u%04X" % unit
            for unit in struct.unpack(f"<{len(uid.encode('utf-16-le')) // 2}H", uid.encode("utf-16-le"))
        )
    ),
    "URL": lambda uid: f"GET /?a=1&uid={quote(uid, safe='')}&b=2".encode(),
    "form": lambda uid: f"a=1&uid={quote_plus(uid)}".encode(),
    "CSV": lambda uid: f'1,"{uid.replace(chr(34), 2 * chr(34))}",2'.encode(),
    "Latin-1": lambda uid: f"uid={uid}&".encode("latin-1", "replace"),
}
UIDS = [
    "u1",
    "1-038b.2eee",
    "u 1",
    'a "b" c',
    "o'neil",
    "x,y;z",
    "caf\u00e9",
    "a\\b",
    "u@example.com",
    "100%",
    "a+b",
    "\u00fc \u00e4",
]


@pytest.mark.parametrize("uid", [*UIDS, "\U0001f600 x"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_visitor_is_found_in_a_line_that_cannot_be_read_however_it_is_spelled(spelling, uid):
    if spelling == "Latin-1" and not uid.isascii() and "\U0001f600" in uid:
        pytest.skip("Latin-1 has no such character")
    letter = undecodable(SPELLINGS[spelling](uid))
    assert names_one_of({uid, "somebody else"}, letter, decode)
    assert not names_one_of({f"{uid}1", f"1{uid}", "somebody else"}, letter, decode)


@pytest.mark.parametrize("uid", UIDS)
@pytest.mark.parametrize("spelling", ["JSON", "JSON, not only ASCII", "URL", "form", "CSV"])
def test_a_visitor_of_whom_only_the_pseudonym_is_known_is_among_the_candidates(spelling, uid):
    assert uid in visitors_in(undecodable(SPELLINGS[spelling](uid)), decode)


def test_nobody_is_no_candidate():
    assert NOBODY not in visitors_in(undecodable(b'"","", ,uid=""'), decode)


@pytest.mark.parametrize("hostile", ["\\", '"', "%", "%2", "\\u00", ",", '""', "u1", "u 1"])
def test_the_search_takes_a_time_that_grows_with_the_line_and_no_faster(hostile):
    """Twice the line is about twice the work: eight times stays far from sixty-four times."""
    short, long = (undecodable(hostile.encode() * number) for number in (20_000, 160_000))

    def seconds(letter):
        start = time.process_time()
        names_one_of({"u1x", "u 1 x"}, letter, decode)
        visitors_in(letter, decode)
        return time.process_time() - start

    assert min(seconds(long) for _ in range(2)) < 30 * max(min(seconds(short) for _ in range(3)), 0.002)


def undecodable(data):
    return DeadLetter("a", 1, data, Rejection(Reason.NOT_JSON, "for a test"), datetime(2026, 3, 1, tzinfo=UTC))
