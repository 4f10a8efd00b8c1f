from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from admetrics.adapters.kafka.url import KafkaUrl, Server
from admetrics.domain.errors import ConfigurationError

names = st.text("abcXYZ019._-", min_size=1, max_size=20).filter(lambda text: text not in (".", ".."))
ports = st.integers(1, 65_535)
secrets = st.text(min_size=1, max_size=20)


def test_a_short_url_is_enough():
    url = KafkaUrl.parse("kafka://broker/events")
    assert url == KafkaUrl(servers=(Server("broker", 9092),), topic="events")
    assert url.options() == {"bootstrap_servers": ["broker:9092"], "security_protocol": "PLAINTEXT"}


def test_everything_can_be_said():
    url = KafkaUrl.parse(
        "kafka://user:secret@one:9093,[::1]:9094/raw_events?security=sasl_ssl&mechanism=scram-sha-256&ca=/etc/ca.pem"
        "&certificate=/etc/own.pem&key=/etc/own.key&group=ours&partitions=12&replication=3&retention=36h"
    )
    assert url == KafkaUrl(
        servers=(Server("one", 9093), Server("::1", 9094)),
        topic="raw_events",
        security="sasl_ssl",
        user="user",
        password="secret",
        mechanism="SCRAM-SHA-256",
        ca=Path("/etc/ca.pem"),
        certificate=Path("/etc/own.pem"),
        key=Path("/etc/own.key"),
        group="ours",
        partitions=12,
        replication=3,
        retention=timedelta(hours=36),
    )
    assert url.options() == {
        "bootstrap_servers": ["one:9093", "[::1]:9094"],
        "security_protocol": "SASL_SSL",
        "ssl_cafile": "/etc/ca.pem",
        "ssl_certfile": "/etc/own.pem",
        "ssl_keyfile": "/etc/own.key",
        "sasl_mechanism": "SCRAM-SHA-256",
        "sasl_plain_username": "user",
        "sasl_plain_password": "secret",
    }


@pytest.mark.parametrize(
    "url,security",
    [
        ("kafka://host/t", "plaintext"),
        ("kafka://host/t?ca=/ca.pem", "ssl"),
        ("kafka://user:secret@host/t", "sasl_ssl"),
        ("kafka://user:secret@host/t?security=SASL_PLAINTEXT", "sasl_plaintext"),
    ],
)
def test_a_password_travels_encrypted_unless_the_url_says_otherwise(url, security):
    assert KafkaUrl.parse(url).security == security


@given(secrets, secrets)
@example("us:er", "p@ss/w?rd#,:%")
def test_any_user_and_password_can_be_written(user, password):
    url = KafkaUrl.parse(f"kafka://{quote(user, safe='')}:{quote(password, safe='')}@host/t")
    assert (url.user, url.password) == (user, password)
    assert url.servers == (Server("host", 9092),)


@given(st.lists(st.tuples(names, ports), min_size=1, max_size=3), names)
def test_the_name_is_a_url_of_the_same_topic(servers, topic):
    text = f"kafka://{','.join(f'{host}:{port}' for host, port in servers)}/{topic}"
    url = KafkaUrl.parse(text)
    assert url.name == text
    assert KafkaUrl.parse(url.name) == url


@pytest.mark.parametrize(
    "url,said",
    [
        ("kafka:///t", "write kafka://"),
        ("mysql://host/t", "write kafka://"),
        ("kafka://[::1/t", "write kafka://"),
        ("kafka://host", "no name of a topic"),
        ("kafka://host/", "no name of a topic"),
        ("kafka://host/a/b", "no name of a topic"),
        ("kafka://host/..", "no name of a topic"),
        (f"kafka://host/{'t' * 250}", "no name of a topic"),
        ("kafka://host:0/t", "hosts and ports"),
        ("kafka://host:99999/t", "hosts and ports"),
        ("kafka://host:port/t", "hosts and ports"),
        ("kafka://one,,two/t", "hosts and ports"),
        ("kafka://host/t?colour=red", "no parameter 'colour': known are ca, certificate, group, key, mechanism, "),
        ("kafka://host/t?security=tls", "'tls': choose plaintext or ssl or sasl_plaintext or sasl_ssl"),
        ("kafka://u:p@host/t?mechanism=GSSAPI", "'GSSAPI': choose PLAIN or SCRAM-SHA-256 or SCRAM-SHA-512"),
        ("kafka://host/t?partitions=0", "partitions .* a number from 1 to"),
        ("kafka://host/t?partitions=many", "partitions .* a number from 1 to"),
        ("kafka://host/t?replication=101", "replication .* a number from 1 to 100"),
        ("kafka://host/t?retention=1week", "write e.g. 36h or 7d"),
        ("kafka://host/t?group=", "group .* is empty"),
        ("kafka://host/t?ca=", "names no file"),
        ("kafka://host/t?key=/k.pem", "add certificate=FILE"),
        ("kafka://user:secret@host/t?security=ssl", "names a user, but security=ssl does not log in"),
        ("kafka://host/t?security=sasl_ssl", "needs a user and a password"),
        ("kafka://user@host/t", "needs a user and a password"),
    ],
)
def test_what_is_wrong_is_said(url, said):
    with pytest.raises(ConfigurationError, match=said):
        KafkaUrl.parse(url)


@pytest.mark.parametrize(
    "url",
    [
        "kafka://user:top-secret@host/t",
        "kafka://user:top-secret@host:bad/t",
        "kafka://user:top-secret@/t",
        "kafka://user:top@secret@host/t",
        "kafka://user:top/secret@host/t",
        "kafka://user:123/secret@host/t",
        "kafka://user:123?secret@host/t",
        "kafka://user:top?secret@host/t",
        "kafka://user:top#secret@host/t",
        "kafka://user:top-secret@host/t?security=ssl",
        "kafka://user:top-secret@host/t?partitions=x",
    ],
)
def test_the_password_is_never_shown(url):
    try:
        shown = repr(KafkaUrl.parse(url)) + KafkaUrl.parse(url).name
    except ConfigurationError as error:
        shown = f"{error}"
    assert "secret" not in shown
