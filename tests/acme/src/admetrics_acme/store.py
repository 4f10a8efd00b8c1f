"""An Acme file: tables of texts and numbers in SQLite, here in place of a real driver."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, urlsplit

from admetrics.adapters.sql.dimensions import SqlDimensions
from admetrics.domain.errors import AbsentError, ConfigurationError, PermanentError, TransientError
from admetrics.ports.adapter import Resources

_TABLES = """
CREATE TABLE IF NOT EXISTS identity (part INTEGER PRIMARY KEY CHECK (part = 0), identity TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, hour TEXT NOT NULL, uid TEXT NOT NULL, event TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS events_by_hour ON events (hour);
CREATE TABLE IF NOT EXISTS arrivals (batch TEXT, hour TEXT, minutes INTEGER NOT NULL, PRIMARY KEY (batch, hour));
CREATE TABLE IF NOT EXISTS erased (pseudonym TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS rows (
    hour TEXT, job INTEGER, publisher INTEGER, campaign INTEGER, "group" INTEGER,
    version INTEGER NOT NULL, company INTEGER, source TEXT NOT NULL, updated TEXT NOT NULL, measures TEXT NOT NULL,
    PRIMARY KEY (hour, job, publisher, campaign, "group")
);
CREATE TABLE IF NOT EXISTS accounting (hour TEXT, outcome TEXT, events INTEGER NOT NULL, PRIMARY KEY (hour, outcome));
CREATE TABLE IF NOT EXISTS reconciliations (made TEXT PRIMARY KEY, result TEXT NOT NULL);
"""


class AcmeStore:
    """A file, opened for each transaction.

    Args:
        url: `acme:///folder/file`; its parameters are `wait`, how many seconds to wait for others, and `token`, a
            secret that nobody checks here.
        may_create: whether it is created if it is missing.

    Raises:
        AbsentError: it is missing, and may not be created.
        ConfigurationError: the URL is none of these.
    """

    def __init__(self, url: str, *, may_create: bool = True) -> None:
        parts = urlsplit(url)
        options = parse_qs(parts.query, keep_blank_values=True)
        wait = options.get("wait", ["30"])[-1]
        if parts.netloc or len(parts.path) <= 1 or options.keys() - {"token", "wait"} or not wait.isdecimal():
            raise ConfigurationError("a URL of Acme looks like acme:///folder/file?token=secret&wait=30")
        self._file = Path(parts.path.removeprefix("/"))
        self._wait = int(wait)
        if not may_create and not self._file.exists():
            raise AbsentError.of(f"acme:///{self._file}")
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._connect()) as connection:
            connection.executescript(_TABLES)

    @classmethod
    def open(cls, url: str, resources: Resources) -> Self:
        """Open the file that a URL names."""
        return cls(url, may_create=resources.may_create)

    def close(self) -> None:
        """Do nothing: no transaction, no connection."""

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=self._wait, isolation_level=None)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run statements that take effect together, or not at all."""
        try:
            with closing(self._connect()) as connection:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise TransientError(f"the Acme file {self._file} is not available: {error.sqlite_errorname}") from error
        except sqlite3.Error as error:
            raise PermanentError(f"the Acme file {self._file} refused a statement: {type(error).__name__}") from error


def open_dimensions(url: str, resources: Resources) -> SqlDimensions:
    """Open the dimensions, which Acme leaves to SQLite, in a file of their own."""
    return SqlDimensions.open(f"sqlite://{urlsplit(url).path}.dimensions", resources)
