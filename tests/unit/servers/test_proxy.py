import socket
import threading
import time

import pytest

from tests.servers import Proxy
from tests.servers.server import HOST


@pytest.fixture
def echo():
    """A server that answers what it is told; its port."""
    listener = socket.create_server((HOST, 0))
    threads = []

    def answer(connection):
        with connection:
            while data := connection.recv(1000):
                connection.sendall(data)

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=answer, args=[connection]))
            threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for thread in [accepting, *threads]:
        thread.join(10)


@pytest.fixture
def proxy(echo):
    with Proxy(echo) as running:
        yield running


@pytest.fixture
def client(proxy):
    with socket.create_connection((proxy.host, proxy.port), timeout=5) as connection:
        yield connection


def said(connection: socket.socket, data: bytes = b"hello") -> bytes:
    """Say something, and return the answer; nothing if the connection is broken."""
    try:
        connection.sendall(data)
        return connection.recv(1000)
    except ConnectionError:
        return b""


def test_it_passes_everything_on(client):
    assert said(client) == b"hello"


def test_a_cut_breaks_connections_and_refuses_new_ones_until_it_is_mended(proxy, client):
    proxy.cut()
    assert said(client) == b""
    with socket.create_connection((proxy.host, proxy.port), timeout=5) as refused:
        assert said(refused) == b""
    proxy.fix()
    with socket.create_connection((proxy.host, proxy.port), timeout=5) as accepted:
        assert said(accepted) == b"hello"


def test_a_cut_can_wait_for_an_answer(proxy, client):
    proxy.cut_after(8)
    assert said(client) == b"hello"
    assert said(client) == b""
    with socket.create_connection((proxy.host, proxy.port), timeout=5) as accepted:
        assert said(accepted) == b"hello"


def test_dropped_bytes_are_never_answered(proxy, client):
    proxy.drop()
    client.settimeout(0.3)
    with pytest.raises(TimeoutError):
        said(client)
    proxy.fix()
    assert said(client) == b""


def test_delayed_bytes_arrive_late(proxy, client):
    proxy.delay(0.2)
    started = time.monotonic()
    assert said(client) == b"hello"
    assert time.monotonic() - started >= 0.4
    proxy.fix()
