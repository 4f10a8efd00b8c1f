"""The dead letters in memory."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from admetrics.domain.dead_letter import DeadLetter
from admetrics.domain.rejection import Reason


class MemoryDeadLetters:
    """The dead letters by id."""

    def __init__(self) -> None:
        self._letters: dict[str, DeadLetter] = {}

    def put(self, letters: Sequence[DeadLetter]) -> None:
        """Keep dead letters; one that is there already stays as it was."""
        for letter in letters:
            self._letters.setdefault(letter.id, letter)

    def all(self) -> Iterable[DeadLetter]:
        """Return all dead letters, by source, line and id."""
        return self.get(self._letters)

    def get(self, ids: Collection[str]) -> Sequence[DeadLetter]:
        """Return the dead letters with these ids, by source, line and id."""
        found = [self._letters[each] for each in set(ids) if each in self._letters]
        return sorted(found, key=lambda letter: (letter.source, letter.line, letter.id))

    def count(self) -> Mapping[Reason, int]:
        """Count the dead letters by reason."""
        return Counter(letter.rejection.reason for letter in self._letters.values())

    def remove(self, ids: Collection[str]) -> None:
        """Remove dead letters."""
        for each in ids:
            self._letters.pop(each, None)
