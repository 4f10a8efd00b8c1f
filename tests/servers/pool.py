"""The servers that tests share: started when first asked for, several at once, or those that `up` left running."""

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

from tests.servers.cassandra import Cassandra
from tests.servers.jars import ROOT
from tests.servers.kafka import Kafka, SecureKafka
from tests.servers.mariadb import MariaDB, SecureMariaDB
from tests.servers.server import Server
from tests.servers.spark import SparkConnect

STATE: Final = ROOT / "state.json"
SHARED: Final[Mapping[str, type[Server]]] = {"kafka": Kafka, "cassandra": Cassandra, "mariadb": MariaDB}
KINDS: Final[Mapping[str, type[Server]]] = {
    **SHARED,
    "secure_kafka": SecureKafka,
    "secure_mariadb": SecureMariaDB,
    "spark_connect": SparkConnect,
}

S = TypeVar("S", bound=Server)


class Pool:
    """Servers by name, at most one of each kind; closing it stops those that it started."""

    def __init__(self) -> None:
        self._found = left_running()
        self._threads = ThreadPoolExecutor(len(KINDS), thread_name_prefix="start")
        self._starting: dict[str, Future[Server]] = {}

    def begin(self, names: Iterable[str]) -> None:
        """Begin to start servers, all at once."""
        for name in names:
            if name not in self._found and name not in self._starting:
                self._starting[name] = self._threads.submit(KINDS[name]().start)

    def get(self, kind: type[S]) -> S:
        """Return a server that answers."""
        (name,) = (name for name, each in KINDS.items() if each is kind)
        self.begin([name])
        server = self._found.get(name) or self._starting[name].result()
        assert isinstance(server, kind)
        return server

    def close(self) -> None:
        """Stop what was started."""
        self._threads.shutdown()
        started = [future.result() for future in self._starting.values() if not future.exception()]
        with ThreadPoolExecutor(len(KINDS)) as threads:
            list(threads.map(Server.close, started))


def left_running() -> dict[str, Server]:
    """Return the servers that `python -m tests.servers up` left running, by name."""
    try:
        states = json.loads(STATE.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    found = {name: SHARED[name].running(state) for name, state in states.items()}
    return {name: server for name, server in found.items() if server is not None}


def remember(servers: Mapping[str, Server]) -> None:
    """Note which servers are left running."""
    STATE.parent.mkdir(exist_ok=True)
    new = STATE.with_suffix(".new")
    new.write_text(json.dumps({name: server.state for name, server in servers.items()}, indent=2), encoding="utf-8")
    new.replace(STATE)
