"""The servers of the integration tests, real ones, from Maven: Kafka, Cassandra and MariaDB on 127.0.0.1."""

from tests.servers.cassandra import Cassandra
from tests.servers.kafka import Kafka, ProxiedKafka, SecureKafka
from tests.servers.mariadb import MariaDB, SecureMariaDB
from tests.servers.proxy import Proxy
from tests.servers.server import Server, StartError, eventually, free_port

__all__ = [
    "Cassandra",
    "Kafka",
    "MariaDB",
    "ProxiedKafka",
    "Proxy",
    "SecureKafka",
    "SecureMariaDB",
    "Server",
    "StartError",
    "eventually",
    "free_port",
]
