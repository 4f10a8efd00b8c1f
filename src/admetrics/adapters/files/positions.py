"""How far each followed file was read, in a file that survives a restart."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from admetrics.adapters.files.names import printable, reason_of
from admetrics.adapters.files.output import atomic_output
from admetrics.domain.errors import InputError, PermanentError

_VERSION: Final = 1


@attrs.frozen
class Position:
    """How far a file was read. Device and inode name it, its beginning proves that it is still that file.

    Args:
        path: where it was last.
        device: the device that holds it.
        inode: its inode there.
        offset: how many of its bytes, decompressed, lie before the next line.
        lines: how many lines these are.
        head_size: how many of its first bytes, as they are on disk, were hashed.
        head: their hash, in hexadecimal.
        size: of a compressed file that was read to its end, its size then; None for all others.
    """

    path: str
    device: int
    inode: int
    offset: int
    lines: int
    head_size: int
    head: str
    size: int | None = None

    @property
    def key(self) -> tuple[int, int]:
        """Device and inode."""
        return self.device, self.inode


class PositionsFile:
    """The positions of all followed files, as JSON.

    Args:
        path: the file; it need not exist, nor its folder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Sequence[Position]:
        """Read the positions; none if there is no file.

        Raises:
            InputError: the file is unreadable or not what `save` writes.
        """
        try:
            return _positions(json.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise InputError(f"cannot read the positions {printable(self._path)}: {reason_of(error)}") from None
        except (KeyError, TypeError, ValueError):
            raise InputError(
                f"{printable(self._path)} holds no positions of followed files: remove it, "
                "then they are read from their beginning, which is slow but changes no figure"
            ) from None

    def save(self, positions: Iterable[Position]) -> None:
        """Replace the positions, durably.

        Raises:
            PermanentError: they cannot be written.
        """
        content = {"version": _VERSION, "files": [attrs.asdict(position) for position in positions]}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_output(self._path) as out:
                out.write(json.dumps(content, indent=1).encode())
        except OSError as error:
            raise PermanentError(f"cannot write the positions {printable(self._path)}: {reason_of(error)}") from None
        except InputError as error:
            raise PermanentError(f"the positions of followed files: {error}") from None


def _positions(content: dict[str, Any]) -> Sequence[Position]:
    if content["version"] != _VERSION:
        raise ValueError
    return [_position(values) for values in content["files"]]


def _position(values: dict[str, Any]) -> Position:
    position = Position(**values)
    for field, value in attrs.asdict(position).items():
        text = field in {"path", "head"}
        if not isinstance(value, str if text else int) and not (field == "size" and value is None):
            raise TypeError(field)
    return position
