"""Files that grow: each line once, with a position per file that survives a restart."""

import glob
import logging
import os
import stat
import time
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, Self

import attrs

from admetrics.adapters.files.blocks import EXPANSION_LIMIT, format_of
from admetrics.adapters.files.lines import size_of
from admetrics.adapters.files.names import printable, reason_of
from admetrics.adapters.files.positions import Position, PositionsFile
from admetrics.adapters.files.tail import Part, Tail, begins_as
from admetrics.adapters.files.uncommitted import Uncommitted
from admetrics.domain.errors import ConfigurationError, InputError
from admetrics.ports.adapter import Resources
from admetrics.ports.source import MOST_BYTES, Batch

Key = tuple[int, int]
"""Device and inode."""

_log: Final = logging.getLogger("admetrics.follow")

_MOST_OPEN: Final = 256  # files kept open between polls: one that is renamed or deleted can then be read to its end
_WRITER_IS_GONE: Final = 3600  # seconds without a change after which a renamed file counts as finished


@attrs.frozen
class _Mark:
    """Where a batch ends: how many lines lie before, and the position of each file."""

    lines: int
    files: Mapping[Key, Position]


class FollowedFiles:
    """Follows all files that match a pattern, present and future; a context manager that closes them.

    - A line is delivered when its line feed is there.
    - A file that was renamed is read to its end, under its new name too, wherever the pattern or its old folder has
      it; then the new file of its name. It counts as finished when it is deleted, or when it was not written to for
      an hour; what follows its last line feed is a line then.
    - A file that became shorter, or whose beginning changed, is read from its start, with a warning.
    - A file that was deleted is read to its end if it is still open here, and forgotten.
    - `.gz` and `.zst` files are read once, as far as they are there; the last line counts when they are complete.
      Choose a pattern that does not match a log and its compressed copy.

    A file is known by device and inode, and its beginning is compared, so that an inode that is used again is not
    mistaken. The numbers are line numbers. Nothing new costs a listing of the folders and a stat per file.

    Args:
        pattern: a path with `*`, `?`, `[...]`, and `**` for any folders, each once, whatever links lead to it.
        positions: the file that keeps the positions; `commit` alone writes it.
        expansion_limit: see `decompressor`.

    Raises:
        ConfigurationError: the pattern names CSV files, which cannot be followed: a record may span lines, so a
            growing file has no end that is sure.
        InputError: the positions cannot be read.
    """

    def __init__(self, pattern: str, *, positions: Path, expansion_limit: int = EXPANSION_LIMIT) -> None:
        self._pattern = pattern
        self._new_tail = partial(Tail, expansion_limit=expansion_limit)
        _refuse_csv(pattern)
        self._file = PositionsFile(positions)
        saved = {position.key: position for position in self._file.load()}
        self._saved: Mapping[Key, Position] = saved
        self._committed: Mapping[Key, Position] = saved
        self._reached = dict(saved)
        self._restored = dict(saved)  # until their files are looked for
        self._tails: dict[Key, Tail] = {}
        self._open: dict[Key, Tail] = {}  # the one that was read last is the last
        self._last = ""
        self._uncommitted: Uncommitted[Part] = Uncommitted()

    def __enter__(self) -> Self:
        """Return the source."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all files."""
        self.close()

    def close(self) -> None:
        """Close all files; closing twice does nothing."""
        for tail in self._tails.values():
            tail.close()

    @classmethod
    def open(cls, url: str, resources: Resources) -> Self:
        """Follow the files of a URL."""
        pattern = url.removeprefix("file://")
        if not pattern:
            raise ConfigurationError("source = 'file://' names no files: write file:///folder/*.jsonl")
        settings = resources.settings
        positions, limit = settings.data_dir / "positions-of-files.json", settings.expansion_limit
        return cls(pattern, positions=positions, expansion_limit=limit)

    def poll(self, *, at_most: int) -> Batch:
        """Return the next lines of all files.

        Raises:
            InputError: a file is unreadable or damaged; what all others have was returned before.
        """
        parts = self._uncommitted.again(at_most)
        for part in parts:
            self._reached[part.end.key] = part.end
        if not parts:
            parts = self._fresh(at_most)
        return Batch([part.chunk() for part in parts], _Mark(self._uncommitted.position, dict(self._reached)))

    def commit(self, batch: Batch) -> None:
        """Store where a batch ends.

        Raises:
            PermanentError: the positions cannot be written.
        """
        mark = batch.position
        if isinstance(mark, _Mark) and mark.lines >= self._uncommitted.committed:
            if mark.files != self._saved:
                self._file.save(mark.files.values())
                self._saved = mark.files
            self._committed = mark.files
            self._uncommitted.commit(mark.lines)

    def rewind(self) -> None:
        """Have what was polled since the last commit returned again."""
        self._uncommitted.rewind()
        self._reached = dict(self._committed)

    def lag(self) -> int:
        """Return how many bytes, as they are on disk, were not polled; what waits for a line feed left out."""
        self._scan()
        again = sum(size_of(part.lines) for part in self._uncommitted.waiting)
        return again + sum(tail.unread() for tail in self._tails.values())

    def _fresh(self, at_most: int) -> list[Part]:
        self._scan()
        parts: list[Part] = []
        failure: InputError | None = None
        room = _Room(at_most, MOST_BYTES)
        for tail in self._in_turn():
            if room.is_used_up:
                break
            try:
                self._read(tail, room, parts)
            except InputError as error:
                failure = error
        if failure is not None and not parts:
            raise failure
        return parts

    def _read(self, tail: Tail, room: "_Room", parts: list[Part]) -> None:
        if tail.has_more():
            self._last = str(tail.path)
            try:
                for part in tail.read(room.lines):
                    self._deliver(part, room, parts)
                    if room.is_used_up:
                        break
            finally:
                self._reached[tail.key] = tail.position
                self._keep_open(tail)
        if tail.renamed and not room.is_used_up and not tail.has_more() and _writer_is_gone(tail.status):
            for part in tail.finish():
                self._deliver(part, room, parts)
            self._forget(tail)

    def _deliver(self, part: Part, room: "_Room", parts: list[Part]) -> None:
        room.take(part)
        parts.append(part)
        self._uncommitted.add(part)

    def _in_turn(self) -> list[Tail]:
        """Return the renamed files, which go on as others, and then all others, beginning after the one read last."""
        tails = sorted(self._tails.values(), key=lambda tail: str(tail.path))
        others = [tail for tail in tails if not tail.renamed]
        start = bisect_right([str(tail.path) for tail in others], self._last)
        return [tail for tail in tails if tail.renamed] + others[start:] + others[:start]

    def _keep_open(self, tail: Tail) -> None:
        self._open.pop(tail.key, None)
        if tail.is_open:
            self._open[tail.key] = tail
        for key, oldest in list(self._open.items())[: max(0, len(self._open) - _MOST_OPEN)]:
            if not oldest.renamed:  # that one may not be found again
                oldest.close()
                del self._open[key]

    def _forget(self, tail: Tail) -> None:
        tail.close()
        for known in (self._tails, self._open, self._reached):
            known.pop(tail.key, None)

    def _scan(self) -> None:
        """Learn what became of each file."""
        found = self._matching()
        for key, (path, status) in found.items():
            if tail := self._tails.get(key):
                tail.path, tail.status, tail.renamed = path, status, False
            else:
                self._meet(self._new_tail(path, status, self._restore(key, path)))
        for key, position in self._restored.items():
            if renamed := _find(position):
                self._tails[key] = self._new_tail(*renamed, position)
        self._restored.clear()
        for tail in [tail for key, tail in self._tails.items() if key not in found]:
            self._follow_renamed(tail)
        for key in self._reached.keys() - self._tails.keys():
            del self._reached[key]

    def _meet(self, tail: Tail) -> None:
        """Open a new file at once: if it is renamed before its turn comes, it can still be read."""
        self._tails[tail.key] = tail
        if tail.has_more():
            with suppress(InputError):  # it is told when it is read
                tail.look()
            self._keep_open(tail)

    def _matching(self) -> Mapping[Key, tuple[Path, os.stat_result]]:
        found: dict[Key, tuple[Path, os.stat_result]] = {}
        for name in sorted(_paths(self._pattern)):
            path = Path(name)
            status = _status(path)
            if status is not None and stat.S_ISREG(status.st_mode):
                _refuse_csv(name)
                found.setdefault((status.st_dev, status.st_ino), (path, status))
        return found

    def _restore(self, key: Key, path: Path) -> Position | None:
        """Return the position of the last run; a device may have another number after a restart of the machine."""
        if key in self._restored:
            return self._restored.pop(key)
        for other, position in self._restored.items():
            if position.inode == key[1] and position.path == str(path):
                del self._restored[other]
                return position
        return None

    def _follow_renamed(self, tail: Tail) -> None:
        """Go on with a file that the pattern does not match any more, if it can still be read."""
        if not tail.is_open:
            _find_again(tail)
        if tail.is_open and not tail.has_failed:
            tail.renamed = True
            tail.refresh()
        else:
            _log.info("%s is gone", printable(tail.path))
            self._forget(tail)


