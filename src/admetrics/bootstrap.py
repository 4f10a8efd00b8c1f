"""From settings to a running pipeline: the only place that knows which URL means which adapter."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TypeVar
from uuid import uuid4

import attrs

from admetrics.app.pipeline import Pipeline
from admetrics.app.roll_up import unhandled_arrivals
from admetrics.app.run import AMOUNTS, STATES
from admetrics.configuration import Settings, masked
from admetrics.domain.dimensions import Dimensions
from admetrics.domain.errors import AdmetricsError, ConfigurationError, IncompatibleError
from admetrics.domain.report import Report
from admetrics.domain.times import TimeLimits
from admetrics.ports.bus import Bus
from admetrics.ports.clock import Clock
from admetrics.ports.dead_letters import DeadLetters
from admetrics.ports.engine import Engine
from admetrics.ports.lake import Lake
from admetrics.ports.monitor import Monitor
from admetrics.ports.source import Source

if TYPE_CHECKING:
    from admetrics.adapters.cassandra.cluster import CassandraKeyspace
    from admetrics.adapters.duckdb.database import DuckDBDatabase
    from admetrics.adapters.sql.database import Database

_T = TypeVar("_T")
_Open = Callable[["_Opening", str], _T]
"""Opens a part by its URL."""


def open_pipeline(settings: Settings | None = None, *, clock: Clock | None = None) -> Pipeline:
    """Open the parts that the settings name, creating what is missing; the result is a context manager.

    Args:
        settings: what is configured (`admetrics.settings()` reads file and environment); None: all embedded.
        clock: tells the time; None: the machine's.

    Raises:
        ConfigurationError: a URL or a pair of them makes no sense, or its package is not installed.
        BackendError: a part cannot be reached.
    """
    stack = ExitStack()
    try:
        return _pipeline(_Opening(settings or Settings(), clock or _system_clock(), stack))
    except BaseException:
        stack.close()
        raise


def _system_clock() -> Clock:
    from admetrics.adapters.system.clock import SystemClock

    return SystemClock()


class _Opening:
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

    def _sql(self, url: str) -> "Database":
        from admetrics.adapters.sql.database import Database

        return self.stack.enter_context(closing(Database(url, lock_timeout=self.settings.lock_timeout)))

    def _duckdb(self, url: str) -> "DuckDBDatabase":
        from admetrics.adapters.duckdb.database import DuckDBDatabase

        file = Path(url.removeprefix("duckdb:///"))
        return self.stack.enter_context(closing(DuckDBDatabase(file, lock_timeout=self.settings.lock_timeout)))

    def _cassandra(self, url: str) -> "CassandraKeyspace":
        from admetrics.adapters.cassandra.cluster import CassandraKeyspace

        return self.stack.enter_context(closing(CassandraKeyspace(url)))


def _pipeline(opening: _Opening) -> Pipeline:
    from admetrics.adapters.msgspec.decoder import decode
    from admetrics.adapters.sql.checkpoints import SqlCheckpoints
    from admetrics.adapters.sql.dimensions import SqlDimensions
    from admetrics.adapters.sql.warehouse import SqlWarehouse

    settings = opening.settings
    open_engine = _engine(settings)  # a pair that cannot work is refused before anything is created
    lake = _open(_LAKES, "lake", opening)
    warehouse = _open(_DATABASES, "warehouse", opening)
    return Pipeline(
        lake=lake,
        engine=open_engine(opening, lake),
        dimensions=SqlDimensions(warehouse),
        checkpoints=SqlCheckpoints(_open(_DATABASES, "checkpoints", opening)),
        bus=_open(_BUSES, "bus", opening),
        warehouse=SqlWarehouse(warehouse, clock=opening.clock),
        dead_letters=_open(_DEAD_LETTERS, "dead_letters", opening),
        clock=opening.clock,
        decode=decode,
        limits_at=partial(
            TimeLimits.at, earliest=settings.earliest, ahead=settings.ahead, retention=settings.retention
        ),
        new_request=lambda: f"request-{uuid4()}",
        lines_at_once=settings.lines_at_once,
        hours_at_once=settings.hours_at_once,
        rows_at_once=settings.rows_at_once,
        resources=opening.stack,
    )


def _open(choices: "Mapping[str, _Open[_T]]", part: str, opening: _Opening) -> _T:
    """Open the part that a setting names, by the scheme of its URL."""
    url: str = getattr(opening.settings, part)
    choice = choices.get(_scheme(url))
    if choice is None:
        raise ConfigurationError(
            f"{part} = {masked(url)!r} is no URL of a {part.replace('_', ' ')}: it must begin with "
            f"{' or '.join(f'{scheme}://' for scheme in sorted(choices))}"
        )
    return choice(opening, url)


def _scheme(url: str) -> str:
    """Return what stands before `://`, without the name of a driver.

    >>> _scheme("mysql+pymysql://user:secret@host/db")
    'mysql'
    """
    return url.partition("://")[0].partition("+")[0]


# Databases: the warehouse (with the dimensions) and the checkpoints


def _database(opening: _Opening, url: str) -> "Database":
    return opening.sql(url)


_DATABASES: Final[Mapping[str, "_Open[Database]"]] = {
    "sqlite": _database,
    "mysql": _database,
    "mariadb": _database,
}


# Lakes


def _duckdb_lake(opening: _Opening, url: str) -> Lake:
    from admetrics.adapters.duckdb.lake import DuckDBLake

    return DuckDBLake(opening.duckdb(url))


def _cassandra_lake(opening: _Opening, url: str) -> Lake:
    from admetrics.adapters.cassandra.lake import CassandraLake

    return CassandraLake(opening.cassandra(url), clock=opening.clock)


_LAKES: Final[Mapping[str, "_Open[Lake]"]] = {
    "cassandra": _cassandra_lake,
    "duckdb": _duckdb_lake,
}


# Engines


def _duckdb_engine(opening: _Opening, _lake: Lake) -> Engine:
    from admetrics.adapters.duckdb.engine import DuckDBEngine

    return DuckDBEngine(opening.duckdb(opening.settings.lake))


def _python_engine(_opening: _Opening, lake: Lake) -> Engine:
    from admetrics.adapters.python.engine import PythonEngine

    return PythonEngine(lake)


_OpenEngine = Callable[[_Opening, Lake], Engine]
_ENGINES: Final[Mapping[str, tuple[_OpenEngine, tuple[str, ...]]]] = {
    "duckdb": (_duckdb_engine, ("duckdb",)),
    "python": (_python_engine, ("cassandra", "duckdb")),
}
"""Each engine, with the lakes that it can read."""


def _engine(settings: Settings) -> _OpenEngine:
    """Find the engine, and refuse one that cannot read the lake."""
    if settings.engine not in _ENGINES:
        raise ConfigurationError(
            f"engine = {masked(settings.engine)!r} is unknown: choose {' or '.join(sorted(_ENGINES))}"
        )
    open_engine, lakes = _ENGINES[settings.engine]
    lake = _scheme(settings.lake)
    if lake in _LAKES and lake not in lakes:
        pairs = ", ".join(f"{name} over {' or '.join(reads)}" for name, (_, reads) in _ENGINES.items())
        raise IncompatibleError(f"engine {settings.engine} cannot read a lake of {lake}: what works is {pairs}")
    return open_engine


# Buses


def _sql_bus(opening: _Opening, url: str) -> Bus:
    from admetrics.adapters.sql.bus import SqlBus

    return SqlBus(opening.sql(url), clock=opening.clock)


def _kafka_bus(opening: _Opening, url: str) -> Bus:
    from admetrics.adapters.kafka.bus import KafkaBus

    return opening.stack.enter_context(closing(KafkaBus(url, clock=opening.clock)))


_BUSES: Final[Mapping[str, "_Open[Bus]"]] = {
    "kafka": _kafka_bus,
    "sqlite": _sql_bus,
    "mysql": _sql_bus,
    "mariadb": _sql_bus,
}


# Dead letters


def _duckdb_dead_letters(opening: _Opening, url: str) -> DeadLetters:
    from admetrics.adapters.duckdb.dead_letters import DuckDBDeadLetters

    return DuckDBDeadLetters(opening.duckdb(url))


def _cassandra_dead_letters(opening: _Opening, url: str) -> DeadLetters:
    from admetrics.adapters.cassandra.dead_letters import CassandraDeadLetters

    return CassandraDeadLetters(opening.cassandra(url))


def _kafka_dead_letters(opening: _Opening, url: str) -> DeadLetters:
    from admetrics.adapters.kafka.dead_letters import KafkaDeadLetters

    return opening.stack.enter_context(closing(KafkaDeadLetters(url)))


_DEAD_LETTERS: Final[Mapping[str, "_Open[DeadLetters]"]] = {
    "cassandra": _cassandra_dead_letters,
    "kafka": _kafka_dead_letters,
    "duckdb": _duckdb_dead_letters,
}


# Sources


@contextmanager
def open_source(settings: Settings) -> Iterator[Source | None]:
    """Open the configured source; None if none is configured."""
    if settings.source is None:
        yield None
        return
    with ExitStack() as stack:
        yield _open(_SOURCES, "source", _Opening(settings, _system_clock(), stack))


def open_files(files: Sequence[Path], *, file_format: str | None = None) -> AbstractContextManager[Source]:
    """Open files as a source that is read once.

    Args:
        files: their paths; `-` is standard input.
        file_format: `jsonl` or `csv`; None: by file name.
    """
    from admetrics.adapters.files.source import FilesSource

    return closing(FilesSource(files, file_format=file_format, stdin=sys.stdin.buffer))


def _followed_files(opening: _Opening, url: str) -> Source:
    from admetrics.adapters.files.follow import FollowedFiles

    pattern = url.removeprefix("file://")
    positions = opening.settings.data_dir / "positions-of-files.json"
    return opening.stack.enter_context(closing(FollowedFiles(pattern, positions=positions)))


def _kafka_source(opening: _Opening, url: str) -> Source:
    from admetrics.adapters.kafka.source import KafkaSource

    return opening.stack.enter_context(closing(KafkaSource(url)))


def _cassandra_source(opening: _Opening, url: str) -> Source:
    from admetrics.adapters.cassandra.source import CassandraSource

    return CassandraSource(opening.cassandra(url), positions=opening.settings.data_dir / "positions-of-tables.json")


_SOURCES: Final[Mapping[str, "_Open[Source]"]] = {
    "cassandra": _cassandra_source,
    "kafka": _kafka_source,
    "file": _followed_files,
}


# Monitors


@contextmanager
def open_monitors(metrics: tuple[str, int] | None) -> Iterator[Sequence[Monitor]]:
    """Open what watches `run`.

    Args:
        metrics: host and port of an endpoint for Prometheus; None for no endpoint.
    """
    if metrics is None:
        yield ()
        return
    from admetrics.adapters.prometheus.monitor import PrometheusMonitor

    host, port = metrics
    with PrometheusMonitor(amounts=AMOUNTS, states=STATES, host=host, port=port) as monitor:
        yield (monitor,)


# Files of the user


def read_dimensions(paths: Iterable[Path]) -> Dimensions:
    """Read CSV files of dimensions (job.csv, campaign.csv, group.csv, company.csv, master_publisher.csv).

    Args:
        paths: such files, or folders of them.

    Raises:
        InputError: a file is missing, unknown or malformed.
    """
    from admetrics.adapters.files.dimensions import read_dimensions

    return read_dimensions(paths)


def write_table(file_format: str, columns: Sequence[str], rows: Iterable[Sequence[object]], out: BinaryIO) -> None:
    """Write a table as `csv`, `jsonl` or `parquet`."""
    from admetrics.adapters.files.tables import write_table

    write_table(file_format, columns, rows, out)


def atomic_output(path: Path) -> AbstractContextManager[BinaryIO]:
    """Open a file that appears whole when the context ends well, or not at all."""
    from admetrics.adapters.files.output import atomic_output

    return atomic_output(path)


def write_page(report: Report, path: Path) -> None:
    """Write a report as one page of HTML."""
    from admetrics.adapters.html.page import write_page

    with atomic_output(path) as out:
        write_page(report, out)


# Health


@attrs.frozen
class Check:
    """What `doctor` says of one part.

    Args:
        part: which.
        ok: whether it can be used.
        detail: what is configured and how far behind it is, or what is wrong and what to do.
    """

    part: str
    ok: bool
    detail: str


def check_parts(settings: Settings, *, clock: Clock | None = None) -> Sequence[Check]:
    """Try every part and say how it is; a part that fails does not keep the others from being tried."""
    with ExitStack() as stack:
        opening = _Opening(settings, clock or _system_clock(), stack)
        return [_checked(part, getattr(settings, part), partial(check, opening)) for part, check in _CHECKS.items()]


def _checked(part: str, url: str | None, check: Callable[[], str]) -> Check:
    shown = masked(url) if url else "none"
    try:
        return Check(part, ok=True, detail=f"{shown}: {check()}")
    except AdmetricsError as error:
        return Check(part, ok=False, detail=f"{shown}: {error}")


def _check_source(opening: _Opening) -> str:
    if opening.settings.source is None:
        return "files are given to `ingest`"
    source = _open(_SOURCES, "source", opening)
    source.poll(at_most=1)
    source.rewind()
    lag = source.lag()
    return "reachable" if lag is None else f"{lag} waiting"


def _check_lake(opening: _Opening) -> str:
    lake = _open(_LAKES, "lake", opening)
    return f"{len(lake.arrivals())} arrivals shown"


def _check_engine(opening: _Opening) -> str:
    _engine(opening.settings)(opening, _open(_LAKES, "lake", opening)).fold({})
    return "ready"


def _check_checkpoints(opening: _Opening) -> str:
    from admetrics.adapters.sql.checkpoints import SqlCheckpoints

    checkpoints = SqlCheckpoints(_open(_DATABASES, "checkpoints", opening))
    arrivals = unhandled_arrivals(lake=_open(_LAKES, "lake", opening), checkpoints=checkpoints)
    return f"{len({arrival.hour for arrival in arrivals})} hours to roll up"


def _check_bus(opening: _Opening) -> str:
    return f"{_open(_BUSES, 'bus', opening).lag()} messages to load"


def _check_warehouse(opening: _Opening) -> str:
    from admetrics.adapters.sql.warehouse import SqlWarehouse

    warehouse = SqlWarehouse(_open(_DATABASES, "warehouse", opening), clock=opening.clock)
    last = warehouse.last_update()
    return "empty" if last is None else f"last changed {last:%Y-%m-%dT%H:%M:%SZ}"


def _check_dead_letters(opening: _Opening) -> str:
    counts = _open(_DEAD_LETTERS, "dead_letters", opening).count()
    return ", ".join(f"{count} {reason.value}" for reason, count in counts.items()) or "none"


_CHECKS: Final[Mapping[str, Callable[[_Opening], str]]] = {
    "source": _check_source,
    "lake": _check_lake,
    "engine": _check_engine,
    "checkpoints": _check_checkpoints,
    "bus": _check_bus,
    "warehouse": _check_warehouse,
    "dead_letters": _check_dead_letters,
}
