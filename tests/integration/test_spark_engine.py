"""The engine on Spark over a lake in Cassandra: in a Java process of ours, and behind Spark Connect."""

import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from admetrics.adapters.cassandra.events import SHARDS
from admetrics.adapters.cassandra.url import CassandraUrl
from admetrics.adapters.duckdb.database import DuckDBDatabase
from admetrics.adapters.duckdb.engine import DuckDBEngine
from admetrics.adapters.duckdb.lake import DuckDBLake
from admetrics.adapters.spark.engine import SparkEngine
from admetrics.adapters.spark.events import fold_sql
from admetrics.app.pipeline import Pipeline
from admetrics.bootstrap import open_pipeline
from admetrics.configuration import Settings
from admetrics.domain.errors import ConfigurationError, TransientError
from admetrics.domain.rollup.fold import fold_hours
from admetrics.domain.rollup.minutes import ALL_MINUTES, MinuteSet, with_those_before
from admetrics.domain.rules.repeats import REPEAT_WINDOW
from admetrics.domain.times import HOUR
from admetrics.testing.contracts.engine import EngineContract
from admetrics.testing.examples import few_hours, for_all, unused_day
from admetrics.testing.strategies import batches, click_at, moved, visits
from tests.servers.spark import jars

START = datetime(2010, 1, 1, 22, tzinfo=UTC)
"""Far from the days of the contract, which lie in one keyspace with these."""


@pytest.fixture(scope="module")
def opened(module_keyspace_url, tmp_path_factory) -> Iterator[Callable[[str], Pipeline]]:
    """Opens a pipeline over the lake, with the engine at a URL."""
    opened = []

    def open_with(engine: str) -> Pipeline:
        folder = tmp_path_factory.mktemp("data")
        opened.append(
            open_pipeline(Settings(data_dir=folder, lake=module_keyspace_url, engine=engine, spark_jars=jars()))
        )
        return opened[-1]

    yield open_with
    for pipeline in opened:
        pipeline.close()


@pytest.fixture(scope="module")
def local(opened) -> Pipeline:
    return opened("local[2]")


@pytest.fixture(scope="module")
def connected(opened, spark_connect) -> Pipeline:
    return opened(spark_connect.url)


class TestSparkEngine(EngineContract):
    examples = 8

    @pytest.fixture
    def lake(self, local):
        return local.lake

    @pytest.fixture
    def engine(self, local):
        return local.engine


class TestSparkConnectEngine(EngineContract):
    examples = 8

    @pytest.fixture
    def lake(self, connected):
        return connected.lake

    @pytest.fixture
    def engine(self, connected):
        return connected.engine


def test_spark_duckdb_and_plain_python_fold_the_same(local, tmp_path):
    database = DuckDBDatabase(tmp_path / "lake.duckdb")
    lake, engine = DuckDBLake(database), DuckDBEngine(database)

    def check(drawn) -> None:
        by = unused_day()
        for batch in drawn:
            for each in (lake, local.lake):
                each.append([moved(event, by) for event in batch])
        dirty = {few_hours(by).start + number * HOUR: ALL_MINUTES for number in range(3)}
        found = local.engine.fold(dirty).cells
        assert found == engine.fold(dirty).cells
        read = local.lake.scan(with_those_before(dirty, REPEAT_WINDOW))
        assert found == fold_hours(read, dirty, repeat_window=REPEAT_WINDOW)

    for_all(check, batches() | visits(), examples=8)
    database.close()


# What is read


def plan(engine: SparkEngine, dirty: dict[datetime, MinuteSet]) -> str:
    """Return the physical plan of the fold of some hours."""
    ready = engine._spark._ready
    assert ready is not None
    statement = fold_sql(engine._spark.events.partitions_of(dirty), dirty, scans=ready.scans, window=REPEAT_WINDOW)
    ((text,),) = ready.session.sql(f"EXPLAIN {statement}").collect()
    return text


_SCAN = re.compile(r'Cassandra Filters: \[\["minute" IN \([?, ]*\), \((.*?)\)\],\["shard" IN \([?, ]*\), \((.*?)\)\]\]')


@pytest.mark.parametrize("where", ["local", "connected"])
def test_only_the_partitions_of_the_dirty_hours_and_of_the_minute_before_them_are_read(request, where):
    """A click in the minute before may make the first one of the hour a repeat."""
    pipeline = request.getfixturevalue(where)
    filled = {START + timedelta(minutes=minute) for minute in (0, 7, 59, 61, 119, 150)}
    pipeline.lake.append([click_at(time, number=number) for number, time in enumerate(sorted(filled))])
    pipeline.engine.fold({})
    found = plan(pipeline.engine, {START: ALL_MINUTES, START + 2 * HOUR: ALL_MINUTES})
    scans = _SCAN.findall(found)
    assert len(scans) == found.count("BatchScan") == 1
    minutes, shards = scans[0]
    times = {datetime.fromisoformat(text.strip()).astimezone(UTC) for text in minutes.split(",")}
    assert times == filled - {START + timedelta(minutes=61)}
    assert {int(shard) for shard in shards.split(",")} == set(range(SHARDS))


