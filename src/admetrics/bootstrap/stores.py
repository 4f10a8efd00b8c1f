"""Which URL means which database, lake, bus and store of dead letters."""

from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Final

from admetrics.bootstrap.opening import Open, Opening
from admetrics.ports.bus import Bus
from admetrics.ports.dead_letters import DeadLetters
from admetrics.ports.lake import Lake

if TYPE_CHECKING:
    from admetrics.adapters.sql.database import Database


# Databases: the warehouse (with the dimensions) and the checkpoints


def _database(opening: Opening, url: str) -> "Database":
    return opening.sql(url)


DATABASES: Final[Mapping[str, "Open[Database]"]] = {
    "sqlite": _database,
    "mysql": _database,
    "mariadb": _database,
}


# Lakes


def _duckdb_lake(opening: Opening, url: str) -> Lake:
    from admetrics.adapters.duckdb.lake import DuckDBLake

    return DuckDBLake(opening.duckdb(url), repeat_window=opening.settings.repeat_window)


def _cassandra_lake(opening: Opening, url: str) -> Lake:
    from admetrics.adapters.cassandra.lake import CassandraLake

    return CassandraLake(opening.cassandra(url), clock=opening.clock, repeat_window=opening.settings.repeat_window)


LAKES: Final[Mapping[str, "Open[Lake]"]] = {
    "cassandra": _cassandra_lake,
    "duckdb": _duckdb_lake,
}


# Buses


def _sql_bus(opening: Opening, url: str) -> Bus:
    from admetrics.adapters.sql.bus import SqlBus

    return SqlBus(opening.sql(url), clock=opening.clock)


def _kafka_bus(opening: Opening, url: str) -> Bus:
    from admetrics.adapters.kafka.bus import KafkaBus

    return opening.stack.enter_context(closing(KafkaBus(url, clock=opening.clock)))


BUSES: Final[Mapping[str, "Open[Bus]"]] = {
    "kafka": _kafka_bus,
    "sqlite": _sql_bus,
    "mysql": _sql_bus,
    "mariadb": _sql_bus,
}


# Dead letters


def _duckdb_dead_letters(opening: Opening, url: str) -> DeadLetters:
    from admetrics.adapters.duckdb.dead_letters import DuckDBDeadLetters

    return DuckDBDeadLetters(opening.duckdb(url))


def _cassandra_dead_letters(opening: Opening, url: str) -> DeadLetters:
    from admetrics.adapters.cassandra.dead_letters import CassandraDeadLetters

    return CassandraDeadLetters(opening.cassandra(url))


def _kafka_dead_letters(opening: Opening, url: str) -> DeadLetters:
    from admetrics.adapters.kafka.dead_letters import KafkaDeadLetters

    return opening.stack.enter_context(closing(KafkaDeadLetters(url)))


DEAD_LETTERS: Final[Mapping[str, "Open[DeadLetters]"]] = {
    "cassandra": _cassandra_dead_letters,
    "kafka": _kafka_dead_letters,
    "duckdb": _duckdb_dead_letters,
}
