"""From settings to a running pipeline: the only place that knows which URL means which adapter."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

import attrs

from admetrics.app.erase import Register
from admetrics.app.intake import Intake
from admetrics.app.pipeline import Pipeline
from admetrics.app.reader import Books, Reader
from admetrics.app.roll_up import unhandled_arrivals
from admetrics.app.run import AMOUNTS, DIVIDED, STATES
from admetrics.configuration import Settings, masked
from admetrics.domain.dimensions import Dimensions
from admetrics.domain.errors import AdmetricsError, ConfigurationError, IncompatibleError
from admetrics.domain.marks import ClickMarking
from admetrics.domain.question import Question
from admetrics.domain.report import Report
from admetrics.domain.times import TimeLimits
from admetrics.ports.bulk import Bulk
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
    from admetrics.adapters.python.engine import PythonEngine
    from admetrics.adapters.spark.engine import SparkEngine
    from admetrics.adapters.spark.kept import KeptSession
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
        self._sessions: dict[str, KeptSession] = {}

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

    def spark(self, url: str, lake: Lake) -> "KeptSession":
        """Return the session on Spark over the lake; Spark is opened when it is first needed."""
        if url not in self._sessions:
            self._sessions[url] = self._spark(url, lake)
        return self._sessions[url]

    def _spark(self, text: str, lake: Lake) -> "KeptSession":
        from admetrics.adapters.cassandra.lake import CassandraLake
        from admetrics.adapters.spark.events import EventsTable
        from admetrics.adapters.spark.kept import KeptSession
        from admetrics.adapters.spark.session import open_session
        from admetrics.adapters.spark.url import SparkUrl

        assert isinstance(lake, CassandraLake)  # noqa: S101  `_ENGINES` says so
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
        return self.stack.enter_context(closing(KeptSession(url, start, events)))


def _pipeline(opening: _Opening) -> Pipeline:
    from admetrics.adapters.sql.checkpoints import SqlCheckpoints
    from admetrics.adapters.sql.dimensions import SqlDimensions
    from admetrics.adapters.sql.warehouse import SqlWarehouse

    settings = opening.settings
    open_engine = _engine(settings)  # a pair that cannot work is refused before anything is created
    bulk_from = _bulk_from(settings)
    lake = _open(_LAKES, "lake", opening)
    warehouse = _open(_DATABASES, "warehouse", opening)
    engine = open_engine(opening, lake)
    return Pipeline(
        lake=lake,
        engine=engine,
        bulk=_spark_bulk(opening, lake, engine, bulk_from) if bulk_from else None,
        dimensions=SqlDimensions(warehouse),
        checkpoints=SqlCheckpoints(_open(_DATABASES, "checkpoints", opening)),
        bus=_open(_BUSES, "bus", opening),
        warehouse=SqlWarehouse(warehouse, clock=opening.clock),
        dead_letters=_open(_DEAD_LETTERS, "dead_letters", opening),
        clock=opening.clock,
        intake=_intake(settings),
        uid_key=None if settings.uid_key is None else settings.uid_key.encode("utf-8"),
        new_request=lambda: f"request-{uuid4()}",
        lines_at_once=settings.lines_at_once,
        hours_at_once=settings.hours_at_once,
        rows_at_once=settings.rows_at_once,
        erasure_key=cache(partial(_erasure_key, settings)),
        resources=opening.stack,
    )


def _intake(settings: Settings) -> Intake:
    from admetrics.adapters.crawlers.robots import is_robot
    from admetrics.adapters.msgspec.decoder import decode

    return Intake(
        decode=decode,
        limits_at=partial(
            TimeLimits.at, earliest=settings.earliest, ahead=settings.ahead, retention=settings.retention
        ),
        marking=ClickMarking(
            is_robot=is_robot, internal_hosts=settings.internal_hosts, internal_uids=settings.internal_uids
        ),
        redaction=settings.redact_urls,
    )


def _erasure_key(settings: Settings) -> bytes:
    """Find the secret of pseudonyms; that of an embedded lake is made where there is none yet."""
    from admetrics.adapters.files.secret import secret_in

    if settings.erasure_key is not None:
        return settings.erasure_key.encode("utf-8")
    if _scheme(settings.lake) != "duckdb":
        raise ConfigurationError(
            "erasing visitors from a lake on servers needs a secret that every machine knows which writes to it: "
            "set erasure_key (ADMETRICS_ERASURE_KEY) on all of them"
        )
    return secret_in(settings.data_dir / "erasure.key")


def open_reader(settings: Settings | None = None, *, clock: Clock | None = None) -> Reader:
    """Open the warehouse to read from it, whoever has the lake; the result is a context manager.

    Args:
        settings: what is configured; None: all embedded.
        clock: tells the time; None: the machine's.

    Raises:
        ConfigurationError: a URL makes no sense, or its package is not installed.
        BackendError: the warehouse cannot be reached.
    """
    from admetrics.adapters.sql.dimensions import SqlDimensions
    from admetrics.adapters.sql.warehouse import SqlWarehouse

    stack = ExitStack()
    try:
        opening = _Opening(settings or Settings(), clock or _system_clock(), stack)
        warehouse = _open(_DATABASES, "warehouse", opening)
        return Reader(
            warehouse=SqlWarehouse(warehouse, clock=opening.clock),
            dimensions=SqlDimensions(warehouse),
            open_books=partial(_open_books, opening.settings, opening.clock),
            clock=opening.clock,
            resources=stack,
        )
    except BaseException:
        stack.close()
        raise


@contextmanager
def _open_books(settings: Settings, clock: Clock) -> Iterator[Books]:
    """Open the lake and the dead letters, without waiting for a process that has them."""
    with ExitStack() as stack:
        opening = _Opening(attrs.evolve(settings, lock_timeout=timedelta()), clock, stack)
        yield _open(_LAKES, "lake", opening), _open(_DEAD_LETTERS, "dead_letters", opening)


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

    return DuckDBLake(opening.duckdb(url), repeat_window=opening.settings.repeat_window)


def _cassandra_lake(opening: _Opening, url: str) -> Lake:
    from admetrics.adapters.cassandra.lake import CassandraLake

    return CassandraLake(opening.cassandra(url), clock=opening.clock, repeat_window=opening.settings.repeat_window)


_LAKES: Final[Mapping[str, "_Open[Lake]"]] = {
    "cassandra": _cassandra_lake,
    "duckdb": _duckdb_lake,
}


# Engines


def _duckdb_engine(opening: _Opening, _lake: Lake) -> Engine:
    from admetrics.adapters.duckdb.engine import DuckDBEngine

    return DuckDBEngine(opening.duckdb(opening.settings.lake), repeat_window=opening.settings.repeat_window)


def _python_engine(opening: _Opening, lake: Lake) -> "PythonEngine":
    from admetrics.adapters.python.engine import PythonEngine

    return PythonEngine(lake, repeat_window=opening.settings.repeat_window)


def _spark_engine(opening: _Opening, lake: Lake) -> "SparkEngine":
    from admetrics.adapters.spark.engine import SparkEngine

    return SparkEngine(opening.spark(_spark_url(opening.settings), lake))


def _auto_engine(opening: _Opening, lake: Lake) -> Engine:
    from admetrics.adapters.auto.engine import AutoEngine
    from admetrics.adapters.cassandra.lake import CassandraLake

    assert isinstance(lake, CassandraLake)  # noqa: S101  `_ENGINES` says so
    return AutoEngine(
        small=_python_engine(opening, lake),
        large=_spark_engine(opening, lake),
        estimate=lake.estimate,
        large_from=opening.settings.spark_from,
    )


_OpenEngine = Callable[[_Opening, Lake], Engine]
_ENGINES: Final[Mapping[str, tuple[_OpenEngine, tuple[str, ...]]]] = {
    "auto": (_auto_engine, ("cassandra",)),
    "duckdb": (_duckdb_engine, ("duckdb",)),
    "python": (_python_engine, ("cassandra", "duckdb")),
    "local[*]": (_spark_engine, ("cassandra",)),
    "spark://": (_spark_engine, ("cassandra",)),
    "sc://": (_spark_engine, ("cassandra",)),
}
"""Each engine by its name or by how its URL begins, with the lakes that it can read."""


def _engine_called(text: str) -> str | None:
    """Return the key of `_ENGINES` for what is configured.

    >>> _engine_called("local[2]"), _engine_called("spark://host:7077"), _engine_called("sparc")
    ('local[*]', 'spark://', None)
    """
    if text in _ENGINES:
        return text
    if text.partition("[")[0] == "local":
        return "local[*]"
    return next((name for name in _ENGINES if name.endswith("://") and text.startswith(name)), None)


def _engine(settings: Settings) -> _OpenEngine:
    """Find the engine, and refuse one that cannot read the lake."""
    name = _engine_called(settings.engine)
    if name is None:
        raise ConfigurationError(
            f"engine = {masked(settings.engine)!r} is unknown: choose {' or '.join(sorted(_ENGINES))}"
        )
    open_engine, lakes = _ENGINES[name]
    lake = _scheme(settings.lake)
    if lake in _LAKES and lake not in lakes:
        pairs = ", ".join(f"{name} over {' or '.join(reads)}" for name, (_, reads) in _ENGINES.items())
        raise IncompatibleError(f"engine {masked(settings.engine)} cannot read a lake of {lake}: what works is {pairs}")
    return open_engine


# Spark, which recomputes in bulk

_USUAL_BULK_FROM: Final = 2_000_000  # fewer make too few rows to pay for the further jobs, of a second or two


def _spark_url(settings: Settings) -> str:
    return settings.spark if settings.engine == "auto" else settings.engine


def _bulk_from(settings: Settings) -> int:
    """Return from how many events the rows are Spark's to publish; 0 for never. Refuse what cannot be."""
    on_spark = _ENGINES[_engine_called(settings.engine) or "python"][0] in (_spark_engine, _auto_engine)
    possible = on_spark and _scheme(settings.bus) == "kafka"
    if settings.bulk_from and not possible:
        raise IncompatibleError(
            f"bulk_from = {settings.bulk_from} needs Spark, which publishes the rows itself, and Kafka, which takes "
            f"them: engine is {masked(settings.engine)}, bus is {masked(settings.bus)}; mend these, or unset bulk_from"
        )
    usual = _USUAL_BULK_FROM if possible else 0
    return usual if settings.bulk_from is None else settings.bulk_from


