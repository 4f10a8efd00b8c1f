"""The servers themselves: what other tests rely on."""

from tests.servers import Cassandra, Kafka, MariaDB


def test_kafka_answers(kafka: Kafka):
    kafka.ask()


def test_cassandra_answers(cassandra: Cassandra, keyspace, cassandra_session):
    cassandra_session.execute(
        f"CREATE KEYSPACE {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
    )


def test_mariadb_has_an_empty_database(mariadb: MariaDB, database):
    assert mariadb.execute(f"SHOW TABLES FROM {database}") == []
