from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import attrs
import pytest

from admetrics.adapters.cassandra.cluster import CassandraKeyspace
from admetrics.adapters.cassandra.dead_letters import CassandraDeadLetters
from admetrics.adapters.cassandra.events import COLUMNS, values_of
from admetrics.adapters.cassandra.lake import CassandraLake
from admetrics.adapters.cassandra.schema import ARRIVALS, DEAD_LETTERS, EVENTS, LAKE_TABLES, prepare
from admetrics.adapters.system import SystemClock
from admetrics.domain.errors import ConfigurationError, LayoutError, PermanentError, TransientError
from admetrics.domain.events.classify import classify
from admetrics.domain.events.click_flags import ClickFlag
from admetrics.domain.events.event import Event, Interaction
from admetrics.domain.events.record import Record
from admetrics.domain.rollup.minutes import ALL_MINUTES
from admetrics.domain.times import hour_of, ticks_of
from admetrics.testing.strategies import LIMITS, uuid_at
from tests.servers import Cassandra, free_port
from tests.servers.certificates import Certificates


@pytest.fixture
def opened(cassandra_url) -> Iterator[CassandraKeyspace]:
    keyspace = CassandraKeyspace(f"{cassandra_url}?timeout=60")
    yield keyspace
    keyspace.close()


def _lake(keyspace: CassandraKeyspace) -> CassandraLake:
    return CassandraLake(keyspace, clock=SystemClock())


def _event(*, number: int = 0) -> Event:
    own_id = uuid_at(ticks_of(datetime(2026, 3, 1, tzinfo=UTC)), node=number)
    event = classify(Record.of({"create_time": own_id, "custom_track": "click", "job_id": 1}), limits=LIMITS)
    assert isinstance(event, Event)
    return event


# The layout


def test_a_keyspace_and_its_tables_are_created_when_missing(opened, keyspace, cassandra_session):
    _lake(opened)
    CassandraDeadLetters(opened)
    query = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s"
    tables = {row.table_name for row in cassandra_session.execute(query, [keyspace])}
    assert tables == {table.name for table in (*LAKE_TABLES, DEAD_LETTERS)}
    query = "SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = %s"
    replication = dict(cassandra_session.execute(query, [keyspace]).one().replication)
    assert replication.pop("class").endswith(".NetworkTopologyStrategy")
    assert replication == {"datacenter1": "1"}  # as many as there are nodes


def test_what_is_there_is_left_alone(opened, monkeypatch):
    prepare(opened, LAKE_TABLES)
    statements = []
    execute = opened.execute

    def note(statement):
        statements.append(str(statement))
        return execute(statement)

    monkeypatch.setattr(opened, "execute", note)
    prepare(opened, LAKE_TABLES)
    assert not [statement for statement in statements if "CREATE" in statement]


def test_a_table_of_another_layout_is_refused_with_what_differs(opened, keyspace):
    prepare(opened, [DEAD_LETTERS])
    columns = {**EVENTS.partition, **EVENTS.clustering, **EVENTS.values} | {"bid": "bigint", "uid": "blob"}
    del columns["record"]
    written = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    opened.execute(f"CREATE TABLE {keyspace}.events ({written}, PRIMARY KEY ((minute), shard, id))")
    with pytest.raises(LayoutError) as refused:
        _lake(opened)
    assert str(refused.value) == (
        f"table events of {opened.name} has another layout (shard is tinyint, clustering 1 instead of tinyint, "
        "partition_key 2; id is uuid, clustering 2 instead of uuid, clustering 1; bid is bigint instead of int; uid is "
        "blob instead of text; record is missing): name another keyspace, or move that table away"
    )


