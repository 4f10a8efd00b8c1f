import pytest
from py4j.protocol import Py4JNetworkError
from pyspark.errors import AnalysisException, PySparkRuntimeError
from pyspark.errors.exceptions.connect import SparkConnectGrpcException

from admetrics.adapters.spark.errors import UnseenKeyspaceError, translated, translation
from admetrics.adapters.spark.url import SparkUrl
from admetrics.domain.errors import AdmetricsError, ConfigurationError, PermanentError, TransientError

URL = SparkUrl.parse("sc://host:15002/;token=top-secret")


@pytest.mark.parametrize(
    "said,expected,advice",
    [
        ("JAVA_HOME is not set", ConfigurationError, "Java 17 or newer"),
        ("bin/spark-class: line 94: /opt/java/bin/java: No such file or directory", ConfigurationError, "Java 17"),
        ("java.lang.UnsupportedClassVersionError: org/apache/spark/launcher/Main", ConfigurationError, "Java 17"),
        ("[DATA_SOURCE_NOT_FOUND] Failed to find the data source: x", ConfigurationError, "--packages com.datastax"),
        ("UNKNOWN:org/apache/spark/sql/catalyst/analysis/NoSuchNamespaceException$", UnseenKeyspaceError, "keyspace"),
        ("java.io.InvalidClassException: local class incompatible", ConfigurationError, "versions that do not fit"),
        ("java.lang.NoSuchMethodError: scala", ConfigurationError, "spark.sql.extensions"),
        ("status = StatusCode.UNAUTHENTICATED", PermanentError, "refuses the token"),
        ("java.lang.OutOfMemoryError: Java heap space", PermanentError, "spark.driver.memory"),
        ("[unresolved dependency: com.datastax.spark#x]", TransientError, "spark_jars"),
        ("com.datastax.oss.driver.api.core.AllNodesFailedException", TransientError, "Cassandra"),
        ("All masters are unresponsive! Giving up.", TransientError, "its master"),
        ("[_LEGACY_ERROR] Failed to find data source: kafka. Please deploy", ConfigurationError, "spark-sql-kafka"),
        ("org.apache.kafka.common.errors.TimeoutException: Topic x not present", TransientError, "from Kafka"),
        ("org.apache.kafka.common.errors.SaslAuthenticationException: no", PermanentError, "topic of the bus"),
        ("org.apache.kafka.common.errors.TopicAuthorizationException: no", PermanentError, "topic of the bus"),
        ("org.apache.kafka.common.errors.InvalidConfigurationException: x", PermanentError, "PKCS #8"),
        ("org.apache.kafka.common.errors.RecordTooLargeException: x", PermanentError, "max.message.bytes"),
        ("[USER_RAISED_EXCEPTION] rows are not those that were claimed", TransientError, "recomputed"),
        ("[CHECKPOINT_RDD_BLOCK_ID_NOT_FOUND] Checkpoint block rdd_1_2", TransientError, "recomputed"),
        ("ExecutorLostFailure (executor 1 exited)", TransientError, "executors"),
        ("Job 3 cancelled because SparkContext was shut down", TransientError, "executors"),
        ("status = StatusCode.UNAVAILABLE", TransientError, "went away"),
        ("[NO_ACTIVE_SESSION] No active Spark session found", TransientError, "went away"),
        ("[INVALID_HANDLE.SESSION_NOT_FOUND] The handle is invalid", TransientError, "went away"),
        ("a plan with a click of visitor-1", PermanentError, "--debug shows it"),
    ],
)
def test_what_spark_says_decides_what_is_wrong_and_what_to_do(said, expected, advice):
    for found in (
        translation(URL, SparkConnectGrpcException(said)),
        translation(URL, PySparkRuntimeError("[JAVA_GATEWAY_EXITED]"), said=said),
    ):
        assert type(found) is expected
        assert str(found).startswith("Spark Connect at sc://host:15002 ")
        assert advice in str(found)
        assert "visitor-1" not in str(found)
        assert "top-secret" not in str(found)


def test_an_error_that_stays_is_told_before_one_that_may_go_away():
    said = "ExecutorLostFailure caused by java.io.InvalidClassException"
    assert type(translation(URL, AnalysisException(said))) is ConfigurationError


def test_a_java_process_that_ended_is_an_outage():
    assert type(translation(URL, Py4JNetworkError("Answer from Java side is empty"))) is TransientError
    assert type(translation(URL, ConnectionRefusedError())) is TransientError


def test_the_log_of_the_java_process_is_read(tmp_path):
    log = tmp_path / "spark.log"
    log.write_text("Using Spark's default log4j profile\nJAVA_HOME is not set\n")
    with pytest.raises(ConfigurationError, match="Java 17"), translated(URL, log=log):
        raise PySparkRuntimeError("[JAVA_GATEWAY_EXITED]")
    with pytest.raises(PermanentError), translated(URL, log=tmp_path / "missing.log"):
        raise PySparkRuntimeError("[JAVA_GATEWAY_EXITED]")


def test_other_errors_pass():
    with pytest.raises(KeyError), translated(URL):
        raise KeyError
    with pytest.raises(AdmetricsError, match="as it was"), translated(URL):
        raise ConfigurationError("as it was")
