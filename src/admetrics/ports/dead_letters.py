"""The port to the dead letters."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from admetrics.domain.events.dead_letter import DeadLetter, ReasonSummary
from admetrics.domain.events.rejection import Reason


class TakesDeadLetters(Protocol):
    """The way to the dead letters."""

    def put(self, letters: Sequence[DeadLetter]) -> None:
        """Keep dead letters; one that is there already (same id) stays as it was, first seen time included.

        Raises:
            TooLargeError: these are too many, or too large, at once; some may have been kept, and fewer may fit. A
                letter of a few kilobytes always fits, unless the store has no room at all.
        """
        ...

    def replace(self, letters: Sequence[DeadLetter]) -> None:
        """Give dead letters that are there the reason and detail that they have here; those not there stay away.

        Whatever happens meanwhile, each is there, as it was or as it is to be.
        """
        ...


class DeadLetters(TakesDeadLetters, Protocol):
    """Records and messages that could not be used, until they are replayed. They may hold personal data.

    There may be millions of small ones and thousands of large ones: no call but `put` and `replace`, which are handed
    letters, holds more than a page of them in memory.
    """

    def all(self, *, reason: Reason | None = None) -> Iterable[DeadLetter]:
        """Read all dead letters, or those of one reason, in an order of the store's own.

        The order stays while nothing changes.

        Letters may be put, replaced and removed while this is read: those that were there before and stay are read
        once, the others once or not at all.
        """
        ...

    def get(self, ids: Collection[str]) -> Iterable[DeadLetter]:
        """Read the dead letters with these ids, as `all` does; unknown ids are left out."""
        ...

    def count(self) -> Mapping[Reason, int]:
        """Count the dead letters by reason; reasons without any are left out."""
        ...

    def summary(self) -> Mapping[Reason, ReasonSummary]:
        """Count the dead letters by reason, with the times when the oldest and the newest were first seen."""
        ...

    def remove(self, ids: Collection[str]) -> None:
        """Remove dead letters: they were replayed. Unknown ids are ignored."""
        ...

    def prune(self, before: datetime) -> int:
        """Remove the dead letters that were first seen before a time, and return how many these were."""
        ...
