"""Storing what may be too much at once: it goes in halves of halves, so that nothing waits for ever."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from admetrics.domain.errors import TooLargeError
from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.event import Event
from admetrics.ports.dead_letters import TakesDeadLetters
from admetrics.ports.lake import TakesEvents

_T = TypeVar("_T")


def append(events: Sequence[Event], *, lake: TakesEvents) -> None:
    """Append events.

    Raises:
        TooLargeError: one does not fit even alone, so the lake has no room at all: records are bounded
            (`admetrics.domain.events.classify.LARGEST_RECORD`).
    """
    if len(events) < 2:  # noqa: PLR2004  one cannot be cut
        lake.append(events)
    elif not _fits(events, lake.append):
        for half in _halves(events):
            append(half, lake=lake)


def put(letters: Sequence[DeadLetter], *, dead_letters: TakesDeadLetters) -> None:
    """Keep dead letters; of one that does not fit even alone, its beginning.

    Raises:
        TooLargeError: not even that fits, so the store has no room at all.
    """
    if _fits(letters, dead_letters.put):
        return
    if len(letters) == 1:
        dead_letters.put([letters[0].shortened()])
        return
    for half in _halves(letters):
        put(half, dead_letters=dead_letters)


def _fits(items: Sequence[_T], store: Callable[[Sequence[_T]], object]) -> bool:
    """Store items; return False if these are too many at once, when some of them may be stored."""
    try:
        store(items)
    except TooLargeError:
        return False
    return True


def _halves(items: Sequence[_T]) -> tuple[Sequence[_T], Sequence[_T]]:
    middle = len(items) // 2
    return items[:middle], items[middle:]
