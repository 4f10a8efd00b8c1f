"""Erasure and hashing: names that only the key can make, and events that keep what figures need."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from admetrics.domain.dead_letter import DeadLetter
from admetrics.domain.erasure import erased, hashed, hashed_uid, keyed, pseudonym, visitors_in
from admetrics.domain.event import Protection, winner
from admetrics.domain.record import COLUMNS, decode
from admetrics.domain.rejection import Reason, Rejection
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
        (Reason.NOT_JSON, b'{"uid": "u1", "dl": "/?visitor=u2&x"', ["/", "dl", "u1", "u2", "uid", "visitor", "x"]),
        (Reason.NOT_JSON, b"\xff u1", ["u1", "\ufffd"]),
        (Reason.BAD_MESSAGE, b'{"uid": "u1"}', []),
    ],
    ids=repr,
)
def test_who_may_be_the_visitor_of_a_dead_letter(reason, data, visitors):
    letter = DeadLetter("a.jsonl", 1, data, Rejection(reason, "for a test"), datetime(2026, 3, 1, tzinfo=UTC))
    assert sorted(visitors_in(letter, decode)) == visitors
