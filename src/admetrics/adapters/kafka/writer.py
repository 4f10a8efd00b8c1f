"""Writes messages, and waits until the brokers have confirmed each of them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

import attrs
from kafka import KafkaProducer

from admetrics.adapters.kafka.connection import Connection
from admetrics.adapters.kafka.errors import translated
from admetrics.domain.gc_paused import gc_paused

_AT_ONCE: Final = 20_000  # messages in flight: enough to keep the brokers busy, and their futures take little memory


@attrs.frozen
class Draft:
    """A message to write.

    Args:
        key: decides about the partition.
        value: None for a tombstone.
        headers: name and value.
    """

    key: bytes
    value: bytes | None = attrs.field(repr=False)
    headers: Sequence[tuple[str, bytes]] = attrs.field(default=(), repr=False)


def write(connection: Connection, drafts: Iterable[Draft]) -> None:
    """Write messages; when this returns, all are confirmed by all replicas that are in sync.

    The driver itself tries again while the brokers do not answer, each message once and in order, so this does not.

    Raises:
        TransientError: the brokers did not confirm all of them in time; some may have been written.
        PermanentError: they refused one.
    """
    rest = iter(drafts)
    while some := list(islice(rest, _AT_ONCE)):
        _write(connection, some)


def _write(connection: Connection, drafts: Sequence[Draft]) -> None:
    producer = connection.run(lambda: connection.producer)
    with translated(connection.url.name), gc_paused():
        try:
            futures = list(_sent(producer, connection.url.topic, drafts))
            producer.flush(connection.patience)
            for future in futures:
                future.get(0)  # `flush` does not tell what failed
        except BaseException:
            connection.drop(KafkaProducer)  # what it still holds must not be written later
            raise


def _sent(producer: KafkaProducer, topic: str, drafts: Iterable[Draft]) -> Iterator[Any]:
    for draft in drafts:
        yield producer.send(topic, key=draft.key, value=draft.value, headers=list(draft.headers))
