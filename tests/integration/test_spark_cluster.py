"""A standalone cluster: master, worker and executors are processes of their own, and executors are killed at work."""

from collections.abc import Callable, Collection, Iterator
from typing import Any

import pytest

from admetrics.adapters.spark.bulk import SparkRows
from admetrics.app.pipeline import Pipeline
from admetrics.bootstrap import open_pipeline
from admetrics.configuration import Settings
from admetrics.domain.errors import TransientError
from admetrics.domain.rollup.minutes import ALL_MINUTES
from admetrics.domain.rollup.row import Cell
from admetrics.domain.times import HOUR
from admetrics.engines.python import PythonEngine
from tests.integration.minutely import HOURS, START, assert_right, fill, kill_in_the_middle
from tests.servers import SparkMaster, SparkWorker, eventually
from tests.servers.spark import jars

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
    """Opens a pipeline on the cluster, over a lake that takes executors seconds to read."""
    opened: list[Pipeline] = []

    def open_over(**options: Any) -> Pipeline:
        urls = {"lake": cassandra_url, "bus": kafka_url, "engine": worker.master.url}
        opened.append(open_pipeline(Settings(data_dir=tmp_path, spark_jars=jars(), **urls, **options)))
        return fill(opened[0])

    yield open_over
    for pipeline in opened:
        pipeline.close()


def test_executors_killed_while_they_read_are_replaced_and_nobody_notices(open_over, worker, monkeypatch):
    pipeline = open_over(bulk_from="never")
    killed = kill_in_the_middle(pipeline, monkeypatch, worker.kill_executors)
    before = worker.executors()
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
