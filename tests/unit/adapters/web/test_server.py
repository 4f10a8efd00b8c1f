"""The server: at the address that it names, until it is told to end."""

import http.client
import socket
from urllib.parse import urlsplit

import pytest

from admetrics.adapters.web.app import live_app
from admetrics.adapters.web.server import Server, hosts_of
from admetrics.domain.errors import PermanentError


@pytest.fixture
def app(site):
    return live_app(site.figures, hosts=hosts_of("127.0.0.1"))


def ask(url: str, target: bytes, host: str | None = None) -> tuple[int, str]:
    """Send a request as it is: no client library mends its target."""
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


def test_only_the_loopback_has_names_of_its_own():
    assert hosts_of("127.0.0.1") == hosts_of("localhost") == frozenset({"127.0.0.1", "[::1]", "localhost"})
    assert hosts_of("0.0.0.0") is None