def test_many_hours_are_read_by_several_scans_that_share_no_partition(local):
    local.lake.append([click_at(START + timedelta(days=1, minutes=minute), number=minute) for minute in range(600)])
    local.engine.fold({})
    hours = {START + timedelta(days=1, hours=number): ALL_MINUTES for number in range(10)}
    found = plan(local.engine, hours)
    minutes = [text.strip() for scan, _ in _SCAN.findall(found) for text in scan.split(",")]
    assert found.count("BatchScan") == len(_SCAN.findall(found)) == local.engine._spark._ready.scans > 1
    assert len(minutes) == len(set(minutes)) == 600
    assert set(re.findall(r"hashpartitioning\(.*, (\d+)\)", found)) == {str(local.engine._spark._ready.scans)}
    assert sum(measures.clicks for measures in local.engine.fold(hours).cells.values()) == 600


def test_cassandra_is_asked_at_the_consistency_that_the_options_name(
    module_keyspace_url, opened, spark_connect, monkeypatch
):
    """With one replica only one can answer: asked for three, it refuses."""
    options = CassandraUrl.spark_options
    level = "spark.cassandra.input.consistency.level"
    monkeypatch.setattr(
        CassandraUrl,
        "spark_options",
        lambda self: {**options(self), level: "THREE", "spark.cassandra.query.retry.count": "1"},
    )
    pipeline = opened(spark_connect.url)
    pipeline.lake.append([click_at(START + timedelta(days=2), number=1)])
    with pytest.raises(TransientError, match="did not get an answer from Cassandra"):
        pipeline.engine.fold({START + timedelta(days=2): MinuteSet.of(0)})


# The choice


def test_auto_uses_spark_when_many_events_must_be_read_and_stays_right(
    module_keyspace_url, spark_connect, tmp_path, caplog
):
    caplog.set_level(logging.DEBUG, "admetrics.engine")
    settings = Settings(
        data_dir=tmp_path, lake=module_keyspace_url, engine="auto", spark=spark_connect.url, spark_min_events=100
    )
    hour = START + timedelta(days=5)
    with open_pipeline(settings) as pipeline:
        for version, (minute, clicks) in enumerate([(0, 50), (1, 200), (2, 3), (2, 3)], start=1):
            numbers = range(version * 1000, version * 1000 + clicks)
            pipeline.lake.append([click_at(hour + timedelta(minutes=minute), number=number) for number in numbers])
            dirty = {hour: MinuteSet.of(minute)}
            read = pipeline.lake.scan({hour: ALL_MINUTES})
            assert pipeline.engine.fold(dirty).cells == fold_hours(read, dirty, repeat_window=REPEAT_WINDOW)
            pipeline.engine.claimed(version, [hour])
    told = [record.getMessage().split()[0] for record in caplog.records if record.name == "admetrics.engine"]
    assert told == ["PythonEngine", *["SparkEngine"] * 3], (
        "what Spark claimed, the python engine does not know: the whole hour would have to be read"
    )


# Sessions


def test_one_session_serves_all_folds(local, monkeypatch):
    local.engine.fold({})
    monkeypatch.setattr(local.engine._spark, "_open_session", lambda: pytest.fail("it opens a second session"))
    local.lake.append([click_at(START + timedelta(days=3), number=1)])
    for _ in range(2):
        assert local.engine.fold({START + timedelta(days=3): MinuteSet.of(0)}).cells


def test_a_process_may_have_several_engines_and_each_closes_only_its_own(local, opened):
    local.engine.fold({})
    other = opened("local[2]")
    other.lake.append([click_at(START + timedelta(days=4), number=1)])
    assert other.engine.fold({START + timedelta(days=4): MinuteSet.of(0)}).cells
    other.close()
    assert local.engine.fold({START + timedelta(days=4): MinuteSet.of(0)}).cells


def test_a_server_without_the_connector_is_told_how_to_start(spark_connect, opened, monkeypatch):
    monkeypatch.setattr("admetrics.adapters.cassandra.lake.SPARK_FORMAT", "org.apache.spark.sql.missing")
    with pytest.raises(ConfigurationError, match=r"lacks a connector: start it with --packages com\.data"):
        opened(spark_connect.url).engine.fold({})


def test_a_server_of_another_release_is_refused(spark_connect, opened, monkeypatch):
    monkeypatch.setattr("admetrics.adapters.spark.session.RELEASE", "4.1")
    with pytest.raises(ConfigurationError, match=r"is Spark 4\.2\.0, and this client speaks to 4\.1: update one"):
        opened(spark_connect.url).engine.fold({})
