"""The driver's errors as the domain's, each with what to do about it."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from cassandra import (
    AuthenticationFailed,
    CoordinationFailure,
    DriverException,
    InvalidRequest,
    OperationTimedOut,
    Timeout,
    Unauthorized,
    Unavailable,
    UnresolvableContactPoints,
)
from cassandra.cluster import NoHostAvailable
from cassandra.connection import ConnectionBusy, ConnectionException, ProtocolError, ProtocolVersionUnsupported
from cassandra.pool import NoConnectionsAvailable
from cassandra.protocol import ErrorMessage, IsBootstrappingErrorMessage, OverloadedErrorMessage

from admetrics.domain.errors import BackendError, LayoutError, PermanentError, TooLargeError, TransientError

_UNREACHABLE: Final = "cannot be reached: check that it runs, and its hosts and port"
_NO_TLS: Final = re.compile(r"\[SSL: (CERTIFICATE_VERIFY_FAILED|WRONG_VERSION_NUMBER|[A-Z\d_]*ALERT)").search
"""The driver makes a plain OSError of what the TLS library says."""

_DRIVER_ERRORS: Final = (
    DriverException,
    NoHostAvailable,
    ConnectionException,
    ConnectionBusy,
    ProtocolError,
    NoConnectionsAvailable,
    ErrorMessage,
    OSError,
)
_PERMANENT: Final[Mapping[type[Exception], str]] = {
    AuthenticationFailed: "refuses the user name or the password: check both",
    Unauthorized: "does not let this user do that: grant it CREATE, SELECT and MODIFY on the keyspace",
    ProtocolVersionUnsupported: "does not speak version 5 of the protocol: Cassandra 4.0 or newer is needed",
}
_TRANSIENT: Final[Mapping[type[Exception], str]] = {
    OperationTimedOut: "did not answer in time: check its load, or raise ?timeout=",
    Timeout: "did not answer in time: too few of its replicas did",
    CoordinationFailure: "failed on a replica: its log says why",
    OverloadedErrorMessage: "is overloaded",
    IsBootstrappingErrorMessage: "is starting",
    UnresolvableContactPoints: _UNREACHABLE,
    ConnectionException: _UNREACHABLE,
    OSError: _UNREACHABLE,
    ConnectionBusy: "has no free connection",
    NoConnectionsAvailable: "has no free connection",
    ProtocolError: "closed the connection",
}


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Let errors of the driver leave as the domain's.

    The driver's own text may quote a value that was bound, so it is never shown.

    Args:
        name: the keyspace as messages show it.

    Raises:
        TransientError: the cluster did not answer, or too few replicas did.
        LayoutError: a keyspace or table is missing.
        TooLargeError: a request is larger than the nodes take.
        PermanentError: anything else that it refuses.
    """
    try:
        yield
    except _DRIVER_ERRORS as error:
        raise _translation(name, error) from error


def _translation(name: str, error: Exception) -> BackendError:
    if isinstance(error, NoHostAvailable):
        return _of_no_host(name, error)
    if isinstance(error, InvalidRequest) and "does not exist" in str(error):
        return LayoutError(f"{name} or a table of it is missing: run `admetrics init`")
    if isinstance(error, InvalidRequest) and "exceeds allowed maximum" in str(error):
        return TooLargeError(f"{name} takes less at once: raise native_transport_max_frame_size on its nodes")
    if refusal := _refusal(error):
        return PermanentError(f"{name} {refusal}")
    if outage := _outage(error):
        return TransientError(f"{name} {outage}")
    return PermanentError(f"{name} refused a statement: {type(error).__name__}; --debug shows it")


def _of_no_host(name: str, error: NoHostAvailable) -> BackendError:
    """Say what the nodes said: an answer that will not change counts more than silence."""
    # While it connects, the driver puts bare addresses there; when all nodes are down, nothing.
    errors: Collection[Exception] = error.errors.values() if isinstance(error.errors, dict) else ()
    translations = [_translation(name, each) for each in errors]
    permanent = (each for each in translations if isinstance(each, PermanentError))
    return next(permanent, next(iter(translations), TransientError(f"{name} {_UNREACHABLE}")))


def _refusal(error: Exception) -> str | None:
    if isinstance(error, OSError) and _NO_TLS(str(error)):
        return "and this machine do not agree on TLS: check ?ca=, ?certificate=, ?key= and ?check_host="
    return _text(_PERMANENT, error)


def _outage(error: Exception) -> str | None:
    if isinstance(error, Unavailable):
        needed, there = error.required_replicas, error.alive_replicas
        return f"has too few live replicas: {needed} are needed, {there} are there; start the others"
    return _text(_TRANSIENT, error)


def _text(texts: Mapping[type[Exception], str], error: Exception) -> str | None:
    return next((text for kind, text in texts.items() if isinstance(error, kind)), None)
