"""The dead letters in memory."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import attrs

from admetrics.domain.events.dead_letter import DeadLetter, ReasonSummary, summarized
from admetrics.domain.events.rejection import Reason


class MemoryDeadLetters:
    """The dead letters by id."""

    def __init__(self) -> None:
        self._letters: dict[str, DeadLetter] = {}

    def put(self, letters: Sequence[DeadLetter]) -> None:
        """Keep dead letters; one that is there already stays as it was."""
        for letter in letters:
            self._letters.setdefault(letter.id, letter)

    def all(self, *, reason: Reason | None = None) -> Iterable[DeadLetter]:
        """Return all dead letters, as they came."""
        return [letter for letter in self._letters.values() if reason in (None, letter.rejection.reason)]

    def get(self, ids: Collection[str]) -> Iterable[DeadLetter]:
        """Return the dead letters with these ids."""
        return [self._letters[each] for each in dict.fromkeys(ids) if each in self._letters]

    def count(self) -> Mapping[Reason, int]:
        """Count the dead letters by reason."""
        return Counter(letter.rejection.reason for letter in self._letters.values())

    def summary(self) -> Mapping[Reason, ReasonSummary]:
        """Sum up the dead letters by reason."""
        return summarized((letter.rejection.reason, letter.seen) for letter in self._letters.values())

    def remove(self, ids: Collection[str]) -> None:
        """Remove dead letters."""
        for each in ids:
            self._letters.pop(each, None)

    def replace(self, letters: Sequence[DeadLetter]) -> None:
        """Keep other reasons of dead letters that are there."""
        for letter in letters:
            if letter.id in self._letters:
                self._letters[letter.id] = attrs.evolve(self._letters[letter.id], rejection=letter.rejection)

    def prune(self, before: datetime) -> int:
        """Remove old dead letters."""
        old = [each for each, letter in self._letters.items() if letter.seen < before]
        self.remove(old)
        return len(old)
