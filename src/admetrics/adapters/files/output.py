"""Files that appear whole or not at all."""

import io
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from admetrics.adapters.files.names import printable, reason_of
from admetrics.domain.errors import InputError


@contextmanager
def atomic_output(path: str | os.PathLike[str], *, mode: int = 0o640) -> Iterator[BinaryIO]:
    """Write a file that appears, whole and durable, when the block ends, and not at all if it fails.

    Until then a file that is already there stays as it is; the new one takes over its owner and permissions. If it is
    a link, what it points to is replaced. A device or a pipe (`/dev/stdout`) cannot be replaced and is written at once.

    Args:
        path: the file; its folder must exist.
        mode: the permissions of a file that was not there, less what the umask says.

    Yields:
        A binary file to write to.

    Raises:
        InputError: the folder is missing or cannot be written to, or the disk is full.
    """
    target = Path(os.path.realpath(path))
    if _is_special(target, shown=path):
        with _create(target, os.O_WRONLY, mode, shown=path) as out:
            yield out
        return
    beside = target.with_name(f".{target.name[:100]}.{secrets.token_hex(8)}.tmp")
    try:
        with _create(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode, shown=path) as out:
            _take_over(target, out.fileno(), shown=path)
            yield out
            out.flush()
            _sync(out.fileno(), shown=path)
        _replace(beside, target, shown=path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise


def _is_special(target: Path, *, shown: str | os.PathLike[str]) -> bool:
    """Return whether there is something that is no regular file."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _refused(shown, error) from None
    if stat.S_ISDIR(mode):
        raise InputError(f"cannot write {printable(shown)}: it is a folder; name a file in it")
    return not stat.S_ISREG(mode)


class _Raw(io.FileIO):
    """A file whose errors are the product's."""

    def __init__(self, descriptor: int, shown: str | os.PathLike[str]) -> None:
        super().__init__(descriptor, "wb")
        self._shown = shown

    def write(self, data: Any, /) -> int:
        """Write; a reader that went away is told as it is."""
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise _refused(self._shown, error) from None


def _create(path: Path, flags: int, mode: int, *, shown: str | os.PathLike[str]) -> io.BufferedWriter:
    try:
        descriptor = os.open(path, flags | os.O_CLOEXEC, mode)
    except OSError as error:
        raise _refused(shown, error) from None
    return io.BufferedWriter(_Raw(descriptor, shown), 2**20)


def _take_over(target: Path, descriptor: int, *, shown: str | os.PathLike[str]) -> None:
    """Give a file the owner and the permissions of the one whose place it takes."""
    try:
        old = target.stat()
        with suppress(PermissionError):  # only root gives files away
            os.fchown(descriptor, old.st_uid, old.st_gid)
        os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
    except FileNotFoundError:
        return
    except OSError as error:
        raise _refused(shown, error) from None


def _sync(descriptor: int, *, shown: str | os.PathLike[str]) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise _refused(shown, error) from None


def _replace(beside: Path, target: Path, *, shown: str | os.PathLike[str]) -> None:
    try:
        beside.replace(target)
        folder = os.open(target.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)  # the new name is durable too
        finally:
            os.close(folder)
    except OSError as error:
        raise _refused(shown, error) from None


def _refused(shown: str | os.PathLike[str], error: OSError) -> InputError:
    return InputError(f"cannot write {printable(shown)}: {reason_of(error)}")
