"""The contract of a bus."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import ClassVar

import attrs
import pytest
from hypothesis import strategies as st

from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.integers import LARGEST
from admetrics.domain.events.rejection import Reason
from admetrics.domain.metrics.catalog import MEASURES
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.rollup.row import Cell, Row
from admetrics.ports.bus import Bus, Delivery
from admetrics.testing.examples import for_all, unused_number
from admetrics.testing.strategies import FEW_HOURS, rows

_NO_ROWS = (
    b"{}", b"no JSON", b"[1]", b'{"schema": 1}', b'{"schema": 2, "hour": "2026-02-30T10:00:00Z"}',
    b'"; DROP TABLE events; --', "\u00e9 \u2028".encode(),
)  # fmt: skip
"""Messages that are no rows; text, because a bus need not carry anything else."""

_POLLS_AT_MOST = 1000


class BusContract:
    """What every bus keeps. Nothing else publishes to it or polls from it while a test runs.

    Fixtures to supply:
        bus: a bus.
        reopen: a function that returns a new handle to that bus, as after a restart; the old one is not used again.
        put_raw: a function that puts bytes on that bus as one message (`Callable[[bytes], None]`).
    """

    examples: ClassVar[int] = 25
    many: ClassVar[int] = 6000
    """How many rows one call must be able to take."""

    # Delivery

    def test_confirmed_rows_are_found(self, bus: Bus) -> None:
        """All of them, exactly as they were published, whatever the sizes of publications and polls."""

        def check(drawn: Sequence[Sequence[Row]], at_most: int) -> None:
            _drain(bus)
            published = _distinct(drawn)
            for some in published:
                bus.publish(some)
            expected = {row for some in published for row in some}
            assert set(_rows(_drain(bus, at_most=at_most))) == expected

        sizes = st.integers(1, 5) | st.just(1000)
        for_all(check, st.lists(st.lists(rows(), max_size=4), max_size=3), sizes, examples=self.examples)

    def test_rows_of_one_cell_are_all_delivered(self, bus: Bus) -> None:
        """Versions decide in the warehouse, not on the way."""
        _drain(bus)
        published = [_row(version=version) for version in (2, 3, 1)]
        bus.publish(published)
        assert set(_rows(_drain(bus))) == set(published)

    def test_the_largest_figures_arrive_exactly(self, bus: Bus) -> None:
        """Whatever a row may hold."""
        _drain(bus)
        cell = Cell(FEW_HOURS.start, LARGEST, LARGEST, LARGEST, LARGEST)
        row = Row(cell, Measures(*[measure.largest for measure in MEASURES]), LARGEST, 2**63 - 1, "L" * 63 + "\u00e9")
        bus.publish([row])
        assert set(_rows(_drain(bus))) == {row}

    def test_a_poll_returns_no_more_than_asked_for(self, bus: Bus) -> None:
        """And at least one message while some are waiting."""
        _drain(bus)
        bus.publish([_row(job=job) for job in range(1, 8)])
        sizes = []
        while size := _size(bus.poll(at_most=3)):
            sizes.append(size)
        assert max(sizes) <= 3
        assert sum(sizes) == 7

    def test_nothing_published_is_nothing_delivered(self, bus: Bus) -> None:
        """A roll-up without changes publishes an empty list."""
        _drain(bus)
        bus.publish([])
        delivery = bus.poll(at_most=10)
        assert _size(delivery) == 0
        bus.commit(delivery)
        assert bus.lag() == 0

    def test_many_rows_at_once(self, bus: Bus) -> None:
        """More than one statement or one request can carry."""
        _drain(bus)
        published = [_row(job=job) for job in range(1, self.many + 1)]
        bus.publish(published)
        assert bus.lag() == self.many
        assert set(_rows(_drain(bus, at_most=self.many // 2))) == set(published)
        assert bus.lag() == 0

    # Positions

    def test_a_rewind_delivers_again_what_was_not_committed(self, bus: Bus) -> None:
        """And nothing that was."""

        def check(waiting: int, first: int, second: int) -> None:
            _drain(bus)
            published = {_row(job=job) for job in range(1, waiting + 1)}
            bus.publish(sorted(published, key=lambda row: row.cell))
            committed = bus.poll(at_most=first)
            bus.commit(committed)
            bus.poll(at_most=second)
            bus.rewind()
            assert set(_rows(_drain(bus))) == published - set(committed.rows)

        for_all(check, st.integers(0, 6), st.integers(1, 4), st.integers(1, 4), examples=self.examples)

    def test_a_commit_is_of_one_delivery_only(self, bus: Bus) -> None:
        """What was polled after it comes again."""
        _drain(bus)
        bus.publish([_row(job=job) for job in range(1, 6)])
        first, second = bus.poll(at_most=2), bus.poll(at_most=2)
        bus.commit(first)
        bus.rewind()
        assert set(second.rows) <= set(_rows(rest := _drain(bus)))
        assert set(first.rows).isdisjoint(_rows(rest))

    def test_polling_moves_on(self, bus: Bus) -> None:
        """Without a commit too; new messages follow."""
        _drain(bus)
        first, second = _row(job=1), _row(job=2)
        bus.publish([first])
        assert set(_rows(_poll_all(bus))) == {first}
        bus.publish([second])
        assert set(_rows(_poll_all(bus))) == {second}
        bus.rewind()
        assert set(_rows(_drain(bus))) == {first, second}

    def test_a_commit_outlives_a_restart(self, bus: Bus, reopen: Callable[[], Bus]) -> None:
        """What was only polled is delivered again."""
        _drain(bus)
        published = {_row(job=job) for job in range(1, 8)}
        bus.publish(sorted(published, key=lambda row: row.cell))
        committed = bus.poll(at_most=3)
        bus.commit(committed)
        bus.poll(at_most=2)
        again = reopen()
        assert again.lag() == 7 - _size(committed)
        assert set(_rows(_drain(again))) == published - set(committed.rows)

    # Messages that are no rows

    def test_unreadable_messages_come_as_dead_letters(self, bus: Bus, put_raw: Callable[[bytes], None]) -> None:
        """With their bytes; the rows around them are delivered."""
        _drain(bus)
        before, after = _row(job=1), _row(job=2)
        bus.publish([before])
        for data in _NO_ROWS:
            put_raw(data)
        bus.publish([after])
        assert bus.lag() == len(_NO_ROWS) + 2
        deliveries = _drain(bus)
        letters = _letters(deliveries)
        assert set(_rows(deliveries)) == {before, after}
        assert {letter.data for letter in letters} == set(_NO_ROWS)
        assert {letter.rejection.reason for letter in letters} == {Reason.BAD_MESSAGE}
        assert {letter.seen.utcoffset() for letter in letters} == {timedelta()}
        assert bus.lag() == 0

    def test_an_unreadable_message_is_the_same_dead_letter_each_time(
        self, bus: Bus, put_raw: Callable[[bytes], None]
    ) -> None:
        """So that a repeated load keeps it once; equal bytes in two messages are two."""
        _drain(bus)
        put_raw(b"no row")
        put_raw(b"no row")
        ids = {letter.id for letter in _letters(_poll_all(bus))}
        bus.rewind()
        assert {letter.id for letter in _letters(_drain(bus))} == ids
        assert len(ids) == 2

    @pytest.mark.parametrize("at_most", [1, 2])
    def test_unreadable_messages_count_as_messages_of_a_poll(
        self, bus: Bus, put_raw: Callable[[bytes], None], at_most: int
    ) -> None:
        """A poll of nothing but unreadable ones is not empty, so that a load goes on."""
        _drain(bus)
        for data in _NO_ROWS[:3]:
            put_raw(data)
        bus.publish([_row(job=1)])
        sizes = [_size(delivery) for delivery in _drain(bus, at_most=at_most)]
        assert max(sizes) <= at_most
        assert sum(sizes) == 4

    # How far it is

    def test_the_lag_counts_what_is_confirmed_and_not_committed(self, bus: Bus) -> None:
        """Polling alone does not shorten it."""
        _drain(bus)
        assert bus.lag() == 0
        bus.publish([_row(job=job) for job in range(1, 6)])
        assert bus.lag() == 5
        delivery = bus.poll(at_most=2)
        assert bus.lag() == 5
        bus.commit(delivery)
        assert bus.lag() == 5 - _size(delivery)
        bus.rewind()
        assert bus.lag() == 5 - _size(delivery)

    def test_a_mark_is_passed_when_all_before_it_is_committed(self, bus: Bus) -> None:
        """Not when it was polled; what is published later does not matter."""
        _drain(bus)
        assert bus.passed(bus.end_offset())
        bus.publish([_row(job=job) for job in range(1, 5)])
        offset = bus.end_offset()
        assert not bus.passed(offset)
        first = bus.poll(at_most=2)
        bus.commit(first)
        assert not bus.passed(offset)
        rest = _poll_all(bus)
        assert not bus.passed(offset)
        for delivery in rest:
            bus.commit(delivery)
        assert bus.passed(offset)
        bus.publish([_row(job=5)])
        assert bus.passed(offset)
        assert not bus.passed(bus.end_offset())

    def test_a_mark_is_passed_by_any_consumer(self, bus: Bus, reopen: Callable[[], Bus]) -> None:
        """The one who waits need not be the one who loads."""
        _drain(bus)
        bus.publish([_row(job=1), _row(job=2)])
        offset = bus.end_offset()
        other = reopen()
        assert not other.passed(offset)
        _drain(other)
        assert other.passed(offset)


def _row(*, job: int = 1, version: int = 1) -> Row:
    """Make a row that no other example has."""
    cell = Cell(FEW_HOURS.start, job, 0, 0, 0)
    return Row(cell, Measures(*[unused_number()] * len(MEASURES)), None, version, "Test")


def _distinct(drawn: Sequence[Sequence[Row]]) -> list[list[Row]]:
    """Give rows versions of their own, so that none equals another one of this or any other example."""
    return [[attrs.evolve(row, version=unused_number()) for row in some] for some in drawn]


def _poll_all(bus: Bus, *, at_most: int = 1000, after: Callable[[Delivery], None] = lambda _: None) -> list[Delivery]:
    """Poll until nothing is waiting; what each delivery is followed by can be told."""
    deliveries: list[Delivery] = []
    for _ in range(_POLLS_AT_MOST):
        delivery = bus.poll(at_most=at_most)
        after(delivery)
        if not _size(delivery):
            return deliveries
        deliveries.append(delivery)
    raise AssertionError(f"something is still waiting after {_POLLS_AT_MOST} polls")


def _drain(bus: Bus, *, at_most: int = 1000) -> list[Delivery]:
    """Poll and commit all that is waiting, also what an example that failed has left."""
    return _poll_all(bus, at_most=at_most, after=bus.commit)


def _size(delivery: Delivery) -> int:
    return len(delivery.rows) + len(delivery.unreadable)


def _rows(deliveries: Iterable[Delivery]) -> list[Row]:
    return [row for delivery in deliveries for row in delivery.rows]


def _letters(deliveries: Iterable[Delivery]) -> list[DeadLetter]:
    return [letter for delivery in deliveries for letter in delivery.unreadable]
