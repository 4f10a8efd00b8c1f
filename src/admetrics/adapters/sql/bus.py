"""The bus as a table, consumed by deleting exactly what was read."""

from collections.abc import Sequence
from typing import Self

from sqlalchemy import Connection, delete, func, insert, select

from admetrics.adapters.sql.database import Database, reads, writes
from admetrics.adapters.sql.layout import BUS, prepare
from admetrics.adapters.sql.statements import ROWS_AT_ONCE, chunks
from admetrics.adapters.sql.tables import bus
from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.rejection import Rejection
from admetrics.domain.rollup.message import decode_row, encode_row
from admetrics.domain.rollup.row import Row
from admetrics.ports.adapter import Resources
from admetrics.ports.bus import Delivery
from admetrics.ports.clock import Clock


class SqlBus:
    """Table `bus`: a message a row.

    A position would be wrong: an id is given when a row is inserted, and a transaction with lower ids may commit
    after one with higher ids, so `id > position` skips messages. What was read and committed is deleted instead;
    what was only read is remembered here until it is.

    Args:
        database: holds the table, which is created if it is missing.
        clock: tells when an unreadable message was seen.
    """

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._polled: frozenset[int] = frozenset()
        prepare(database, BUS)

    @classmethod
    def open(cls, url: str, resources: Resources) -> Self:
        """Open the bus in the database of a URL."""
        return cls(resources.shared(Database.open, url), clock=resources.clock)

    def publish(self, rows: Sequence[Row]) -> None:
        """Store rows in one transaction; no rows need none."""
        if rows:
            self._insert([{"message": encode_row(row).decode("ascii")} for row in rows])

    @writes
    def _insert(self, connection: Connection, messages: Sequence[dict[str, str]]) -> None:
        for some in chunks(messages, ROWS_AT_ONCE):
            connection.execute(insert(bus), some)

    def poll(self, *, at_most: int) -> Delivery:
        """Return the next messages that were not polled since the last rewind."""
        found = [message for message in self._first(at_most + len(self._polled)) if message[0] not in self._polled]
        messages = found[:at_most]
        ids = frozenset(number for number, _ in messages)
        self._polled |= ids
        return self._delivery(messages, ids)

    @reads
    def _first(self, connection: Connection, at_most: int) -> Sequence[tuple[int, str]]:
        statement = select(bus.c.id, bus.c.message).order_by(bus.c.id).limit(at_most)
        return [(number, message) for number, message in connection.execute(statement)]

    def _delivery(self, messages: Sequence[tuple[int, str]], ids: frozenset[int]) -> Delivery:
        now = self._clock.now()
        rows: list[Row] = []
        unreadable: list[DeadLetter] = []
        for number, message in messages:
            data = message.encode()
            decoded = decode_row(data)
            if isinstance(decoded, Rejection):
                unreadable.append(DeadLetter("bus", number, data, decoded, now))
            else:
                rows.append(decoded)
        return Delivery(rows, unreadable, ids)

    def commit(self, delivery: Delivery) -> None:
        """Delete what was delivered."""
        ids = delivery.position
        if isinstance(ids, frozenset) and ids:
            self._delete(ids)
            self._polled -= ids

    @writes
    def _delete(self, connection: Connection, ids: frozenset[int]) -> None:
        for some in chunks(sorted(ids)):
            connection.execute(delete(bus).where(bus.c.id.in_(some)))

    def rewind(self) -> None:
        """Deliver again what was not committed."""
        self._polled = frozenset()

    @reads
    def end_offset(self, connection: Connection) -> object:
        """Return the highest id, 0 if there is none."""
        return connection.scalar(select(func.max(bus.c.id))) or 0

    @reads
    def passed(self, connection: Connection, offset: object) -> bool:
        """Return whether no message up to an end offset is left."""
        return connection.scalar(select(bus.c.id).where(bus.c.id <= offset).limit(1)) is None

    @reads
    def lag(self, connection: Connection) -> int:
        """Count the messages that are left."""
        return connection.scalar(select(func.count()).select_from(bus)) or 0
