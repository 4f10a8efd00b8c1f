"""The port to the dead letters."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from admetrics.domain.dead_letter import DeadLetter
from admetrics.domain.rejection import Reason


class TakesDeadLetters(Protocol):
    """The way to the dead letters."""

    def put(self, letters: Sequence[DeadLetter]) -> None:
        """Keep dead letters; one that is there already (same id) stays as it was, first seen time included.

        Raises:
            TooLargeError: these are too many, or too large, at once; some may have been kept, and fewer may fit. A
                letter of a few kilobytes always fits, unless the store has no room at all.
        """
        ...


class DeadLetters(TakesDeadLetters, Protocol):
    """Records and messages that could not be used, until they are replayed. They may hold personal data."""

    def all(self) -> Iterable[DeadLetter]:
        """Return all dead letters, by source, line and id."""
        ...

    def get(self, ids: Collection[str]) -> Sequence[DeadLetter]:
        """Return the dead letters with these ids, by source, line and id; unknown ids are left out."""
        ...

    def count(self) -> Mapping[Reason, int]:
        """Count the dead letters by reason; reasons without any are left out."""
        ...

    def remove(self, ids: Collection[str]) -> None:
        """Remove dead letters: they were replayed. Unknown ids are ignored."""
        ...