def _spark_bulk(opening: _Opening, lake: Lake, engine: Engine, events_from: int) -> Bulk:
    from admetrics.adapters.auto.engine import AutoEngine
    from admetrics.adapters.cassandra.lake import CassandraLake
    from admetrics.adapters.kafka.url import KafkaUrl
    from admetrics.adapters.spark.bulk import SparkBulk
    from admetrics.adapters.spark.engine import SparkEngine
    from admetrics.adapters.spark.topic import Topic

    assert isinstance(lake, CassandraLake)  # noqa: S101  `_ENGINES` says so
    assert isinstance(engine, SparkEngine | AutoEngine)  # noqa: S101  `_bulk_from` says so
    url = KafkaUrl.parse(opening.settings.bus)
    topic = Topic(
        servers=[str(server) for server in url.servers],
        name=url.topic,
        security=url.security.upper(),
        mechanism=url.mechanism,
        user=url.user,
        password=url.password,
        ca=url.ca,
        certificate=url.certificate,
        key=url.key,
    )
    return SparkBulk(
        opening.spark(_spark_url(opening.settings), lake),
        topic,
        estimate=lambda dirty: lake.estimate(engine.wanted(dirty)),
        events_from=events_from,
    )


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
    with PrometheusMonitor(amounts=AMOUNTS, states=STATES, divided=DIVIDED, host=host, port=port) as monitor:
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


