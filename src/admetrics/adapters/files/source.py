"""Files named on the command line, and standard input."""

import os
import select
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, Self

import attrs

from admetrics.adapters.files.blocks import BLOCK, EXPANSION_LIMIT, decompressor, format_of
from admetrics.adapters.files.csv_records import CsvRecords
from admetrics.adapters.files.lines import LineSplitter, size_of
from admetrics.adapters.files.names import printable, reason_of
from admetrics.adapters.files.uncommitted import Uncommitted
from admetrics.domain.errors import InputError
from admetrics.ports.source import MOST_BYTES, Batch, Chunk

_STDIN: Final = "stdin"
"""The place of records from standard input."""

_LINGER: Final = 0.2  # seconds that a batch waits for more from a pipe: a line at a time would be slow to store


class FilesSource:
    """Reads files one after the other; a context manager that closes them.

    `.gz` and `.zst` files are decompressed, `.csv` files (also compressed) are CSV, all others JSON lines; `-` is
    standard input, JSON lines unless said otherwise. Memory is bounded: a batch holds `MOST_BYTES` at the most, and
    a line `LONGEST` bytes; a longer one becomes a dead letter that shows its size and its beginning.

    The numbers are line numbers, and in CSV record numbers, from 1 after the header, blank lines not counted.
    No position lasts: what was not committed is kept in memory for `rewind`.

    Args:
        paths: what to read, in this order.
        file_format: `jsonl` or `csv`; None: by file name.
        stdin: standard input; it stays open.
        expansion_limit: see `decompressor`.
    """

    def __init__(
        self,
        paths: Iterable[str | os.PathLike[str]],
        *,
        file_format: str | None,
        stdin: BinaryIO,
        expansion_limit: int = EXPANSION_LIMIT,
    ) -> None:
        self._paths = [os.fspath(path) for path in paths]
        self._format = file_format
        self._expansion_limit = expansion_limit
        self._stdin = stdin
        self._checked = False
        self._current: _Input | None = None
        self._failure: InputError | None = None
        self._uncommitted: Uncommitted[_Run] = Uncommitted()

    def __enter__(self) -> Self:
        """Return the source."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file that is open."""
        self.close()

    def close(self) -> None:
        """Close the file that is open; closing twice does nothing."""
        if self._current is not None:
            self._current.close()

    def poll(self, *, at_most: int) -> Batch:
        """Return the next records.

        Raises:
            InputError: a file is missing, unreadable or damaged; what was good before that has been returned.
        """
        runs = self._uncommitted.again(at_most) or self._fresh(at_most)
        return Batch([run.chunk() for run in runs], self._uncommitted.position)

    def commit(self, batch: Batch) -> None:
        """Let go of a batch and all before it."""
        if isinstance(batch.position, int):
            self._uncommitted.commit(batch.position)

    def rewind(self) -> None:
        """Have what was polled since the last commit returned again."""
        self._uncommitted.rewind()

    def lag(self) -> int | None:
        """Return how many bytes were not polled yet, compressed where a file is; None if there are pipes among them."""
        sizes = [_size(path) for path in self._paths]
        if self._current is not None:
            sizes.append(self._current.unread())
        known = [size for size in sizes if size is not None]
        again = sum(size_of(run.lines) for run in self._uncommitted.waiting)
        return sum(known) + again if len(known) == len(sizes) else None

    def _fresh(self, at_most: int) -> list["_Run"]:
        runs: list[_Run] = []
        try:
            self._gather(runs, at_most)
        except InputError as failure:
            self._failure = failure
            if not runs:
                raise
        for run in runs:
            self._uncommitted.add(run)
        return runs

    def _gather(self, runs: list["_Run"], lines: int) -> None:
        """Read up to so many lines, those of each file as one run."""
        room = MOST_BYTES
        while lines > 0 and room > 0 and (current := self._next_input(wait=not runs)):
            number, taken = current.take(lines)
            if runs and runs[-1].place == current.place and runs[-1].first + len(runs[-1]) == number:
                runs[-1].lines.extend(taken)
            else:
                runs.append(_Run(current.place, number, taken))
            lines -= len(taken)
            room -= size_of(taken)

    def _next_input(self, *, wait: bool) -> "_Input | None":
        """Return the input whose lines are next; None if there are no more, or none soon enough."""
        if self._failure is not None:
            raise self._failure
        self._check()
        while self._current is not None or self._paths:
            if self._current is None:
                path = self._paths.pop(0)
                self._current = _Input(path, self._format or format_of(path), self._stdin, self._expansion_limit)
            if self._current.pending:
                return self._current
            if not wait and not self._current.ready():
                return None
            if not self._current.read():
                self._current.close()
                self._current = None
        return None

    def _check(self) -> None:
        """Look for all files before the first is read: a misspelt name should not be found after an hour."""
        if not self._checked:
            for path in self._paths:
                if path != "-":
                    _check_readable(path)
            self._checked = True


