"""The server: at the address that it names, until it is told to end."""

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import urlsplit

import pytest

from admetrics.domain.errors import PermanentError
from admetrics.interfaces.web.app import live_app
from admetrics.interfaces.web.server import Server, is_loopback


@pytest.fixture
def app(site):
    return live_app(site.figures, local=True)


def ask(url: str, target: bytes, host: str | None = None) -> tuple[int, str]:
    """Send a request as it is: no client library fixes its target."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 0, timeout=30)
    try:
        connection.putrequest("GET", "/", skip_host=True)
        connection._buffer[0] = b"GET " + target + b" HTTP/1.1"  # type: ignore[attr-defined]
        connection.putheader("Host", host or address.netloc)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


def test_it_serves_at_its_address_and_then_no_more(app):
    with Server(app, host="127.0.0.1", port=0) as server:
        assert ask(server.url, b"/")[0] == 200
        assert ask(server.url, b"/", host="evil.example")[0] == 400
    with pytest.raises(ConnectionRefusedError):
        ask(server.url, b"/")


@pytest.mark.parametrize(
    "target",
    [
        b"/?company=\xff\xfe", b"/?%", b"/?%zz=1", b"/?=&&==", b"/?job=%00", b"/?job[]=1", b"/?" + b"a" * 9000,
        b"/?by=job%0d%0aX-Evil:%201", b"/figures.csv?from=%F0%9F%98%80", b"/?last=7d&last=7d", b"/?job=1e3",
    ],
)  # fmt: skip
def test_a_hostile_target_is_refused_cleanly(app, target):
    with Server(app, host="127.0.0.1", port=0) as server:
        status, text = ask(server.url, target)
        assert (status, "Traceback" in text) == (400, False)
        assert ask(server.url, b"/")[0] == 200


def test_a_port_that_is_taken_is_named(app):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PermanentError, match=f"cannot serve at 127.0.0.1:{port}: Address already in use; choose"):
            Server(app, host="127.0.0.1", port=port)


def test_an_address_that_is_not_ours_is_named(app):
    with pytest.raises(PermanentError, match=r"cannot serve at 192\.0\.2\.1:0"):
        Server(app, host="192.0.2.1", port=0)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.2", "127.1", "localhost", "LOCALHOST", "::1", "0:0:0:0:0:0:0:1"]
)
def test_the_loopback_is_known_in_every_spelling(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "no such name", "127.0.0.1.invalid"])
def test_others_may_reach_any_other_address(host):
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "host", ["127.0.0.2", "LOCALHOST:{port}", "127.1:{port}", "[0:0:0:0:0:0:0:1]:{port}", "localhost."]
)
def test_the_page_is_shown_under_every_name_of_the_loopback(app, host):
    with Server(app, host="127.0.0.1", port=0) as server:
        assert ask(server.url, b"/", host=host.format(port=urlsplit(server.url).port))[0] == 200


@contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        yield connection


def is_closed(connection: socket.socket) -> bool:
    """Wait for the other side's end."""
    with suppress(ConnectionError):
        while connection.recv(65536):
            pass
    return True


def test_a_head_without_end_is_cut_off(app):
    """Headers were once taken as long as they came: 200 MB of them."""
    with Server(app, host="127.0.0.1", port=0) as server, connected(server) as connection:
        sent = 0
        with suppress(ConnectionError):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
            while sent < 65_000_000:
                connection.sendall(b"X: " + b"a" * 65_000 + b"\r\n")
                sent += 65_000
        assert is_closed(connection)
        assert sent < 50_000_000, "the buffers of the sockets alone take some"
        assert ask(server.url, b"/")[0] == 200


@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "])
def test_a_request_that_does_not_come_is_not_waited_for(app, monkeypatch, begun):
    monkeypatch.setattr("admetrics.interfaces.web.server._SECONDS_FOR_A_REQUEST", 0.2)
    with Server(app, host="127.0.0.1", port=0) as server, connected(server) as connection:
        connection.sendall(begun)
        assert is_closed(connection)


def test_a_second_request_has_no_more_time_than_the_first(app, monkeypatch):
    monkeypatch.setattr("admetrics.interfaces.web.server._SECONDS_FOR_A_REQUEST", 0.2)
    with Server(app, host="127.0.0.1", port=0) as server, connected(server) as connection:
        connection.sendall(b"GET /assets/none HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 404")
        connection.sendall(b"GET / HT")
        assert is_closed(connection)


def test_a_response_that_nobody_takes_is_given_up(app, monkeypatch):
    monkeypatch.setattr("admetrics.interfaces.web.server._SECONDS_TO_TAKE_MORE", 0.2)
    with Server(app, host="127.0.0.1", port=0) as server, connected(server) as connection:
        with suppress(ConnectionError):
            for _ in range(40):
                connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        until = time.monotonic() + 30
        while server._server.server_state.connections and time.monotonic() < until:
            time.sleep(0.05)
        assert not server._server.server_state.connections


def test_idle_connections_keep_nobody_out(app):
    with Server(app, host="127.0.0.1", port=0) as server, ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(connected(server)).sendall(b"GET / HTTP/1.1\r\nX: ")
        assert ask(server.url, b"/")[0] == 200


def test_connections_have_a_limit(app, monkeypatch):
    monkeypatch.setattr("admetrics.interfaces.web.server._MOST_CONNECTIONS", 1)
    with Server(app, host="127.0.0.1", port=0) as server, connected(server), connected(server) as one_more:
        assert is_closed(one_more)


def test_it_ends_while_requests_are_under_way(app, caplog):
    with Server(app, host="127.0.0.1", port=0) as server, ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(connected(server)).sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert "Traceback" not in caplog.text
