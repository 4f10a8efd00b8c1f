"""A standalone cluster: master, worker and executors are processes of their own, and executors are killed at work."""

import threading
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from admetrics.adapters.python.engine import PythonEngine
from admetrics.adapters.spark.bulk import SparkRows
from admetrics.app.pipeline import Pipeline
from admetrics.bootstrap import open_pipeline
from admetrics.configuration import Settings
from admetrics.domain.arrival import ALL_MINUTES
from admetrics.domain.errors import TransientError
from admetrics.domain.row import Cell
from admetrics.domain.times import HOUR, Period
from admetrics.ports.warehouse import Axis
from admetrics.testing.strategies import click_at
from tests.servers import SparkMaster, SparkWorker, eventually
from tests.servers.spark import jars

START = datetime(2026, 3, 1, tzinfo=UTC)
HOURS = 12
ALL = Period(START, START + HOURS * HOUR)
DEFAULTS = """
spark.driver.host 127.0.0.1
spark.driver.bindAddress 127.0.0.1
spark.executor.memory 600m
spark.ui.enabled false
"""

Opener = Callable[..., Pipeline]


@pytest.fixture(scope="module")
def worker(module_keyspace_url, tmp_path_factory) -> Iterator[SparkWorker]:
    """The worker of a cluster on which this process has opened Spark: it takes half a minute, so it is done once."""
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "spark-defaults.conf").write_text(DEFAULTS)
    with pytest.MonkeyPatch.context() as patch, SparkMaster() as master, SparkWorker(master) as worker:
        patch.setenv("SPARK_CONF_DIR", str(folder))
        settings = Settings(data_dir=folder, lake=module_keyspace_url, engine=master.url, spark_jars=jars())
        with open_pipeline(settings) as pipeline:
            pipeline.engine.fold({})
            yield worker


@pytest.fixture
def open_over(worker, cassandra_url, kafka_url, tmp_path) -> Iterator[Opener]:
    """Opens a pipeline on the cluster, over a lake of many small partitions: executors take seconds to read them."""
    opened: list[Pipeline] = []

    def open_over(**options: Any) -> Pipeline:
        urls = {"lake": cassandra_url, "bus": kafka_url, "engine": worker.master.url}
        opened.append(open_pipeline(Settings(data_dir=tmp_path, spark_jars=jars(), **urls, **options)))
        minutes = [START + timedelta(minutes=number) for number in range(60 * HOURS)]
        opened[0].lake.append([click_at(time, number=number, bid=3) for number, time in enumerate(minutes)])
        return opened[0]

    yield open_over
    for pipeline in opened:
        pipeline.close()


def assert_right(pipeline: Pipeline) -> None:
    totals = pipeline.warehouse.totals(ALL, [Axis.HOUR])
    assert {total.keys[0]: (total.measures.clicks, total.measures.spend) for total in totals} == {
        START + number * HOUR: (60, 180) for number in range(HOURS)
    }
    assert pipeline.reconcile(ALL).differences == ()


def test_executors_killed_while_they_read_are_replaced_and_nobody_notices(open_over, worker, monkeypatch):
    pipeline = open_over(bulk_from="never")
    pipeline.engine.fold({})  # Spark is open
    session = pipeline.engine._spark._ready.session
    before = worker.executors()
    killed = threading.Event()
    sql = session.sql

    def kill() -> None:
        worker.kill_executors()
        killed.set()

    def sql_and_kill(statement: str):
        threading.Timer(0.5, kill).start()
        return sql(statement)

    monkeypatch.setattr(session, "sql", sql_and_kill)
    dirty = {START + number * HOUR: ALL_MINUTES for number in range(HOURS)}
    folded = pipeline.engine.fold(dirty)
    assert killed.is_set()
    assert set(before).isdisjoint(worker.executors()), "others did the work"
    assert folded == PythonEngine(pipeline.lake).fold(dirty)


def test_executors_that_die_with_the_rows_of_a_bulk_fail_it_and_the_next_tick_makes_the_table_right(
    open_over, worker, monkeypatch
):
    """The rows were claimed, and lie in the executors' memory until they are published."""
    pipeline = open_over(bulk_from=1)
    publish = SparkRows.publish

    def kill_and_publish(rows: SparkRows, cells: Collection[Cell]) -> None:
        worker.kill_executors()
        publish(rows, cells)

    with monkeypatch.context() as patch:
        patch.setattr(SparkRows, "publish", kill_and_publish)
        with pytest.raises(TransientError, match="lost the rows before they were published"):
            pipeline.roll_up()
    assert pipeline.bus.lag() == 0, "nothing was published"
    assert eventually(lambda: bool(worker.executors())), "the master has others started"
    pipeline.tick()
    assert_right(pipeline)
