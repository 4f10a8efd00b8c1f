"""A SQL database: SQLite embedded, MySQL or MariaDB in production; one code for all."""

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import update_wrapper
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, Protocol, Self, TypeVar

import stamina
from sqlalchemy import Connection, create_engine, event, make_url
from sqlalchemy.engine import URL, Dialect, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, SAWarning

from admetrics.adapters.sql.errors import translated
from admetrics.domain.errors import AbsentError, ConfigurationError, MissingExtraError, PermanentError, TransientError
from admetrics.ports.adapter import Resources

_ATTEMPTS: Final = 6
_DRIVERS: Final = {
    "sqlite": "sqlite+pysqlite",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
_READING: Final = "admetrics_reading"

_T = TypeVar("_T")
_P = ParamSpec("_P")


class Database:
    """One database: its transactions, tried again while it does not answer.

    Args:
        url: `sqlite:///folder/file.sqlite` or `mysql+pymysql://user:password@host:3306/database`; parameters of the
            driver may follow, e.g. `?ssl_ca=/path/ca.pem`.
        lock_timeout: how long to wait for a lock that another command holds.
        may_create: whether the file of SQLite and tables are created if they are missing.

    Raises:
        AbsentError: the file is missing, and may not be created.
        ConfigurationError: the URL is none of these, or its parameters cannot be used.
        MissingExtraError: the driver is not installed.
        PermanentError: the folder of the file cannot be created.
    """

    def __init__(self, url: str, *, lock_timeout: timedelta = timedelta(seconds=30), may_create: bool = True) -> None:
        self._url = parse_url(url)
        self.may_create = may_create
        self._lock_timeout = lock_timeout.total_seconds()
        self.name = self._url.set(query={}).render_as_string(hide_password=True)
        """How messages show the database: no password, and no parameters, which may hold secrets too."""
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        with self._readable_parameters():
            self._writing = self._sqlite_engine() if self.is_sqlite else self._mysql_engine()
        event.listen(self._writing, "do_connect", self._connect)
        self._reading = self._writing.execution_options(**{_READING: True})

    @classmethod
    def open(cls, url: str, resources: Resources) -> Self:
        """Open the database that a URL names."""
        return cls(url, lock_timeout=resources.settings.lock_timeout, may_create=resources.may_create)

    def __repr__(self) -> str:
        return f"Database({self.name!r})"

    def close(self) -> None:
        """Close all connections."""
        self._writing.dispose()

    def read(self, work: Callable[[Connection], _T]) -> _T:
        """Run queries that see one moment; they wait for nobody.

        Args:
            work: runs the queries and returns what it found; it may be run several times.
        """
        return self._run(self._reading, work)

    def write(self, work: Callable[[Connection], _T]) -> _T:
        """Run statements in one transaction: all take effect, or none.

        On SQLite two of these run one after the other.

        Args:
            work: runs the statements; it is run again if the transaction was lost, or its commit was not confirmed.
        """
        return self._run(self._writing, work)

    def _run(self, engine: Engine, work: Callable[[Connection], _T]) -> _T:
        attempts = stamina.retry_context(
            on=TransientError,
            attempts=_ATTEMPTS if self._lock_timeout else 1,
            timeout=self._lock_timeout or None,
            wait_initial=0.05,
            wait_jitter=0.05,
            wait_max=2,
        )
        for attempt in attempts:
            with attempt, translated(self.name), engine.begin() as connection:
                return work(connection)
        raise AssertionError  # attempts end with a result or an error

    def _sqlite_engine(self) -> Engine:
        file = self._url.database or ""
        if not self.may_create and not file.startswith("file:") and not Path(file).exists():
            raise AbsentError.of(self.name)
        if not file.startswith("file:"):
            self._make_folder(Path(file).parent)
        with warnings.catch_warnings():
            warnings.simplefilter("error", SAWarning)  # that is how an unknown parameter is told
            engine = create_engine(self._url, hide_parameters=True, connect_args={"timeout": self._lock_timeout})
        if not file.startswith("file:"):
            _touch(file)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _mysql_engine(self) -> Engine:
        lock_timeout = max(1, round(self._lock_timeout))
        arguments = {
            # A value that does not fit must be refused: without strict mode it would be cut, silently.
            "init_command": f"SET time_zone = '+00:00', innodb_lock_wait_timeout = {lock_timeout}, "
            "sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')",
            "connect_timeout": 5,
            "read_timeout": lock_timeout + 60,
        }
        own = {name: value for name, value in arguments.items() if name not in self._url.query}
        try:
            return create_engine(self._url, pool_pre_ping=True, hide_parameters=True, connect_args=own)
        except ImportError as error:
            raise MissingExtraError(f"{self.name} needs a driver: pip install 'admetrics[mysql]'") from error

    def _connect(self, dialect: Dialect, _record: object, arguments: Any, parameters: Any) -> DBAPIConnection:
        with self._readable_parameters():
            return dialect.connect(*arguments, **parameters)

    @contextmanager
    def _readable_parameters(self) -> Iterator[None]:
        """Name the parameters of the URL when the driver fails at them; their values may be secrets."""
        try:
            yield
        except (AttributeError, OSError, SAWarning, TypeError, ValueError) as error:
            parameters = ", ".join(sorted(self._url.query)) or "none"
            raise ConfigurationError(
                f"{self.name} cannot be opened with the parameters of its URL ({parameters}): check their names and "
                "values, and the files that they name"
            ) from error

    def _make_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise PermanentError(f"cannot create the folder of {self.name}: {error.strerror}") from error


def _touch(file: str) -> None:
    """Make the file for its owner alone, if it is not there; SQLite gives its logs the same permissions."""
    if file and file != ":memory:":
        with suppress(OSError):  # SQLite says what is wrong with the folder
            os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


class _OnDatabase(Protocol):
    _database: Database


_S = TypeVar("_S", bound=_OnDatabase)


def reads(method: Callable[Concatenate[_S, Connection, _P], _T]) -> Callable[Concatenate[_S, _P], _T]:
    """Make a method one reading transaction (`Database.read`), which becomes its first argument."""

    def in_transaction(self: _S, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return self._database.read(lambda connection: method(self, connection, *args, **kwargs))

    return update_wrapper(in_transaction, method)


def writes(method: Callable[Concatenate[_S, Connection, _P], _T]) -> Callable[Concatenate[_S, _P], _T]:
    """Make a method one writing transaction (`Database.write`), which becomes its first argument."""

    def in_transaction(self: _S, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return self._database.write(lambda connection: method(self, connection, *args, **kwargs))

    return update_wrapper(in_transaction, method)


def parse_url(url: str) -> URL:
    """Read the URL of a database; its driver is the one that we have.

    Raises:
        ConfigurationError: it is none of SQLite, MySQL or MariaDB; the message shows no part of it.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None  # their texts hold the URL, and that a password
    driver = _DRIVERS.get(parsed.drivername, parsed.drivername) if parsed is not None else None
    if parsed is None or driver not in _DRIVERS.values():
        raise ConfigurationError(
            "the URL of a SQL database must look like sqlite:///folder/file.sqlite "
            "or mysql+pymysql://user:password@host:3306/database"
        )
    if "@" in (parsed.host or ""):  # the rest of a password would be taken for a part of the host, and shown
        raise ConfigurationError("the URL of a SQL database holds more than one @: in a password, write it as %40")
    if driver == _DRIVERS["sqlite"]:
        _check_file(parsed)
    return parsed.set(drivername=driver)


def _check_file(url: URL) -> None:
    name = url.database or ""
    if url.host or name in {"", ":memory:", "file::memory:"} or "memory" in url.normalized_query.get("mode", ()):
        raise ConfigurationError(
            "a URL of SQLite names a file: sqlite:///folder/file.sqlite; what is in memory is lost"
        )
    if "\0" in name:
        raise ConfigurationError("the file in a URL of SQLite holds a NUL byte, which no file can: name another")


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: `_begin_sqlite` does
    connection.execute("PRAGMA journal_mode = WAL")  # readers and a writer do not wait for each other
    connection.execute("PRAGMA synchronous = FULL")  # what was committed outlives a loss of power


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get(_READING)
    # A writer that begins as a reader fails when another one was faster: better to wait at the beginning.
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
