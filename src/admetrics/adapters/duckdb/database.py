"""The DuckDB file: one process opens it, once; the lake, the engine and the dead letters share it."""

import logging
import os
import random
import reprlib
import stat
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import unquote

import duckdb

from admetrics.adapters.duckdb.errors import translated
from admetrics.adapters.duckdb.layout import prepare
from admetrics.configuration import is_utf8
from admetrics.domain.errors import AbsentError, ConfigurationError, PermanentError, TransientError
from admetrics.domain.times import EPOCH
from admetrics.ports.adapter import Resources

_MOST_THREADS: Final = 4
_OPTIONS: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": min(_MOST_THREADS, os.cpu_count() or 1),
    "checkpoint_threshold": "64MB",  # each checkpoint writes the last rows again: not after every other batch
    "autoinstall_known_extensions": False,  # never fetch anything from the network
    "autoload_known_extensions": False,
}
_ROWS_AT_ONCE: Final = 10 * 122_880
"""Of which a rewrite tells its progress: ten of DuckDB's row groups."""
_TABLES: Final = """
SELECT schema_name, table_name
FROM duckdb_tables()
WHERE database_name = current_database() AND NOT internal AND NOT temporary
"""
SOME: Final = "WHERE rowid >= $start AND rowid < $end"
"""Limits a SELECT to the rows that a rewrite takes at once."""
_OWNER_ONLY: Final = 0o600
_HEADERS: Final = 3 * 4096
"""With how many bytes a DuckDB file begins; a shorter one is none."""
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0

_log: Final = logging.getLogger("admetrics.duckdb")

Connection = duckdb.DuckDBPyConnection