# The live page


@contextmanager
def open_live_page(reader: Reader, *, host: str, port: int, zone: ZoneInfo) -> Iterator[str]:
    """Serve the figures as a page that refreshes itself, in a thread of its own, while the context is open.

    Args:
        reader: answers what the page is asked.
        host: the address to listen on; other machines reach it only if this is not the loopback.
        port: the port to listen on; 0 chooses a free one.
        zone: the time zone in which days are grouped.

    Yields:
        The address of the page.

    Raises:
        MissingExtraError: the packages for it are not installed.
        PermanentError: the port is taken.
    """
    from admetrics.adapters.html.live import LiveView
    from admetrics.adapters.web.app import Figures, live_app
    from admetrics.adapters.web.server import Server, hosts_of

    view = LiveView()
    view.page(reader.answer(Question(), zone=zone), "")  # takes seconds the first time: before anybody waits for it
    figures = Figures(answer=partial(reader.answer, zone=zone), version=reader.version, view=view, zone=zone)
    with Server(live_app(figures, hosts=hosts_of(host)), host=host, port=port) as server:
        yield server.url


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
    from admetrics.adapters.msgspec.decoder import decode

    lake = _open(_LAKES, "lake", opening)
    Register(lake=lake, key=partial(_erasure_key, opening.settings), decode=decode).noted()
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