@attrs.define
class _Room:
    """What a batch can still take."""

    lines: int
    bytes: int

    @property
    def is_used_up(self) -> bool:
        return self.lines <= 0 or self.bytes <= 0

    def take(self, part: Part) -> None:
        self.lines -= len(part)
        self.bytes -= size_of(part.lines)


def _refuse_csv(name: str) -> None:
    if format_of(name) == "csv":
        raise ConfigurationError(
            f"{printable(name)}: CSV files cannot be followed, as a record may span lines; "
            "choose a pattern for JSON lines, or import finished files with `admetrics ingest FILE`"
        )


def _paths(pattern: str) -> set[str]:
    """Find what a pattern matches; of `**` each folder once, by whatever links it is reached: these may form loops."""
    parts = pattern.split("/")
    if "**" not in parts:
        return set(glob.glob(pattern))  # noqa: PTH207  Path.glob wants a folder to start from
    place = parts.index("**")
    start, rest = "/".join(parts[:place]), "/".join(parts[place + 1 :] or "*")
    tops = [f"{top}/" for top in _paths(start)] if start else ["/" if place else ""]
    seen: set[Key] = set()
    folders = [folder for top in tops for folder in _folders(top, seen)]
    return {path for folder in folders for path in _paths(glob.escape(folder) + rest)}


