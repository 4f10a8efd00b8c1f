"""A connection to the brokers of one topic: the driver's clients, each made when it is first needed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, TypeVar

import stamina
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

from admetrics.adapters.kafka.errors import translated
from admetrics.adapters.kafka.partitioner import ByKey
from admetrics.adapters.kafka.preflight import preflight
from admetrics.adapters.kafka.url import KafkaUrl
from admetrics.domain.errors import TransientError

_ATTEMPTS: Final = 6
_LONGEST_CONNECT: Final = 5.0  # seconds
_LARGEST_MESSAGE: Final = 32 * 2**20

_T = TypeVar("_T")


class Connection:
    """The clients for one topic.

    Args:
        url: the topic.
        patience: how long a call may take while the brokers do not answer, all attempts together.
        may_create: whether the topic is created if it is missing.
    """

    def __init__(self, url: KafkaUrl, *, patience: timedelta, may_create: bool = True) -> None:
        self.url = url
        self.may_create = may_create
        self.patience = patience.total_seconds()
        self._clients: dict[type, Any] = {}

    def __repr__(self) -> str:
        return f"Connection({self.url.name!r})"

    @property
    def timeout_ms(self) -> int:
        """How long one attempt may take."""
        return round(self.patience * 1000 / 3)

    def close(self) -> None:
        """Close all clients, without waiting for brokers that do not answer."""
        for kind in list(self._clients):
            self.drop(kind)

    def drop(self, kind: type) -> None:
        """Close the client of a kind; the next use makes a new one."""
        client = self._clients.pop(kind, None)
        if isinstance(client, KafkaConsumer):
            client.close(autocommit=False, timeout_ms=1000)
        elif isinstance(client, KafkaProducer):
            client.close(timeout=0)
        elif client is not None:
            client.close()

    def run(self, work: Callable[[], _T]) -> _T:
        """Do something that may be done again, until the brokers answer or the patience is over.

        Raises:
            TransientError: they did not answer.
            PermanentError: they refused.
        """
        attempts = stamina.retry_context(
            on=TransientError,
            attempts=_ATTEMPTS,
            timeout=self.patience,
            wait_initial=0.05,
            wait_jitter=0.05,
            wait_max=2,
        )
        for attempt in attempts:
            with attempt, translated(self.url.name):
                return work()
        raise AssertionError  # attempts end with a result or an error

    @property
    def admin(self) -> KafkaAdminClient:
        """The client that creates and describes topics."""
        return self._client(KafkaAdminClient, request_timeout_ms=self.timeout_ms)

    @property
    def consumer(self) -> KafkaConsumer:
        """The client that reads: partitions are assigned by hand, positions committed by hand."""
        return self._client(
            KafkaConsumer,
            group_id=self.url.group,
            enable_auto_commit=False,
            auto_offset_reset="none",  # a position out of range must be noticed, not fixed silently
            isolation_level="read_committed",
            request_timeout_ms=self.timeout_ms,
            fetch_max_wait_ms=10,  # nobody waits for messages here, and other requests queue behind one that waits
            max_partition_fetch_bytes=4 * 2**20,
            receive_message_max_bytes=4 * _LARGEST_MESSAGE,
        )

    @property
    def producer(self) -> KafkaProducer:
        """The client that writes: confirmed by all replicas, each message once and in order."""
        return self._client(
            KafkaProducer,
            acks="all",
            enable_idempotence=True,
            partitioner=ByKey(),
            compression_type="zstd",
            linger_ms=20,
            batch_size=128 * 1024,
            max_request_size=_LARGEST_MESSAGE,
            request_timeout_ms=self.timeout_ms,
            delivery_timeout_ms=round(self.patience * 1000),
            max_block_ms=round(self.patience * 1000),
        )

    def _client(self, kind: type[_T], **options: object) -> _T:
        if kind not in self._clients:
            self._clients[kind] = self._connected(kind, options)
        client: _T = self._clients[kind]
        return client

    def _connected(self, kind: Callable[..., _T], options: dict[str, object]) -> _T:
        longest = min(self.patience / 3, _LONGEST_CONNECT)
        preflight(self.url, timeout=longest)
        return kind(
            **self.url.options(),
            **options,
            client_id="admetrics",
            bootstrap_timeout_ms=round(longest * 1000),
            reconnect_backoff_max_ms=1000,
        )
