import time

import pytest

from admetrics.adapters.kafka.bus import KafkaBus
from admetrics.testing.contracts.bus import BusContract
from admetrics.testing.examples import HandClock
from tests.servers import Kafka


@pytest.fixture
def open_bus(kafka_url):
    """Opens the bus of the test, as often as asked; all are closed in the end."""
    opened = []

    def open_again():
        opened.append(KafkaBus(kafka_url, clock=HandClock()))
        return opened[-1]

    yield open_again
    for bus in opened:
        bus.close()


class TestKafkaBus(BusContract):
    examples = 10

    @pytest.fixture
    def bus(self, open_bus):
        return open_bus()

    @pytest.fixture
    def reopen(self, bus, open_bus):
        return open_bus

    @pytest.fixture
    def put_raw(self, kafka: Kafka, topic):
        with kafka.producer() as producer:
            yield lambda data: producer.send(topic, value=data).get(30)


def test_messages_age_by_the_clock_of_the_broker(kafka: Kafka, topic, open_bus):
    """A producer whose clock is years behind would see its messages deleted at once, as older than the retention."""
    open_bus()
    years_ago = 1_500_000_000_000
    with kafka.producer() as producer:
        sent = producer.send(topic, value=b"{}", timestamp_ms=years_ago).get(30)
    assert abs(sent.timestamp / 1000 - time.time()) < 600
