"""The port to where raw records come from."""

from collections.abc import Sequence
from typing import Final, Protocol

import attrs

MOST_BYTES: Final = 16 * 2**20
"""About as many bytes as a batch holds at the most, however many lines it may have: 25,000 ordinary ones fit."""


@attrs.frozen
class Chunk:
    """Consecutive raw records from one place.

    Args:
        place: where they come from: a file's path, `stdin`, a topic and partition; shown in dead letters.
        numbers: the position of each line there: line numbers from 1, or offsets; ascending, gaps are fine.
        lines: the records, each one JSON value in UTF-8; blank ones are no records. Sources of other formats
            (CSV) rewrite theirs as JSON; what cannot be a record must become a line that does not decode.
    """

    place: str
    numbers: Sequence[int]
    lines: Sequence[bytes] = attrs.field(repr=False)


@attrs.frozen
class Batch:
    """What one poll returned; `chunks` is empty when there is nothing to read now.

    Args:
        chunks: the records.
        position: the source's own note of where the batch ends, for `commit`.
    """

    chunks: Sequence[Chunk]
    position: object = None


class Source(Protocol):
    """Raw records in some order, with a position that survives a restart where the source can keep one."""

    def poll(self, *, at_most: int) -> Batch:
        """Return the next records, moving past them, about `MOST_BYTES` at the most; an empty batch if none are there.

        Args:
            at_most: how many lines at the most.

        Raises:
            InputError: a file is missing or unreadable.
        """
        ...

    def commit(self, batch: Batch) -> None:
        """Declare a batch, and all before it, safely in the lake: a restart begins after it.

        A source without a lasting position (stdin, files named on the command line) does nothing.
        """
        ...

    def rewind(self) -> None:
        """Go back to the last committed position: what was polled since then is polled again."""
        ...

    def lag(self) -> int | None:
        """Return how much waits beyond the last poll, in records or bytes as the source can tell; None if unknown."""
        ...
