import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from admetrics.adapters.kafka.preflight import preflight
from admetrics.adapters.kafka.url import KafkaUrl
from admetrics.domain.errors import PermanentError, TransientError
from tests.servers import free_port


@pytest.fixture
def answering() -> Iterator:
    """Starts servers that answer every connection with the same bytes, and hang up; returns their port."""
    listeners = []
    threads = []

    def serve(listener, data):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(1000)
                connection.sendall(data)

    def start(data: bytes) -> int:
        listeners.append(socket.create_server(("127.0.0.1", 0)))
        threads.append(threading.Thread(target=serve, args=[listeners[-1], data]))
        threads[-1].start()
        return listeners[-1].getsockname()[1]

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
    for thread in threads:
        thread.join(10)


def framed(data: bytes) -> bytes:
    return struct.pack(">i", len(data)) + data


GOOD = framed(struct.pack(">ihi", 1, 0, 0))


def url(*ports: int, query: str = "", login: str = "") -> KafkaUrl:
    return KafkaUrl.parse(f"kafka://{login}{','.join(f'127.0.0.1:{port}' for port in ports)}/events{query}")


def test_a_broker_that_answers_is_enough(answering):
    preflight(url(answering(GOOD)), timeout=5)


def test_one_of_several_brokers_is_enough(answering):
    preflight(url(free_port(), answering(GOOD)), timeout=5)


@pytest.mark.parametrize(
    "data",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x15\x03\x03\x00\x02\x02\x50", framed(b""), b"\xff\xff\xff\xff"],
    ids=["http", "tls", "empty", "negative"],
)
def test_another_protocol_is_permanent(answering, data):
    with pytest.raises(PermanentError, match="something else than Kafka"):
        preflight(url(answering(data)), timeout=5)


@pytest.mark.parametrize("data", [b"", GOOD[:-1]], ids=["nothing", "half"])
def test_one_that_hangs_up_is_transient(answering, data):
    with pytest.raises(TransientError, match="hangs up"):
        preflight(url(answering(data)), timeout=5)


def test_nobody_there_is_transient():
    with pytest.raises(TransientError, match="does not answer"):
        preflight(url(free_port()), timeout=5)


def test_one_that_never_answers_is_transient():
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TransientError, match="does not answer"):
        preflight(url(silent.getsockname()[1]), timeout=0.2)


def test_no_tls_where_tls_was_asked_for_is_permanent(answering):
    with pytest.raises(PermanentError, match="does not speak TLS"):
        preflight(url(answering(b"HTTP/1.1 400 Bad Request\r\n\r\n"), query="?security=ssl"), timeout=5)


@pytest.mark.parametrize(
    "code,said",
    [(33, "another mechanism="), (34, "does not let anybody log in"), (58, "refuses the user name or the password")],
)
def test_a_login_that_is_refused_is_permanent(answering, code, said):
    refusal = GOOD + framed(struct.pack(">ihi", 1, code, 0))
    with pytest.raises(PermanentError, match=said) as raised:
        preflight(url(answering(refusal), login="user:secret@", query="?security=sasl_plaintext"), timeout=5)
    assert "secret" not in str(raised.value)


def test_a_permanent_problem_of_one_broker_is_told_first(answering):
    with pytest.raises(PermanentError):
        preflight(url(free_port(), answering(b"HTTP/1.1 400 Bad Request\r\n\r\n"), free_port()), timeout=5)
