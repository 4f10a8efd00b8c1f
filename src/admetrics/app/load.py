"""Load: published rows from the bus into the warehouse."""

from collections.abc import Iterable

import attrs

from admetrics.app import storing
from admetrics.domain.row import Cell, Row
from admetrics.ports.bus import Bus
from admetrics.ports.dead_letters import DeadLetters
from admetrics.ports.warehouse import Warehouse


@attrs.frozen
class Loaded:
    """What a load did.

    Args:
        read: messages read; 0 means that nothing is waiting.
        written: rows that were new or newer than what the warehouse held.
        unreadable: messages that became dead letters.
    """

    read: int = 0
    written: int = 0
    unreadable: int = 0

    def __add__(self, other: "Loaded") -> "Loaded":
        """Add the figures of two loads."""
        return Loaded(self.read + other.read, self.written + other.written, self.unreadable + other.unreadable)


def load(*, bus: Bus, warehouse: Warehouse, dead_letters: DeadLetters, at_most: int) -> Loaded:
    """Move published rows from the bus into the warehouse, newest version per cell.

    Args:
        bus: holds the rows.
        warehouse: takes them.
        dead_letters: take the messages that are no rows.
        at_most: how many messages at the most.
    """
    try:
        delivery = bus.poll(at_most=at_most)  # guarded too: a poll that fails may have moved on
        storing.put(delivery.unreadable, dead_letters=dead_letters)
        written = warehouse.upsert(newest_per_cell(delivery.rows))
        bus.commit(delivery)  # effect first, position last: a crash before this repeats an upsert that changes nothing
    except BaseException:
        bus.rewind()
        raise
    return Loaded(len(delivery.rows) + len(delivery.unreadable), written, len(delivery.unreadable))


def newest_per_cell(rows: Iterable[Row]) -> list[Row]:
    """Keep the row of the highest version of each cell, sorted by cell."""
    newest: dict[Cell, Row] = {}
    for row in rows:
        held = newest.get(row.cell)
        if held is None or row.version > held.version:
            newest[row.cell] = row
    return [newest[cell] for cell in sorted(newest)]
