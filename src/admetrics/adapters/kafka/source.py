"""Raw records from a topic."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Self

from admetrics.adapters.kafka.connection import Connection
from admetrics.adapters.kafka.reader import Message, Reader
from admetrics.adapters.kafka.topics import ensure_log
from admetrics.adapters.kafka.url import KafkaUrl
from admetrics.ports.adapter import Resources
from admetrics.ports.source import Batch, Chunk


class KafkaSource:
    """A topic of raw records, one a message, each JSON in UTF-8; keys do not matter.

    Args:
        url: the topic (`KafkaUrl`).
        patience: how long a call may take while the brokers do not answer.
        may_create: whether the topic is created if it is missing.
    """

    def __init__(self, url: str, *, patience: timedelta = timedelta(seconds=30), may_create: bool = True) -> None:
        self._connection = Connection(KafkaUrl.parse(url), patience=patience, may_create=may_create)
        self._reader = Reader(self._connection)
        try:
            ensure_log(self._connection)
        except BaseException:
            self.close()
            raise

    @classmethod
    def open(cls, url: str, resources: Resources) -> Self:
        """Open the topic that a URL names."""
        return cls(url, may_create=resources.may_create)

    def __repr__(self) -> str:
        return f"KafkaSource({self._connection.url.name!r})"

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def poll(self, *, at_most: int) -> Batch:
        """Return the next messages, those of a partition as one chunk, numbered by offset."""
        messages = self._reader.poll(at_most)
        return Batch(self._chunks(messages), self._reader.position)

    def commit(self, batch: Batch) -> None:
        """Commit the position after a batch."""
        if isinstance(batch.position, Mapping):
            self._reader.commit(batch.position)

    def rewind(self) -> None:
        """Go back to the committed position."""
        self._reader.rewind()

    def lag(self) -> int:
        """Count the messages after the last poll."""
        return self._reader.waiting()

    def _chunks(self, messages: Sequence[Message]) -> Sequence[Chunk]:
        by_partition: defaultdict[int, list[Message]] = defaultdict(list)
        for message in messages:
            by_partition[message.partition].append(message)
        return [
            Chunk(
                f"{self._reader.place}[{partition}]",
                [message.offset for message in some],
                [message.value or b"" for message in some],  # a message without a value is no record, like a blank line
            )
            for partition, some in sorted(by_partition.items())
        ]
