"""One file that grows."""

import hashlib
import logging
import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NoReturn

import attrs

from admetrics.adapters.files.blocks import BLOCK, EXPANSION_LIMIT, decompressor, is_compressed
from admetrics.adapters.files.lines import LineSplitter, size_of
from admetrics.adapters.files.names import printable, reason_of
from admetrics.adapters.files.positions import Position
from admetrics.domain.errors import InputError
from admetrics.ports.source import Chunk

_HEAD: Final = 1024  # bytes at the beginning of a file that tell it from another
_log: Final = logging.getLogger("admetrics.follow")


@attrs.frozen
class Part:
    """Consecutive lines of one file.

    Args:
        place: the file.
        lines: the lines, at least one.
        end: the position after the last of them.
    """

    place: str
    lines: list[bytes] = attrs.field(repr=False)
    end: Position

    def __len__(self) -> int:
        """Return how many lines."""
        return len(self.lines)

    def cut(self, count: int) -> tuple["Part", "Part"]:
        """Return the first `count` lines and the rest."""
        first, rest = self.lines[:count], self.lines[count:]
        end = attrs.evolve(
            self.end, offset=self.end.offset - size_of(rest), lines=self.end.lines - len(rest), size=None
        )
        return Part(self.place, first, end), Part(self.place, rest, self.end)

    def chunk(self) -> Chunk:
        """Return the lines with their numbers."""
        return Chunk(self.place, range(self.end.lines - len(self.lines) + 1, self.end.lines + 1), self.lines)


class _Reading:
    """What is known of a file only while it is open.

    Args:
        descriptor: the open file.
        name: its name, which says how it is compressed.
        offset: how many of its bytes, decompressed, were delivered before.
        expansion_limit: see `decompressor`.
    """

    def __init__(self, descriptor: int, name: str, offset: int, expansion_limit: int) -> None:
        compressed = is_compressed(name)
        self.descriptor = descriptor
        self.raw = 0 if compressed else offset  # how many bytes were read, as they are on disk
        self.skip = offset if compressed else 0  # how many decompressed bytes are left to pass over
        self.decompressor = decompressor(name, expansion_limit=expansion_limit)
        self.blocks: Iterator[bytes] = iter(())
        self.splitter = LineSplitter(at_start=offset == 0)
        self.ready: deque[tuple[list[bytes], int]] = deque()  # lines, and the bytes beyond them in the file

    def fill(self) -> bool:
        """Read until there are lines; False at the end of the file."""
        while not self.ready:
            block = next(self.blocks, None)
            if block is not None:
                self._split(block)
            elif data := os.pread(self.descriptor, BLOCK, self.raw):
                self.raw += len(data)
                self.blocks = self.decompressor.feed(data)
            else:
                return False
        return True

    def _split(self, block: bytes) -> None:
        passed = min(self.skip, len(block))
        self.skip -= passed
        if lines := self.splitter.feed(block[passed:]):
            self.ready.append((lines, self.splitter.excess))

    def finish(self) -> None:
        """Take what follows the last line feed as a line."""
        if lines := self.splitter.finish():
            self.ready.append((lines, self.splitter.excess - 1))


