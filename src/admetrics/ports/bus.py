"""The port to the bus: computed rows on their way to the warehouse."""

from collections.abc import Sequence
from typing import Protocol

import attrs

from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.rollup.row import Row


@attrs.frozen
class Delivery:
    """What one poll returned; empty when nothing is waiting.

    Args:
        rows: readable messages, in the order of the bus; several of one cell are possible.
        unreadable: messages that are no rows, as dead letters.
        position: the bus's own note of what was delivered, for `commit`.
    """

    rows: Sequence[Row]
    unreadable: Sequence[DeadLetter] = ()
    position: object = None


class Bus(Protocol):
    """At-least-once delivery of rows; order is not promised, versions decide."""

    def publish(self, rows: Sequence[Row]) -> None:
        """Send rows; when this returns, the bus has confirmed all of them.

        If it raises, some may have been sent: sending again is safe.
        """
        ...

    def poll(self, *, at_most: int) -> Delivery:
        """Return the next messages, moving past them; messages that were confirmed before are found."""
        ...

    def commit(self, delivery: Delivery) -> None:
        """Declare a delivery loaded: its messages are not delivered again after a restart."""
        ...

    def rewind(self) -> None:
        """Go back to the last commit: what was polled since then is delivered again."""
        ...

    def end_offset(self) -> object:
        """Return a note of the present end of the bus: every message confirmed by now lies before it."""
        ...

    def passed(self, offset: object) -> bool:
        """Return whether every message before an end offset has been committed, by any consumer."""
        ...

    def lag(self) -> int:
        """Return how many messages are waiting: confirmed and not committed."""
        ...
