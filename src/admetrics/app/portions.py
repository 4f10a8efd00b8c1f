"""Portions: dead letters a few at a time, so that memory is bounded however many there are, and however large."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from admetrics.domain.events.dead_letter import DeadLetter

_LETTERS: Final = 10_000
BYTES: Final = 8 * 2**20


def portions(letters: Iterable[DeadLetter]) -> Iterator[Sequence[DeadLetter]]:
    """Divide letters into portions of at most 10,000 letters and, but for a single one that is larger, 8 MiB."""
    portion: list[DeadLetter] = []
    size = 0
    for letter in letters:
        if portion and (len(portion) == _LETTERS or size + len(letter.data) > BYTES):
            yield portion
            portion, size = [], 0
        portion.append(letter)
        size += len(letter.data)
    if portion:
        yield portion
