"""The servers of the integration tests, real ones on 127.0.0.1: Kafka, Cassandra and MariaDB from Maven, and Spark."""

from tests.servers.cassandra import Cassandra
from tests.servers.kafka import Kafka, ProxiedKafka, SecureKafka
from tests.servers.mariadb import MariaDB, SecureMariaDB
from tests.servers.proxy import Proxy
from tests.servers.server import Server, StartError, eventually, free_port
from tests.servers.spark import SparkConnect, SparkMaster, SparkWorker

__all__ = [
    "Cassandra",
    "Kafka",
    "MariaDB",
    "ProxiedKafka",
    "Proxy",
    "SecureKafka",
    "SecureMariaDB",
    "Server",
    "SparkConnect",
    "SparkMaster",
    "SparkWorker",
    "StartError",
    "eventually",
    "free_port",
]
