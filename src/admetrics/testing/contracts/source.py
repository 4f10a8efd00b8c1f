"""The contract of a source."""

import json
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import ClassVar

from hypothesis import strategies as st

from admetrics.domain.events.record import Record, decode, is_blank
from admetrics.domain.times import ticks_of
from admetrics.ports.source import Batch, Source
from admetrics.testing.examples import for_all, unused_number
from admetrics.testing.strategies import FEW_HOURS, uuid_at

MakeSource = Callable[[Sequence[bytes]], Source]
_POLLS_AT_MOST = 1000

Read = tuple[str, int, str]
"""Where a record was read, its number there, and its own id."""


class SourceContract:
    """What every source keeps.

    Fixtures to supply:
        make_source: a function that takes lines and returns a source of these lines only. The lines are JSON of
            records, all different and none blank; every column is a string or null, so that CSV can carry them. A
            source of several places may share them out as it likes, in their order.

    A source whose position outlives a restart keeps `LastingSourceContract`.
    """

    examples: ClassVar[int] = 20
    many: ClassVar[int] = 5000
    """How many lines a source must be able to hold."""
    in_order: ClassVar[bool] = True
    """Whether the records of a place come in the order in which they were written; those of a table do not."""

    def test_every_record_is_read_once(self, make_source: MakeSource) -> None:
        """In the order of its place, whatever the sizes of the polls, and without damage."""

        def check(texts: Sequence[str | None], at_most: int) -> None:
            lines = _lines(texts)
            batches = _read_all(make_source(lines), at_most=at_most)
            assert _contents(batches) == sorted(map(_content, lines))
            _check_order(batches, lines, in_order=self.in_order)

        for_all(check, st.lists(_texts(), max_size=8), st.integers(1, 4) | st.just(1000), examples=self.examples)

    def test_a_poll_returns_no_more_than_asked_for(self, make_source: MakeSource) -> None:
        """And at least one line while there are some."""
        batches = _read_all(make_source(_lines(["a"] * 7)), at_most=3)
        assert max(map(_size, batches)) <= 3
        assert sum(map(_size, batches)) == 7

    def test_nothing_to_read_is_an_empty_batch(self, make_source: MakeSource) -> None:
        """Also when asked again; committing it is harmless."""
        source = make_source([])
        for _ in range(2):
            batch = source.poll(at_most=10)
            assert _size(batch) == 0
            source.commit(batch)
            source.rewind()

    def test_the_end_is_an_empty_batch(self, make_source: MakeSource) -> None:
        """Until there is more to read."""
        source = make_source(_lines(["a", "b"]))
        _read_all(source)
        assert _size(source.poll(at_most=10)) == 0

    def test_a_rewind_reads_again_what_was_not_committed(self, make_source: MakeSource) -> None:
        """The same lines under the same numbers, and nothing that was committed."""

        def check(count: int, first: int, second: int) -> None:
            lines = _lines(["a"] * count)
            source = make_source(lines)
            committed = source.poll(at_most=first)
            source.commit(committed)
            polled = source.poll(at_most=second)
            source.rewind()
            again = _read_all(source, at_most=second)
            assert set(_reads([polled])) <= set(_reads(again))
            assert _contents([committed, *again]) == sorted(map(_content, lines))
            _check_order([committed, *again], lines, in_order=self.in_order)

        for_all(check, st.integers(0, 6), st.integers(1, 4), st.integers(1, 4), examples=self.examples)

    def test_a_rewind_without_a_commit_begins_anew(self, make_source: MakeSource) -> None:
        """As often as it is asked for, from the middle as from the end."""
        source = make_source(lines := _lines(["a", "b", "c", "d", "e"]))
        source.poll(at_most=2)
        source.rewind()
        first = _read_all(source, at_most=2)
        source.rewind()
        assert sorted(_reads(_read_all(source, at_most=3))) == sorted(_reads(first))
        assert _contents(first) == sorted(map(_content, lines))

    def test_a_commit_includes_all_before_it(self, make_source: MakeSource) -> None:
        """And nothing after it."""
        source = make_source(lines := _lines(["a"] * 6))
        first, second, third = (source.poll(at_most=2) for _ in range(3))
        source.commit(second)
        source.rewind()
        again = _read_all(source)
        assert set(_reads([third])) <= set(_reads(again))
        assert set(_reads([first, second])).isdisjoint(_reads(again))
        assert _contents([first, second, *again]) == sorted(map(_content, lines))

    def test_reading_again_gives_the_same_places_and_numbers(self, make_source: MakeSource) -> None:
        """A dead letter is its place, its number and its bytes: reading it again must not make another."""
        source = make_source(_lines(["a"] * 5))
        one_by_one = _reads(_read_all(source, at_most=1))
        source.rewind()
        assert sorted(_reads(_read_all(source))) == sorted(one_by_one)
        assert len({(place, number) for place, number, _ in one_by_one}) == 5

    def test_the_lag_is_gone_at_the_end(self, make_source: MakeSource) -> None:
        """Something waits before it, if the source can tell."""
        source = make_source(_lines(["a"] * 5))
        before = source.lag()
        assert before is None or before > 0
        _read_all(source)
        assert source.lag() in {0, None}

    def test_many_lines(self, make_source: MakeSource) -> None:
        """More than fits into one buffer; some of them long."""
        lines = _lines(["x" * 70_000, *(["a"] * (self.many - 2)), "\u00e9" * 40_000])
        batches = _read_all(make_source(lines), at_most=1000)
        assert _contents(batches) == sorted(map(_content, lines))
        _check_order(batches, lines, in_order=self.in_order)


