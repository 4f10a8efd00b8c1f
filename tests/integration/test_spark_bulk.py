"""The bulk path: Spark publishes the rows itself, and nobody can tell the difference."""

import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pyarrow as pa
import pytest
from hypothesis import strategies as st

from admetrics.adapters.kafka.bus import _key
from admetrics.adapters.kafka.spark import Topic
from admetrics.adapters.kafka.url import Server
from admetrics.adapters.memory.dimensions import MemoryDimensions
from admetrics.adapters.spark.bulk import SparkBulk, _claimed, companies_table, flights_table
from admetrics.adapters.spark.events import times_of
from admetrics.adapters.spark.rows import CLAIMED, COMPANIES, FLIGHTS, FOLDED, digests_sql, messages_sql
from admetrics.app.pipeline import Pipeline
from admetrics.bootstrap import open_pipeline
from admetrics.configuration import Settings
from admetrics.domain.dimensions import Campaign, Dimensions, Job
from admetrics.domain.errors import ConfigurationError, PermanentError, TransientError
from admetrics.domain.events.event import Event
from admetrics.domain.metrics.catalog import MEASURES
from admetrics.domain.metrics.measures import ZERO
from admetrics.domain.rollup.message import encode_row
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.rules.digest import VANISHED, digest
from admetrics.domain.rules.flight import ALWAYS as ALWAYS_IN_FLIGHT
from admetrics.domain.rules.winner import winner
from admetrics.domain.times import HOUR, Period
from admetrics.testing.examples import for_all
from admetrics.testing.strategies import click_at, rows
from tests.servers import Kafka, SecureKafka, free_port
from tests.servers.spark import jars

DAY = datetime(2026, 3, 1, tzinfo=UTC)
"""All tests share a lake, so each has a day of its own."""
ALWAYS = Period.always()
Message = tuple[int, bytes, bytes]
"""Partition, key and value."""

Opener = Callable[..., Pipeline]


@pytest.fixture(scope="module")
def lake_url(module_keyspace_url) -> str:
    return module_keyspace_url


@pytest.fixture
def open_with(lake_url, kafka_url, tmp_path) -> Iterator[Opener]:
    """Opens a pipeline over the lake of this module, with stores of its own; all are closed in the end."""
    opened: list[Pipeline] = []

    def open_with(engine: str, *, name: str = "one", bus: str = kafka_url, **others: Any) -> Pipeline:
        settings = Settings(
            data_dir=tmp_path / name, lake=lake_url, engine=engine, bus=bus, spark_jars=jars(), **others
        )
        opened.append(open_pipeline(settings))
        return opened[-1]

    yield open_with
    for pipeline in opened:
        pipeline.close()


@pytest.fixture(scope="module")
def _warm(lake_url, tmp_path_factory) -> Iterator[Pipeline]:
    """A Java process for the whole module: those that open Spark later find it."""
    folder = tmp_path_factory.mktemp("warm")
    with open_pipeline(Settings(data_dir=folder, lake=lake_url, engine="local[2]", spark_jars=jars())) as pipeline:
        pipeline.engine.fold({})
        yield pipeline


@pytest.fixture(params=["local", "connect"])
def spark(request) -> str:
    if request.param == "local":
        request.getfixturevalue("_warm")
        return "local[2]"
    return request.getfixturevalue("spark_connect").url


@pytest.fixture
def local(_warm) -> str:
    return "local[2]"


def session_of(pipeline: Pipeline):
    assert isinstance(pipeline.bulk, SparkBulk)
    return pipeline.bulk._spark


# Content


def test_spark_writes_digests_and_messages_as_python_does(open_with, spark):
    """Whatever the figures, and with and without a company; for cells that vanished too."""
    kept = session_of(open_with(spark, bulk_from=1))

    def check(drawn: Sequence[Row], version: int) -> None:
        table = {row.cell: attrs.evolve(row, version=version, source="Cassandra") for row in drawn}
        of_job = {row.cell.job: row.company for row in table.values()}
        table = {cell: attrs.evolve(row, company=of_job[cell.job]) for cell, row in table.items()}
        content = {cell: row for cell, row in table.items() if row.measures}
        if not content:
            return  # Spark's clients take no empty tables
        found_digests, found_messages = kept.run(lambda ready: written(ready.session, content, table, version))
        assert found_digests == {cell: digest(row.measures, row.company) for cell, row in content.items()}
        gone = {cell: Row(cell, ZERO, None, version, "Cassandra") for cell in table.keys() - content.keys()}
        assert found_messages == {_key(cell): encode_row(row) for cell, row in {**content, **gone}.items()}

    drawn = st.lists(rows(), min_size=1, max_size=30)
    for_all(check, drawn, st.integers(1, 2**63 - 1), examples=5)


