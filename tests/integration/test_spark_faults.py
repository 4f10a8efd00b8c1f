"""Spark is killed in the middle of its work: nothing wrong is published, and the next round makes the table right."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from admetrics.app.pipeline import Pipeline
from admetrics.bootstrap import open_pipeline
from admetrics.configuration import Settings
from admetrics.domain.errors import TransientError
from tests.integration.minutely import assert_right, fill, kill_in_the_middle
from tests.servers.spark import jars


@pytest.fixture
def pipeline_with(cassandra_url, tmp_path) -> Callable[[str], Pipeline]:
    """Opens a pipeline over a lake that takes Spark seconds to read."""

    def open_with(engine: str) -> Pipeline:
        return fill(open_pipeline(Settings(data_dir=tmp_path, lake=cassandra_url, engine=engine, spark_jars=jars())))

    return open_with


def test_a_connect_server_killed_in_the_middle_of_a_roll_up(pipeline_with, own_spark_connect, monkeypatch):
    with pipeline_with(own_spark_connect.url) as pipeline:
        killed = kill_in_the_middle(pipeline, monkeypatch, own_spark_connect.kill)
        with pytest.raises(TransientError, match=r"Spark Connect at sc://.* cannot be reached, or went away"):
            pipeline.roll_up()
        assert killed.is_set()
        assert pipeline.bus.lag() == 0, "nothing was published"
        own_spark_connect.start()
        pipeline.tick()
        assert_right(pipeline)


def test_a_connect_server_that_was_started_again_is_used_without_a_failure(pipeline_with, own_spark_connect):
    """Its sessions are gone, so the fold is tried once more in a new one."""
    with pipeline_with(own_spark_connect.url) as pipeline:
        pipeline.engine.fold({})
        own_spark_connect.kill()
        own_spark_connect.start()
        pipeline.tick()
        assert_right(pipeline)


def test_a_java_process_of_ours_killed_in_the_middle_of_a_roll_up(pipeline_with, monkeypatch):
    from pyspark import SparkContext

    def kill() -> None:
        assert SparkContext._gateway is not None
        SparkContext._gateway.proc.kill()

    with pipeline_with("local[2]") as pipeline:
        killed = kill_in_the_middle(pipeline, monkeypatch, kill)
        pipeline.tick()
        assert killed.is_set()
        assert_right(pipeline)


def test_spark_is_not_heard_on_the_command_line(cassandra, cassandra_url, tmp_path):
    """Standard output is one JSON object, standard error is empty; Spark has a log of its own."""
    settings = {
        "LAKE": cassandra_url,
        "ENGINE": "local[2]",
        "DATA_DIR": str(tmp_path),
        "SPARK_JARS": str(jars()),
    }
    environment = {**os.environ, **{f"ADMETRICS_{name}": value for name, value in settings.items()}}
    file = tmp_path / "records.jsonl"
    file.write_text('{"create_time": "2aa10ec0-16d7-11f1-98f8-ff3f08b10e4b", "custom_track": "click", "job_id": 7}')
    done = [_command(environment, "ingest", str(file)), _command(environment, "tick", "--json")]
    assert [each.stderr for each in done] == ["", ""]
    assert '"published": 1' in done[1].stdout
    assert done[1].stdout.count("\n") == 1
    assert "log4j" in Path(tmp_path / "spark.log").read_text()


def _command(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "admetrics", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=300)
