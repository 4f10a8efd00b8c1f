from datetime import timedelta

import attrs
import pytest

from admetrics.adapters.kafka.spark import Topic
from admetrics.adapters.kafka.url import KafkaUrl, Server
from admetrics.domain.errors import InputError


def topic(**others) -> Topic:
    return Topic(KafkaUrl(servers=(Server("one", 9092), Server("::1", 9093)), topic="events", **others))


def test_every_message_is_confirmed_by_all_replicas_once_and_in_order():
    assert attrs.evolve(topic(), patience=timedelta(seconds=30)).writing() == {
        "topic": "events",
        "kafka.bootstrap.servers": "one:9092,[::1]:9093",
        "kafka.security.protocol": "PLAINTEXT",
        "kafka.acks": "all",
        "kafka.enable.idempotence": "true",
        "kafka.compression.type": "zstd",
        "kafka.linger.ms": "20",
        "kafka.batch.size": "131072",
        "kafka.request.timeout.ms": "10000",
        "kafka.delivery.timeout.ms": "30000",
        "kafka.max.block.ms": "30000",
    }


def test_a_read_names_the_topic_and_nothing_that_is_secret():
    found = topic(security="sasl_ssl", user="me", password="top-secret")
    assert found.reading() == {"kafka.bootstrap.servers": "one:9092,[::1]:9093", "subscribe": "events"}


@pytest.mark.parametrize(
    "mechanism,module",
    [("PLAIN", "plain.PlainLoginModule"), ("SCRAM-SHA-512", "scram.ScramLoginModule")],
)
def test_user_and_password_are_passed_on_and_the_password_is_not_shown(mechanism, module):
    found = topic(security="sasl_ssl", mechanism=mechanism, user="me", password='top"sec\\ret')
    options = found.writing()
    assert options["kafka.security.protocol"] == "SASL_SSL"
    assert options["kafka.sasl.mechanism"] == mechanism
    login = f'org.apache.kafka.common.security.{module} required username="me" password="top\\"sec\\\\ret";'
    assert options["kafka.sasl.jaas.config"] == login
    assert "sec" not in repr(found).replace("security", "").replace("seconds", "")


def test_certificates_travel_themselves_because_executors_cannot_read_files_of_this_machine(tmp_path):
    for name in ("ca", "certificate", "key"):
        (tmp_path / name).write_text(f"the {name}")
    options = topic(ca=tmp_path / "ca", certificate=tmp_path / "certificate", key=tmp_path / "key").writing()
    assert options["kafka.ssl.truststore.certificates"] == "the ca"
    assert options["kafka.ssl.keystore.certificate.chain"] == "the certificate"
    assert options["kafka.ssl.keystore.key"] == "the key"
    assert options["kafka.ssl.truststore.type"] == options["kafka.ssl.keystore.type"] == "PEM"
    both = topic(certificate=tmp_path / "certificate").writing()
    assert both["kafka.ssl.keystore.key"] == "the certificate", "one file may hold both"


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(InputError, match=r"cannot read the certificates of the bus in .*missing"):
        topic(ca=tmp_path / "missing").writing()
