import pytest

from admetrics.adapters.kafka.source import KafkaSource
from admetrics.testing.contracts.source import LastingSourceContract
from tests.servers import Kafka


@pytest.fixture
def open_source():
    """Opens sources; all are closed in the end."""
    opened = []

    def open_new(url):
        opened.append(KafkaSource(url))
        return opened[-1]

    yield open_new
    for source in opened:
        source.close()


class TestKafkaSource(LastingSourceContract):
    examples = 8

    @pytest.fixture
    def urls(self):
        """The URL of each source that was made."""
        return {}

    @pytest.fixture
    def make_source(self, kafka: Kafka, new_topic, open_source, urls):
        def make(lines):
            topic = new_topic()
            source = open_source(f"{kafka.url}/{topic}?partitions=3")
            kafka.send(topic, lines)
            urls[source] = f"{kafka.url}/{topic}"
            return source

        return make

    @pytest.fixture
    def reopen(self, open_source, urls):
        def open_again(source):
            again = open_source(urls[source])
            urls[again] = urls[source]
            return again

        return open_again
