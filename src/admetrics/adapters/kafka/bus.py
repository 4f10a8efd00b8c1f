"""The bus as a topic."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Self

from admetrics.adapters.kafka.connection import Connection
from admetrics.adapters.kafka.reader import Message, Reader
from admetrics.adapters.kafka.spark import Topic
from admetrics.adapters.kafka.topics import ensure_bus
from admetrics.adapters.kafka.url import KafkaUrl
from admetrics.adapters.kafka.writer import Draft, write
from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.rejection import Rejection
from admetrics.domain.rollup.message import decode_row, encode_row, hour_text
from admetrics.domain.rollup.row import Cell, Row
from admetrics.ports.adapter import Resources
from admetrics.ports.bus import Delivery
from admetrics.ports.clock import Clock


class KafkaBus:
    """A topic of rows; the key of a message is its cell, so that all versions of a row lie in one partition.

    Args:
        url: the topic (`KafkaUrl`): kept by time, never compacted.
        clock: tells when an unreadable message was seen.
        patience: how long a call may take while the brokers do not answer.
        may_create: whether the topic is created if it is missing.

    Raises:
        LayoutError: the topic is compacted.
    """

    def __init__(
        self, url: str, *, clock: Clock, patience: timedelta = timedelta(seconds=30), may_create: bool = True
    ) -> None:
        self._connection = Connection(KafkaUrl.parse(url), patience=patience, may_create=may_create)
        self._reader = Reader(self._connection)
        self._clock = clock
        try:
            ensure_bus(self._connection)
        except BaseException:
            self.close()
            raise

    @classmethod
    def open(cls, url: str, resources: Resources) -> Self:
        """Open the topic that a URL names."""
        return cls(url, clock=resources.clock, may_create=resources.may_create)

    def __repr__(self) -> str:
        return f"KafkaBus({self._connection.url.name!r})"

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def spark_sink(self) -> Topic:
        """Describe the topic for Spark, which then writes rows to it itself."""
        return Topic(self._connection.url)

    def publish(self, rows: Sequence[Row]) -> None:
        """Send rows, and wait until the brokers have confirmed all of them."""
        write(self._connection, (Draft(_key(row.cell), encode_row(row)) for row in rows))

    def poll(self, *, at_most: int) -> Delivery:
        """Return the next messages; those that are no rows become dead letters."""
        messages = self._reader.poll(at_most)
        now = self._clock.now()
        rows: list[Row] = []
        unreadable: list[DeadLetter] = []
        for message in messages:
            data = message.value or b""
            decoded = decode_row(data)
            if isinstance(decoded, Rejection):
                unreadable.append(DeadLetter(self._place(message), message.offset, data, decoded, now))
            else:
                rows.append(decoded)
        return Delivery(rows, unreadable, self._reader.position)

    def commit(self, delivery: Delivery) -> None:
        """Commit the position after a delivery."""
        if isinstance(delivery.position, Mapping):
            self._reader.commit(delivery.position)

    def rewind(self) -> None:
        """Go back to the committed position."""
        self._reader.rewind()

    def end_offset(self) -> object:
        """Return the end of each partition."""
        return self._reader.end()

    def passed(self, offset: object) -> bool:
        """Return whether the committed position has reached an end offset in each partition."""
        if not isinstance(offset, Mapping):
            return False
        committed = self._reader.committed()
        return all(committed.get(partition, 0) >= offset for partition, offset in offset.items())

    def lag(self) -> int:
        """Count the messages after the committed position."""
        return self._reader.uncommitted()

    def _place(self, message: Message) -> str:
        return f"{self._reader.place}[{message.partition}]"


def _key(cell: Cell) -> bytes:
    """Write a cell as text that never changes: 2026-03-01T10:00:00Z/job/publisher/campaign/group."""
    return f"{hour_text(cell.hour)}/{cell.job}/{cell.publisher}/{cell.campaign}/{cell.group}".encode("ascii")
