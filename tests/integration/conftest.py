"""The servers of the integration tests, one of each for all tests; and names that no other test uses."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

import attrs
import pytest

from admetrics.adapters.sql.database import Database
from tests.servers import Cassandra, Kafka, MariaDB, SecureKafka, SecureMariaDB, SparkConnect
from tests.servers.lent import BorrowedPool
from tests.servers.pool import KINDS, Pool


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever uses a server is an integration test."""
    for item in items:
        if not KINDS.keys().isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("integration")


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Iterator[Pool | BorrowedPool]:
    """All servers that the tests of this run ask for begin to start when the first is asked for."""
    lender = getattr(request.config, "workerinput", {}).get("servers")
    pool = BorrowedPool(lender) if lender else Pool()
    asked_for = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    pool.begin(KINDS.keys() & asked_for)
    yield pool
    pool.close()


@pytest.fixture(scope="session")
def kafka(servers: Pool | BorrowedPool) -> Kafka:
    return servers.get(Kafka)


@pytest.fixture(scope="session")
def cassandra(servers: Pool | BorrowedPool) -> Cassandra:
    return servers.get(Cassandra)


@pytest.fixture(scope="session")
def mariadb(servers: Pool | BorrowedPool) -> MariaDB:
    return servers.get(MariaDB)


@pytest.fixture(scope="session")
def spark_connect(servers: Pool | BorrowedPool) -> SparkConnect:
    return servers.get(SparkConnect)


@pytest.fixture(scope="module")
def own_spark_connect() -> Iterator[SparkConnect]:
    """A server that a test may kill, as long as it starts it again."""
    with SparkConnect() as server:
        yield server


@pytest.fixture(scope="module")
def own_kafka() -> Iterator[Kafka]:
    """A broker that a test may stop, kill or freeze, as long as it starts it again."""
    with Kafka() as server:
        yield server


@pytest.fixture(scope="module")
def own_mariadb() -> Iterator[MariaDB]:
    """A server that a test may stop, kill or freeze, as long as it starts it again."""
    with MariaDB() as server:
        server.execute("CREATE DATABASE admetrics")
        yield server


@pytest.fixture(scope="session")
def secure_kafka(servers: Pool | BorrowedPool) -> SecureKafka:
    """A broker with TLS and passwords."""
    return servers.get(SecureKafka)


@pytest.fixture(scope="session")
def secure_mariadb(servers: Pool | BorrowedPool) -> SecureMariaDB:
    """A server that refuses connections without TLS."""
    return servers.get(SecureMariaDB)


@pytest.fixture
def new_topic() -> Callable[[], str]:
    """Makes names that no topic has."""
    return lambda: _new_name("topic")


@pytest.fixture
def topic(new_topic: Callable[[], str]) -> str:
    """A name that no topic has."""
    return new_topic()


@pytest.fixture
def kafka_url(kafka: Kafka, topic: str) -> str:
    """The URL of a topic that does not exist."""
    return f"{kafka.url}/{topic}"


@pytest.fixture(scope="session")
def cassandra_session(cassandra: Cassandra) -> Iterator[object]:
    """A session of the driver, for what tests do behind the adapter's back."""
    with cassandra.cluster() as cluster:
        yield cluster.connect()


@pytest.fixture
def keyspace(cassandra_session) -> Iterator[str]:
    """A name that no keyspace has; what has it after the test is dropped."""
    name = _new_name("keyspace")
    yield name
    cassandra_session.execute(f"DROP KEYSPACE IF EXISTS {name}", timeout=60)


@pytest.fixture(scope="module")
def module_keyspace_url(cassandra: Cassandra, cassandra_session) -> Iterator[str]:
    """The URL of a keyspace that does not exist, for all tests of a module: to make one takes seconds."""
    name = _new_name("keyspace")
    yield f"{cassandra.url}/{name}?timeout=60"
    cassandra_session.execute(f"DROP KEYSPACE IF EXISTS {name}", timeout=60)


@pytest.fixture
def cassandra_url(cassandra: Cassandra, keyspace: str) -> str:
    """The URL of a keyspace that does not exist."""
    return f"{cassandra.url}/{keyspace}"


@pytest.fixture
def database(mariadb: MariaDB) -> Iterator[str]:
    """An empty database."""
    name = _new_name("database")
    mariadb.execute(f"CREATE DATABASE {name}")
    yield name
    mariadb.execute(f"DROP DATABASE {name}")


@pytest.fixture
def mysql_url(mariadb: MariaDB, database: str) -> str:
    """The URL of an empty database."""
    return f"{mariadb.url}/{database}"


@attrs.frozen
class RealStack:
    """The whole real stack, with nothing in it.

    Args:
        settings: of its parts, by name.
        send: puts records into the source.
    """

    settings: Mapping[str, str]
    send: Callable[[Iterable[bytes]], None]


@pytest.fixture
def real_stack(monkeypatch, kafka, new_topic, cassandra_url, mysql_url) -> RealStack:
    """Records from a topic through Cassandra, the python engine and Kafka into MariaDB; configured by environment."""
    raw_topic = new_topic()

    settings = {
        "SOURCE": f"{kafka.url}/{raw_topic}",
        "LAKE": cassandra_url,
        "ENGINE": "python",
        "BUS": f"{kafka.url}/{new_topic()}",
        "WAREHOUSE": mysql_url,
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"ADMETRICS_{name}", value)
    return RealStack(settings, partial(kafka.send, raw_topic))


@pytest.fixture
def open_database(mysql_url: str) -> Iterator[Callable[[], Database]]:
    """Opens the database of the test, as often as asked; all are closed in the end."""
    opened: list[Database] = []

    def open_again() -> Database:
        opened.append(Database(mysql_url))
        return opened[-1]

    yield open_again
    for database in opened:
        database.close()


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """Returns everything that was logged or printed."""
    return lambda: caplog.text + "".join(capfd.readouterr())


def _new_name(kind: str) -> str:
    return f"{kind}_{uuid.uuid4().hex[:12]}"
