"""Every server fails in every way, in the middle of every service: nothing is lost, doubled or changed."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Final

import attrs
import pytest

from admetrics.app.pipeline import Pipeline
from admetrics.bootstrap import open_pipeline, open_source, read_dimensions
from admetrics.configuration import settings
from admetrics.domain.errors import TransientError
from admetrics.ports.source import Source
from tests import samples
from tests.crashes.gauntlet import assert_right
from tests.crashes.victim import watched
from tests.servers import Cassandra, MariaDB, ProxiedKafka, Proxy, Server

pytestmark = [
    pytest.mark.integration,
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),  # kafka-python, for each failed connection
]

MOMENTS: Final[Sequence[tuple[str, str]]] = (
    ("cassandra", "lake.append"),
    ("kafka", "source.commit"),
    ("cassandra", "engine.fold"),
    ("mariadb", "checkpoints.claim"),
    ("kafka", "bus.publish"),
    ("mariadb", "checkpoints.commit"),
    ("kafka", "bus.poll"),
    ("mariadb", "warehouse.upsert"),
    ("kafka", "bus.commit"),
)
"""Which server fails just when what is called, in ingest, roll-up and load."""

_TICKS: Final = 150
_SHORT: Final = 1.0  # seconds


@attrs.frozen
class Place:
    """A server, and the proxy before it."""

    server: Server
    proxy: Proxy

    def crash(self) -> None:
        """Kill the server, and start it again."""
        self.server.kill()
        self.server.start()

    def freeze(self) -> None:
        """Stop the server for a while, with all connections open."""
        self.server.pause()
        threading.Event().wait(_SHORT)
        self.server.resume()

    def cut(self) -> None:
        """Break all connections, and refuse new ones for a while."""
        self.proxy.cut()
        threading.Event().wait(_SHORT)
        self.proxy.fix()

    def lose_a_reply(self) -> None:
        """Break all connections when the server answers: what was asked for has been done."""
        self.proxy.cut_after(0)

    def delay(self) -> None:
        """Hold back everything for a while."""
        self.proxy.delay(_SHORT / 5)
        threading.Event().wait(2 * _SHORT)
        self.proxy.fix()


FAULTS: Final[Mapping[str, Callable[[Place], None]]] = {
    fault.__name__: fault for fault in (Place.crash, Place.freeze, Place.cut, Place.lose_a_reply, Place.delay)
}


@pytest.fixture(scope="module")
def places() -> Iterator[Mapping[str, Place]]:
    """Servers of our own, each behind a proxy."""
    with ExitStack() as stack:
        kafka = stack.enter_context(ProxiedKafka())
        places = {"kafka": Place(kafka, kafka.proxy)}
        for kind in (Cassandra, MariaDB):
            server = stack.enter_context(kind())
            places[server.name] = Place(server, Proxy(server.port))
        for place in places.values():
            stack.enter_context(place.proxy)
        yield places


@attrs.define
class Trouble:
    """Begins a fault at each of the moments, one after the other, while the call goes on."""

    places: Mapping[str, Place]
    fault: Callable[[Place], None]
    coming: list[tuple[str, str]] = attrs.field(factory=lambda: list(MOMENTS))
    _thread: threading.Thread | None = None

    def strike(self, effect: str, when: str) -> None:
        for moment in self.coming:
            if when == "before" and moment[1] == effect and not self.is_on:
                self.coming.remove(moment)
                self._thread = threading.Thread(target=self.fault, args=(self.places[moment[0]],))
                self._thread.start()
                return

    @property
    def is_on(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def is_over(self) -> None:
        if self._thread is not None:
            self._thread.join()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_fails_in_the_middle_of_a_service_changes_nothing(places, tmp_path, fault):
    name = f"faults_{fault}"
    kafka, cassandra, mariadb = (places[server] for server in ("kafka", "cassandra", "mariadb"))
    mariadb.server.execute(f"CREATE DATABASE {name}")
    options = {
        "data_dir": tmp_path,
        "source": f"{kafka.server.url}/raw_{name}",
        "lake": f"cassandra://127.0.0.1:{cassandra.proxy.port}/{name}?retry_for=3&timeout=2",
        "engine": "python",
        "bus": f"{kafka.server.url}/{name}",
        "warehouse": mariadb.server.url.replace(str(mariadb.server.port), str(mariadb.proxy.port))
        + f"/{name}?read_timeout=3&connect_timeout=2",
        "ingest_batch_size": 30,
        "load_batch_size": 50,
    }
    chosen = settings(environment={}, options=options)
    lines = samples.JSONL.read_bytes().splitlines()
    trouble = Trouble(places, FAULTS[fault])
    with open_pipeline(chosen) as opened, open_source(chosen) as source:
        assert source is not None
        kafka.server.send(f"raw_{name}", lines)
        opened.import_dimensions(read_dimensions([samples.FOLDER]))
        failed = _run(*watched(opened, source, trouble.strike), trouble)
    assert trouble.coming == []
    if fault == "crash":  # others may be over before the adapters give up
        assert failed, "no call noticed anything"
    assert_right(chosen, lines)


def _run(pipeline: Pipeline, source: Source, trouble: Trouble) -> int:
    """Tick until nothing is left to be done, as `admetrics run` does; return how many ticks failed."""
    failed = 0
    for _ in range(_TICKS):
        try:
            more = pipeline.tick(source).more
        except TransientError:
            failed += 1
            continue
        if not (more or trouble.is_on or trouble.coming):
            break
    trouble.is_over()
    assert not pipeline.tick(source).more
    return failed
