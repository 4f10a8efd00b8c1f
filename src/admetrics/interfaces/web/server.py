"""The server: the app at an address, in a thread of its own. It is patient with nobody who wastes its time."""

import asyncio
import socket
import threading
from ipaddress import ip_address
from typing import Final, Self

import uvicorn
from h11 import IDLE
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from admetrics.domain.errors import PermanentError

_SECONDS_TO_FINISH: Final = 2
_SECONDS_FOR_A_REQUEST: Final = 10
_SECONDS_TO_TAKE_MORE: Final = 30
_SECONDS_BETWEEN_REQUESTS: Final = 60
_MOST_CONNECTIONS: Final = 500
_LARGEST_HEAD: Final = 32 * 1024
"""Bytes of a request line and its headers; the longest query of the page itself has a few hundred."""


def is_loopback(host: str) -> bool:
    """Return whether an address, or a name for one, reaches this machine alone, however it is spelled.

    >>> [is_loopback(host) for host in ("127.1", "LOCALHOST", "0:0:0:0:0:0:0:1", "0.0.0.0", "")]
    [True, True, True, False, False]
    """
    try:
        found = {str(address[0]) for *_, address in socket.getaddrinfo(host or None, None, flags=socket.AI_PASSIVE)}
    except (OSError, UnicodeError):
        return False  # `Server` says what is wrong with it
    return all(ip_address(address.partition("%")[0]).is_loopback for address in found)


class _Connection(H11Protocol):
    """A connection that is closed if its request does not come, or its response is not taken, for too long."""

    _closing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > _MOST_CONNECTIONS:
            transport.abort()
        self._close_after(_SECONDS_FOR_A_REQUEST)

    def connection_lost(self, exc: Exception | None) -> None:
        self._go_on()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        waiting = self._closing is not None
        super().data_received(data)
        if self.conn.their_state is not IDLE:
            self._go_on()
        elif not waiting:  # the beginning of another request; what follows of it gives no more time
            self._close_after(_SECONDS_FOR_A_REQUEST)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._close_after(_SECONDS_TO_TAKE_MORE)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._go_on()

    def _close_after(self, seconds: float) -> None:
        self._go_on()
        self._closing = self.loop.call_later(seconds, self.transport.abort)

    def _go_on(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None


class Server:
    """Serves an app while the context is open.

    Args:
        app: what to serve.
        host: the address to listen on; other machines reach it only if this is not the loopback.
        port: the port to listen on; 0 chooses a free one.

    Raises:
        PermanentError: the port is taken, or the address is not one of this machine.
    """

    def __init__(self, app: ASGIApp, *, host: str, port: int) -> None:
        self._socket = _listen(host, port)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._socket.getsockname()[1]}/"
        """Where it is reached."""
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                http=_Connection,
                h11_max_incomplete_event_size=_LARGEST_HEAD,
                ws="none",
                lifespan="off",
                log_config=None,  # the product has its own log lines
                access_log=False,
                server_header=False,
                timeout_keep_alive=_SECONDS_BETWEEN_REQUESTS,
                timeout_graceful_shutdown=_SECONDS_TO_FINISH,
            )
        )
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="live page", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()  # signals stay with the main thread: its owner decides what they end
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        socket.getaddrinfo(host or None, port)  # `create_server` leaves a socket open if the name is none
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        reason = (error.strerror or "").partition(" (")[0]  # Python adds the address, in parentheses
        raise PermanentError(
            f"cannot serve at {host}:{port}: {reason}; choose another with --port or --host"
        ) from error
    except ValueError as error:  # a NUL byte, or what is no name of a host in any language
        raise PermanentError(f"cannot serve at {host!r}: this is no name of a host; choose one with --host") from error
