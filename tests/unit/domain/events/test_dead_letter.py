"""Dead letters: one for each place and its bytes."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from admetrics.domain.events.dead_letter import DeadLetter, ReasonSummary, summarized
from admetrics.domain.events.rejection import Reason, Rejection

LETTER = DeadLetter("a.jsonl", 3, b"secret", Rejection(Reason.NOT_JSON, "broken"), datetime(2026, 3, 1, tzinfo=UTC))


def test_the_same_bytes_from_the_same_place_are_the_same_letter_whenever_and_why_ever():
    again = DeadLetter("a.jsonl", 3, b"secret", Rejection(Reason.NO_TIME, "other"), LETTER.seen + timedelta(days=1))
    assert again.id == LETTER.id
    assert len(LETTER.id) == 32


def test_another_line_another_source_or_other_bytes_are_another_letter():
    others = [("a.jsonl", 4, b"secret"), ("b.jsonl", 3, b"secret"), ("a.jsonl", 3, b"other")]
    ids = {DeadLetter(source, line, data, LETTER.rejection, LETTER.seen).id for source, line, data in others}
    assert len({LETTER.id, *ids}) == 4


def test_its_bytes_are_not_shown():
    assert "secret" not in repr(LETTER)


@given(st.lists(st.tuples(st.sampled_from(Reason), st.datetimes(timezones=st.just(UTC)))))
def test_a_summary_has_number_oldest_and_newest_of_each_reason(letters):
    found = summarized(iter(letters))
    assert sum(each.letters for each in found.values()) == len(letters)
    for reason, each in found.items():
        times = [seen for why, seen in letters if why is reason]
        assert each == ReasonSummary(len(times), min(times), max(times))