class DuckDBDatabase:
    """One file, opened when this is made: DuckDB lets one process at a time have it.

    It may be used by several threads; they take turns.

    Args:
        file: where it lies.
        lock_timeout: how long to wait while another command holds it.
        memory_limit: what DuckDB may take, e.g. `128MB`; what is larger is spilled to the folder beside the file.
        may_create: whether it is created if it is missing, with its folder and its tables.

    Raises:
        AbsentError: it is missing, and may not be created.
        InUseError: another command held the file all that time.
        LayoutError: the file has tables of another layout.
        PermanentError: the file cannot be opened: its rights, its disk, or it is no DuckDB database.
    """

    def __init__(
        self,
        file: Path,
        *,
        lock_timeout: timedelta = timedelta(seconds=30),
        memory_limit: str = "128MB",
        may_create: bool = True,
    ) -> None:
        self.name = str(file)
        """How messages show the file."""
        self._file = file
        self._lock_timeout = lock_timeout.total_seconds()
        self._memory_limit = memory_limit
        self._turn = threading.RLock()
        existed = file.exists()
        if not existed and not may_create:
            raise AbsentError.of(self.name)
        try:
            self._connection: Connection | None = self._open()
        except PermanentError:
            if not existed:
                self._remove_stump()
            raise
        try:
            with self.transaction() as connection:
                prepare(connection, self.name)
        except BaseException:
            self.close()
            raise

    @classmethod
    def open(cls, url: str, resources: Resources) -> Self:
        """Open the file that a URL names."""
        settings = resources.settings
        return cls(_file(url), lock_timeout=settings.lock_timeout, may_create=resources.may_create)

    def __repr__(self) -> str:
        return f"DuckDBDatabase({self.name!r})"

    def close(self) -> None:
        """Close the file, so that other commands may have it; closing twice does nothing."""
        with self._turn:
            if self._connection is not None:
                connection, self._connection = self._connection, None
                with translated(self.name):
                    connection.close()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run statements in one transaction: when this returns, all of them are durable; if it raises, none."""
        with self._use() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
                with _owner_only_log(self._file):
                    connection.execute("COMMIT")
            except BaseException:
                _roll_back(connection)
                raise

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """Run a query.

        Args:
            sql: a SELECT, its values written as `$name`; times are read as `epoch_us(time)` (see `time_at`), which
                is several times faster than reading times.
            parameters: the values.

        Returns:
            The rows.
        """
        with self._use() as connection:
            return connection.execute(sql, parameters).fetchall()

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Read what is there now in a transaction of its own, whatever is written meanwhile; places of rows stay."""
        with self._use() as connection:
            reader = connection.cursor()
        try:
            with translated(self.name):
                reader.execute("BEGIN")
                yield reader
        finally:
            reader.close()

    def rewrite(
        self,
        changed: Mapping[str, str] | None = None,
        parameters: Mapping[str, object] | None = None,
        *,
        on_progress: Callable[[float], None] = lambda _part: None,
    ) -> None:
        """Write the file again, perhaps with changes, and put it into its place: all is changed at once, or nothing.

        DuckDB keeps the bytes of rows that were deleted or changed until it needs their room: the new file has none of
        them. Nobody else can have either file meanwhile: this process holds the locks of both until the new one stands
        in the place of the old one. If the file is a link, what it points to is replaced.

        Args:
            changed: for each table that changes, a SELECT of its rows as they are to be, with the clause `SOME`.
            parameters: further values of these.
            on_progress: is told which part of the rows is done, 0 to 1.
        """
        file = Path(os.path.realpath(self._file))
        new = file.with_name(f"{file.name}.new")
        for stale in (new, _log_of(new)):
            stale.unlink(missing_ok=True)  # of one that was not finished
        with self._use() as connection:
            ((name,),) = connection.execute("SELECT current_database()").fetchall()
            old, rewritten = _quoted(name), _quoted(f"{name} again")
            try:
                connection.execute("CHECKPOINT")  # or the log of the old file would be taken for that of the new one
                with _owner_only(new):
                    connection.execute(f"ATTACH {_text(new)} AS {rewritten}")
                os.close(os.open(_log_of(new), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, _OWNER_ONLY))
                connection.execute(f"COPY FROM DATABASE {old} TO {rewritten} (SCHEMA)")
                _copy(connection, rewritten, changed or {}, parameters or {}, on_progress)
                connection.execute(f"CHECKPOINT {rewritten}")
                _put_in_place(new, file)
            except BaseException:
                with suppress(duckdb.Error):
                    connection.execute(f"DETACH DATABASE IF EXISTS {rewritten}")
                new.unlink(missing_ok=True)
                raise
            connection.execute(f"USE {rewritten}")
            connection.execute(f"DETACH {old}")
            self._connection = None  # the next call opens the new file by its name
            connection.close()

    @contextmanager
    def _use(self) -> Iterator[Connection]:
        with self._turn, translated(self.name):
            if self._connection is None:
                self._connection = self._open()
            try:
                yield self._connection
            except duckdb.FatalException:
                # DuckDB lets nobody touch it any more: the next call opens it again, from what is on the disk.
                connection, self._connection = self._connection, None
                connection.close()
                raise

    def _open(self) -> Connection:
        """Open the file, waiting for a command that holds it."""
        self._make_folder()
        end = time.monotonic() + self._lock_timeout
        pause = _FIRST_PAUSE
        while True:
            try:
                with translated(self.name):
                    return self._connect()
            except TransientError as error:
                if time.monotonic() + pause > end:
                    raise
                if pause == _FIRST_PAUSE:
                    _log.warning("waiting for up to %g s: %s", self._lock_timeout, error)
            time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311  no secret depends on it
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _connect(self) -> Connection:
        with _owner_only(self._file):
            connection = duckdb.connect(self._file, config={**_OPTIONS, "memory_limit": self._memory_limit})
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")  # it would be printed among the figures
        return connection

    def _remove_stump(self) -> None:
        """Remove what is left of a file that could not be created whole: nothing was ever stored in it."""
        with suppress(OSError):
            if self._file.stat().st_size < _HEADERS:
                self._file.unlink()

    def _make_folder(self) -> None:
        try:
            self._file.parent.mkdir(0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise PermanentError(f"cannot create the folder of {self.name}: {error.strerror}") from error


def _copy(
    connection: Connection,
    database: str,
    changed: Mapping[str, str],
    parameters: Mapping[str, object],
    on_progress: Callable[[float], None],
) -> None:
    """Copy all tables into a database that has them empty, some rows at once."""
    names = {f"{_quoted(schema)}.{_quoted(name)}": name for schema, name in connection.execute(_TABLES).fetchall()}
    ends = {
        table: int(connection.execute(f"SELECT coalesce(max(rowid) + 1, 0) FROM {table}").fetchall()[0][0])
        for table in names
    }
    done = 0
    for table, end in ends.items():
        select, values = (
            (changed[names[table]], parameters) if names[table] in changed else (f"FROM {table} {SOME}", {})
        )
        for start in range(0, end, _ROWS_AT_ONCE):
            places = {"start": start, "end": min(end, start + _ROWS_AT_ONCE)}
            connection.execute(f"INSERT INTO {database}.{table} BY NAME {select}", {**places, **values})
            done += places["end"] - start
            on_progress(done / sum(ends.values()))


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def _text(path: Path) -> str:
    escaped = str(path).replace("'", "''")
    return f"'{escaped}'"


def _log_of(file: Path) -> Path:
    """Return DuckDB's log beside a file: what was written since the last checkpoint."""
    return file.with_name(f"{file.name}.wal")


@contextmanager
def _owner_only_log(file: Path) -> Iterator[None]:
    """Make the log for its owner alone, if there is none: DuckDB removes it at each checkpoint and creates another."""
    log = _log_of(file)
    with suppress(OSError):  # DuckDB says what is wrong with the folder
        os.close(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, _OWNER_ONLY))
    try:
        yield
    finally:
        with suppress(OSError):
            if not log.stat().st_size:  # nothing was written
                log.unlink()


