"""Blocks of bytes become lines: only a line feed ends one, and the end of the file the last one."""

from collections.abc import Sequence
from typing import Final

from admetrics.domain.events.record import is_blank

LONGEST: Final = 16 * 2**20
"""The most bytes that a line may have: a longer one becomes a dead letter, so that no line takes the memory."""

_SHOWN: Final = 2**10
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class LineSplitter:
    """Cuts the blocks of one file, in their order, into lines.

    A byte order mark at the start of the file is left out: it is no part of the first record. Of a line that is too
    long only its beginning is kept, in a text that says so, that no decoder accepts as JSON, and that is not UTF-8.

    Args:
        longest: the most bytes that a line may have.
        at_start: whether the first block is the start of the file.
    """

    def __init__(self, *, longest: int = LONGEST, at_start: bool = True) -> None:
        self._longest = longest
        self._at_start = at_start
        self._held: list[bytes] = []  # the pieces of the line that has no line feed yet
        self._size = 0  # its size, with what was not kept of it
        self._blank = True
        self.excess = 0
        """How many bytes the first line of the last feed has in the file beyond those that are returned."""

    @property
    def held(self) -> int:
        """The size of the line that has no line feed yet."""
        return self._size

    def feed(self, block: bytes) -> list[bytes]:
        """Take the next block.

        Args:
            block: at most as many bytes as a line may have.

        Returns:
            The lines that end in it, without their line feeds.
        """
        lines = block.split(b"\n")
        rest = lines.pop()
        self.excess = 0
        if lines and (self._size or self._at_start):
            self._hold(lines[0])
            lines[0] = self._take()
        self._hold(rest)
        return lines

    def finish(self) -> list[bytes]:
        """Return the last line, if the file does not end with a line feed."""
        last = self._take()
        return [last] if last else []

    def _hold(self, piece: bytes) -> None:
        if not piece:
            return
        self._size += len(piece)
        self._blank = self._blank and is_blank(piece)
        if self._size <= self._longest:
            self._held.append(piece)
        elif self._size - len(piece) <= self._longest:
            self._held = [b"".join((*self._held, piece))[:_SHOWN]]

    def _take(self) -> bytes:
        line = self._too_long() if self._size > self._longest else b"".join(self._held)
        if self._at_start:
            line = line.removeprefix(_BYTE_ORDER_MARK)
        self.excess = self._size - len(line)
        self._held, self._size, self._blank, self._at_start = [], 0, True, False
        return line

    def _too_long(self) -> bytes:
        if self._blank:
            return b""
        said = f"[a line of {self._size} bytes, {self._longest} are allowed; it begins:] "
        return said.encode() + self._held[0] + b"\xff"  # not UTF-8: also no part of a field of CSV


def size_of(lines: Sequence[bytes]) -> int:
    """Return how many bytes lines have in their file, line feeds included."""
    return sum(map(len, lines)) + len(lines)
