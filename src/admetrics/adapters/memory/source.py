"""A source in memory."""

from collections.abc import Iterable

from admetrics.ports.source import Batch, Chunk


class MemorySource:
    """Lines that can grow, with a position that lasts as long as the object: `rewind` is its restart.

    Args:
        lines: the lines that are there at first.
        place: what dead letters call it.
    """

    def __init__(self, lines: Iterable[bytes] = (), *, place: str = "memory") -> None:
        self._lines = list(lines)
        self._place = place
        self._polled = 0
        self._committed = 0

    def add(self, lines: Iterable[bytes]) -> None:
        """Let lines come in."""
        self._lines.extend(lines)

    def poll(self, *, at_most: int) -> Batch:
        """Return the next lines."""
        start = self._polled
        self._polled = min(start + at_most, len(self._lines))
        if start == self._polled:
            return Batch((), start)
        numbers = range(start + 1, self._polled + 1)
        return Batch((Chunk(self._place, numbers, self._lines[start : self._polled]),), self._polled)

    def commit(self, batch: Batch) -> None:
        """Declare a batch, and all before it, safely in the lake."""
        if isinstance(batch.position, int):
            self._committed = batch.position

    def rewind(self) -> None:
        """Go back to the last committed position."""
        self._polled = self._committed

    def lag(self) -> int:
        """Count the lines beyond the last poll."""
        return len(self._lines) - self._polled
