"""Knocks at the door of a broker before the driver does, to say at once and exactly what is wrong.

The driver only says that it could not connect, after a while and not why: a broker hangs up right after it refused
a login, and by then the driver has often lost the answer. So the first requests are written by hand here; they are
old and simple (https://kafka.apache.org/protocol: ApiVersions 0, SaslHandshake 1, SaslAuthenticate 0).
"""

import socket
import ssl
import struct
from collections.abc import Callable
from typing import Any, Final

from kafka.errors import NoError, SaslAuthenticationFailedError, for_code
from kafka.net.sasl import get_sasl_mechanism

from admetrics.adapters.kafka.errors import handshake_error, translated
from admetrics.adapters.kafka.url import KafkaUrl, Server
from admetrics.domain.errors import BackendError, ConfigurationError, PermanentError, TransientError

_API_VERSIONS: Final = (18, 0)
_SASL_HANDSHAKE: Final = (17, 1)
_SASL_AUTHENTICATE: Final = (36, 0)
_LARGEST_ANSWER: Final = 2**20
_CLIENT: Final = "admetrics"


def preflight(url: KafkaUrl, *, timeout: float) -> None:
    """Connect to any of the brokers, log in, and hang up.

    Args:
        url: names the brokers.
        timeout: how long each step may take, in seconds.

    Raises:
        TransientError: none of them answers.
        PermanentError: they refuse the certificate, the user or the password, or speak another protocol.
        ConfigurationError: a file of the URL cannot be used.
    """
    context = _context(url) if url.uses_tls else None
    problems: list[BackendError] = []
    for server in url.servers:
        try:
            return _knock_at(server, url, context, timeout)
        except OSError as error:
            problems.append(handshake_error(url.name, error))
        except BackendError as error:
            problems.append(error)
    raise next((each for each in problems if isinstance(each, PermanentError)), problems[0])


def _knock_at(server: Server, url: KafkaUrl, context: ssl.SSLContext | None, timeout: float) -> None:
    with socket.create_connection((server.host, server.port), timeout=timeout) as plain:
        if context is None:
            _introduce(plain, url)
        else:
            with context.wrap_socket(plain, server_hostname=server.host) as encrypted:
                _introduce(encrypted, url)


def _context(url: KafkaUrl) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=url.ca)
        if url.certificate is not None:
            context.load_cert_chain(url.certificate, url.key)
    except OSError as error:  # ssl.SSLError is one
        reason = error.strerror or "it is no certificate or key in PEM form"
        raise ConfigurationError(f"cannot use the file of ca=, certificate= or key= of {url.name}: {reason}") from error
    return context


def _introduce(connection: socket.socket, url: KafkaUrl) -> None:
    def ask(kind: tuple[int, int], body: bytes) -> "_Answer":
        connection.sendall(_request(kind, body))
        return _Answer(_received(connection, url))

    with translated(url.name):
        try:
            ask(_API_VERSIONS, b"")
            if url.logs_in:
                _log_in(url, ask)
        except (struct.error, ValueError, KeyError) as error:
            raise _something_else(url) from error


def _log_in(url: KafkaUrl, ask: Callable[[tuple[int, int], bytes], "_Answer"]) -> None:
    ask(_SASL_HANDSHAKE, _text(url.mechanism)).check()
    mechanism: Any = get_sasl_mechanism(url.mechanism)(**url.options())
    while not mechanism.is_done():
        token = mechanism.auth_bytes()
        answer = ask(_SASL_AUTHENTICATE, struct.pack(">i", len(token)) + token)
        answer.check()
        answer.skip_text()
        mechanism.receive(answer.data())
    if not mechanism.is_authenticated():
        raise SaslAuthenticationFailedError


def _request(kind: tuple[int, int], body: bytes) -> bytes:
    message = struct.pack(">hhi", *kind, 1) + _text(_CLIENT) + body
    return struct.pack(">i", len(message)) + message


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">h", len(data)) + data


def _received(connection: socket.socket, url: KafkaUrl) -> bytes:
    (size,) = struct.unpack(">i", _exactly(connection, 4, url))
    if not 0 < size <= _LARGEST_ANSWER:
        raise _something_else(url)
    return _exactly(connection, size, url)


def _something_else(url: KafkaUrl) -> PermanentError:
    return PermanentError(f"{url.name} answers with something else than Kafka: check the port, and security=")


def _exactly(connection: socket.socket, size: int, url: KafkaUrl) -> bytes:
    data = b""
    while len(data) < size:
        if not (more := connection.recv(size - len(data))):
            raise TransientError(f"{url.name} hangs up: check that it is a broker and up, its port, and security=")
        data += more
    return data


class _Answer:
    """Reads an answer field by field."""

    def __init__(self, data: bytes) -> None:
        self._data = data[4:]  # after the number of the request

    def check(self) -> None:
        """Read the error code, and raise it if there is an error."""
        (code,) = self._unpack(">h")
        kind = for_code(code)
        if kind is not NoError:
            raise kind

    def skip_text(self) -> None:
        """Read over a text, which may be null."""
        (size,) = self._unpack(">h")
        self._data = self._data[max(0, size) :]

    def data(self) -> bytes:
        """Read bytes."""
        (size,) = self._unpack(">i")
        return self._data[:size]

    def _unpack(self, form: str) -> tuple[Any, ...]:
        size = struct.calcsize(form)
        values, self._data = self._data[:size], self._data[size:]
        return struct.unpack(form, values)