class Tail:
    """A file that is followed, open or not.

    Args:
        path: where it is.
        status: what the operating system says of it.
        position: how far it was read before; None: not at all.
        expansion_limit: see `decompressor`.
    """

    def __init__(
        self,
        path: Path,
        status: os.stat_result,
        position: Position | None = None,
        *,
        expansion_limit: int = EXPANSION_LIMIT,
    ) -> None:
        self.path = path
        self.status = status
        self._expansion_limit = expansion_limit
        self._name = (
            Path(position.path).name if position else path.name
        )  # says how it is compressed, whatever it is renamed to
        self.renamed = False
        """Whether it is not under the pattern any more."""
        self._offset, self._lines = (position.offset, position.lines) if position else (0, 0)
        self._head_size, self._head = (position.head_size, position.head) if position else (0, _hash(b""))
        self._complete_at = position.size if position else None
        self._read_at: tuple[int, int] | None = None  # size and time of change when it was last read to its end
        self._reading: _Reading | None = None
        self._failure: InputError | None = None

    @property
    def key(self) -> tuple[int, int]:
        """Device and inode."""
        return self.status.st_dev, self.status.st_ino

    @property
    def position(self) -> Position:
        """How far it was delivered."""
        return Position(
            str(self.path), *self.key, self._offset, self._lines, self._head_size, self._head, self._complete_at
        )

    @property
    def is_open(self) -> bool:
        """Whether it is open."""
        return self._reading is not None

    @property
    def has_failed(self) -> bool:
        """Whether it could not be read."""
        return self._failure is not None

    def has_more(self) -> bool:
        """Return whether there may be something to read."""
        if self._failure is not None or (self._reading is not None and self._reading.ready):
            return True
        if self._complete_at is not None:
            return self.status.st_size != self._complete_at
        return self._read_at != (self.status.st_size, self.status.st_mtime_ns)

    def unread(self) -> int:
        """Return how many bytes were not delivered, as they are on disk; what waits for a line feed left out."""
        if not self.has_more():
            return 0
        if self._reading is None:
            return max(0, self.status.st_size - (0 if is_compressed(self._name) else self._offset))
        ready = sum(size_of(lines) for lines, _ in self._reading.ready)
        return max(0, self.status.st_size - self._reading.raw) + ready

    def open(self) -> bool:
        """Open it; False if its path is another file's by now, or nobody's.

        Raises:
            InputError: it is unreadable.
        """
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise InputError(f"cannot read {printable(self.path)}: {reason_of(error)}") from None
        found = os.fstat(descriptor)
        if (found.st_dev, found.st_ino) != self.key:
            os.close(descriptor)
            return False
        self._reading = _Reading(descriptor, self._name, self._offset, self._expansion_limit)
        return True

    def look(self) -> None:
        """Open it and learn how it begins.

        Raises:
            InputError: it is unreadable.
        """
        if self.open():
            try:
                self._check_beginning()
            except OSError as error:
                raise InputError(f"cannot read {printable(self.path)}: {reason_of(error)}") from None

    def close(self) -> None:
        """Close it; what was read and not delivered is read again. Closing twice does nothing."""
        if self._reading is not None:
            os.close(self._reading.descriptor)
            self._reading = None

    def refresh(self) -> None:
        """Ask the operating system again, of the open file."""
        if self._reading is not None:
            self.status = os.fstat(self._reading.descriptor)

    def read(self, at_most: int) -> Iterator[Part]:
        """Yield the next lines.

        Raises:
            InputError: the file is unreadable or damaged; raised again until it changes.
        """
        state = (self.status.st_size, self.status.st_mtime_ns)
        self._forgive(state)
        if self._reading is None and not self.open():
            return
        try:
            self._check_beginning()
            while at_most > 0 and self._fill(state):
                part = self._take(at_most)
                at_most -= len(part)
                yield part
        except OSError as error:
            self._fail(InputError(f"cannot read {printable(self.path)}: {reason_of(error)}"), state)
        except InputError as error:
            self._fail(error, state)

    def finish(self) -> Iterator[Part]:
        """Yield what follows the last line feed: nobody will write to this file any more."""
        if self._reading is not None:
            self._reading.finish()
            if self._reading.ready:
                yield self._take(1)

    def _forgive(self, state: tuple[int, int]) -> None:
        if self._failure is not None:
            if self._read_at == state:
                raise self._failure
            self._failure = None
            self.close()

    def _fail(self, failure: InputError, state: tuple[int, int]) -> NoReturn:
        self._failure = failure
        self._read_at = state
        raise failure from None

    def _check_beginning(self) -> None:
        """Begin again if this is not the file that was read before, or not as long as it was."""
        reading = self._opened()
        size = os.fstat(reading.descriptor).st_size
        data = os.pread(reading.descriptor, _HEAD, 0)
        if size < reading.raw or size < (self._complete_at or 0) or _hash(data[: self._head_size]) != self._head:
            _log.warning("%s was truncated or replaced: reading it from its start", printable(self.path))
            self._reading = _Reading(reading.descriptor, self._name, 0, self._expansion_limit)
            self._offset = self._lines = self._head_size = 0
            self._head = _hash(b"")
        self._complete_at = None
        if self._head_size < len(data):
            self._head_size, self._head = len(data), _hash(data)

    def _fill(self, state: tuple[int, int]) -> bool:
        """Have lines ready; False at the end of the file."""
        reading = self._opened()
        if reading.fill():
            return True
        self._read_at = state
        if is_compressed(self._name) and reading.decompressor.complete:
            reading.finish()
            self._complete_at = reading.raw
            if not reading.ready:
                self.close()
                return False
        return bool(reading.ready)

    def _take(self, at_most: int) -> Part:
        ready = self._opened().ready
        lines, excess = ready.popleft()
        if len(lines) > at_most:
            ready.appendleft((lines[at_most:], 0))
            lines = lines[:at_most]
        self._offset += size_of(lines) + excess
        self._lines += len(lines)
        return Part(printable(self.path), lines, self.position)

    def _opened(self) -> _Reading:
        if self._reading is None:
            raise AssertionError
        return self._reading


def begins_as(path: Path, position: Position) -> bool:
    """Return whether a file begins as the file of a position did."""
    with path.open("rb") as file:
        return _hash(file.read(position.head_size)) == position.head


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]
