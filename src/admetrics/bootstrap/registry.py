"""The registry: what a port and a scheme mean. Our adapters stand in it like those of other packages."""

import pkgutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Any, Final

from admetrics.configuration import masked
from admetrics.domain.errors import AdmetricsError, ConfigurationError
from admetrics.ports.adapter import Adapter, Resources

GROUP: Final = "admetrics.adapters"
"""The group of entry points: each is named as a scheme, and leads to the adapters that have it."""

_OURS: Final[Sequence[Adapter]] = (
    Adapter("source", "cassandra://", "admetrics.adapters.cassandra.source:CassandraSource.open"),
    Adapter("source", "kafka://", "admetrics.adapters.kafka.source:KafkaSource.open"),
    Adapter("source", "file://", "admetrics.adapters.files.follow:FollowedFiles.open"),
    Adapter("lake", "cassandra://", "admetrics.adapters.cassandra.lake:CassandraLake.open", offers=("spark",)),
    Adapter("lake", "duckdb://", "admetrics.adapters.duckdb.lake:DuckDBLake.open", offers=("duckdb", "embedded")),
    Adapter("engine", "auto", "admetrics.engines.auto:AutoEngine.open", needs=("spark",), offers=("bulk",)),
    Adapter("engine", "duckdb", "admetrics.adapters.duckdb.engine:DuckDBEngine.open", needs=("duckdb",)),
    Adapter("engine", "python", "admetrics.engines.python:PythonEngine.open"),
    *(
        Adapter(port, form, "admetrics.adapters.spark.engine:SparkEngine.open", needs=("spark",), offers=("bulk",))
        for port in ("engine", "spark")
        for form in ("local[*]", "spark://", "sc://")
    ),
    Adapter("bus", "kafka://", "admetrics.adapters.kafka.bus:KafkaBus.open", offers=("spark",)),
    *(
        Adapter(port, form, f"admetrics.adapters.sql.{factory}.open")
        for port, factory in {
            "bus": "bus:SqlBus",
            "warehouse": "warehouse:SqlWarehouse",
            "dimensions": "dimensions:SqlDimensions",
            "checkpoints": "checkpoints:SqlCheckpoints",
        }.items()
        for form in ("sqlite://", "mysql://", "mariadb://")
    ),
    Adapter("dead_letters", "cassandra://", "admetrics.adapters.cassandra.dead_letters:CassandraDeadLetters.open"),
    Adapter("dead_letters", "kafka://", "admetrics.adapters.kafka.dead_letters:KafkaDeadLetters.open"),
    Adapter("dead_letters", "duckdb://", "admetrics.adapters.duckdb.dead_letters:DuckDBDeadLetters.open"),
)


def setting_of(port: str) -> str:
    """Return which setting chooses the adapter of a port."""
    return "warehouse" if port == "dimensions" else port


def scheme(url: str) -> str:
    """Return what stands before `://`, without the name of a driver; of the name of an engine, what is before `[`.

    >>> scheme("mysql+pymysql://user:secret@host/db"), scheme("local[2]")
    ('mysql', 'local')
    """
    return url.partition("://")[0].partition("+")[0].partition("[")[0]


def find(port: str, url: str) -> Adapter:
    """Find the adapter of a port that a URL means.

    Raises:
        ConfigurationError: there is none, packages disagree about it, or its package cannot be loaded.
    """
    found = next((each for each in _claiming(scheme(url)) if each.port == port), None)
    if found is None:
        known = ", ".join(each.form for each in adapters_of(port))
        raise ConfigurationError(
            f"{setting_of(port)} = {masked(url)!r} names no {port.replace('_', ' ')}: known are {known}; a package can "
            f"add others, by entry points of the group {GROUP}"
        )
    return found


def adapters_of(port: str) -> Sequence[Adapter]:
    """Return all adapters of a port; those of packages that cannot be loaded are left out."""
    found = list(_OURS)
    for point in _others():
        with suppress(ConfigurationError):
            found += _loaded(point)
    return [each for each in found if each.port == port]


def factory_of(adapter: Adapter) -> Callable[[str, Resources], Any]:
    """Import what opens an adapter.

    Raises:
        MissingExtraError: the package of its driver is not installed.
        ConfigurationError: it cannot be imported.
    """
    try:
        factory: Callable[[str, Resources], Any] = pkgutil.resolve_name(adapter.factory)
    except AdmetricsError:
        raise
    except Exception as error:
        raise ConfigurationError(f"{adapter.factory} cannot be loaded: {type(error).__name__}: {error}") from error
    return factory


def _claiming(name: str) -> Sequence[Adapter]:
    """Return the adapters of a scheme, which one package may have."""
    ours = [each for each in _OURS if scheme(each.form) == name]
    others = [point for point in _others() if point.name == name]
    packages = [*(["admetrics"] if ours else []), *sorted(map(_package, others))]
    if len(packages) > 1:
        raise ConfigurationError(
            f"the packages {' and '.join(packages)} all claim the scheme {name}: uninstall all but one of them"
        )
    return ours or [each for point in others for each in _loaded(point)]


@cache
def _others() -> EntryPoints:
    """Return the entry points of other packages; none of them is imported."""
    return entry_points(group=GROUP)


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist else point.module


def _loaded(point: EntryPoint) -> Sequence[Adapter]:
    claim = f"package {_package(point)} claims the scheme {point.name}, but its {point.value}"
    try:
        adapters = tuple(point.load())
    except Exception as error:
        raise ConfigurationError(f"{claim} cannot be loaded: {type(error).__name__}: {error}") from error
    if not all(isinstance(each, Adapter) and scheme(each.form) == point.name for each in adapters):
        raise ConfigurationError(f"{claim} is no sequence of `admetrics.ports.adapter.Adapter` of that scheme")
    return adapters
