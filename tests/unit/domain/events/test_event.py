"""Identity, content and the winner among copies."""

import hashlib
from uuid import UUID

import attrs
from hypothesis import given
from hypothesis import strategies as st

from admetrics.domain.events.click_flags import ClickFlag
from admetrics.domain.events.event import Protection, canonical, fingerprint, id_of_content
from admetrics.domain.events.record import Record, decode
from admetrics.domain.rules.winner import winner
from admetrics.testing import strategies as some

_VERSION_AND_VARIANT = 0xF << 76 | 0x3 << 62


@given(
    some.events().flatmap(lambda event: st.tuples(st.just(event), st.lists(some.copies(event), max_size=4))), st.data()
)
def test_the_winner_does_not_depend_on_the_order(copies, data):
    event, others = copies
    everyone = [event, *others]
    assert winner(everyone) == winner(data.draw(st.permutations(everyone)))
    assert all(copy.id == event.id for copy in others)


@given(some.events().flatmap(lambda event: st.tuples(st.just(event), some.copies(event))))
def test_a_higher_revision_beats_any_fingerprint_and_then_the_smaller_fingerprint_wins(copies):
    """Among those under a key, and among the others."""
    one, two = (attrs.evolve(copy, keyed=copies[1].keyed) for copy in copies)
    newer = attrs.evolve(one, revision=9)
    assert winner([newer, two]) == newer
    if one.revision == two.revision and one.fingerprint != two.fingerprint:
        assert winner([one, two]) == min(one, two, key=lambda copy: copy.fingerprint.bytes)


@given(some.events().flatmap(lambda event: st.tuples(st.just(event), some.copies(event))))
def test_a_copy_under_a_key_beats_any_other(copies):
    """Their fingerprints cannot be compared, and what is protected stays so, whatever is read again without the key."""
    one, two = (attrs.evolve(copy, keyed=keyed) for copy, keyed in zip(copies, (True, False), strict=True))
    assert winner([one, two]) == winner([two, one]) == one


@given(some.good_records(), some.good_records())
def test_equal_text_means_equal_columns(one, two):
    assert (canonical(one) == canonical(two)) == (canonical(one).encode() == canonical(two).encode())
    assert canonical(Record(tuple(one.values))) == canonical(one)


def test_integer_columns_are_typed_and_others_are_not():
    spelled = Record.of({"job_id": "7.0", "bid": 7.0, "tz": " 420 ", "cd": "", "uid": "7.0"})
    plain = Record.of({"job_id": 7, "bid": 7, "tz": 420, "uid": "7.0"})
    assert canonical(spelled) == canonical(plain)
    assert canonical(plain) != canonical(Record.of({"job_id": 7, "bid": 7, "tz": 420, "uid": 7}))


@given(some.good_records())
def test_an_id_of_content_is_a_version_8_uuid_made_of_the_sha_256(record):
    text = canonical(record)
    made = UUID(id_of_content(text))
    assert (made.version, made.variant) == (8, "specified in RFC 4122")
    assert fingerprint(text).bytes == hashlib.sha256(text.encode()).digest()[:16]
    assert made.int | _VERSION_AND_VARIANT == fingerprint(text).int | _VERSION_AND_VARIANT


@given(some.events())
def test_of_copies_of_one_record_the_best_protected_wins_and_then_the_one_with_most_marks(event):
    copies = [
        attrs.evolve(event, protection=protection, marks=marks)
        for protection in Protection
        for marks in (ClickFlag.NONE, ClickFlag.ROBOT, ClickFlag.ROBOT | ClickFlag.INTERNAL)
    ]
    assert winner(copies) == winner(reversed(copies)) == copies[-1]


def test_an_integer_too_long_to_be_written_is_what_a_parser_would_have_read():
    parsed = decode(b'{"sr": [%s, {"a": -%s}]}' % (b"9" * 5000, b"9" * 5000))
    assert isinstance(parsed, Record)
    assert canonical(Record.of({"sr": [10**5000 - 1, {"a": 1 - 10**5000}]})) == canonical(parsed)
    assert canonical(parsed).count("Infinity") == 2


@given(some.events())
def test_personal_data_is_not_shown(event):
    shown = repr(event)
    assert "uid" not in shown
    assert "record" not in shown


@given(some.events())
def test_an_interaction_is_the_event_without_what_figures_do_not_need(event):
    interaction = event.interaction()
    assert attrs.asdict(interaction).items() <= attrs.asdict(event).items()
    assert interaction.counts == event.counts
