"""Prune: forget what is old and of no more use, dead letters and rows of nothing but zeros."""

from datetime import timedelta

import attrs

from admetrics.domain.errors import IncompatibleError
from admetrics.ports.clock import Clock
from admetrics.ports.dead_letters import DeadLetters
from admetrics.ports.warehouse import Warehouse

LEAST_AGE = timedelta(days=14)
"""Twice the time that a bus keeps its messages unless told otherwise: no message older than that can come."""


@attrs.frozen
class Pruned:
    """What was forgotten.

    Args:
        dead_letters: how many dead letters.
        rows: how many rows of nothing but zeros.
    """

    dead_letters: int
    rows: int


def prune(*, warehouse: Warehouse, dead_letters: DeadLetters, clock: Clock, older_than: timedelta) -> Pruned:
    """Forget dead letters that were first seen, and zero rows that last changed, longer ago than an age.

    A zero row keeps older messages from resurrecting its cell, so it must stay for as long as the bus may deliver them.

    Args:
        warehouse: loses the rows.
        dead_letters: lose the letters.
        clock: tells now.
        older_than: the age; longer than the bus keeps its messages.

    Raises:
        IncompatibleError: the age is less than `LEAST_AGE`.
    """
    if older_than < LEAST_AGE:
        raise IncompatibleError(
            f"what is pruned must be older than {LEAST_AGE.days} days or more: zero rows keep older messages out"
        )
    before = clock.now() - older_than
    return Pruned(dead_letters=dead_letters.prune(before), rows=warehouse.prune(before))
