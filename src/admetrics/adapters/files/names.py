"""How files and their errors are called in messages."""

import os
from typing import Final

_REASONS: Final = {
    FileNotFoundError: "there is no such file or folder",
    IsADirectoryError: "it is a folder",
    NotADirectoryError: "a part of its path is no folder",
    PermissionError: "permission denied",
}


def printable(path: str | os.PathLike[str]) -> str:
    r"""Return a path that every store and terminal can take: bytes that are not UTF-8 are escaped.

    >>> printable("tracker-\udcff.jsonl")
    'tracker-\\xff.jsonl'
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def reason_of(error: OSError) -> str:
    """Say what the operating system said."""
    return _REASONS.get(type(error)) or error.strerror or type(error).__name__
