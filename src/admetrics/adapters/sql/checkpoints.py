"""The checkpoint store: what the roll-up protocol remembers."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Self

from sqlalchemy import Connection, Table, delete, func, select, update

from admetrics.adapters.sql.database import Database, reads, writes
from admetrics.adapters.sql.layout import CHECKPOINTS, prepare
from admetrics.adapters.sql.statements import chunks, pairs, put, selected, within
from admetrics.adapters.sql.tables import adopted_lake, cells, counter, handled, hour_claims, minute_claims, requests
from admetrics.domain.dimensions import DimensionChange, Subject
from admetrics.domain.rollup.arrival import Arrival, ArrivalKey
from admetrics.domain.rollup.minutes import ALL_MINUTES
from admetrics.domain.rollup.row import Cell
from admetrics.domain.rules.digest import VANISHED, Digest
from admetrics.domain.times import Period, hours_of
from admetrics.ports.adapter import Resources
from admetrics.ports.checkpoints import Claim, HourState

_IN_DOUBT = None


class SqlCheckpoints:
    """The checkpoint store in a SQL database.

    Args:
        database: holds its tables, which are created if they are missing.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        prepare(database, CHECKPOINTS)

    @classmethod
    def open(cls, url: str, resources: Resources) -> Self:
        """Open the store in the database of a URL."""
        return cls(resources.shared(Database.open, url))

    @writes
    def next_version(self, connection: Connection) -> int:
        """Take the next version."""
        return _raise_counter(connection)

    @reads
    def last_version(self, connection: Connection) -> int:
        """Return the highest version that was taken."""
        return int(connection.scalars(select(counter.c.version)).one())

    @reads
    def lake(self, connection: Connection) -> str | None:
        """Return the lake that the claims are of."""
        return _lake(connection)

    @writes
    def adopt(self, connection: Connection, lake: str, *, instead: bool = False) -> str:
        """Remember a lake, unless one is remembered."""
        _wait_for_turn(connection)
        known = _lake(connection)
        if known is not None and not instead:
            return known
        put(connection, adopted_lake, [{"id": 1, "identity": lake}])
        return lake

    @reads
    def handled(self, connection: Connection) -> frozenset[ArrivalKey]:
        """Return the handled pairs."""
        return frozenset(_keys(connection, handled))

    @writes
    def forget(self, connection: Connection, keys: Collection[ArrivalKey]) -> None:
        """Forget handled pairs."""
        _delete_keys(connection, handled, keys)

    @reads
    def requests(self, connection: Connection) -> Sequence[Arrival]:
        """Return the requested arrivals that are not handled, by batch and hour."""
        return [Arrival(key, ALL_MINUTES) for key in sorted(_keys(connection, requests))]

    @writes
    def request(self, connection: Connection, batch: str, hours: Collection[datetime]) -> None:
        """Record an arrival for each of these hours."""
        _put_keys(connection, requests, (ArrivalKey(batch, hour) for hour in hours))

    @writes
    def claim(
        self,
        connection: Connection,
        version: int,
        *,
        hours: Collection[datetime],
        digests: Mapping[Cell, Digest],
        reused: Mapping[datetime, int],
    ) -> Claim:
        """Announce that this version computed some hours, and find what it must publish."""
        _wait_for_turn(connection)
        granted = _granted(connection, version, hours, reused)
        _record_claims(connection, version, granted, reused)
        computed = _by_hour(digests)
        changed = frozenset(
            cell for hour in granted for cell in _changed(_stored(connection, hour), computed.get(hour, {}))
        )
        _put_cells(connection, version, dict.fromkeys(changed, _IN_DOUBT))
        return Claim(granted, changed)

    @writes
    def commit(
        self,
        connection: Connection,
        version: int,
        *,
        digests: Mapping[Cell, Digest],
        arrivals: Collection[ArrivalKey],
    ) -> None:
        """Record that the claimed cells were published."""
        _wait_for_turn(connection)
        if digests:
            statement = select(*_CELL).where(cells.c.version == version)
            still = {Cell(*row) for row in connection.execute(statement)}
            _put_cells(connection, version, {cell: new for cell, new in digests.items() if cell in still})
        requested = set(_keys(connection, requests)).intersection(arrivals)
        _delete_keys(connection, requests, requested)
        _put_keys(connection, handled, (key for key in arrivals if key not in requested))

    @writes
    def reopen(
        self,
        connection: Connection,
        batch: str,
        *,
        hours: Collection[datetime],
        cells: Collection[Cell],
        above: int,
    ) -> int:
        """Make hours dirty so that all of their cells are published again."""
        version = _raise_counter(connection, above=above)
        _record_claims(connection, version, hours, {})
        doubtful = {cell for hour in hours for cell in _stored(connection, hour)}.union(cells)
        _put_cells(connection, version, dict.fromkeys(doubtful, _IN_DOUBT))
        _put_keys(connection, requests, (ArrivalKey(batch, hour) for hour in hours))
        return version

    @reads
    def states(self, connection: Connection, hours: Collection[datetime]) -> Mapping[datetime, HourState]:
        """Return the state of each of the hours."""
        versions = _claims(connection, hours)
        in_doubt = select(cells.c.hour, func.count()).where(cells.c.digest.is_(None)).group_by(cells.c.hour)
        doubts: dict[datetime, int] = pairs(selected(connection, in_doubt, cells.c.hour, hours))
        return {hour: HourState(versions.get(hour, 0), doubts.get(hour, 0)) for hour in hours}

    @reads
    def hours(self, connection: Connection, period: Period) -> Sequence[datetime]:
        """Return the hours of a period that were ever claimed, ascending."""
        hour = hour_claims.c.hour
        return connection.scalars(select(hour).where(*within(hour, period)).order_by(hour)).all()

    @reads
    def hours_of(self, connection: Connection, moved: Collection[DimensionChange]) -> frozenset[datetime]:
        """Return the hours that have cells of these jobs and campaigns.

        Those of campaigns are searched without an index: a flight seldom changes, and each claim would write it.
        """
        hours: set[datetime] = set()
        for subject in Subject:
            ids = [each.id for each in moved if each.subject is subject]
            found = selected(connection, select(cells.c.hour).distinct(), cells.c[subject.value], ids)
            hours.update(hour for (hour,) in found)
        return frozenset(hours)