@attrs.frozen
class _Run:
    """Consecutive lines of one place.

    Args:
        place: where they come from.
        first: the number of the first.
        lines: the lines, at least one.
    """

    place: str
    first: int
    lines: list[bytes] = attrs.field(repr=False)

    def __len__(self) -> int:
        return len(self.lines)

    def cut(self, count: int) -> tuple["_Run", "_Run"]:
        first, rest = self.lines[:count], self.lines[count:]
        return _Run(self.place, self.first, first), _Run(self.place, self.first + count, rest)

    def chunk(self) -> Chunk:
        return Chunk(self.place, range(self.first, self.first + len(self.lines)), self.lines)


class _Input:
    """A file or standard input, while it is read.

    Args:
        path: the file; `-` for standard input.
        file_format: `jsonl` or `csv`.
        stdin: standard input.
        expansion_limit: see `decompressor`.
    """

    def __init__(self, path: str, file_format: str, stdin: BinaryIO, expansion_limit: int) -> None:
        self.place = _STDIN if path == "-" else printable(path)
        self.pending: list[bytes] = []
        self._path = path
        self._number = 1
        self._file = stdin if path == "-" else _open(path)
        self._decompressor = decompressor(path, expansion_limit=expansion_limit)
        self._lines = self._csv_records() if file_format == "csv" else self._split()

    def close(self) -> None:
        if self._path != "-":
            self._file.close()

    def ready(self) -> bool:
        """Return whether more can be read without waiting for long."""
        try:
            return bool(select.select([self._file], [], [], _LINGER)[0])
        except (OSError, ValueError, TypeError):  # not a file of the operating system: it never waits
            return True

    def read(self) -> bool:
        """Read the next lines, which may be none yet; False at the end."""
        lines = next(self._lines, None)
        self.pending = lines or []
        return lines is not None

    def take(self, at_most: int) -> tuple[int, list[bytes]]:
        """Return the first pending lines, and the number of the first of them."""
        taken, self.pending = self.pending[:at_most], self.pending[at_most:]
        first, self._number = self._number, self._number + len(taken)
        return first, taken

    def unread(self) -> int | None:
        size = _size(self._path)
        return None if size is None else max(0, size - self._file.tell()) + size_of(self.pending)

    def _split(self) -> Iterator[list[bytes]]:
        splitter = LineSplitter()
        for block in self._blocks():
            yield splitter.feed(block)
        yield splitter.finish()

    def _csv_records(self) -> Iterator[list[bytes]]:
        records = CsvRecords(self.place)
        for lines in self._split():
            yield records.feed(lines)
        yield records.finish()

    def _blocks(self) -> Iterator[bytes]:
        while data := self._read():
            yield from self._decompressor.feed(data)
        if not self._decompressor.complete:
            raise InputError(f"cannot read {self.place}: its compressed data ends too early; get the file again")

    def _read(self) -> bytes:
        read = getattr(self._file, "read1", self._file.read)  # what is there now: a pipe may never fill a block
        try:
            data: bytes = read(BLOCK)
        except OSError as error:
            raise InputError(f"cannot read {self.place}: {reason_of(error)}") from None
        return data


def _check_readable(path: str) -> None:
    try:
        if Path(path).is_dir():
            raise IsADirectoryError
        Path(path).stat()
        if not os.access(path, os.R_OK):
            raise PermissionError
    except OSError as error:
        raise InputError(f"cannot read {printable(path)}: {reason_of(error)}") from None


def _open(path: str) -> BinaryIO:
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise InputError(f"cannot read {printable(path)}: {reason_of(error)}") from None


def _size(path: str) -> int | None:
    """Return the size of a file; None for standard input, pipes and the like."""
    if path == "-":
        return None
    try:
        found = Path(path).stat()
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else None
