"""One pool of servers for all processes of a test run: whoever has it lends its servers to the others."""

from collections.abc import Iterable
from contextlib import suppress
from multiprocessing.connection import Client, Connection, Listener
from threading import Lock, Thread

from tests.servers.pool import KINDS, Pool, S


class Lender:
    """A pool that other processes may borrow from, until it is closed."""

    def __init__(self) -> None:
        self._pool = Pool()
        self._lock = Lock()
        self._listener = Listener(family="AF_UNIX")
        Thread(target=self._accept, name="lender", daemon=True).start()

    @property
    def address(self) -> str:
        """What a borrower needs to know."""
        return str(self._listener.address)

    def close(self) -> None:
        """Stop the servers."""
        self._pool.close()

    def _accept(self) -> None:
        while True:
            Thread(target=self._serve, args=[self._listener.accept()], name="lender", daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        with connection, suppress(EOFError):
            while True:
                connection.send(self._answer(*connection.recv()))

    def _answer(self, names: Iterable[str], wanted: str | None) -> object:
        with self._lock:
            self._pool.begin(names)
        try:
            return self._pool.get(KINDS[wanted]).state if wanted else None
        except Exception as error:  # noqa: BLE001  whatever it is, the borrower raises it
            return RuntimeError(f"{type(error).__name__}: {error}")


class BorrowedPool:
    """The servers of a lender: not ours to stop or to break.

    Args:
        address: of the lender.
    """

    def __init__(self, address: str) -> None:
        self._connection = Client(address, family="AF_UNIX")

    def begin(self, names: Iterable[str]) -> None:
        """Begin to start servers, all at once."""
        self._ask(names, None)

    def get(self, kind: type[S]) -> S:
        """Return a server that answers."""
        (name,) = (name for name, each in KINDS.items() if each is kind)
        server = kind.running(self._ask([name], name))
        assert server is not None, f"{name} is gone"
        return server

    def close(self) -> None:
        """Need them no more."""
        self._connection.close()

    def _ask(self, names: Iterable[str], wanted: str | None):
        self._connection.send((sorted(names), wanted))
        answer = self._connection.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer
