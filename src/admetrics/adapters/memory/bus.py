"""The bus in memory: consumers that share one log."""

from collections.abc import Sequence

from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.rejection import Rejection
from admetrics.domain.rollup.message import decode_row, encode_row
from admetrics.domain.rollup.row import Row
from admetrics.ports.bus import Delivery
from admetrics.ports.clock import Clock


class MemoryLog:
    """Messages that were confirmed and not committed, by number."""

    def __init__(self) -> None:
        self.waiting: dict[int, bytes] = {}
        self.last = 0

    def append(self, message: bytes) -> None:
        """Take a message; the bus writes rows only, but anything can lie on a log."""
        self.last += 1
        self.waiting[self.last] = message


class MemoryBus:
    """One consumer of a log; what it commits is gone for all of them.

    Several consumers may be delivered the same message, as long as none of them has committed it.

    Args:
        clock: tells when an unreadable message was seen.
        log: shared with other consumers; a new one if it is not given.
    """

    def __init__(self, *, clock: Clock, log: MemoryLog | None = None) -> None:
        self.log = log or MemoryLog()
        self._clock = clock
        self._polled: frozenset[int] = frozenset()

    def publish(self, rows: Sequence[Row]) -> None:
        """Append rows to the log."""
        for row in rows:
            self.log.append(encode_row(row))

    def poll(self, *, at_most: int) -> Delivery:
        """Return the next messages that were not polled since the last rewind."""
        numbers = [number for number in self.log.waiting if number not in self._polled]
        return self._delivery(numbers[:at_most])

    def _delivery(self, numbers: Sequence[int]) -> Delivery:
        self._polled |= frozenset(numbers)
        read = {number: decode_row(self.log.waiting[number]) for number in numbers}
        return Delivery(
            rows=[row for row in read.values() if isinstance(row, Row)],
            unreadable=[
                DeadLetter("bus", number, self.log.waiting[number], rejection, self._clock.now())
                for number, rejection in read.items()
                if isinstance(rejection, Rejection)
            ],
            position=frozenset(numbers),
        )

    def commit(self, delivery: Delivery) -> None:
        """Remove what was delivered from the log."""
        if isinstance(delivery.position, frozenset):
            for number in delivery.position:
                self.log.waiting.pop(number, None)

    def rewind(self) -> None:
        """Deliver again what was not committed."""
        self._polled = frozenset()

    def end_offset(self) -> object:
        """Return the number of the last message."""
        return self.log.last

    def passed(self, offset: object) -> bool:
        """Return whether no message up to an end offset is waiting."""
        return isinstance(offset, int) and all(number > offset for number in self.log.waiting)

    def lag(self) -> int:
        """Count the messages that are waiting."""
        return len(self.log.waiting)
