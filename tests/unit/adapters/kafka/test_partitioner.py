from hypothesis import example, given
from hypothesis import strategies as st
from kafka import partitioner as driver

from admetrics.adapters.kafka.bus import _key
from admetrics.adapters.kafka.partitioner import ByKey, murmur2
from admetrics.testing import strategies as some


class Cluster:
    """What a partitioner of the driver may ask for."""

    def __init__(self, count):
        self._partitions = set(range(count))

    def topics(self):
        return {"rows"}

    def partitions_for_topic(self, topic):
        return self._partitions

    available_partitions_for_topic = partitions_for_topic


def chosen(partitioner, key, count):
    return partitioner.partition("rows", key, key, None, None, Cluster(count))


@given(st.binary(max_size=40) | some.cells().map(_key), st.integers(1, 12))
@example(b"", 3)
@example(b"\xff" * 7, 7)
def test_a_key_goes_where_other_clients_send_it(key, count):
    """Versions of a row stay in one partition, whoever writes them."""
    assert murmur2(key) == driver.murmur2(key)
    assert chosen(ByKey(), key, count) == chosen(driver.DefaultPartitioner(), key, count)