def test_a_column_that_an_older_release_did_not_have_is_added_and_its_events_have_no_marks(opened, keyspace):
    values = {name: kind for name, kind in EVENTS.values.items() if name != "marks"}
    prepare(opened, [DEAD_LETTERS])
    opened.execute(attrs.evolve(EVENTS, values=values).create(opened))
    event = attrs.evolve(_event(), marks=ClickFlag.ROBOT)
    stored = dict(zip((*COLUMNS, "stamp"), values_of(event), strict=True))
    del stored["marks"]
    stored["id"] = UUID(event.id)
    *names, _ = stored
    statement = f"INSERT INTO {keyspace}.events ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    opened.execute(opened.bound(f"{statement} USING TIMESTAMP ?", *stored.values()))
    lake, beside = _lake(opened), _event(number=1)
    lake.append([beside])

    def scanned() -> set[Interaction]:
        return set(lake.scan({hour_of(event.time): ALL_MINUTES}))

    assert scanned() == {attrs.evolve(event, marks=ClickFlag.NONE).interaction(), beside.interaction()}
    later = attrs.evolve(event, revision=event.revision + 1)
    lake.append([later])
    assert scanned() == {later.interaction(), beside.interaction()}, "read again, it is judged"


def test_what_was_released_slows_no_query_of_all_arrivals_down(opened, keyspace):
    """Cassandra ends queries that pass over 100,000 deleted rows that are younger than this."""

    def grace() -> dict[str, int]:
        found = opened.execute(
            f"SELECT table_name, gc_grace_seconds FROM system_schema.tables WHERE keyspace_name = '{keyspace}'"
        )
        return dict(found)

    prepare(opened, [DEAD_LETTERS])
    opened.execute(attrs.evolve(ARRIVALS, gc_grace=None).create(opened))
    assert grace()["arrivals"] == 864_000
    for _ in range(2):
        prepare(opened, [ARRIVALS, DEAD_LETTERS])
        assert grace() == {"arrivals": 3600, "dead_letters": 864_000}
    opened.execute(f"DROP TABLE {keyspace}.arrivals")
    prepare(opened, [ARRIVALS])
    assert grace()["arrivals"] == 3600


def test_columns_that_others_added_do_no_harm(opened, keyspace):
    prepare(opened, LAKE_TABLES)
    opened.execute(f"ALTER TABLE {keyspace}.events ADD colour text")
    assert _lake(opened).append([_event()])


def test_the_url_of_a_table_is_no_lake(cassandra_url):
    keyspace = CassandraKeyspace(f"{cassandra_url}/tracking")
    with pytest.raises(ConfigurationError, match="names a table"):
        _lake(keyspace)
    keyspace.close()


# What can be wrong with a connection


def test_replicas_that_are_not_there_are_a_clear_error(cassandra_url):
    keyspace = CassandraKeyspace(f"{cassandra_url}?timeout=60&replication=3&retry_for=1")
    lake = _lake(keyspace)
    with pytest.raises(TransientError, match=r"too few live replicas: 2 are needed, 1 are there"):
        lake.append([_event()])
    keyspace.close()


def test_an_unknown_data_centre_is_refused_and_the_right_one_is_named(cassandra_url):
    with pytest.raises(PermanentError, match=r"has no data centre 'paris': write \?local_dc=datacenter1"):
        CassandraKeyspace(f"{cassandra_url}?local_dc=paris&retry_for=60")  # not tried for a minute


@pytest.mark.parametrize("host", ["127.0.0.1", "host.invalid"])
def test_a_host_that_does_not_answer_is_a_transient_error(host):
    with pytest.raises(TransientError, match=rf"cassandra://{host}:\d+/figures cannot be reached: check"):
        CassandraKeyspace(f"cassandra://me:secret@{host}:{free_port()}/figures?retry_for=0.5")


def test_one_host_that_answers_is_enough(cassandra, keyspace):
    some = CassandraKeyspace(f"cassandra://{cassandra.host}:{free_port()},{cassandra.host}:{cassandra.port}/{keyspace}")
    assert some.execute("SELECT key FROM system.local") == [("local",)]
    some.close()


