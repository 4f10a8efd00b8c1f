import inspect
import ssl

import pytest
from kafka import errors

from admetrics.adapters.kafka.errors import handshake_error, translated, translation
from admetrics.domain.errors import BackendError, PermanentError, TooLargeError, TransientError

NAME = "kafka://broker:9092/events"
OF_THE_DRIVER = {
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.KafkaError) and kind is not errors.LogTruncationError  # which wants arguments
}


@pytest.mark.parametrize("kind", sorted(OF_THE_DRIVER, key=repr))
def test_every_error_of_the_driver_leaves_as_ours(kind):
    secret = "top-secret"
    with pytest.raises(BackendError, match=NAME) as raised, translated(NAME):
        raise kind(secret)
    too_large = issubclass(kind, errors.MessageSizeTooLargeError | errors.RecordListTooLargeError)
    assert raised.type is (TransientError if kind.retriable else TooLargeError if too_large else PermanentError)
    assert secret not in str(raised.value)


@pytest.mark.parametrize(
    "error", [errors.KafkaTimeoutError(), errors.NotLeaderForPartitionError(), errors.KafkaConnectionError(), OSError()]
)
def test_what_may_pass_is_transient(error):
    assert isinstance(translation(NAME, error), TransientError)


@pytest.mark.parametrize(
    "error,said",
    [
        (errors.SaslAuthenticationFailedError("no"), "check both"),
        (errors.TopicAuthorizationFailedError("no"), "grant it"),
        (errors.GroupAuthorizationFailedError("no"), "group="),
        (errors.PolicyViolationError("no"), "--debug shows it"),
    ],
)
def test_what_will_not_pass_is_permanent_and_says_what_to_do(error, said):
    with pytest.raises(PermanentError, match=said), translated(NAME):
        raise error


@pytest.mark.parametrize("error", [errors.MessageSizeTooLargeError("no"), errors.RecordListTooLargeError("no")])
def test_a_message_that_is_too_large_is_told_from_what_else_is_refused(error):
    with pytest.raises(TooLargeError, match=r"max\.message\.bytes"), translated(NAME):
        raise error


def test_a_certificate_that_is_not_trusted_is_permanent():
    assert isinstance(handshake_error(NAME, ssl.SSLCertVerificationError(1, "no")), PermanentError)


def test_nobody_who_answers_is_transient():
    assert isinstance(handshake_error(NAME, ConnectionRefusedError(111, "refused")), TransientError)