_CELL = (cells.c.hour, cells.c.job, cells.c.publisher, cells.c.campaign, cells.c.group_id)


def _wait_for_turn(connection: Connection) -> int:
    """Let claims, commits and reopenings run one after the other; on SQLite all that write do so anyway.

    Returns:
        The last version taken. Its row stays locked until the transaction ends.
    """
    return int(connection.scalars(select(counter.c.version).with_for_update()).one())


def _lake(connection: Connection) -> str | None:
    return connection.scalars(select(adopted_lake.c.identity)).one_or_none()


def _raise_counter(connection: Connection, *, above: int = 0) -> int:
    """Take a version higher than all before, and than `above`."""
    version = max(_wait_for_turn(connection), above) + 1
    connection.execute(update(counter).values(version=version))
    return version


def _claims(connection: Connection, hours: Iterable[datetime]) -> dict[datetime, int]:
    return pairs(selected(connection, select(hour_claims), hour_claims.c.hour, hours))


def _granted(
    connection: Connection, version: int, hours: Collection[datetime], reused: Mapping[datetime, int]
) -> frozenset[datetime]:
    """Leave out the hours that a higher version claimed, or of which a reused minute was claimed again."""
    last = _claims(connection, hours)
    own_rows = select(minute_claims.c.minute, minute_claims.c.version)
    own = pairs(selected(connection, own_rows, minute_claims.c.hour, hours_of(reused)))
    claimed_anew = {
        minute for minute, at in reused.items() if own.get(minute, last.get(minute.replace(minute=0), 0)) != at
    }
    stale = hours_of(claimed_anew)
    return frozenset(hour for hour in hours if hour not in stale and last.get(hour, 0) <= version)


def _record_claims(
    connection: Connection, version: int, hours: Collection[datetime], reused: Mapping[datetime, int]
) -> None:
    """Make this the last claim of the hours; a minute has its own row only where its last claim is an older one."""
    put(connection, hour_claims, ({"hour": hour, "version": version} for hour in hours))
    for some in chunks(hours):
        connection.execute(delete(minute_claims).where(minute_claims.c.hour.in_(some)))
    kept = ((minute.replace(minute=0), minute, at) for minute, at in reused.items())
    put(
        connection,
        minute_claims,
        ({"hour": hour, "minute": minute, "version": at} for hour, minute, at in kept if hour in hours),
    )


def _stored(connection: Connection, hour: datetime) -> dict[Cell, Digest | None]:
    """Read the cells of an hour; one hour at a time, because reading its time from each row would take longer."""
    statement = select(*_CELL[1:], cells.c.digest).where(cells.c.hour == hour)
    return {Cell(hour, job, *key): digest for job, *key, digest in connection.execute(statement)}


def _by_hour(digests: Mapping[Cell, Digest]) -> Mapping[datetime, Mapping[Cell, Digest]]:
    hours: defaultdict[datetime, dict[Cell, Digest]] = defaultdict(dict)
    for cell, digest in digests.items():
        hours[cell.hour][cell] = digest
    return hours


def _changed(stored: Mapping[Cell, Digest | None], computed: Mapping[Cell, Digest]) -> Iterator[Cell]:
    """Find the cells that differ, vanished, or are in doubt (which is a digest that nothing equals)."""
    yield from (cell for cell, new in computed.items() if stored.get(cell) != new)
    yield from (cell for cell, old in stored.items() if old != VANISHED and cell not in computed)


def _put_cells(connection: Connection, version: int, digests: Mapping[Cell, Digest | None]) -> None:
    rows = (
        {
            "hour": cell.hour,
            "job": cell.job,
            "publisher": cell.publisher,
            "campaign": cell.campaign,
            "group_id": cell.group,
            "version": version,
            "digest": digest,
        }
        for cell, digest in digests.items()
    )
    put(connection, cells, rows)


def _keys(connection: Connection, table: Table) -> Iterator[ArrivalKey]:
    for batch, hour in connection.execute(select(table.c.batch, table.c.hour)):
        yield ArrivalKey(batch, hour)


def _put_keys(connection: Connection, table: Table, keys: Iterable[ArrivalKey]) -> None:
    put(connection, table, ({"batch": key.batch, "hour": key.hour} for key in keys))


def _delete_keys(connection: Connection, table: Table, keys: Iterable[ArrivalKey]) -> None:
    hours: defaultdict[str, set[datetime]] = defaultdict(set)
    for key in keys:
        hours[key.batch].add(key.hour)
    for batch, dirty in hours.items():
        for some in chunks(sorted(dirty)):
            connection.execute(delete(table).where(table.c.batch == batch, table.c.hour.in_(some)))
