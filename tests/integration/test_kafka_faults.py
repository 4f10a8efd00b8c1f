"""What happens when brokers are away, refuse, or hold what they should not."""

import gc
import time
from datetime import timedelta

import pytest

from admetrics.adapters.kafka.bus import KafkaBus
from admetrics.adapters.kafka.dead_letters import KafkaDeadLetters
from admetrics.adapters.kafka.source import KafkaSource
from admetrics.domain.errors import ConfigurationError, LayoutError, PermanentError, TransientError
from admetrics.domain.rollup.row import Row
from admetrics.testing.examples import HandClock
from tests.integration.rows import row
from tests.servers import Kafka, ProxiedKafka, SecureKafka, eventually, free_port

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # kafka-python, for each failed connection

_PATIENCE = timedelta(seconds=4)
_BOUND = 3 * _PATIENCE.total_seconds()


@pytest.fixture(autouse=True)
def collect_what_the_driver_left():
    """Its unclosed sockets warn here, where that is expected, and not in another test."""
    yield
    gc.collect()


@pytest.fixture
def opened():
    """Everything that a test opens, to be closed in the end."""
    things: list = []
    yield things
    for thing in things:
        thing.close()


@pytest.fixture
def open_bus(opened):
    def open_one(url):
        opened.append(KafkaBus(url, clock=HandClock(), patience=_PATIENCE))
        return opened[-1]

    return open_one


def drained(bus: KafkaBus) -> set[Row]:
    found: set[Row] = set()
    while (delivery := bus.poll(at_most=100)).rows:
        found |= set(delivery.rows)
        bus.commit(delivery)
    return found


class TestOutages:
    def test_confirmed_rows_survive_a_killed_broker(self, own_kafka: Kafka, new_topic, open_bus):
        bus = open_bus(f"{own_kafka.url}/{new_topic()}")
        rows = {row(job) for job in range(1, 501)}
        bus.publish(sorted(rows, key=lambda each: each.cell))
        own_kafka.kill()
        own_kafka.start()
        assert drained(bus) == rows

    def test_without_a_broker_every_call_fails_in_time_and_works_again_later(
        self, own_kafka: Kafka, new_topic, open_bus
    ):
        bus = open_bus(f"{own_kafka.url}/{new_topic()}")
        bus.publish([row(1), row(2)])
        delivery = bus.poll(at_most=100)
        own_kafka.stop()
        try:
            for call in (
                lambda: bus.publish([row(3)]),
                lambda: bus.poll(at_most=100),
                lambda: bus.commit(delivery),
                bus.end_offset,
                bus.lag,
            ):
                started = time.monotonic()
                with pytest.raises(TransientError, match=r"127\.0\.0\.1"):
                    call()
                assert time.monotonic() - started < _BOUND
            bus.rewind()  # must not fail: it is what callers do about a failure
        finally:
            own_kafka.start()
        bus.publish([row(3)])
        assert drained(bus) == {row(1), row(2), row(3)}
        assert bus.lag() == 0

    def test_a_frozen_broker_is_noticed(self, own_kafka: Kafka, new_topic, open_bus):
        bus = open_bus(f"{own_kafka.url}/{new_topic()}")
        own_kafka.pause()
        try:
            with pytest.raises(TransientError):
                bus.publish([row(1)])
            with pytest.raises(TransientError):
                bus.poll(at_most=1)
        finally:
            own_kafka.resume()
        bus.publish([row(2)])
        assert row(2) in drained(bus)

    def test_a_poll_that_fails_moves_nothing(self, own_kafka: Kafka, new_topic, opened):
        topic = new_topic()
        source = KafkaSource(f"{own_kafka.url}/{topic}?partitions=1", patience=_PATIENCE)
        opened.append(source)
        with own_kafka.producer() as producer:
            for number in range(6):
                producer.send(topic, value=b"%d" % number).get(30)
        assert source.poll(at_most=2).chunks[0].lines == [b"0", b"1"]
        own_kafka.stop()
        try:
            with pytest.raises(TransientError):
                source.poll(at_most=2)
        finally:
            own_kafka.start()
        assert source.poll(at_most=2).chunks[0].lines == [b"2", b"3"]
        source.rewind()
        assert source.poll(at_most=10).chunks[0].lines == [b"%d" % number for number in range(6)]

    def test_a_connection_that_breaks_is_made_again(self, new_topic, open_bus):
        with ProxiedKafka() as kafka, kafka.proxy as proxy:
            bus = open_bus(f"{kafka.url}/{new_topic()}")
            bus.publish([row(1)])
            proxy.cut()
            proxy.fix()
            bus.publish([row(2)])
            proxy.cut()
            proxy.fix()
            assert drained(bus) == {row(1), row(2)}
            proxy.drop()
            with pytest.raises(TransientError):
                bus.publish([row(3)])
            proxy.fix()
            bus.publish([row(4)])
            assert {row(1), row(2), row(4)} - drained(bus) == {row(1), row(2)}
            bus.close()


