"""Spark over Cassandra and Kafka, beside the transform that this product replaces; all on this one machine.

The transform before: read the whole table, four group-bys of the same rows, full outer joins, the company of each job,
JSON, Kafka. It keeps nothing between runs, so each run costs what the table holds. Filling both tables takes most of
the time of this benchmark: `--scale 0.1` does with less; `--scale 10` is the lake of 10 million.
"""

import resource
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import attrs
from pyspark import SparkContext
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from admetrics.adapters.cassandra.lake import SPARK_FORMAT
from admetrics.app.pipeline import Pipeline
from admetrics.bootstrap import open_pipeline
from admetrics.configuration import settings
from admetrics.domain.events.record import COLUMNS, INTEGER_COLUMNS
from admetrics.domain.rollup.minutes import ALL_MINUTES
from admetrics.domain.times import HOUR, Period
from admetrics.engines.python import PythonEngine
from admetrics.testing.examples import HandClock
from benchmarks.data import END
from benchmarks.figure import Figure, best_of, rate
from benchmarks.tick import HOURLY, NEW, tick
from tests.servers import Cassandra, Kafka
from tests.servers.spark import jars

EVENTS = 1_000_000
RUNS = 2
MANY = 2_000_000
TICKS = 5
FOLDED = 10 * HOUR
KEYS = ["job_id", "dates", "hours", "publisher_id", "campaign_id", "group_id"]


def measure(scale: float) -> Iterator[Figure]:
    """Everything shares two cores; both sides have a warm Spark, and end when Kafka has confirmed all rows."""
    events = max(1, round(EVENTS * scale / HOURLY)) * HOURLY  # whole hours
    period = Period(END - events / HOURLY * HOUR, END)
    with TemporaryDirectory() as folder, Cassandra() as cassandra, Kafka() as kafka:
        session = _session()
        with _pipeline(Path(folder), cassandra, kafka, "local[*]", bulk_from=1) as pipeline:
            options = _options(cassandra)
            filled = best_of(1, lambda: _fill(session, options, cassandra, period, events))
            _create_topic(kafka, "before")
            runs = RUNS if events <= MANY else 1
            before = best_of(runs, lambda: _transform_before(session, options, kafka))
            rebuilt = min(_rebuild(pipeline, period) for _ in range(runs))
            memory = {"Java (driver and executors in one)": _peak_of_java(), "Python": _peak_of_python()}
            plainly = _rebuild(attrs.evolve(pipeline, bulk=None), period)
            dirty = dict.fromkeys(pipeline.lake.hours(Period(END - FOLDED, END)), ALL_MINUTES)
            folds = {
                name: best_of(1, partial(engine.fold, dirty))
                for name, engine in (("Spark", pipeline.engine), ("python", PythonEngine(pipeline.lake)))
            }
        with _pipeline(Path(folder), cassandra, kafka, "auto") as pipeline:
            file = Path(folder) / "new.jsonl"
            first, *others = (tick(pipeline, file, number) for number in range(TICKS))
        session.stop()
    yield Figure(f"filling both tables with {events:,} events", rate(2 * events, filled))
    yield Figure(f"the transform before, {events:,} events", f"{before:.1f} s")
    yield Figure(f"rebuild of {events:,} events, {_hours(period)} hours, in bulk", f"{rebuilt:.1f} s")
    yield Figure("ratio", f"{before / rebuilt:.1f}", ">= 4 at 1 million")
    yield Figure("the same, published by this process", f"{plainly:.1f} s")
    for name, seconds in folds.items():
        yield Figure(f"the fold of {len(dirty)} hours alone, by {name}", rate(len(dirty) * HOURLY, seconds))
    yield Figure(f"first tick after {NEW:,} new events", f"{first:.2f} s")
    yield Figure("the following ones", f"{median(others):.2f} s")
    yield Figure("ratio to the transform before", f"{before / median(others):.0f}", ">= 20 at 1 million, >= 100 at 10")
    for process, megabytes in memory.items():
        yield Figure(f"peak memory of {process} up to the rebuild in bulk", f"{megabytes:.0f} MB")


