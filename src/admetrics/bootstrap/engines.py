"""Which engine recomputes, over which lake, and from when on Spark publishes the rows itself."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from admetrics.bootstrap.opening import Opening, scheme
from admetrics.bootstrap.stores import LAKES
from admetrics.configuration import Settings, masked
from admetrics.domain.errors import ConfigurationError, IncompatibleError
from admetrics.ports.bulk import Bulk
from admetrics.ports.engine import Engine
from admetrics.ports.lake import Lake

if TYPE_CHECKING:
    from admetrics.adapters.spark.engine import SparkEngine
    from admetrics.engines.python import PythonEngine


def _duckdb_engine(opening: Opening, _lake: Lake) -> Engine:
    from admetrics.adapters.duckdb.engine import DuckDBEngine

    return DuckDBEngine(opening.duckdb(opening.settings.lake), repeat_window=opening.settings.repeat_window)


def _python_engine(opening: Opening, lake: Lake) -> "PythonEngine":
    from admetrics.engines.python import PythonEngine

    return PythonEngine(lake, repeat_window=opening.settings.repeat_window)


def _spark_engine(opening: Opening, lake: Lake) -> "SparkEngine":
    from admetrics.adapters.spark.engine import SparkEngine

    return SparkEngine(opening.spark(_spark_url(opening.settings), lake))


def _auto_engine(opening: Opening, lake: Lake) -> Engine:
    from admetrics.adapters.cassandra.lake import CassandraLake
    from admetrics.engines.auto import AutoEngine

    assert isinstance(lake, CassandraLake)  # noqa: S101  `ENGINES` says so
    return AutoEngine(
        small=_python_engine(opening, lake),
        large=_spark_engine(opening, lake),
        estimate=lake.estimate,
        large_from=opening.settings.spark_min_events,
    )


_OpenEngine = Callable[[Opening, Lake], Engine]
ENGINES: Final[Mapping[str, tuple[_OpenEngine, tuple[str, ...]]]] = {
    "auto": (_auto_engine, ("cassandra",)),
    "duckdb": (_duckdb_engine, ("duckdb",)),
    "python": (_python_engine, ("cassandra", "duckdb")),
    "local[*]": (_spark_engine, ("cassandra",)),
    "spark://": (_spark_engine, ("cassandra",)),
    "sc://": (_spark_engine, ("cassandra",)),
}
"""Each engine by its name or by how its URL begins, with the lakes that it can read."""


def _engine_called(text: str) -> str | None:
    """Return the key of `ENGINES` for what is configured.

    >>> _engine_called("local[2]"), _engine_called("spark://host:7077"), _engine_called("sparc")
    ('local[*]', 'spark://', None)
    """
    if text in ENGINES:
        return text
    if text.partition("[")[0] == "local":
        return "local[*]"
    return next((name for name in ENGINES if name.endswith("://") and text.startswith(name)), None)


def engine_of(settings: Settings) -> _OpenEngine:
    """Find the engine, and refuse one that cannot read the lake."""
    name = _engine_called(settings.engine)
    if name is None:
        raise ConfigurationError(
            f"engine = {masked(settings.engine)!r} is unknown: choose {' or '.join(sorted(ENGINES))}"
        )
    open_engine, lakes = ENGINES[name]
    lake = scheme(settings.lake)
    if lake in LAKES and lake not in lakes:
        pairs = ", ".join(f"{name} over {' or '.join(reads)}" for name, (_, reads) in ENGINES.items())
        raise IncompatibleError(f"engine {masked(settings.engine)} cannot read a lake of {lake}: what works is {pairs}")
    return open_engine


# Spark, which recomputes in bulk

_USUAL_BULK_FROM: Final = 2_000_000  # fewer make too few rows to pay for the further jobs, of a second or two


def _spark_url(settings: Settings) -> str:
    return settings.spark if settings.engine == "auto" else settings.engine


def bulk_from(settings: Settings) -> int:
    """Return from how many events the rows are Spark's to publish; 0 for never. Refuse what cannot be."""
    on_spark = ENGINES[_engine_called(settings.engine) or "python"][0] in (_spark_engine, _auto_engine)
    possible = on_spark and scheme(settings.bus) == "kafka"
    if settings.bulk_from and not possible:
        raise IncompatibleError(
            f"bulk_from = {settings.bulk_from} needs Spark, which publishes the rows itself, and Kafka, which takes "
            f"them: engine is {masked(settings.engine)}, bus is {masked(settings.bus)}; fix these, or unset bulk_from"
        )
    usual = _USUAL_BULK_FROM if possible else 0
    return usual if settings.bulk_from is None else settings.bulk_from


def spark_bulk(opening: Opening, lake: Lake, engine: Engine, events_from: int) -> Bulk:
    """Open what recomputes in bulk, from so many events on."""
    from admetrics.adapters.cassandra.lake import CassandraLake
    from admetrics.adapters.kafka.url import KafkaUrl
    from admetrics.adapters.spark.bulk import SparkBulk
    from admetrics.adapters.spark.engine import SparkEngine
    from admetrics.adapters.spark.topic import Topic
    from admetrics.engines.auto import AutoEngine

    assert isinstance(lake, CassandraLake)  # noqa: S101  `ENGINES` says so
    assert isinstance(engine, SparkEngine | AutoEngine)  # noqa: S101  `bulk_from` says so
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
