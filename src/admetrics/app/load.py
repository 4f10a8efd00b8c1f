"""Load: published rows from the bus into the warehouse."""

from collections.abc import Iterable, Sequence
from itertools import filterfalse
from typing import Final

import attrs

from admetrics.app import storing
from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.domain.rollup.message import encode_row
from admetrics.domain.rollup.row import FURTHEST, Cell, Row
from admetrics.ports.bus import Bus
from admetrics.ports.checkpoints import Checkpoints
from admetrics.ports.clock import Clock
from admetrics.ports.dead_letters import DeadLetters
from admetrics.ports.warehouse import Warehouse

_FOREIGN: Final = Rejection(
    Reason.BAD_MESSAGE,
    "version is far beyond any that was taken: no roll-up of ours wrote it",
)


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


def load(
    *,
    bus: Bus,
    warehouse: Warehouse,
    checkpoints: Checkpoints,
    dead_letters: DeadLetters,
    clock: Clock,
    at_most: int,
) -> Loaded:
    """Move published rows from the bus into the warehouse, newest version per cell.

    Args:
        bus: holds the rows.
        warehouse: takes them.
        checkpoints: tell which versions there can be.
        dead_letters: take the messages that are no rows, or rows of no roll-up.
        clock: tells when these were met.
        at_most: how many messages at the most.
    """
    try:
        delivery = bus.poll(at_most=at_most)  # guarded too: a poll that fails may have moved on
        rows, foreign = _by_origin(delivery.rows, checkpoints.last_version())
        unreadable = [*delivery.unreadable, *(_letter(row, clock) for row in foreign)]
        storing.put(unreadable, dead_letters=dead_letters)
        written = warehouse.upsert(newest_per_cell(rows))
        bus.commit(delivery)  # effect first, position last: a crash before this repeats an upsert that changes nothing
    except BaseException:
        bus.rewind()
        raise
    return Loaded(len(delivery.rows) + len(delivery.unreadable), written, len(unreadable))


def _by_origin(rows: Sequence[Row], last: int) -> tuple[Sequence[Row], Sequence[Row]]:
    """Part the rows of roll-ups from those that none of them could ever replace.

    A version somewhat beyond the last one is that of a roll-up before the checkpoint store was lost.
    """

    def is_foreign(row: Row) -> bool:
        return row.version > last + FURTHEST

    return list(filterfalse(is_foreign, rows)), list(filter(is_foreign, rows))


def _letter(row: Row, clock: Clock) -> DeadLetter:
    return DeadLetter("bus", row.version, encode_row(row), _FOREIGN, clock.now())


def newest_per_cell(rows: Iterable[Row]) -> list[Row]:
    """Keep the row of the highest version of each cell, sorted by cell."""
    newest: dict[Cell, Row] = {}
    for row in rows:
        held = newest.get(row.cell)
        if held is None or row.version > held.version:
            newest[row.cell] = row
    return [newest[cell] for cell in sorted(newest)]
