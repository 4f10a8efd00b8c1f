"""The driver's errors as the domain's, each with what to do about it."""

import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, NoSuchTableError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from admetrics.domain.errors import AdmetricsError, BackendError, LayoutError, PermanentError, TransientError

_MYSQL_TRANSIENT: Final[Mapping[int, str]] = {
    1040: "has too many connections",
    1053: "is shutting down",
    1205: "made this transaction wait too long for a lock",
    1213: "found a deadlock",
    1927: "closed the connection",
    2002: "cannot be reached: check that it runs, and its host and port",
    2003: "cannot be reached: check that it runs, and its host and port",
    2006: "closed the connection",
    2013: "closed the connection in the middle of a query",
}
_MYSQL_PERMANENT: Final[Mapping[int, str]] = {
    1021: "has no room on its disk: make room and try again",
    1044: "does not let this user into the database: grant it access",
    1045: "refuses the user name or the password: check both",
    1049: "has no such database: create it, or name another",
    1114: "has no room for the table: make room and try again",
    1142: "does not let this user do that: grant it all privileges on the database",
    1227: "does not let this user do that: grant it all privileges on the database",
    1698: "refuses the user name or the password: check both",
    2026: "does not speak TLS: check its port, or leave the ssl parameters out of the URL",
    3159: "accepts connections by TLS only: add ?ssl_ca=FILE, the certificate of its authority, to the URL",
}
_SQLITE_TRANSIENT: Final[Mapping[str, str]] = {
    "SQLITE_BUSY": "is locked by another command: wait until it is finished, or stop it",
    "SQLITE_LOCKED": "is locked by another command: wait until it is finished, or stop it",
}
_SQLITE_PERMANENT: Final[Mapping[str, str]] = {
    "SQLITE_AUTH": "may not be opened: check the rights of the file",
    "SQLITE_CANTOPEN": "cannot be opened: check that its folder exists and may be written to",
    "SQLITE_CORRUPT": "is damaged: restore it from a backup, or move it away and rebuild",
    "SQLITE_FULL": "has no room on its disk: make room and try again",
    "SQLITE_IOERR": "cannot be read or written: check its disk",
    "SQLITE_NOTADB": "is no SQLite database: name another file",
    "SQLITE_PERM": "may not be opened: check the rights of the file",
    "SQLITE_READONLY": "is read-only: check the rights of the file and its folder",
}
_COLUMN: Final = re.compile(r"column '(\w+)'", re.ASCII).search


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Let errors of SQLAlchemy and the drivers leave as the domain's.

    Args:
        name: the database as messages show it, without password.

    Raises:
        TransientError: the database is locked, busy, or does not answer.
        LayoutError: a table is missing.
        PermanentError: anything else that it refuses.
    """
    try:
        yield
    except StatementError as error:
        if isinstance(error.orig, AdmetricsError):  # raised by one of our own column types
            raise error.orig from None
        raise _translation(name, error) from error
    except PoolTimeoutError as error:
        raise TransientError(f"{name} has no free connection: try again") from error
    except NoSuchTableError as error:
        raise LayoutError(f"{name} has no table {error}: run `admetrics init`") from error
    except SQLAlchemyError as error:
        raise PermanentError(f"{name}: {type(error).__name__}") from error


def _translation(name: str, error: StatementError) -> BackendError:
    code = _code(error.orig)
    if isinstance(getattr(error.orig, "original_exception", None), ssl.SSLError):
        return PermanentError(
            f"{name} shows a certificate that is not trusted: name the file of its authority by ?ssl_ca=FILE, and the "
            "host as the certificate does"
        )
    if code in _SQLITE_TRANSIENT or code in _MYSQL_TRANSIENT:
        return TransientError(f"{name} {_SQLITE_TRANSIENT.get(str(code)) or _MYSQL_TRANSIENT[int(code)]}")
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return TransientError(f"{name} closed the connection")
    if code in _SQLITE_PERMANENT or code in _MYSQL_PERMANENT:
        return PermanentError(f"{name} {_SQLITE_PERMANENT.get(str(code)) or _MYSQL_PERMANENT[int(code)]}")
    # The driver's own text may quote a value that was bound, so it is not shown; a column's name is no secret.
    column = _COLUMN(str(error.orig))
    where = f" at column {column[1]}" if column else ""
    return PermanentError(f"{name} refused a statement{where}: {type(error.orig).__name__} {code}; --debug shows it")


def _code(original: BaseException | None) -> str | int:
    """Return SQLite's primary result name (SQLITE_BUSY also for SQLITE_BUSY_SNAPSHOT), or MySQL's error number."""
    if sqlite_name := getattr(original, "sqlite_errorname", None):
        return "_".join(str(sqlite_name).split("_")[:2])
    first = original.args[0] if original is not None and original.args else None
    return first if isinstance(first, int) else "without a code"
