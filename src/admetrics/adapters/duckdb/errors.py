"""The driver's errors as the domain's, each with what to do about it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import duckdb

from admetrics.adapters.duckdb.holder import process_named
from admetrics.domain.errors import BackendError, InUseError, PermanentError, TooLargeError, TransientError

_DAMAGED: Final = "is damaged: restore it from a backup, or move it away and ingest again"

# DuckDB has no error codes: what happened is known by its words.
_BY_WORDS: Final = (
    ("No space left on device", "has no room on its disk: make room and try again"),
    ("File too large", "has no room on its disk: make room and try again"),
    ("Disk quota exceeded", "has no room on its disk: make room and try again"),
    ("not a valid DuckDB database file", "is no DuckDB database: name another file"),
    ("database file with version number", "was written by another release of DuckDB: install that one"),
    ("Corrupt", _DAMAGED),
    ("checksum", _DAMAGED),
    ("Could not read", "cannot be read: check that it is a whole file, and its disk"),
    ("Permission denied", "may not be opened: check the rights of the file and its folder"),
    ("Read-only file system", "is read-only: check the rights of the file and its folder"),
    ("read-only mode", "is read-only: check the rights of the file and its folder"),
    ("Cannot open file", "cannot be opened: check that its folder exists and may be written to"),
    ("Could not write", "cannot be written: check its disk"),
)
_NO_MEMORY: Final = ("Out of Memory", "failed to pin block", "could not allocate", "failed to allocate")
"""Said by errors of any class: a transaction that fails for want of memory is no conflict of two."""
_TOO_LARGE: Final = "needs more memory than is set aside for it: give it less at once"
_LOCKED: Final = "Could not set lock"
_HOLDER: Final = re.compile(r"\(PID (\d+)\)", re.ASCII).search

_BY_CLASS: Final = (
    (duckdb.FatalException, TransientError, "was closed by an earlier failure: try again"),
    (duckdb.TransactionException, TransientError, "had two transactions change the same rows: try again"),
    (duckdb.OutOfMemoryException, TooLargeError, _TOO_LARGE),
    (duckdb.SerializationException, PermanentError, _DAMAGED),
    (duckdb.InternalException, PermanentError, _DAMAGED),
)


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Let errors of DuckDB leave as the domain's.

    Args:
        name: the file, as messages show it.

    Raises:
        InUseError: another command holds the file.
        TransientError: two transactions met; or an earlier failure closed the file: calling again opens it again.
        TooLargeError: it has not the memory for that much.
        PermanentError: anything else that it refuses.
    """
    try:
        yield
    except duckdb.Error as error:
        raise _translation(name, error) from error
    except MemoryError as error:
        raise TooLargeError(f"{name} {_TOO_LARGE}") from error


def _translation(name: str, error: duckdb.Error) -> BackendError:
    text = str(error)
    if _LOCKED in text:
        holder = _HOLDER(text)
        whose = f"another command ({process_named(int(holder[1]))})" if holder else "another command"
        return InUseError(f"{name} is in use by {whose}: wait until it is finished, or stop it")
    if any(words in text for words in _NO_MEMORY):
        return TooLargeError(f"{name} {_TOO_LARGE}")
    for words, meaning in _BY_WORDS:
        if words in text:
            return PermanentError(f"{name} {meaning}")
    for class_, translation, meaning in _BY_CLASS:
        if isinstance(error, class_):
            return translation(f"{name} {meaning}")
    # The driver's own text may quote a value, so it is not shown.
    return PermanentError(f"{name} refused a statement: {type(error).__name__}; --debug shows it")