@contextmanager
def _owner_only(file: Path) -> Iterator[None]:
    """Let a file that is created be its owner's alone; DuckDB takes no empty file, so it cannot be made before."""
    if file.exists():
        yield
        return
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _put_in_place(new: Path, file: Path) -> None:
    """Rename a file, durably; it takes over the owner and the mode of the one whose place it takes."""
    try:
        old = file.stat()
        with suppress(PermissionError):
            os.chown(new, old.st_uid, old.st_gid)
        new.chmod(stat.S_IMODE(old.st_mode))
        new.replace(file)
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise PermanentError(f"cannot put the new {file} into the place of the old one: {error.strerror}") from error


def time_at(microseconds: int) -> datetime:
    """Return the time that DuckDB calls `epoch_us`: microseconds since the Unix epoch."""
    return EPOCH + timedelta(microseconds=microseconds)


def _roll_back(connection: Connection) -> None:
    with suppress(duckdb.Error):  # there may be none any more: the error that is on its way says why
        connection.execute("ROLLBACK")


def _file(url: str) -> Path:
    """Return the file that a URL names; `%20` and the like are read as in URLs of SQLite.

    >>> str(_file("duckdb:///my%20data/lake.duckdb"))
    'my data/lake.duckdb'
    """
    name = unquote(url.removeprefix("duckdb:///"), errors="surrogateescape")
    if not url.startswith("duckdb:///") or name.startswith(":memory:") or not Path(name).name:
        raise ConfigurationError(
            f"{url!r} names no file: write duckdb:///folder/file.duckdb; what is in memory is lost"
        )
    if not is_utf8(name) or "\0" in name or "?" in name:  # DuckDB would write its log to another folder
        raise ConfigurationError(f"DuckDB cannot have {name!r}: choose a path in UTF-8 without ? and NUL bytes")
    try:
        Path(name).exists()
    except OSError as error:
        raise ConfigurationError(f"{reprlib.repr(name)} cannot be a file: {error.strerror}") from error
    return Path(name)