class TestConfirmation:
    def test_a_row_that_is_refused_is_not_confirmed(self, kafka: Kafka, topic, open_bus):
        _create(kafka, topic, {"cleanup.policy": "delete", "max.message.bytes": "20"})
        bus = open_bus(f"{kafka.url}/{topic}")
        with pytest.raises(PermanentError, match=r"raise max\.message\.bytes"):
            bus.publish([row(1)])
        assert bus.lag() == 0


class TestTopics:
    def test_a_compacted_topic_is_no_bus(self, kafka: Kafka, topic, open_bus):
        _create(kafka, topic, {"cleanup.policy": "compact"})
        with pytest.raises(LayoutError, match=f"{topic} is a compacted topic: .* which need not be its newest version"):
            open_bus(f"{kafka.url}/{topic}")

    def test_a_topic_that_forgets_holds_no_dead_letters(self, kafka: Kafka, topic):
        _create(kafka, topic, {"cleanup.policy": "delete"})
        with pytest.raises(LayoutError, match=f"{topic} is not a compacted topic"):
            KafkaDeadLetters(f"{kafka.url}/{topic}")

    def test_a_missing_topic_is_made_as_the_url_says(self, kafka: Kafka, topic, open_bus):
        open_bus(f"{kafka.url}/{topic}?partitions=3&retention=36h")
        admin = kafka.admin()
        try:
            (described,) = admin.describe_topics([topic])
            configuration = _configuration(admin, topic)
        finally:
            admin.close()
        assert len(described["partitions"]) == 3
        assert configuration["cleanup.policy"] == "delete"
        assert configuration["retention.ms"] == str(36 * 3600 * 1000)

    def test_partitions_that_are_added_are_read_and_marked(self, kafka: Kafka, topic, open_bus):
        bus = open_bus(f"{kafka.url}/{topic}?partitions=1")
        bus.publish([row(1)])
        assert drained(bus) == {row(1)}
        admin = kafka.admin()
        admin.create_partitions({topic: 3})
        admin.close()
        assert eventually(lambda: len(bus.end_offset()) == 3)
        before = bus.end_offset()
        late = open_bus(f"{kafka.url}/{topic}")  # its producer knows the new partitions
        rows = {row(job) for job in range(2, 40)}
        late.publish(sorted(rows, key=lambda each: each.cell))
        mark = bus.end_offset()
        assert mark != before
        assert sum(1 for end in mark.values() if end) == 3
        assert not bus.passed(mark)
        assert drained(bus) == rows
        assert bus.passed(mark)

    def test_messages_deleted_before_they_were_read_are_reported(self, kafka: Kafka, topic, open_bus, caplog):
        bus = open_bus(f"{kafka.url}/{topic}?partitions=1")
        bus.publish([row(1)])
        bus.commit(bus.poll(at_most=1))
        bus.publish([row(job) for job in range(2, 7)])
        admin = kafka.admin()
        from kafka import TopicPartition

        admin.delete_records({TopicPartition(topic, 0): 4})
        admin.close()
        assert drained(bus) == {row(5), row(6)}
        assert "has deleted 3 messages before they were read" in caplog.text

    def test_a_topic_that_was_made_again_is_read_from_its_beginning(self, kafka: Kafka, topic, open_bus):
        bus = open_bus(f"{kafka.url}/{topic}?partitions=1")
        bus.publish([row(1), row(2), row(3)])
        assert drained(bus) == {row(1), row(2), row(3)}
        admin = kafka.admin()
        admin.delete_topics([topic])
        assert eventually(lambda: not admin.describe_topics([topic])[0]["partitions"])
        admin.close()
        again = open_bus(f"{kafka.url}/{topic}?partitions=1")
        again.publish([row(4)])
        assert drained(bus) == {row(4)}
        assert drained(again) == set()
        assert again.lag() == 0

    def test_what_a_transaction_took_back_is_not_read(self, kafka: Kafka, topic, opened):
        source = KafkaSource(f"{kafka.url}/{topic}?partitions=1")
        opened.append(source)
        with kafka.producer(transactional_id=topic) as producer:
            producer.init_transactions()
            producer.begin_transaction()
            producer.send(topic, value=b"taken back").get(30)
            producer.abort_transaction()
            producer.begin_transaction()
            producer.send(topic, value=b"kept")
            producer.commit_transaction()
        assert source.lag() >= 2  # marks of transactions count too
        batch = source.poll(at_most=10)
        assert [line for chunk in batch.chunks for line in chunk.lines] == [b"kept"]
        assert source.lag() == 0


