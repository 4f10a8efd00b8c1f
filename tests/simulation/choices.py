"""Choices read from bytes, so that Hypothesis, a seed, or a test written by hand can make them."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """Reads each choice from the next byte; when they are used up, the first option is taken: nothing goes wrong."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._read = 0

    @property
    def left(self) -> bool:
        return self._read < len(self._data)

    def byte(self) -> int:
        if not self.left:
            return 0
        self._read += 1
        return self._data[self._read - 1]

    def of(self, options: Sequence[T]) -> T:
        return options[self.byte() % len(options)] if len(options) > 1 else options[0]

    def one_in(self, number: int) -> bool:
        return self.byte() >= 256 - 256 // number

    def split(self, items: Sequence[T]) -> tuple[list[T], list[T], list[T]]:
        """Share items out among three fates."""
        fates: tuple[list[T], list[T], list[T]] = ([], [], [])
        for item in items:
            fates[self.byte() % 3].append(item)
        return fates