def written(session, content, table, version):
    """Let Spark write what it has to say of some rows."""
    times = times_of(cell.hour for cell in table)
    cells = {
        "hour": pa.array([times[cell.hour] for cell in content], pa.int64()),
        **{
            name: pa.array([getattr(cell, name.removesuffix("_id")) for cell in content], pa.int32())
            for name in ("job", "publisher", "campaign", "group_id")
        },
    }
    figures = {
        measure.name: pa.array([getattr(row.measures, measure.name) for row in content.values()], pa.int64())
        for measure in MEASURES
    }
    companies = companies_table({0: None, **{cell.job: row.company for cell, row in content.items()}})
    digests = {cell: digest(row.measures, row.company) if cell in content else VANISHED for cell, row in table.items()}
    views = {
        FOLDED: pa.table({**cells, **figures}),
        COMPANIES: companies,
        FLIGHTS: flights_table({0: ALWAYS_IN_FLIGHT}),
        CLAIMED: _claimed(digests),
    }
    for name, view in views.items():
        session.createDataFrame(view).createOrReplaceTempView(name)
    found = session.sql(digests_sql()).toArrow().to_pylist()
    messages = session.sql(messages_sql(), {"version": version, "source": "Cassandra"}).toArrow().to_pylist()
    by_key = {(row["hour"], row["job"], row["publisher"], row["campaign"], row["group_id"]): row for row in found}
    return (
        {
            cell: by_key[times[cell.hour], cell.job, cell.publisher, cell.campaign, cell.group]["digest"]
            for cell in content
        },
        {message["key"]: message["value"] for message in messages},
    )


# A pipeline


def messages(kafka: Kafka, url: str) -> list[Message]:
    """Read a topic: sorted, because Spark writes by several tasks."""
    with kafka.consumer(url.rpartition("/")[2]) as consumer:
        return sorted((message.partition, message.key, message.value) for message in consumer)


def traffic(start: datetime) -> list[Event]:
    """Some hours of clicks of several jobs."""
    minutes = [start + timedelta(minutes=number) for number in range(0, 240, 7)]
    clicks = [click_at(time, number=number, job=1 + number % 5, bid=number) for number, time in enumerate(minutes)]
    return [attrs.evolve(click, campaign=number % 3) for number, click in enumerate(clicks)]


def copies_that_win(events: Sequence[Event]) -> list[Event]:
    """Other copies of some events, which win over them and are of another job: the cells of theirs lose events."""
    copies = [attrs.evolve(event, job=event.job + 100, revision=event.revision + 1) for event in events]
    assert all(winner([event, copy]) is copy for event, copy in zip(events, copies, strict=True))
    return copies


def table(pipeline: Pipeline) -> dict:
    return {stored.row.cell: (stored.row.measures, stored.row.company) for stored in pipeline.warehouse.rows(ALWAYS)}


