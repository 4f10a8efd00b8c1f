"""The contract of a store of dead letters."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import attrs
from hypothesis import strategies as st

from admetrics.domain.events.dead_letter import DeadLetter, ReasonSummary
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.ports.dead_letters import DeadLetters
from admetrics.testing.examples import for_all, in_parts, unused_number

_SEEN = datetime(2026, 3, 1, 10, 0, 0, 1, UTC)
_PLACES = (
    "stdin",
    "bus",
    "logs/A.jsonl",
    "logs/a.jsonl",
    "logs/a b.jsonl",
    "raw_events[0]",
    "raw_events[10]",
    "\u00e9",
)
_DATA = (
    b"",
    b"{",
    b"\x00",
    b"\xff\xfe",
    b"'; DROP TABLE dead_letters; --",
    b'{"uid": "\xf0\x9f\x98\x80"}',
    b"x" * 5000,
    bytes(range(256)) * 300,
)


def _letters() -> st.SearchStrategy[DeadLetter]:
    return st.builds(
        DeadLetter,
        st.sampled_from(_PLACES),
        st.integers(0, 3) | st.sampled_from([9, 10, 2**31, 2**53 + 1, 2**63 - 1]),
        st.sampled_from(_DATA) | st.binary(max_size=20),
        st.builds(
            Rejection, st.sampled_from(Reason), st.sampled_from(["bid is not an integer", "\u201cquoted\u201d %s"])
        ),
        st.integers(0, 3).map(lambda number: _SEEN + timedelta(microseconds=number)),
    )


def _somewhere_else(letters: Iterable[DeadLetter], number: int) -> list[DeadLetter]:
    """Give the letters sources that no other example has; they sort as before."""
    return [attrs.evolve(letter, source=f"{number:09}/{letter.source}") for letter in letters]


def _of(store: DeadLetters, number: int) -> list[DeadLetter]:
    return _sorted(letter for letter in store.all() if letter.source.startswith(f"{number:09}/"))


def _sorted(letters: Iterable[DeadLetter]) -> list[DeadLetter]:
    return sorted(letters, key=lambda letter: (letter.source, letter.line, letter.id))


def _first_of_each(letters: Sequence[DeadLetter]) -> dict[str, DeadLetter]:
    first: dict[str, DeadLetter] = {}
    for letter in letters:
        first.setdefault(letter.id, letter)
    return first


class DeadLettersContract:
    """What every store of dead letters keeps.

    Fixtures to supply:
        dead_letters: a store.
        reopen: a function that returns a new handle to that store, as after a restart; the old one is not used again.
    """

    examples: ClassVar[int] = 25
    many: ClassVar[int] = 3000
    """How many letters one call must be able to take."""
    large: ClassVar[int] = 5
    """How many letters of 1 MiB are too many for one call, or enough to show that they are not."""

    def test_what_was_put_is_found(self, dead_letters: DeadLetters) -> None:
        """Every field comes back as it was, the bytes above all."""

        def check(drawn: list[DeadLetter]) -> None:
            number = unused_number()
            letters = list(_first_of_each(_somewhere_else(drawn, number)).values())
            dead_letters.put(letters)
            assert _of(dead_letters, number) == _sorted(letters)

        for_all(check, st.lists(_letters(), max_size=8), examples=self.examples)

    def test_a_letter_that_is_there_stays_as_it_was(self, dead_letters: DeadLetters) -> None:
        """The first time counts: neither reason nor time of a later meeting replace it."""

        def check(drawn: list[DeadLetter]) -> None:
            number = unused_number()
            letters = _somewhere_else(drawn, number)
            for letter in letters:
                dead_letters.put([letter])
            assert _of(dead_letters, number) == _sorted(_first_of_each(letters).values())

        for_all(check, st.lists(_letters(), max_size=6).map(_with_later_meetings), examples=self.examples)

    def test_one_batch_may_hold_a_letter_twice(self, dead_letters: DeadLetters) -> None:
        """A batch that was read again overlaps with itself."""
        (letter,) = _somewhere_else([_letter(1)], number := unused_number())
        dead_letters.put([letter, letter])
        assert _of(dead_letters, number) == [letter]

    def test_what_does_not_fit_at_once_fits_in_parts(self, dead_letters: DeadLetters) -> None:
        """Letters of a size that lines may have: refused for their size, if they are refused, and taken in parts."""
        data = b"x" * 2**20
        letters = _somewhere_else(
            (attrs.evolve(_letter(line), data=data) for line in range(self.large)), unused_number()
        )
        in_parts(letters, dead_letters.put)
        for letter in letters:
            (found,) = dead_letters.get([letter.id])
            assert found == letter

    def test_letters_are_got_by_id(self, dead_letters: DeadLetters) -> None:
        """Those asked for; unknown ids are left out."""

        def check(drawn: list[DeadLetter], choice: list[bool]) -> None:
            letters = list(_first_of_each(_somewhere_else(drawn, unused_number())).values())
            dead_letters.put(letters)
            wanted = [letter for letter, chosen in zip(letters, choice, strict=False) if chosen]
            ids = [letter.id for letter in reversed(wanted)]
            assert _sorted(dead_letters.get([*ids, "0" * 32, "no id at all'"])) == _sorted(wanted)

        choices = st.lists(st.booleans(), min_size=8, max_size=8)
        for_all(check, st.lists(_letters(), max_size=8), choices, examples=self.examples)

    def test_no_ids_get_nothing(self, dead_letters: DeadLetters) -> None:
        """Not everything."""
        dead_letters.put(_somewhere_else([_letter(1)], unused_number()))
        assert list(dead_letters.get([])) == []

    def test_removed_letters_are_gone_and_others_stay(self, dead_letters: DeadLetters) -> None:
        """Unknown ids are ignored, and removing twice is harmless."""

        def check(drawn: list[DeadLetter], choice: list[bool]) -> None:
            number = unused_number()
            letters = list(_first_of_each(_somewhere_else(drawn, number)).values())
            dead_letters.put(letters)
            removed = [letter for letter, chosen in zip(letters, choice, strict=False) if chosen]
            for _ in range(2):
                dead_letters.remove([*(letter.id for letter in removed), "0" * 32])
                assert _of(dead_letters, number) == _sorted(letter for letter in letters if letter not in removed)
            assert list(dead_letters.get([letter.id for letter in removed])) == []

        choices = st.lists(st.booleans(), min_size=8, max_size=8)
        for_all(check, st.lists(_letters(), max_size=8), choices, examples=self.examples)

    def test_removing_no_ids_removes_nothing(self, dead_letters: DeadLetters) -> None:
        """Not everything."""
        letters = _somewhere_else([_letter(1)], number := unused_number())
        dead_letters.put(letters)
        dead_letters.remove([])
        assert _of(dead_letters, number) == letters

    def test_a_removed_letter_can_come_back(self, dead_letters: DeadLetters) -> None:
        """It was replayed too early: it is met again, and that is now its first time."""
        (letter,) = _somewhere_else([_letter(1)], number := unused_number())
        dead_letters.put([letter])
        dead_letters.remove([letter.id])
        again = attrs.evolve(letter, seen=letter.seen + timedelta(days=1))
        dead_letters.put([again])
        assert _of(dead_letters, number) == [again]

    def test_they_are_counted_by_reason(self, dead_letters: DeadLetters) -> None:
        """Each letter once; reasons without any are left out."""

        def check(drawn: list[DeadLetter]) -> None:
            letters = list(_first_of_each(_somewhere_else(drawn, unused_number())).values())
            before = Counter(dead_letters.count())
            dead_letters.put(letters)
            dead_letters.put(letters)
            counts = dead_letters.count()
            assert Counter(counts) - before == Counter(letter.rejection.reason for letter in letters)
            assert 0 not in counts.values()
            dead_letters.remove([letter.id for letter in letters])
            assert dead_letters.count() == +before

        for_all(check, st.lists(_letters(), max_size=8), examples=self.examples)

    def test_they_are_summed_up_by_reason(self, dead_letters: DeadLetters) -> None:
        """How many there are, and the times of the oldest and the newest."""

        def check(drawn: list[DeadLetter]) -> None:
            dead_letters.put(_somewhere_else(drawn, unused_number()))
            expected: dict[Reason, list[datetime]] = {}
            for letter in dead_letters.all():
                expected.setdefault(letter.rejection.reason, []).append(letter.seen)
            assert dead_letters.summary() == {
                reason: ReasonSummary(len(seen), min(seen), max(seen)) for reason, seen in expected.items()
            }

        for_all(check, st.lists(_letters(), max_size=8), examples=self.examples)

    def test_those_of_one_reason_are_read_alone(self, dead_letters: DeadLetters) -> None:
        """In the order that all have."""

        def check(drawn: list[DeadLetter], reason: Reason) -> None:
            dead_letters.put(_somewhere_else(drawn, unused_number()))
            chosen = [letter for letter in dead_letters.all() if letter.rejection.reason is reason]
            assert list(dead_letters.all(reason=reason)) == chosen

        for_all(check, st.lists(_letters(), max_size=8), st.sampled_from(Reason), examples=self.examples)

    def test_nothing_put_is_nothing_kept(self, dead_letters: DeadLetters) -> None:
        """An ingest without bad records puts an empty list."""
        before = list(dead_letters.all())
        dead_letters.put([])
        assert list(dead_letters.all()) == before

    def test_many_letters_at_once(self, dead_letters: DeadLetters) -> None:
        """A whole batch may be bad, and all of them may be replayed at once."""
        letters = _somewhere_else(map(_letter, range(self.many)), number := unused_number())
        ids = [letter.id for letter in letters]
        dead_letters.put(letters)
        assert _of(dead_letters, number) == letters
        assert _sorted(dead_letters.get(ids)) == letters
        dead_letters.remove(ids)
        assert _of(dead_letters, number) == []

    def test_the_order_stays_while_nothing_changes(self, dead_letters: DeadLetters) -> None:
        """A list that is shown again is the same list."""
        letters = _somewhere_else(map(_letter, range(20)), unused_number())
        dead_letters.put(letters)
        assert list(dead_letters.all()) == list(dead_letters.all())

    def test_a_replaced_letter_has_its_new_reason_and_is_else_the_same(self, dead_letters: DeadLetters) -> None:
        """A replay knows better why it cannot be used; which letter it is, and since when, does not change."""

        def check(drawn: list[DeadLetter], choice: list[bool], reason: Reason) -> None:
            number = unused_number()
            letters = list(_first_of_each(_somewhere_else(drawn, number)).values())
            dead_letters.put(letters)
            renewed = [
                attrs.evolve(letter, rejection=Rejection(reason, "known better")) if chosen else letter
                for letter, chosen in zip(letters, choice, strict=False)
            ]
            dead_letters.replace([letter for letter, chosen in zip(renewed, choice, strict=False) if chosen])
            assert _of(dead_letters, number) == _sorted(renewed)

        choices = st.lists(st.booleans(), min_size=8, max_size=8)
        for_all(check, st.lists(_letters(), max_size=8), choices, st.sampled_from(Reason), examples=self.examples)

    def test_a_letter_that_is_not_there_is_not_replaced(self, dead_letters: DeadLetters) -> None:
        """It was removed meanwhile, perhaps because its visitor was erased: it must not come back."""
        removed, never = _somewhere_else([_letter(1), _letter(2)], number := unused_number())
        dead_letters.put([removed])
        dead_letters.remove([removed.id])
        dead_letters.replace([removed, never])
        dead_letters.replace([])
        assert _of(dead_letters, number) == []

    def test_letters_first_seen_before_a_time_are_pruned(self, dead_letters: DeadLetters) -> None:
        """Before it, and not at it; how many these were is returned."""
        limit = datetime(1990, 1, 1, 12, 0, 0, 500, UTC) + timedelta(days=unused_number())
        dead_letters.prune(limit - timedelta(hours=1))
        times = [limit + timedelta(microseconds=away) for away in (-2, -1, 0, 1)]
        letters = [attrs.evolve(_letter(line), seen=seen) for line, seen in enumerate(times)]
        letters[0] = attrs.evolve(letters[0], data=b"large" * 20_000)
        letters = _somewhere_else(letters, number := unused_number())
        others = {letter.id for letter in dead_letters.all()}
        dead_letters.put(letters)
        assert dead_letters.prune(limit) == 2
        assert _of(dead_letters, number) == letters[2:]
        assert {letter.id for letter in dead_letters.all()} == others | {letter.id for letter in letters[2:]}
        assert dead_letters.prune(limit) == 0

    def test_letters_that_change_while_they_are_read_are_read_once(self, dead_letters: DeadLetters) -> None:
        """A replay removes and replaces those that it has read, and goes on."""
        letters = _somewhere_else(map(_letter, range(self.many)), number := unused_number())
        dead_letters.put(letters)
        read = []
        for each in dead_letters.all():
            if not each.source.startswith(f"{number:09}/"):
                continue
            read.append(each)
            if len(read) % 1000 == 0:
                dead_letters.remove([letter.id for letter in read[-1000:-500]])
                again = Rejection(Reason.BAD_BID, "known better")
                dead_letters.replace([attrs.evolve(letter, rejection=again) for letter in read[-500:]])
        assert _sorted(read) == letters
        removed = {letter.id for start in range(0, len(read) - 999, 1000) for letter in read[start : start + 500]}
        assert _of(dead_letters, number) == [
            letter
            if letter.id in {each.id for each in read[len(read) // 1000 * 1000 :]}
            else attrs.evolve(letter, rejection=Rejection(Reason.BAD_BID, "known better"))
            for letter in letters
            if letter.id not in removed
        ]

    def test_large_letters_come_back_whole(self, dead_letters: DeadLetters) -> None:
        """Whatever pieces a store may cut them into."""
        sizes = [2**14 - 1, 2**14, 2**14 + 1, 2**15, 2**15 + 1, 3 * 2**20]
        letters = [attrs.evolve(_letter(line), data=_bytes(size)) for line, size in enumerate(sizes)]
        letters = _somewhere_else(letters, number := unused_number())
        dead_letters.put(letters)
        assert _of(dead_letters, number) == letters
        assert _sorted(dead_letters.get([letter.id for letter in letters[3:]])) == letters[3:]
        dead_letters.remove([letter.id for letter in letters[:-1]])
        assert _of(dead_letters, number) == letters[-1:]
        dead_letters.remove([letters[-1].id])
        dead_letters.put(letters[-1:])
        assert _of(dead_letters, number) == letters[-1:], "nothing of it was left"

    def test_they_outlive_a_restart(self, dead_letters: DeadLetters, reopen: Callable[[], DeadLetters]) -> None:
        """What was put is found by another handle, and what was removed is not."""
        letters = _somewhere_else(map(_letter, range(4)), number := unused_number())
        dead_letters.put(letters)
        dead_letters.remove([letters[0].id])
        assert _of(reopen(), number) == letters[1:]

    def test_a_letter_does_not_show_its_bytes(self, dead_letters: DeadLetters) -> None:
        """They may be personal data, and a representation may end in a log."""
        letter = attrs.evolve(_letter(1), data=b"someone@example.com")
        dead_letters.put(_somewhere_else([letter], number := unused_number()))
        assert "someone" not in repr(_of(dead_letters, number))


def _letter(line: int) -> DeadLetter:
    return DeadLetter("file", line, b"{%d" % line, Rejection(Reason.NOT_JSON, "the line is not strict JSON"), _SEEN)


def _bytes(size: int) -> bytes:
    return b"".join(b"%d," % number for number in range(size // 2))[:size]


def _with_later_meetings(letters: list[DeadLetter]) -> list[DeadLetter]:
    later = Rejection(Reason.BAD_BID, "met again")
    again = [attrs.evolve(each, seen=each.seen + timedelta(days=1), rejection=later) for each in reversed(letters)]
    return [*letters, *again]
