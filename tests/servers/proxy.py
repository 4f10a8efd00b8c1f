"""A TCP proxy between a client and a server, that can be told to misbehave."""

import contextlib
import socket
import threading
from typing import Self

from tests.servers.server import HOST

_CHUNK = 65_536


class Proxy:
    """Passes bytes on in both directions, until it is told to cut, to delay or to drop.

    Args:
        port: where the server listens on 127.0.0.1.

    Attributes:
        port: where clients connect to.
    """

    host = HOST

    def __init__(self, port: int) -> None:
        self._server = port
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._refusing = False
        self._dropping = False
        self._delay = 0.0
        self._bytes_until_cut: int | None = None
        self._in_thread(self._accept)

    def cut(self) -> None:
        """Break all connections, and refuse new ones until `fix`."""
        with self._lock:
            self._refusing = True
        self._break_all()

    def cut_after(self, answered: int) -> None:
        """Break all connections, once, after the server has answered so many more bytes."""
        self._bytes_until_cut = answered

    def drop(self) -> None:
        """Swallow all bytes until `fix`: connections stay open, and nothing answers."""
        self._dropping = True

    def delay(self, seconds: float) -> None:
        """Hold back every piece of data for a while."""
        self._delay = seconds

    def fix(self) -> None:
        """Pass everything on again; bytes that were swallowed stay lost, so their connections are broken."""
        dropped = self._dropping
        self._refusing, self._dropping, self._delay, self._bytes_until_cut = False, False, 0.0, None
        if dropped:  # only now: a client that is back at once must not find its bytes swallowed again
            self._break_all()

    def close(self) -> None:
        """Break all connections and listen no more."""
        self._closed.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._break_all()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _in_thread(self, work, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True, name="proxy")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                if self._refusing:
                    raise ConnectionRefusedError
                server = socket.create_connection((HOST, self._server), timeout=5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            if not self._registered(client, server):
                self._break(client, server)
                continue
            self._in_thread(self._pass_on, client, server, False)
            self._in_thread(self._pass_on, server, client, True)

    def _registered(self, *sockets: socket.socket) -> bool:
        """Note a new connection; False if `cut` or `close` came while it came about."""
        with self._lock:
            self._sockets.update(sockets)
            return not (self._refusing or self._closed.is_set())

    def _pass_on(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                if self._delay:
                    self._closed.wait(self._delay)
                if self._dropping:
                    continue
                if answers and self._bytes_until_cut is not None:
                    self._bytes_until_cut -= len(data)
                    if self._bytes_until_cut < 0:
                        self._bytes_until_cut = None
                        self._break_all()
                        return
                target.sendall(data)
        self._break(source, target)

    def _break_all(self) -> None:
        with self._lock:
            sockets = list(self._sockets)
        self._break(*sockets)

    def _break(self, *sockets: socket.socket) -> None:
        with self._lock:
            self._sockets.difference_update(sockets)
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