def test_bulk_and_python_publish_the_same_messages_and_give_the_same_table(open_with, spark, kafka, new_topic, caplog):
    """Round after round: new events; events that move to other jobs, and a new company; a rebuild."""
    caplog.set_level(logging.INFO, "admetrics.engine")
    buses = {name: f"{kafka.url}/{new_topic()}" for name in ("bulk", "python")}
    pipelines = [
        open_with("auto", spark=spark, name="bulk", bus=buses["bulk"], bulk_from=1),
        open_with("python", name="python", bus=buses["python"]),
    ]
    start = DAY + timedelta(days=10 if spark.startswith("local") else 20, hours=22)
    events = traffic(start)

    hours = {event.time.replace(minute=0) for event in events}

    def both(work: Callable[[Pipeline], object]) -> None:
        published = []
        for pipeline in pipelines:
            work(pipeline)
            # A lake lets go of an arrival that one of them has handled, so each has its own reason to look.
            pipeline.checkpoints.request(pipeline.new_request(), hours)
            published.append(pipeline.roll_up().published)
            pipeline.load()
        assert published[0] == published[1] > 0
        assert table(pipelines[0]) == table(pipelines[1])

    pipelines[0].lake.append(events)
    both(lambda pipeline: None)
    pipelines[0].lake.append([click_at(start, number=1000, job=3, bid=5), *copies_that_win(events[:9])])
    both(lambda pipeline: pipeline.import_dimensions(Dimensions(jobs=(Job(2, company=7),))))
    assert ZERO in {measures for measures, _ in table(pipelines[0]).values()}, "some cells vanished"
    flights = [Campaign(1, end_date=start.date()), Campaign(2, start_date=start.date() + timedelta(days=1))]
    both(lambda pipeline: pipeline.import_dimensions(Dimensions(campaigns=flights)))
    found = {measures.out_of_flight_clicks > 0 for measures, _ in table(pipelines[0]).values() if measures.clicks}
    assert found == {True, False}, "some clicks are out of flight"
    period = Period(start, start + 9 * HOUR)
    both(lambda pipeline: pipeline.rebuild(period))
    assert messages(kafka, buses["bulk"]) == messages(kafka, buses["python"])
    assert pipelines[0].reconcile(period).differences == ()
    assert any(text.startswith("SparkBulk recomputes 4 hours, about ") for text in caplog.messages)


# What goes wrong


def clicks(start: datetime, numbers: range) -> list[Event]:
    """One click in each of some minutes, of one job, 3 units each."""
    return [click_at(start + timedelta(minutes=number), number=number, bid=3) for number in numbers]


def assert_right(pipeline: Pipeline, start: datetime, events: int) -> None:
    """Check the table of an hour."""
    pipeline.load()
    period = Period(start, start + HOUR)
    (row,) = [stored.row for stored in pipeline.warehouse.rows(period) if stored.row.measures]
    assert (row.measures.clicks, row.measures.spend) == (events, events * 3)
    assert pipeline.checkpoints.states([start])[start].in_doubt == 0
    assert pipeline.reconcile(period).differences == ()


KILLED_BEFORE_THE_COMMIT = """
import attrs, os, signal, sys
from admetrics.bootstrap import open_pipeline
from admetrics.configuration import settings

class Dying:
    def __init__(self, checkpoints):
        self._checkpoints = checkpoints
    def __getattr__(self, name):
        return getattr(self._checkpoints, name)
    def commit(self, version, **_):
        os.kill(os.getpid(), signal.SIGKILL)

with open_pipeline(settings(environment=os.environ)) as pipeline:
    attrs.evolve(pipeline, checkpoints=Dying(pipeline.checkpoints)).roll_up()
"""