def _folders(top: str, seen: set[Key]) -> Iterator[str]:
    """Yield a folder and all beneath it that are not hidden, with a slash at their end, but for those seen before."""
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        with suppress(OSError):  # it is no folder, may not be read, or is gone
            status = os.stat(folder or ".")  # noqa: PTH116  "" is the current folder, which results do not name
            key = status.st_dev, status.st_ino
            if key not in seen:
                seen.add(key)
                names = [name for name in os.listdir(folder or ".") if not name.startswith(".")]  # noqa: PTH208
                beneath = [f"{folder}{name}/" for name in sorted(names, reverse=True)]
                waiting.extend(filter(os.path.isdir, beneath))
                yield folder


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise InputError(f"cannot read {printable(path)}: {reason_of(error)}") from None


def _find(position: Position) -> tuple[Path, os.stat_result] | None:
    """Look in its old folder for a file that was renamed: by device, inode and beginning.

    One that was empty when it was seen has no beginning: its name has to begin like the old one, as an inode may be
    used again.
    """
    if position.size is not None:
        return None
    old = Path(position.path)
    start = "" if position.head_size else old.name.partition(".")[0]
    try:
        with os.scandir(old.parent) as entries:
            candidates = [
                Path(entry.path)
                for entry in entries
                if entry.inode() == position.inode and entry.name.startswith(start)
            ]
        for path in candidates:
            status = path.stat()
            if (status.st_dev, status.st_ino) == position.key and begins_as(path, position):
                return path, status
    except OSError:
        return None  # the folder, or the file, is gone too
    return None


def _find_again(tail: Tail) -> None:
    found = _find(tail.position)
    if found is not None:
        tail.path, tail.status = found
        with suppress(InputError):
            tail.open()


def _writer_is_gone(status: os.stat_result) -> bool:
    return status.st_nlink == 0 or time.time() - status.st_mtime > _WRITER_IS_GONE