class TestGroups:
    def test_a_committed_position_never_goes_back(self, kafka: Kafka, topic, open_bus):
        slow, fast = (open_bus(f"{kafka.url}/{topic}?partitions=1") for _ in range(2))
        slow.publish([row(job) for job in range(1, 6)])
        behind = slow.poll(at_most=2)
        assert len(drained(fast)) == 5
        slow.commit(behind)
        assert slow.lag() == 0

    def test_groups_do_not_share_a_position(self, kafka: Kafka, topic, open_bus):
        one = open_bus(f"{kafka.url}/{topic}?group=one")
        two = open_bus(f"{kafka.url}/{topic}?group=two")
        one.publish([row(1)])
        assert drained(one) == {row(1)}
        assert two.lag() == 1
        assert drained(two) == {row(1)}

    def test_a_group_of_subscribers_is_refused(self, kafka: Kafka, topic, open_bus):
        from kafka import KafkaConsumer

        bus = open_bus(f"{kafka.url}/{topic}")
        bus.publish([row(1)])
        subscriber = KafkaConsumer(
            bootstrap_servers=f"{kafka.host}:{kafka.port}",
            group_id=topic,
            enable_auto_commit=False,  # what it has committed, the other one would not poll
        )
        assert subscriber.partitions_for_topic(topic)
        subscriber.subscribe([topic])
        other = open_bus(f"{kafka.url}/{topic}?group={topic}")
        try:
            assert eventually(lambda: subscriber.poll(100) or subscriber.assignment())
            with pytest.raises(PermanentError, match="name another one by group="):
                other.commit(next(filter(lambda found: found.rows, (other.poll(at_most=1) for _ in range(20)))))
        finally:
            subscriber.close()


@pytest.fixture
def address(secure_kafka: SecureKafka, kafka: Kafka):
    """Fills the places of servers and files into a URL."""
    return lambda url: url.format(
        host=f"127.0.0.1:{secure_kafka.port}",
        plain=f"127.0.0.1:{kafka.port}",
        nobody=free_port(),
        ca=secure_kafka.certificates.authority,
    )


class TestSecurity:
    def test_rows_travel_over_tls_with_a_password(self, secure_kafka: SecureKafka, topic, open_bus):
        bus = open_bus(f"{secure_kafka.url}/{topic}?ca={secure_kafka.certificates.authority}")
        bus.publish([row(1)])
        assert drained(bus) == {row(1)}

    @pytest.mark.parametrize(
        "url,error,said",
        [
            ("kafka://user:wrong-one@{host}/t?ca={ca}", PermanentError, "refuses the user name or the password"),
            ("kafka://nobody:top-secret@{host}/t?ca={ca}", PermanentError, "refuses the user name or the password"),
            ("kafka://user:top-secret@{host}/t?ca={ca}&mechanism=PLAIN", PermanentError, "another mechanism="),
            ("kafka://user:top-secret@{host}/t", PermanentError, "not trusted .* authority by ca="),
            ("kafka://user:top-secret@{host}/t?ca=/no/such/file", ConfigurationError, "No such file"),
            ("kafka://{host}/t", PermanentError, "answers with something else than Kafka: .* security="),
            ("kafka://user:top-secret@127.0.0.1:{nobody}/t?ca={ca}", TransientError, "does not answer"),
            ("kafka://user:top-secret@no-such-host.invalid/t?ca={ca}", TransientError, "does not answer"),
            ("kafka://user:top-secret@{plain}/t?ca={ca}", PermanentError, "does not speak TLS"),
            ("kafka://user:top-secret@{plain}/t?security=sasl_plaintext", PermanentError, "not let anybody log in"),
        ],
    )
    def test_what_is_wrong_is_said_without_the_secret(self, address, heard, url, error, said):
        started = time.monotonic()
        with pytest.raises(error, match=said) as raised:
            KafkaBus(address(url), clock=HandClock(), patience=_PATIENCE)
        assert time.monotonic() - started < _BOUND
        shown = f"{raised.value}{raised.value!r}{heard()}"
        assert not any(secret in shown for secret in ("top-secret", "wrong-one", "nobody:", "user:"))


def _create(kafka: Kafka, topic: str, configuration: dict[str, str]) -> None:
    admin = kafka.admin()
    try:
        admin.create_topics({topic: {"num_partitions": 1, "configs": configuration}}, wait_for_metadata=True)
    finally:
        admin.close()


def _configuration(admin, topic: str) -> dict[str, str]:
    from kafka.admin import ConfigResource, ConfigResourceType

    found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)], config_filter="all")
    return {name: each["value"] for name, each in found["topic"][topic].items()}