def test_a_process_killed_before_the_commit_is_made_good(open_with, spark_connect, kafka_url, lake_url, tmp_path):
    """What it published is in doubt, also where the lake has gone back to what was committed before."""
    start = DAY + timedelta(days=2)
    pipeline = open_with(spark_connect.url, bulk_from=1)
    pipeline.lake.append(clicks(start, range(5)))
    pipeline.roll_up()
    (moved_back,) = copies_that_win(clicks(start, range(5, 6)))
    pipeline.lake.append(clicks(start, range(5, 6)))
    killed = {
        "DATA_DIR": str(tmp_path / "one"),
        "LAKE": lake_url,
        "BUS": kafka_url,
        "ENGINE": spark_connect.url,
        "BULK_FROM": "1",
    }
    environment = {**os.environ, **{f"ADMETRICS_{name}": value for name, value in killed.items()}}
    done = subprocess.run(
        [sys.executable, "-c", KILLED_BEFORE_THE_COMMIT], env=environment, capture_output=True, check=False, timeout=200
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert pipeline.checkpoints.states([start])[start].in_doubt == 1
    pipeline.lake.append([attrs.evolve(moved_back, job=0)])
    assert pipeline.roll_up().published == 1
    assert_right(pipeline, start, 5)


def test_a_broker_that_does_not_answer_is_an_outage_and_the_next_tick_makes_the_table_right(open_with, local):
    start = DAY + timedelta(days=3)
    pipeline = open_with(local, bulk_from=1)
    pipeline.lake.append(clicks(start, range(5)))
    assert isinstance(pipeline.bulk, SparkBulk)
    topic = pipeline.bulk._sink
    assert isinstance(topic, Topic)
    nowhere = attrs.evolve(topic.url, servers=(Server("127.0.0.1", free_port()),))
    nobody = attrs.evolve(topic, url=nowhere, patience=timedelta(seconds=1))
    pipeline.bulk._sink = nobody
    with pytest.raises(TransientError, match=r"Spark at local\[2\] did not get an answer from Kafka"):
        pipeline.roll_up()
    assert pipeline.bus.lag() == 0
    assert pipeline.checkpoints.states([start])[start].in_doubt == 1
    pipeline.bulk._sink = topic
    pipeline.roll_up()
    assert_right(pipeline, start, 5)


def test_what_is_published_is_what_was_claimed(open_with, local):
    """Whatever reached the lake in between; and rows that differ from what was claimed are an error."""
    start = DAY + timedelta(days=4)
    pipeline = open_with(local, bulk_from=1)
    assert pipeline.bulk is not None
    pipeline.lake.append(clicks(start, range(5)))

    found = pipeline.bulk.recompute([start], version=1, source="Cassandra", dimensions=MemoryDimensions())
    pipeline.lake.append(clicks(start, range(5, 9)))
    found.publish(found.digests)
    assert [row.measures.clicks for row in pipeline.bus.poll(at_most=9).rows] == [5]

    others = attrs.evolve(found, digests=dict.fromkeys(found.digests, VANISHED))
    with pytest.raises(TransientError, match="lost the rows before they were published"):
        others.publish(others.digests)
    assert pipeline.bus.lag() == 1

    later = pipeline.bulk.recompute([start], version=2, source="Cassandra", dimensions=MemoryDimensions())
    assert later.digests.keys() == found.digests.keys()
    assert later.digests != found.digests, "each reads the lake"


def test_hours_without_events_have_no_cells_and_what_they_had_vanishes(open_with, local):
    start = DAY + timedelta(days=5)
    pipeline = open_with(local, bulk_from=1)
    assert pipeline.bulk is not None
    found = pipeline.bulk.recompute([start], version=4, source="Cassandra", dimensions=MemoryDimensions())
    assert found.digests == {}
    cell = Cell(start, 1, 2, 0, 0)
    found.publish([cell])
    assert pipeline.bus.poll(at_most=9).rows == [Row(cell, ZERO, None, 4, "Cassandra")]


def test_a_broker_with_tls_and_passwords_is_written_to(open_with, local, secure_kafka: SecureKafka, topic, heard):
    start = DAY + timedelta(days=6)
    ca = f"?ca={secure_kafka.certificates.authority}"
    pipeline = open_with(local, bulk_from=1, bus=f"{secure_kafka.url}/{topic}{ca}")
    pipeline.lake.append(clicks(start, range(5)))
    assert isinstance(pipeline.bulk, SparkBulk)
    known = pipeline.bulk._sink
    assert isinstance(known, Topic)
    pipeline.bulk._sink = attrs.evolve(known, url=attrs.evolve(known.url, password="wrong"))
    with pytest.raises(PermanentError, match="may not write to the topic of the bus") as raised:
        pipeline.roll_up()
    assert secure_kafka.password not in str(raised.value)
    pipeline.bulk._sink = known
    pipeline.roll_up()
    assert_right(pipeline, start, 5)
    ready = pipeline.bulk._spark._ready
    assert ready is not None
    hidden = re.compile(ready.session.conf.get("spark.sql.redaction.options.regex") or "")
    assert {name for name in known.writing() if hidden.search(name)} == {"kafka.sasl.jaas.config"}
    assert secure_kafka.password not in heard()


def test_a_process_that_has_spark_elsewhere_is_told_so(open_with, local):
    with pytest.raises(
        ConfigurationError, match=r"has Spark at local\[2\] already, so it cannot open Spark at local\[1\]"
    ):
        open_with("local[1]").engine.fold({})
