"""What Spark and its clients raise as the domain's errors, each with what to do about it."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs
import pyspark
from grpc import RpcError
from py4j.protocol import Py4JError, Py4JNetworkError
from pyspark.errors import PySparkException

from admetrics.adapters.spark import RELEASE
from admetrics.adapters.spark.url import SparkUrl
from admetrics.domain.errors import BackendError, ConfigurationError, PermanentError, TransientError

CONNECTORS: Final = ",".join(
    (
        "com.datastax.spark:spark-cassandra-connector_2.13:3.5.1",
        f"org.apache.spark:spark-sql-kafka-0-10_2.13:{pyspark.__version__}",
    )
)
"""Those of Cassandra and of Kafka, as coordinates of Maven."""

CHANGED: Final = "rows are not those that were claimed"
"""What a statement of ours raises inside of Spark."""

_SPARK_ERRORS: Final = (PySparkException, Py4JError, RpcError, OSError)
_TAIL: Final = 20_000


class UnseenKeyspaceError(TransientError):
    """The connector does not know the keyspace: it may be too new."""


@attrs.frozen
class _Problem:
    """What is wrong.

    Args:
        error: what it is raised as.
        text: what to tell and what to do.
        marks: what Spark says then, any of them, as regular expressions.
    """

    error: type[BackendError | ConfigurationError]
    text: str
    marks: tuple[str, ...]

    def shows(self, said: str) -> bool:
        """Look for the marks."""
        return re.search("|".join(self.marks), said) is not None


_PROBLEMS: Final = (
    _Problem(
        ConfigurationError,
        "needs Java 17 or newer on this machine: install it, or use Spark Connect (sc://), whose client needs none",
        (
            "JAVA_HOME is not set",
            "java: (command )?not found",
            "bin/java: No such file",
            "UnsupportedClassVersionError",
        ),
    ),
    _Problem(
        ConfigurationError,
        f"lacks a connector: start it with --packages {CONNECTORS}",
        ("DATA_SOURCE_NOT_FOUND", "Failed to find (the )?data source", r"ClassNotFoundException: com\.datastax"),
    ),
    _Problem(
        UnseenKeyspaceError,
        "does not see the keyspace of the lake: check that its executors reach the same Cassandra as this machine",
        ("NoSuchNamespaceException", "NoSuchTableException"),  # the first does not exist any more where it is thrown
    ),
    _Problem(
        ConfigurationError,
        f"has versions that do not fit: it takes Spark {RELEASE} with Scala 2.13 and {CONNECTORS} everywhere, "
        "and nothing of the connector in spark.sql.extensions",
        ("InvalidClassException", "NoSuchMethodError", "NoClassDefFoundError", "AbstractMethodError"),
    ),
    _Problem(
        PermanentError,
        "refuses the token: check ;token= of its URL",
        ("UNAUTHENTICATED", "PERMISSION_DENIED", "Invalid authentication token"),
    ),
    _Problem(
        PermanentError,
        "ran out of memory: raise spark.driver.memory or spark.executor.memory",
        ("OutOfMemoryError", "GC overhead limit"),
    ),
    _Problem(
        PermanentError,
        "may not write to the topic of the bus: check user, password and certificates of its URL, and what is granted",
        (
            r"kafka\.common\.errors\.(SaslAuthentication|SslAuthentication|UnsupportedSaslMechanism)Exception",
            r"kafka\.common\.errors\.(Topic|Cluster|TransactionalId)AuthorizationException",
        ),
    ),
    _Problem(
        PermanentError,
        "cannot use what the URL of the bus says: a certificate must be PEM, a private key PEM in PKCS #8",
        (r"kafka\.common\.config\.ConfigException", r"kafka\.common\.errors\.InvalidConfigurationException"),
    ),
    _Problem(
        PermanentError,
        "may not write a message of this size: raise max.message.bytes of the topic of the bus",
        (r"kafka\.common\.errors\.RecordTooLargeException",),
    ),
    _Problem(
        TransientError,
        "cannot fetch its connectors: check the network, or give the jars with the setting spark_jars",
        ("unresolved dependency", "download failed", "Server access error"),
    ),
    _Problem(
        TransientError,
        "did not get an answer from Cassandra: check that its executors reach the nodes",
        (
            "AllNodesFailedException",
            "NoNodeAvailable",
            "DriverTimeoutException",
            "Read(Timeout|Failure)Exception",
            "UnavailableException",
            "Failed to open native connection",
        ),
    ),
    _Problem(
        TransientError,
        "did not get an answer from Kafka: check that its executors reach the brokers, under the names that these give",
        (r"kafka\.common\.errors\.\w+Exception", r"kafka\.common\.KafkaException"),
    ),
    _Problem(
        TransientError,
        "lost the rows before they were published: they have to be recomputed",
        (CHANGED, "CHECKPOINT_RDD_BLOCK_ID_NOT_FOUND"),
    ),
    _Problem(
        TransientError,
        "cannot be reached: check that its master runs, and host and port",
        ("All masters are unresponsive", "Failed to connect to master"),
    ),
    _Problem(
        TransientError,
        "lost what did the work: check its executors and their memory",
        (
            "ExecutorLostFailure",
            "ExecutorDeadException",
            "executor heartbeat timed out",
            "FetchFailed",
            "SparkContext was shut down",
            "stopped SparkContext",
            "Application has been killed",
            "Master removed our application",
        ),
    ),
    _Problem(
        TransientError,
        "cannot be reached, or went away: check that it runs, and its host and port",
        (
            "UNAVAILABLE",
            "DEADLINE_EXCEEDED",
            "RETRIES_EXCEEDED",
            "CANCELLED",
            "SESSION_(NOT_FOUND|CLOSED|CHANGED)",
            "NO_ACTIVE_SESSION",
            "OPERATION_(NOT_FOUND|ABANDONED)",
            "CURSOR_(NOT_FOUND|DISCONNECTED)",
            "Connection (reset|refused|timed out)",
        ),
    ),
)
"""The first that shows counts: an error that will not go away by itself is told before one that may."""


@contextmanager
def translated(url: SparkUrl, *, log: Path | None = None) -> Iterator[None]:
    """Let errors of Spark leave as the domain's.

    Spark's own text is never shown: it holds whole statements, and may quote a value.

    Args:
        url: which Spark.
        log: what its process on this machine printed, which says more than the client.

    Raises:
        TransientError: Spark, an executor of it or Cassandra went away.
        ConfigurationError: Java or the connector is missing, or versions do not fit.
        PermanentError: anything else.
    """
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=r"\[RETRIES_EXCEEDED\]")  # it becomes an error
            yield
    except _SPARK_ERRORS as error:
        raise translation(url, error, said=tail(log)) from error


def translation(url: SparkUrl, error: BaseException, *, said: str = "") -> BackendError | ConfigurationError:
    """Find the domain's error for one of Spark, by what it and the log say."""
    text = f"{type(error).__name__}: {error}\n{said}"
    for problem in _PROBLEMS:
        if problem.shows(text):
            return problem.error(f"{url} {problem.text}")
    if isinstance(error, Py4JNetworkError | OSError):
        return TransientError(f"{url} went away: its Java process ended")
    return PermanentError(f"{url} did not do its work: {type(error).__name__}; --debug shows it")


def tail(log: Path | None) -> str:
    """Return the end of a log; nothing if there is none."""
    try:
        return log.read_text(encoding="utf-8", errors="replace")[-_TAIL:] if log else ""
    except OSError:
        return ""
