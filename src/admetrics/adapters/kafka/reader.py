"""Reads a topic from the last committed position on."""

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import OffsetOutOfRangeError
from kafka.protocol.consumer.offsets import IsolationLevel
from kafka.structs import OffsetAndMetadata

from admetrics.adapters.kafka.connection import Connection
from admetrics.adapters.kafka.topics import partitions
from admetrics.domain.errors import TransientError
from admetrics.ports.source import MOST_BYTES

_log: Final = logging.getLogger("admetrics.kafka")


_Offsets = Mapping[int, int]
"""An offset for each partition."""


@attrs.frozen
class Message:
    """One message.

    Args:
        partition: where it lies.
        offset: its number there.
        key: None if it has none.
        value: None for a tombstone.
        headers: name and value.
    """

    partition: int
    offset: int
    key: bytes | None = attrs.field(repr=False)
    value: bytes | None = attrs.field(repr=False)
    headers: Sequence[tuple[str, bytes]] = attrs.field(repr=False)


class Reader:
    """Reads all partitions of a topic; its position is kept by the brokers, under the name of the group.

    The partitions are assigned by hand and not by subscription. So a reader finds every message at once: it waits
    neither for a group to gather nor for the session of one that crashed to run out, and an empty answer always
    means that nothing is waiting. Two readers of one group at once both read everything, which changes nothing where
    messages take effect once; a committed position never goes back.

    Args:
        connection: to the topic.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._next: dict[int, int] | None = None

    @property
    def place(self) -> str:
        """The name of the topic."""
        return self._connection.url.topic

    def poll(self, at_most: int) -> Sequence[Message]:
        """Return the next messages, moving past them, about `MOST_BYTES` at the most; none if none are waiting."""
        return self._connection.run(lambda: self._poll(at_most))

    @property
    def position(self) -> _Offsets:
        """The offsets after what was polled."""
        return dict(self._next or {})

    def rewind(self) -> None:
        """Go back to the committed position; the brokers are asked for it by the next poll."""
        self._next = None

    def commit(self, position: _Offsets) -> None:
        """Declare everything before a position done."""
        self._connection.run(lambda: self._commit(position))

    def end(self) -> _Offsets:
        """Return the offsets after the last confirmed messages."""
        return self._connection.run(lambda: self._end(partitions(self._connection)))

    def committed(self) -> _Offsets:
        """Return the committed position; a partition without one begins with its first message."""
        return self._connection.run(lambda: self._committed(partitions(self._connection)))

    def waiting(self) -> int:
        """Count the messages after the last poll."""
        start = self._next
        return self._connection.run(lambda: self._distance(start))

    def uncommitted(self) -> int:
        """Count the messages after the committed position."""
        return self._connection.run(lambda: self._distance(None))

    def _distance(self, start: _Offsets | None) -> int:
        numbers = partitions(self._connection)
        end = self._end(numbers)
        committed = self._committed(numbers) if start is None else start
        return sum(max(0, offset - committed.get(number, 0)) for number, offset in end.items())

    def _poll(self, at_most: int) -> Sequence[Message]:
        numbers = partitions(self._connection)
        end = self._end(numbers)
        consumer = self._placed(self._start(numbers, end))
        try:
            messages = self._read(consumer, end, at_most)
        except OffsetOutOfRangeError:
            self._next = None  # the next attempt finds and reports what was lost
            raise TransientError(f"{self._connection.url.name} has deleted messages before they were read") from None
        self._next = {each.partition: consumer.position(each) for each in self._all(numbers)}
        return messages

    def _start(self, numbers: Sequence[int], end: _Offsets) -> _Offsets:
        """Return where to read on: after the last poll, or where nothing was polled at the committed position."""
        known = self._next or {}
        # Partitions may have been added; and the end lies before what was polled if the topic was made again.
        start = {number: known[number] for number in numbers if number in known and known[number] <= end[number]}
        return start if len(start) == len(numbers) else {**self._resumed(numbers), **start}

    def _resumed(self, numbers: Sequence[int]) -> _Offsets:
        """Return the committed position, and report what was deleted after it."""
        stored, begin = self._stored(numbers), self._begin(numbers)
        if lost := sum(max(0, begin[number] - offset) for number, offset in stored.items()):
            _log.warning(
                "%s has deleted %d messages before they were read: raise its retention, and run `admetrics reconcile`",
                self._connection.url.name,
                lost,
            )
        return self._committed(numbers)

    def _placed(self, start: _Offsets) -> KafkaConsumer:
        """Return the consumer, at these offsets: an attempt before may have moved it."""
        consumer = self._connection.consumer
        places = {self._place(number): offset for number, offset in start.items()}
        if consumer.assignment() != set(places):
            consumer.assign(list(places))
        for place, offset in places.items():
            consumer.seek(place, offset)  # drops what was fetched ahead only if it moves
        return consumer

    def _read(self, consumer: KafkaConsumer, end: _Offsets, at_most: int) -> Sequence[Message]:
        messages: list[Message] = []
        room = MOST_BYTES
        heard = time.monotonic()
        while len(messages) < at_most and room > 0 and self._more(consumer, end):
            found = consumer.poll(timeout_ms=500, max_records=at_most - len(messages))
            for records in found.values():
                messages.extend(map(_message, records))
                room -= sum(len(record.value or b"") for record in records)
            if found:
                heard = time.monotonic()
            elif (time.monotonic() - heard) * 1000 > self._connection.timeout_ms:  # `poll` never says that it failed
                self._connection.drop(KafkaConsumer)  # its connection may be dead without knowing it
                raise TransientError(f"{self._connection.url.name} does not send messages that it has: try again")
        return messages

    def _more(self, consumer: KafkaConsumer, end: _Offsets) -> bool:
        """Return whether a message is left; positions also pass what is no message, such as marks of transactions."""
        return any(consumer.position(self._place(number)) < offset for number, offset in end.items())

    def _commit(self, position: _Offsets) -> None:
        stored = self._stored(sorted(position))
        # Another reader of the group may have come further: what it did is done. An offset after the end of the topic
        # is from another life of it.
        end = self._end(sorted(stored)) if stored else {}
        done = {number: offset for number, offset in stored.items() if offset <= end[number]}
        ahead = {number: offset for number, offset in position.items() if offset > done.get(number, -1)}
        if ahead:
            offsets = {self._place(number): OffsetAndMetadata(offset, "", -1) for number, offset in ahead.items()}
            self._connection.consumer.commit(offsets, timeout_ms=self._connection.timeout_ms)

    def _end(self, numbers: Sequence[int]) -> _Offsets:
        return self._offsets(numbers, OffsetSpec.LATEST)

    def _begin(self, numbers: Sequence[int]) -> _Offsets:
        return self._offsets(numbers, OffsetSpec.EARLIEST)

    def _offsets(self, numbers: Sequence[int], spec: OffsetSpec) -> _Offsets:
        found = self._connection.admin.list_partition_offsets(
            dict.fromkeys(self._all(numbers), spec), IsolationLevel.READ_COMMITTED, self._connection.timeout_ms
        )
        return {place.partition: each.offset for place, each in found.items()}

    def _committed(self, numbers: Sequence[int]) -> _Offsets:
        """Return where to go on: at the first message if the committed one is not there, not yet or not any more."""
        stored, begin, end = self._stored(numbers), self._begin(numbers), self._end(numbers)
        return {
            number: offset if begin[number] <= (offset := stored.get(number, -1)) <= end[number] else begin[number]
            for number in numbers
        }

    def _stored(self, numbers: Sequence[int]) -> _Offsets:
        """Ask for the committed offsets; partitions without any are left out."""
        group = self._connection.url.group
        found = self._connection.admin.list_group_offsets({group: self._all(numbers)})[group]
        return {place.partition: each.offset for place, each in found.items() if each.offset >= 0}

    def _all(self, numbers: Sequence[int]) -> list[TopicPartition]:
        return [self._place(number) for number in numbers]

    def _place(self, number: int) -> TopicPartition:
        return TopicPartition(self._connection.url.topic, number)


def _message(record: Any) -> Message:
    return Message(record.partition, record.offset, record.key, record.value, record.headers)