def _hours(period: Period) -> int:
    return round((period.end - period.start) / HOUR)


def _session() -> SparkSession:
    """Open Spark with both connectors; the engine finds it and uses a session of its own in it."""
    session = (
        SparkSession.builder.master("local[*]")
        .config("spark.jars", ",".join(str(jar) for jar in sorted(jars().glob("*.jar"))))
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    return session


def _pipeline(folder: Path, cassandra: Cassandra, kafka: Kafka, engine: str, **options: int) -> Pipeline:
    urls = {"lake": f"{cassandra.url}/admetrics", "bus": f"{kafka.url}/events", "engine": engine}
    given = {"data_dir": folder, **urls, **options}
    return open_pipeline(settings(environment={}, options=given), clock=HandClock(END))


def _options(cassandra: Cassandra) -> Mapping[str, str]:
    return {
        "spark.cassandra.connection.host": cassandra.host,
        "spark.cassandra.connection.port": str(cassandra.port),
        "spark.cassandra.connection.localDC": "datacenter1",
    }


def _rebuild(pipeline: Pipeline, period: Period) -> float:
    def rebuild() -> None:
        pipeline.rebuild(period)
        pipeline.roll_up()

    seconds = best_of(1, rebuild)
    assert pipeline.load().written > 0
    return seconds


# The transform before


def _transform_before(session: SparkSession, options: Mapping[str, str], kafka: Kafka) -> None:
    raw = _table(session, options, "plain", "tracking").where(f.col("job_id").isNotNull())
    raw = raw.withColumn("dates", f.to_date("ts")).withColumn("hours", f.hour("ts"))
    count = f.count("*").alias
    clicks = _of_kind(raw, "click").agg(
        f.round(f.avg("bid"), 2).alias("bid_set"), f.sum("bid").alias("spend_hour"), count("clicks")
    )
    conversions = _of_kind(raw, "conversion").agg(count("conversion"))
    qualified = _of_kind(raw, "qualified").agg(count("qualified_application"))
    unqualified = _of_kind(raw, "unqualified").agg(count("disqualified_application"))
    figures = clicks.join(conversions, KEYS, "full").join(qualified, KEYS, "full").join(unqualified, KEYS, "full")
    companies = session.range(1, 202).select(f.col("id").alias("job_id"), (f.col("id") % 20).alias("company_id"))
    rows = figures.join(companies, "job_id", "left")
    (
        rows.select(f.to_json(f.struct("*")).alias("value"))
        .write.format("kafka")
        .option("kafka.bootstrap.servers", f"{kafka.host}:{kafka.port}")
        .option("topic", "before")
        .save()
    )


def _of_kind(raw: DataFrame, kind: str):
    return raw.where(f.col("custom_track") == kind).groupBy(KEYS)


def _table(session: SparkSession, options: Mapping[str, str], keyspace: str, table: str) -> DataFrame:
    return session.read.format(SPARK_FORMAT).options(keyspace=keyspace, table=table, **options).load()


# The data: the same made-up events in both layouts, as concentrated as in `benchmarks.data.fill`


def _create_topic(kafka: Kafka, name: str) -> None:
    admin = kafka.admin()
    admin.create_topics({name: {"num_partitions": 4}}, wait_for_metadata=True)
    admin.close()


def _fill(session: SparkSession, options: Mapping[str, str], cassandra: Cassandra, period: Period, events: int) -> None:
    with cassandra.cluster() as cluster:
        connection = cluster.connect()
        for statement in _OLD_LAYOUT:
            connection.execute(statement)
        note = connection.prepare("UPDATE admetrics.hours SET minutes = ? WHERE month = ? AND hour = ?")
        for number in range(_hours(period)):
            hour = period.start + number * HOUR
            connection.execute(note, [set(range(60)), hour.year * 100 + hour.month, hour])
    start, step = int(period.start.timestamp() * 1e6), (period.end - period.start) // timedelta(microseconds=1) / events
    made = session.sql(_MADE_UP.format(events=events, start=start, step=step))
    made.createOrReplaceTempView("made_up")
    for keyspace, table, query, load_batch_size, requests_at_once in (
        ("admetrics", "events", _AS_EVENTS, "50", "8"),
        ("plain", "tracking", _AS_RECORDS, "1", "128"),
    ):
        how = {
            "spark.cassandra.output.batch.grouping.key": "partition",
            "spark.cassandra.output.batch.size.rows": load_batch_size,
            "spark.cassandra.output.concurrent.writes": requests_at_once,
            "spark.cassandra.output.ignoreNulls": "true",  # a written null is a tombstone, and 100,000 fail a read
        }
        rows = session.sql(query).write.format(SPARK_FORMAT).mode("append")
        rows.options(keyspace=keyspace, table=table, **options, **how).save()


_OLD_LAYOUT = (
    "CREATE KEYSPACE plain WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': 1}",
    "CREATE TABLE plain.tracking ("
    + ", ".join(f"{name} {'int' if name in INTEGER_COLUMNS else 'text'}" for name in COLUMNS)
    + ", PRIMARY KEY (create_time))",
)
_MADE_UP = """
SELECT
    id AS number,
    {start} + CAST(id * {step} AS BIGINT) AS time,
    regexp_replace(md5(CAST(id AS STRING)), '(.{{8}})(.{{4}})(.{{4}})(.{{4}})(.{{12}})', '$1-$2-$3-$4-$5') AS own_id,
    CASE
        WHEN id % 100 < 70 THEN 'impression'
        WHEN id % 100 < 84 THEN 'click'
        WHEN id % 100 < 95 THEN 'page_view'
        WHEN id % 100 < 97 THEN 'conversion'
        WHEN id % 100 < 99 THEN 'qualified'
        ELSE 'disqualified'
    END AS kind,
    1 + CAST(199 * pow(pmod(hash(id), 10000) / 10000, 2) AS INT) AS job
FROM range({events})
"""
_AS_EVENTS = """
SELECT
    timestamp_millis(time DIV 60000000 * 60000) AS minute,
    CAST(crc32(own_id) % 4 AS TINYINT) AS shard,
    own_id AS id,
    1 AS revision,
    time,
    kind,
    kind AS name,
    job,
    'job_id' AS job_source,
    1 + job % 8 AS publisher,
    CASE WHEN number % 2 = 0 THEN 1 + job % 20 ELSE 0 END AS campaign,
    CASE WHEN number % 2 = 0 THEN 1 + job % 40 ELSE 0 END AS group_id,
    CASE WHEN kind = 'click' THEN 1 + job % 30 ELSE 0 END AS bid,
    kind = 'click' AS bid_given,
    CONCAT('1-', number % 100000) AS uid,
    CONCAT('["', number, '"', repeat(',null', 60), ']') AS record
FROM made_up
"""
_AS_RECORDS = """
SELECT
    own_id AS create_time,
    date_format(timestamp_micros(time), 'yyyy-MM-dd HH:mm:ss') AS ts,
    CASE WHEN kind = 'disqualified' THEN 'unqualified' ELSE kind END AS custom_track,
    job AS job_id,
    1 + job % 8 AS publisher_id,
    CASE WHEN number % 2 = 0 THEN 1 + job % 20 END AS campaign_id,
    CASE WHEN number % 2 = 0 THEN 1 + job % 40 END AS group_id,
    CASE WHEN kind = 'click' THEN 1 + job % 30 END AS bid,
    CONCAT('1-', number % 100000) AS uid,
    repeat('x', 300) AS ua
FROM made_up
"""


def _peak_of_python() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def _peak_of_java() -> float:
    """Return the peak memory of the Java process that pyspark started, in MB."""
    assert SparkContext._gateway is not None
    status = Path(f"/proc/{SparkContext._gateway.proc.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1000