def test_a_table_that_was_dropped_meanwhile_is_named_as_missing(opened, keyspace):
    lake = _lake(opened)
    opened.execute(f"DROP TABLE {keyspace}.events")
    with pytest.raises(LayoutError, match=r"or a table of it is missing: run `admetrics init`"):
        lake.append([_event()])


def test_a_statement_that_is_refused_does_not_show_its_values(opened, keyspace):
    prepare(opened, [DEAD_LETTERS])
    with pytest.raises(PermanentError) as refused:
        opened.execute(f"SELECT * FROM {keyspace}.dead_letters WHERE source = 'someone@example.com'")
    assert "someone" not in str(refused.value)
    assert "InvalidRequest" in str(refused.value)


def test_a_file_of_certificates_that_is_missing_is_named(cassandra_url, tmp_path):
    with pytest.raises(ConfigurationError, match=r"cannot read the PEM files of cassandra://.*none\.pem"):
        CassandraKeyspace(f"{cassandra_url}?ca={tmp_path / 'none.pem'}")


# TLS and passwords


class SecureCassandra(Cassandra):
    """A node that speaks only TLS and wants a password."""

    user = "cassandra"
    password = "cassandra"

    @property
    def certificates(self) -> Certificates:
        return Certificates(self.data)

    def prepare(self) -> None:
        super().prepare()
        self.certificates.make()
        with self._configuration.open("a") as file:
            file.write(
                f"""
authenticator: PasswordAuthenticator
authorizer: CassandraAuthorizer
client_encryption_options:
  enabled: true
  optional: false
  keystore: {self.certificates.key_and_certificate}
  ssl_context_factory:
    class_name: org.apache.cassandra.security.PEMBasedSslContextFactory
"""
            )

    def ask(self) -> None:
        keyspace = CassandraKeyspace(f"{self.secure_url('system')}&retry_for=1")
        keyspace.close()

    def secure_url(self, keyspace: str, *, user: str = user, password: str = password) -> str:
        return f"cassandra://{user}:{password}@{self.host}:{self.port}/{keyspace}?ca={self.certificates.authority}"


@pytest.fixture(scope="module")
def secure() -> Iterator[SecureCassandra]:
    with SecureCassandra() as server:
        yield server


def test_a_lake_behind_tls_and_a_password(secure):
    keyspace = CassandraKeyspace(f"{secure.secure_url('figures')}&timeout=60")
    assert _lake(keyspace).append([_event()])
    keyspace.close()


def test_a_wrong_password_is_refused_at_once_and_not_shown(secure):
    with pytest.raises(PermanentError, match="refuses the user name or the password") as refused:
        CassandraKeyspace(f"{secure.secure_url('figures', password='top-secret')}&retry_for=60")
    assert "top-secret" not in str(refused.value)


def test_a_user_without_rights_is_told_what_to_grant(secure):
    admin = CassandraKeyspace(f"{secure.secure_url('figures')}&timeout=60")
    admin.execute("CREATE ROLE IF NOT EXISTS guest WITH PASSWORD = 'guest' AND LOGIN = true")
    guest = CassandraKeyspace(f"{secure.secure_url('elsewhere', user='guest', password='guest')}&timeout=60")
    with pytest.raises(PermanentError, match="grant it CREATE, SELECT and MODIFY"):
        _lake(guest)
    for keyspace in (admin, guest):
        keyspace.close()


def test_an_authority_that_vouches_for_nobody_here_is_refused(secure, tmp_path):
    other = Certificates(tmp_path)
    other.make()
    url = secure.secure_url("figures").replace(str(secure.certificates.authority), str(other.authority))
    with pytest.raises(PermanentError, match="do not agree on TLS"):
        CassandraKeyspace(f"{url}&retry_for=60")


def test_without_tls_a_server_that_wants_it_is_not_reached(secure):
    url = secure.secure_url("figures").partition("?")[0]
    with pytest.raises(TransientError):
        CassandraKeyspace(f"{url}?retry_for=1&timeout=2")
