import subprocess
import sys

import pytest
from cassandra import (
    AuthenticationFailed,
    InvalidRequest,
    OperationTimedOut,
    ReadTimeout,
    Unauthorized,
    UnresolvableContactPoints,
    WriteFailure,
    WriteTimeout,
)
from cassandra.cluster import NoHostAvailable
from cassandra.connection import ConnectionException, ConnectionShutdown, ProtocolVersionUnsupported
from cassandra.pool import NoConnectionsAvailable
from cassandra.protocol import OverloadedErrorMessage, ServerError, SyntaxException

from admetrics.adapters.cassandra.errors import translated
from admetrics.domain.errors import BackendError, LayoutError, PermanentError, TooLargeError, TransientError

PERMANENT = [
    AuthenticationFailed("user me"),
    Unauthorized("user me has no CREATE permission"),
    InvalidRequest("value someone@example.com"),
    ServerError(0, "someone@example.com", None),
    SyntaxException(0, "someone@example.com", None),
    ProtocolVersionUnsupported("host", 5),
    PermissionError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"),
]
TRANSIENT = [
    OperationTimedOut(),
    ReadTimeout("someone@example.com"),
    WriteTimeout("someone@example.com", write_type=0),
    WriteFailure("someone@example.com"),
    ConnectionShutdown("closed"),
    ConnectionException("lost"),
    ConnectionRefusedError(111, "refused"),
    OverloadedErrorMessage(0, "overloaded", None),
    NoConnectionsAvailable("none"),
    UnresolvableContactPoints({}),
    OSError(101, "[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred"),
]


def _translation(error: Exception) -> BackendError:
    with pytest.raises(BackendError) as raised, translated("cassandra://host:9042/figures"):
        raise error
    assert str(raised.value).startswith("cassandra://host:9042/figures ")
    assert "someone" not in str(raised.value)
    return raised.value


@pytest.mark.parametrize("error", PERMANENT, ids=lambda error: type(error).__name__)
def test_an_answer_that_will_not_change_is_permanent(error):
    assert isinstance(_translation(error), PermanentError)


@pytest.mark.parametrize("error", TRANSIENT, ids=lambda error: type(error).__name__)
def test_what_may_pass_is_transient(error):
    assert isinstance(_translation(error), TransientError)


@pytest.mark.parametrize("error", PERMANENT, ids=lambda error: type(error).__name__)
def test_of_several_nodes_the_one_that_refuses_is_believed(error):
    several = NoHostAvailable("none", {"a": ConnectionRefusedError(111, "refused"), "b": error})
    assert str(_translation(several)) == str(_translation(error))


@pytest.mark.parametrize("errors", [{}, ["127.0.0.1"], {"a": ConnectionRefusedError(111, "refused")}])
def test_nodes_that_are_all_down_are_transient(errors):
    assert "cannot be reached: check" in str(_translation(NoHostAvailable("none", errors)))


def test_a_missing_table_says_what_to_run():
    error = _translation(InvalidRequest('code=2200 message="table bar does not exist"'))
    assert isinstance(error, LayoutError)
    assert "admetrics init" in str(error)


def test_a_record_that_is_too_large_says_what_to_raise():
    error = _translation(InvalidRequest("CQL Message of size 17826163 bytes exceeds allowed maximum of 16777216 bytes"))
    assert isinstance(error, TooLargeError)
    assert "raise native_transport_max_frame_size" in str(error)


def test_other_errors_pass():
    with pytest.raises(KeyError), translated("figures"):
        raise KeyError


def test_without_the_driver_the_package_says_what_to_install():
    code = (
        "import sys\n"
        "sys.modules['cassandra'] = None\n"
        "from admetrics.domain.errors import MissingExtraError\n"
        "try:\n"
        "    from admetrics.adapters.cassandra.lake import CassandraLake\n"
        "except MissingExtraError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "Cassandra needs a driver: pip install 'admetrics[cassandra]'\n"
