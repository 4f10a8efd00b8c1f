"""The bulk path is put together of what engine, lake and bus offer; no server is asked."""

from contextlib import ExitStack
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from admetrics.adapters.cassandra.cluster import CassandraKeyspace
from admetrics.adapters.cassandra.lake import CassandraLake
from admetrics.adapters.cassandra.url import CassandraUrl
from admetrics.adapters.kafka.bus import KafkaBus
from admetrics.adapters.kafka.url import KafkaUrl
from admetrics.adapters.memory.clock import ManualClock
from admetrics.bootstrap.opening import Opening
from admetrics.bootstrap.pipeline import _bulk
from admetrics.configuration import Settings
from admetrics.domain.rollup.minutes import ALL_MINUTES, MinuteSet

HOUR = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("engine", ["auto", "local[2]"])
def test_spark_writes_to_the_topic_of_the_bus_what_it_reads_from_the_table_of_the_lake(engine, monkeypatch):
    urls = {"lake": "cassandra://host/figures?local_dc=paris", "bus": "kafka://one:9092/topic", "engine": engine}
    bus: Any = object.__new__(KafkaBus)
    bus._connection = SimpleNamespace(url=KafkaUrl.parse(urls["bus"]))
    monkeypatch.setattr("admetrics.adapters.cassandra.lake.prepare", lambda *_: None)
    monkeypatch.setattr("admetrics.adapters.cassandra.lake.ArrivalIndex", lambda *_, **__: None)
    monkeypatch.setattr(CassandraLake, "estimate", lambda _self, minutes: minutes)
    with ExitStack() as stack:
        opening = Opening(Settings(**urls), ManualClock(HOUR), stack, may_create=True)
        keyspace: Any = SimpleNamespace(url=CassandraUrl.parse(urls["lake"]), table=str)
        opening._shared[CassandraKeyspace.open, urls["lake"]] = keyspace
        opening._parts["bus"] = bus
        bulk: Any = _bulk(opening, 7)
    assert bulk._events_from == 7
    assert bulk._sink.reading() == {"kafka.bootstrap.servers": "one:9092", "subscribe": "topic"}
    assert bulk._estimate({HOUR: MinuteSet.of(3)}) == {HOUR: ALL_MINUTES}, "an hour that nobody knows is read whole"
    source = bulk._spark.events
    assert (source.format, source.options["keyspace"]) == ("org.apache.spark.sql.cassandra", "figures")
    assert source.options["spark.cassandra.connection.localDC"] == "paris"
    assert source.partitions == opening.part("lake").partitions
