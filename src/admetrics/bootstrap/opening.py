"""What is opened together: parts that name one database share it, and all are closed in the end."""

import reprlib
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote

from admetrics.configuration import Settings, is_utf8, masked
from admetrics.domain.errors import ConfigurationError
from admetrics.ports.clock import Clock
from admetrics.ports.lake import Lake

if TYPE_CHECKING:
    from admetrics.adapters.cassandra.cluster import CassandraKeyspace
    from admetrics.adapters.duckdb.database import DuckDBDatabase
    from admetrics.adapters.spark.kept import ReconnectingSession
    from admetrics.adapters.sql.database import Database

_T = TypeVar("_T")
Open = Callable[["Opening", str], _T]
"""Opens a part by its URL."""


class Opening:
    """Opens parts; those that name one database share it.

    Args:
        settings: what is configured.
        clock: for the parts that need one.
        stack: closes what was opened.
    """

    def __init__(self, settings: Settings, clock: Clock, stack: ExitStack) -> None:
        self.settings = settings
        self.clock = clock
        self.stack = stack
        self.sql = cache(self._sql)
        self.duckdb = cache(self._duckdb)
        self.cassandra = cache(self._cassandra)
        self._sessions: dict[str, ReconnectingSession] = {}

    def _sql(self, url: str) -> "Database":
        from admetrics.adapters.sql.database import Database

        return self.stack.enter_context(closing(Database(url, lock_timeout=self.settings.lock_timeout)))

    def _duckdb(self, url: str) -> "DuckDBDatabase":
        from admetrics.adapters.duckdb.database import DuckDBDatabase

        file = _duckdb_file(url)
        return self.stack.enter_context(closing(DuckDBDatabase(file, lock_timeout=self.settings.lock_timeout)))

    def _cassandra(self, url: str) -> "CassandraKeyspace":
        from admetrics.adapters.cassandra.cluster import CassandraKeyspace

        return self.stack.enter_context(closing(CassandraKeyspace(url)))

    def spark(self, url: str, lake: Lake) -> "ReconnectingSession":
        """Return the session on Spark over the lake; Spark is opened when it is first needed."""
        if url not in self._sessions:
            self._sessions[url] = self._spark(url, lake)
        return self._sessions[url]

    def _spark(self, text: str, lake: Lake) -> "ReconnectingSession":
        from admetrics.adapters.cassandra.lake import CassandraLake
        from admetrics.adapters.spark.events import EventsTable
        from admetrics.adapters.spark.kept import ReconnectingSession
        from admetrics.adapters.spark.session import open_session
        from admetrics.adapters.spark.url import SparkUrl

        assert isinstance(lake, CassandraLake)  # noqa: S101  `ENGINES` says so
        url = SparkUrl.parse(text)
        keyspace = self.cassandra(self.settings.lake).url
        events = EventsTable(
            hosts=[str(host) for host in keyspace.hosts],
            port=keyspace.hosts[-1].port,
            keyspace=keyspace.keyspace,
            local_dc=keyspace.local_dc,
            user=keyspace.user,
            password=keyspace.password,
            tls=keyspace.ca is not None,
            partitions=lake.partitions,
            repeat_window=self.settings.repeat_window,
        )
        start = partial(open_session, url, jars=self.settings.spark_jars, log=self.settings.data_dir / "spark.log")
        return self.stack.enter_context(closing(ReconnectingSession(url, start, events)))


def open_part(choices: "Mapping[str, Open[_T]]", part: str, opening: Opening) -> _T:
    """Open the part that a setting names, by the scheme of its URL."""
    url: str = getattr(opening.settings, part)
    choice = choices.get(scheme(url))
    if choice is None:
        raise ConfigurationError(
            f"{part} = {masked(url)!r} is no URL of a {part.replace('_', ' ')}: it must begin with "
            f"{' or '.join(f'{each}://' for each in sorted(choices))}"
        )
    try:
        return choice(opening, url)
    except ConfigurationError as error:
        raise type(error)(f"setting {part!r}: {error}") from error


def scheme(url: str) -> str:
    """Return what stands before `://`, without the name of a driver.

    >>> scheme("mysql+pymysql://user:secret@host/db")
    'mysql'
    """
    return url.partition("://")[0].partition("+")[0]


def _duckdb_file(url: str) -> Path:
    """Return the file that a URL names; `%20` and the like are read as in URLs of SQLite.

    >>> str(_duckdb_file("duckdb:///my%20data/lake.duckdb"))
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


def system_clock() -> Clock:
    """Return the clock of this machine."""
    from admetrics.adapters.system import SystemClock

    return SystemClock()
