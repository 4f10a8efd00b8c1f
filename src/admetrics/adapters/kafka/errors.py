"""The driver's errors as the domain's, each with what to do about it."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from kafka import errors

from admetrics.domain.errors import BackendError, PermanentError, TooLargeError, TransientError

_PERMANENT: Final[tuple[tuple[type[Exception], str], ...]] = (
    (
        errors.SaslAuthenticationFailedError,
        "refuses the user name or the password: check both, and the mechanism",
    ),
    (
        errors.UnsupportedSaslMechanismError,
        "does not know this way to log in: choose another mechanism=",
    ),
    (
        errors.IllegalSaslStateError,
        "does not let anybody log in there: check the port, and security=",
    ),
    (
        errors.TopicAuthorizationFailedError,
        "does not let this user use the topic: grant it to read, write, describe and create the topic",
    ),
    (
        errors.GroupAuthorizationFailedError,
        "does not let this user use the consumer group: grant it to read the group, or name another one by group=",
    ),
    (
        errors.ClusterAuthorizationFailedError,
        "does not let this user do that: create the topic by hand, or grant the user to create it",
    ),
    (
        errors.UnknownMemberIdError,
        "has subscribed consumers in this group, which this one does not join: name another one by group=",
    ),
    (
        errors.CommitFailedError,
        "has subscribed consumers in this group, which this one does not join: name another one by group=",
    ),
    (
        errors.InvalidReplicationFactorError,
        "has too few brokers for that many copies: lower replication=",
    ),
)
_TOO_LARGE: Final = (errors.MessageSizeTooLargeError, errors.RecordListTooLargeError)
_NO_ANSWER: Final = "does not answer: check that it runs, and its hosts and ports"


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Let errors of the driver leave as the domain's.

    Args:
        name: the topic as messages show it.

    Raises:
        TransientError: the brokers do not answer.
        TooLargeError: a message is larger than they take.
        PermanentError: anything else that they refuse.
    """
    try:
        yield
    except (errors.KafkaError, OSError) as error:
        raise translation(name, error) from error


def translation(name: str, error: BaseException) -> BackendError:
    """Say in the domain's words what the driver said; its own text may quote what was sent, so it is not shown."""
    if isinstance(error, _TOO_LARGE):
        return TooLargeError(f"{name} does not take a message of this size: raise max.message.bytes of the topic")
    for kind, message in _PERMANENT:
        if isinstance(error, kind):
            return PermanentError(f"{name} {message}")
    if isinstance(error, errors.KafkaTimeoutError | errors.KafkaConnectionError | OSError):
        return TransientError(f"{name} {_NO_ANSWER}")
    if getattr(error, "retriable", False):
        return TransientError(f"{name} cannot do that now ({type(error).__name__}): try again")
    return PermanentError(f"{name} refused a request: {type(error).__name__}; --debug shows it")


def handshake_error(name: str, error: OSError) -> BackendError:
    """Say why no connection came about."""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = getattr(error, "verify_message", "it cannot be verified")
        return PermanentError(
            f"{name} shows a certificate that is not trusted ({why}): "
            "name the file of its authority by ca=, and the host as the certificate does"
        )
    if isinstance(error, ssl.SSLError):
        return PermanentError(f"{name} does not speak TLS as asked ({error.reason}): check the port, and security=")
    return TransientError(f"{name} {_NO_ANSWER} ({error.strerror or type(error).__name__})")
