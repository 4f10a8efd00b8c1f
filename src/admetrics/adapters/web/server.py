"""The server: the app at an address, in a thread of its own."""

import socket
import threading
from typing import Final, Self

import uvicorn
from starlette.types import ASGIApp

from admetrics.domain.errors import PermanentError

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_NAMES_OF_LOOPBACK: Final = frozenset({"127.0.0.1", "[::1]", "localhost"})
_SECONDS_TO_FINISH: Final = 2


def hosts_of(host: str) -> frozenset[str] | None:
    """Return the names under which a server at an address may be asked; None: any, since others may reach it."""
    return _NAMES_OF_LOOPBACK if host in _LOOPBACK else None


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
                lifespan="off",
                log_config=None,  # the product has its own log lines
                access_log=False,
                server_header=False,
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