class LastingSourceContract(SourceContract):
    """What every source keeps whose position outlives a restart.

    Fixtures to supply, beside those of `SourceContract`:
        reopen: a function that takes a source that `make_source` made and returns a new one at the same place, as
            after a restart; the old one is not used again.
    """

    def test_a_commit_outlives_a_restart(self, make_source: MakeSource, reopen: Callable[[Source], Source]) -> None:
        """Reading begins after what was committed, not after what was polled."""

        def check(count: int, first: int, second: int) -> None:
            lines = _lines(["a"] * count)
            source = make_source(lines)
            committed = source.poll(at_most=first)
            source.commit(committed)
            polled = source.poll(at_most=second)
            again = _read_all(reopen(source))
            assert set(_reads([polled])) <= set(_reads(again))
            assert _contents([committed, *again]) == sorted(map(_content, lines))

        for_all(check, st.integers(0, 6), st.integers(1, 4), st.integers(1, 4), examples=self.examples)

    def test_without_a_commit_a_restart_begins_anew(
        self, make_source: MakeSource, reopen: Callable[[Source], Source]
    ) -> None:
        """What a crash interrupted is read again, under the same numbers."""
        source = make_source(_lines(["a"] * 4))
        before = _reads(_read_all(source))
        assert sorted(_reads(_read_all(reopen(source)))) == sorted(before)

    def test_a_rewind_after_a_restart_goes_to_the_last_commit(
        self, make_source: MakeSource, reopen: Callable[[Source], Source]
    ) -> None:
        """Not to the beginning."""
        source = make_source(_lines(["a"] * 5))
        committed = source.poll(at_most=2)
        source.commit(committed)
        again = reopen(source)
        rest = _reads(_read_all(again))
        again.rewind()
        assert sorted(_reads(_read_all(again))) == sorted(rest)
        assert set(_reads([committed])).isdisjoint(rest)

    def test_everything_committed_is_nothing_to_read(
        self, make_source: MakeSource, reopen: Callable[[Source], Source]
    ) -> None:
        """Nor does anything lag."""
        source = make_source(_lines(["a"] * 3))
        for batch in _read_all(source):
            source.commit(batch)
        again = reopen(source)
        assert _size(again.poll(at_most=10)) == 0
        assert again.lag() in {0, None}


def _texts() -> st.SearchStrategy[str | None]:
    """Return a strategy for texts that JSON, CSV and tables can carry."""
    odd = st.sampled_from(["a,b", 'say "x"', "back\\slash", "a\nb", "\r", "'; --", "\u2028", "\U0001f600", "[1]", "%s"])
    characters = st.characters(codec="utf-8", exclude_characters="\x00")
    return st.none() | odd | st.text(characters, min_size=1, max_size=10).filter(lambda text: text.strip() == text)


def _lines(texts: Iterable[str | None]) -> list[bytes]:
    return [_line(text) for text in texts]


def _line(text: str | None) -> bytes:
    """Write a record of its own that carries a text."""
    number = unused_number()
    own_id = uuid_at(ticks_of(FEW_HOURS.start) + number, node=number)
    columns = {"create_time": own_id, "custom_track": "click", "job_id": "7", "ua": text, "id": str(number)}
    return json.dumps(columns, ensure_ascii=number % 2 == 0).encode()


def _content(line: bytes) -> tuple[str, ...]:
    """Return what a line says, apart from how it is spelled."""
    record = decode(line)
    assert isinstance(record, Record), "a record must come as a line that decodes"
    return tuple(str(record[column] or "") for column in ("id", "create_time", "custom_track", "job_id", "ua"))


def _contents(batches: Iterable[Batch]) -> list[tuple[str, ...]]:
    return sorted(_content(line) for batch in batches for chunk in batch.chunks for line in chunk.lines)


def _reads(batches: Iterable[Batch]) -> list[Read]:
    return [
        (chunk.place, number, _content(line)[0])
        for batch in batches
        for chunk in batch.chunks
        for number, line in zip(chunk.numbers, chunk.lines, strict=True)
    ]


def _check_order(batches: Iterable[Batch], lines: Sequence[bytes], *, in_order: bool) -> None:
    """Check that each place has ascending numbers, and its records in the order of `lines`."""
    rank = {_content(line)[0]: position for position, line in enumerate(lines)}
    places: dict[str, list[tuple[int, int]]] = {}
    for place, number, own_id in _reads(batches):
        places.setdefault(place, []).append((number, rank[own_id]))
    for read in places.values():
        assert all(before[0] < after[0] for before, after in pairwise(read))
        assert not in_order or all(before[1] < after[1] for before, after in pairwise(read))


def _size(batch: Batch) -> int:
    return sum(len(chunk.lines) for chunk in batch.chunks)


def _read_all(source: Source, *, at_most: int = 1000) -> list[Batch]:
    """Poll to the end; blank lines, which are no records, may be among the lines."""
    batches: list[Batch] = []
    for _ in range(_POLLS_AT_MOST):
        batch = source.poll(at_most=at_most)
        if not batch.chunks:
            return batches
        assert all(chunk.lines for chunk in batch.chunks)
        assert not any(is_blank(line) for chunk in batch.chunks for line in chunk.lines)
        batches.append(batch)
    raise AssertionError(f"the source has not ended after {_POLLS_AT_MOST} polls")
