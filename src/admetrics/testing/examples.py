"""How the contract suites run Hypothesis: many examples on one store, each in a place of its own."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final, TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

from admetrics.domain.errors import TooLargeError
from admetrics.domain.times import Period
from admetrics.testing.strategies import FEW_HOURS

T = TypeVar("T")

_numbers: Final = count(1)
_days: Final = count()
_DAYS: Final = 9000


def for_all(check: Callable[..., None], *strategies: SearchStrategy[Any], examples: int) -> None:
    """Check a property for many drawn values.

    A test calls it inside: `@given` around a test would not mix with the fixtures that make its store.

    Args:
        check: takes a value of each strategy, in their order; fails if the property does not hold.
        strategies: what to draw.
        examples: how many times.
    """
    chosen = settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    chosen(given(*strategies)(check))()


def unused_number() -> int:
    """Return a number that no other example of this process uses: for ids and names of its own."""
    return next(_numbers)


def unused_day() -> timedelta:
    """Return how far to move what was drawn within `FEW_HOURS` so that no other example meets it.

    It is moved into the past, because events are not accepted from the future; and not beyond the year 2000, where
    they are not accepted either: after 9,000 examples the days come again, which then belong to other stores.
    """
    return -timedelta(days=next(_days) % _DAYS + 1)


def few_hours(moved_by: timedelta) -> Period:
    """Return `FEW_HOURS` on another day."""
    return Period(FEW_HOURS.start + moved_by, FEW_HOURS.end + moved_by)


class HandClock:
    """A clock that a test moves by hand; it stands still otherwise.

    Args:
        start: the time it shows first, aware UTC.
    """

    def __init__(self, start: datetime = datetime(2026, 4, 1, 12, 30, 15, 123456, UTC)) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the time that it shows."""
        with self._lock:
            return self._now

    def advance(self, by: timedelta = timedelta(seconds=1)) -> datetime:
        """Move on, and return the new time."""
        with self._lock:
            self._now += by
            return self._now


def in_parts(items: Sequence[T], store: Callable[[Sequence[T]], object]) -> None:
    """Store items, in halves of halves where a port refuses them for their size."""
    try:
        store(items)
    except TooLargeError:
        assert len(items) > 1, "not even one fits"
        for half in (items[: len(items) // 2], items[len(items) // 2 :]):
            in_parts(half, store)
