"""What the adapters for servers reach, beside the plain way of doing the same: real servers on this machine."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pymysql

from admetrics.adapters.kafka.bus import KafkaBus
from admetrics.adapters.sql.database import Database
from admetrics.adapters.sql.warehouse import SqlWarehouse
from admetrics.adapters.system import SystemClock
from admetrics.bootstrap import open_files, open_pipeline
from admetrics.configuration import settings
from admetrics.domain.events.record import COLUMNS
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.reporting import hourly_table as events_table
from admetrics.domain.rollup.row import Cell, Row, StoredRow
from admetrics.domain.times import HOUR
from admetrics.testing.examples import HandClock
from benchmarks.data import END, traffic_file
from benchmarks.figure import Figure, best_of, best_side_by_side, rate
from tests.servers import Cassandra, Kafka, MariaDB

EVENTS = 200_000
BUSY = 50
"""How many times as many events a busy site has in the same time."""
ROWS = 100_000
ONE_BY_ONE = 3_000
ROUNDS = 3


def measure_cassandra(scale: float) -> Iterator[Figure]:
    """Ingest, beside one formatted INSERT after the other: here the limit is the node, which has the same cores.

    Rows of one partition travel together: of a busy site 50, of one with an event a second as few as there are.
    """
    with Cassandra() as server, TemporaryDirectory() as folder, server.cluster() as cluster:
        events = int(EVENTS * scale)
        quiet, busy = traffic_file(Path(folder), events), traffic_file(Path(folder), events, of=BUSY * events)
        statements = _formatted(busy, ONE_BY_ONE)
        session = cluster.connect()
        for statement in _OLD_LAYOUT:
            session.execute(statement)
        options = settings(
            environment={"ADMETRICS_LAKE": f"{server.url}/admetrics"}, options={"data_dir": Path(folder) / "data"}
        )
        with open_pipeline(options, clock=HandClock(END + HOUR)) as pipeline:

            def ingest(file: Path) -> None:
                with open_files([file]) as source:
                    pipeline.ingest(source)

            def one_by_one() -> None:
                for statement in statements:
                    session.execute(statement)

            slow, fast, sparse = best_side_by_side(ROUNDS, one_by_one, partial(ingest, busy), partial(ingest, quiet))
    yield Figure("ingest into Cassandra: admetrics, an event a second", rate(events, sparse))
    yield from _compared("ingest into Cassandra", (len(statements), slow), (events, fast), "50", "25,000 /s")


def measure_warehouse(scale: float) -> Iterator[Figure]:
    """Upserts, beside one row after the other, each committed: the limit is MariaDB."""
    with MariaDB() as server:
        server.execute("CREATE DATABASE admetrics", "CREATE DATABASE plain")
        database = Database(f"{server.url}/admetrics")
        warehouse = SqlWarehouse(database, clock=SystemClock())
        server.execute("CREATE TABLE plain.events LIKE admetrics.events")
        versions = iter(range(1, 100))

        def upsert() -> None:
            warehouse.upsert(_rows(int(ROWS * scale), next(versions)))

        with (
            pymysql.connect(
                host=server.host, port=server.port, user="root", database="plain", autocommit=True
            ) as connection,
            connection.cursor() as cursor,
        ):

            def row_by_row() -> None:
                for values in _plain(_rows(ONE_BY_ONE, next(versions))):
                    cursor.execute(_UPSERT, values)

            slow, fast = best_side_by_side(ROUNDS, row_by_row, upsert)
        database.close()
    yield from _compared("upsert into MariaDB", (ONE_BY_ONE, slow), (int(ROWS * scale), fast), "15", "40,000 /s")


def measure_bus(scale: float) -> Iterator[Figure]:
    """Rows through a topic; each call waits for the brokers' confirmation."""
    with Kafka() as server:
        bus = KafkaBus(f"{server.url}/events", clock=SystemClock())
        rows = _rows(int(ROWS * scale), 1)
        published = best_of(ROUNDS, lambda: bus.publish(rows))

        def drain() -> int:
            delivery = bus.poll(at_most=20_000)
            bus.commit(delivery)
            return len(delivery.rows)

        start = time.perf_counter()
        read = sum(iter(drain, 0))
        consumed = time.perf_counter() - start
        bus.close()
    yield Figure("publish to Kafka", rate(len(rows), published), "30,000 /s")
    yield Figure("poll and commit", rate(read, consumed), "30,000 /s")


def _compared(what: str, slow: tuple[int, float], fast: tuple[int, float], times: str, aim: str) -> Iterator[Figure]:
    (few, slowly), (many, quickly) = slow, fast
    yield Figure(f"{what}: one at a time", rate(few, slowly))
    yield Figure(f"{what}: admetrics", rate(many, quickly), aim)
    yield Figure("ratio", f"{many / quickly / (few / slowly):.1f}", f">= {times}")


_OLD_LAYOUT = (
    "CREATE KEYSPACE plain WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': 1}",
    f"CREATE TABLE plain.tracking ({', '.join(f'{name} text' for name in COLUMNS)}, PRIMARY KEY (create_time))",
)


def _formatted(file: Path, count: int) -> list[str]:
    """Write records as INSERT statements with their values inside: the way that is compared with."""
    with file.open("rb") as lines:
        records = [record for record in map(_record, lines) if record.get("create_time")]
    return [
        f"INSERT INTO plain.tracking ({', '.join(record)}) VALUES ({', '.join(map(_quoted, record.values()))})"
        for record in islice(records, count)
    ]


def _record(line: bytes) -> dict[str, Any]:
    try:
        values = msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.DecodeError:
        return {}
    return {name: value for name, value in values.items() if name in COLUMNS and value is not None}


def _quoted(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _rows(count: int, version: int) -> Sequence[Row]:
    """Rows of 1,000 jobs an hour, each time with other measures."""
    start = datetime(2026, 3, 1, tzinfo=UTC)
    return [
        Row(
            Cell(start + timedelta(hours=number // 1000), 1 + number % 1000, 1 + number % 8, number % 20, number % 40),
            Measures(impressions=40, clicks=version, spend=version * 12),
            1 + number % 50,
            version,
            "Cassandra",
        )
        for number in range(count)
    ]


def _plain(rows: Sequence[Row]) -> Iterator[tuple[object, ...]]:
    now = datetime.now(UTC)
    for row in rows:
        values = events_table.values(StoredRow(row, now))
        yield tuple(value.replace(tzinfo=None) if isinstance(value, datetime) else value for value in values)


_UPSERT = (
    f"INSERT INTO events ({', '.join(events_table.COLUMNS)}) VALUES ({', '.join(['%s'] * len(events_table.COLUMNS))}) "
    f"ON DUPLICATE KEY UPDATE {', '.join(f'{name} = VALUES({name})' for name in events_table.COLUMNS)}"
)
