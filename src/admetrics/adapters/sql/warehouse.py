"""The warehouse: table `events`, guarded by versions, the accounting, and the results of reconcile."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Self

import attrs
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    true,
)  # fmt: skip
from sqlalchemy import Row as Found
from sqlalchemy.dialects import mysql, sqlite

from admetrics.adapters.sql.database import Database, reads, writes
from admetrics.adapters.sql.days import day_to_summarize, days_that_differ, invalidate, plan_reads, summarize
from admetrics.adapters.sql.layout import WAREHOUSE, prepare
from admetrics.adapters.sql.literals import insert_rows
from admetrics.adapters.sql.statements import ROWS_AT_ONCE, chunks, pairs, put, selected, selected_in_hours, within
from admetrics.adapters.sql.tables import accounting, events, not_all_zero, reconciliations, sums_of
from admetrics.domain.errors import PermanentError
from admetrics.domain.metrics.measures import ZERO, Measures
from admetrics.domain.reporting import hourly_table as events_table
from admetrics.domain.reporting.axis import Axis
from admetrics.domain.rollup.reconciliation import Reconciliation
from admetrics.domain.rollup.row import Cell, Row, StoredRow
from admetrics.domain.rules.outcome import Outcome
from admetrics.domain.times import Period
from admetrics.ports.adapter import Resources
from admetrics.ports.clock import Clock
from admetrics.ports.warehouse import EVERYWHERE, Key, Total, Where

_KEY: Final = (events.c.event_hour, events.c.job_id, events.c.publisher_id, events.c.campaign_id, events.c.group_id)
_MEASURES: Final = tuple(events.c[name] for name in events_table.MEASURES)
_STORED: Final = (
    events.c.latest_update_time, events.c.company_id, events.c.version, events.c.sources, *_KEY, *_MEASURES,
)  # fmt: skip
_ROWS_IN_HAND: Final = 20_000
_PERIODS_AT_ONCE: Final = 200  # SQLite parses no expression deeper than 1,000

_RowKey = tuple[datetime, int, int, int, int]


class SqlWarehouse:
    """Tables `events`, `accounting` and `reconciliations`.

    Args:
        database: holds them; they are created if they are missing.
        clock: tells when a row changed.
    """

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        prepare(database, WAREHOUSE)

    @classmethod
    def open(cls, url: str, resources: Resources) -> Self:
        """Open the warehouse in the database of a URL."""
        return cls(resources.shared(Database.open, url), clock=resources.clock)

    def upsert(self, rows: Sequence[Row]) -> int:
        """Write rows where the stored version is lower."""
        if not rows:
            return 0
        by_key = {_key(row.cell): row for row in rows}
        # In the order of the key: two writers that lock rows in one order wait for each other, but never in a ring.
        return self._upsert({key: by_key[key] for key in sorted(by_key)}, self._clock.now())

    @writes
    def _upsert(self, connection: Connection, rows: Mapping[_RowKey, Row], now: datetime) -> int:
        invalidate(connection, {key[0] for key in rows}, now)
        written = 0
        for some in chunks(rows.items(), ROWS_AT_ONCE):
            stored = _versions(connection, dict(some))
            newer = [row for key, row in some if row.version > stored.get(key, 0)]
            if newer:  # the statement compares versions too: another writer may have come in between
                self._put(connection, newer, now)
            written += len(newer)
        return written

    def _put(self, connection: Connection, rows: Sequence[Row], now: datetime) -> None:
        values = (events_table.values(StoredRow(row, now)) for row in rows)
        if self._database.is_sqlite:
            by_name = [dict(zip(events_table.COLUMNS, each, strict=True)) for each in values]
            connection.execute(_upsert_sqlite(), by_name)
        else:
            insert_rows(connection, _upsert_mysql(), events.columns.values(), values)

    def rows(self, period: Period) -> Iterable[StoredRow]:
        """Return the rows of a period, sorted by cell; read some hours at a time, so that memory stays small."""
        return self._rows_of(self._sizes(period))

    def rows_of(self, hours: Collection[datetime]) -> Iterable[StoredRow]:
        """Return the rows of some hours, sorted by cell; read some hours at a time, so that memory stays small."""
        return self._rows_of(self._sizes_of(hours))

    def _rows_of(self, sizes: Mapping[datetime, int]) -> Iterator[StoredRow]:
        for hours in _portions(sizes):
            yield from self._portion(hours)

    @reads
    def _sizes(self, connection: Connection, period: Period) -> Mapping[datetime, int]:
        hour = events.c.event_hour
        found = connection.execute(select(hour, func.count()).where(*within(hour, period)).group_by(hour))
        return pairs(found)

    @reads
    def _sizes_of(self, connection: Connection, hours: Collection[datetime]) -> Mapping[datetime, int]:
        hour = events.c.event_hour
        found = selected(connection, select(hour, func.count()).group_by(hour), hour, hours)
        return pairs(found)

    @reads
    def _portion(self, connection: Connection, hours: Sequence[datetime]) -> Sequence[StoredRow]:
        found = selected(connection, select(*_STORED).order_by(*_KEY), events.c.event_hour, hours)
        return [_stored(row) for row in found]

    @reads
    def hours(self, connection: Connection, period: Period) -> Sequence[datetime]:
        """Return the hours of a period that have rows, ascending."""
        hour = events.c.event_hour
        return connection.scalars(select(hour).where(*within(hour, period)).distinct().order_by(hour)).all()

    @reads
    def span(self, connection: Connection, period: Period) -> tuple[datetime, datetime] | None:
        """Return the first and the last hour of a period; each is asked for alone, which the key answers at once."""
        hour = events.c.event_hour
        first: datetime | None = connection.scalar(select(func.min(hour)).where(*within(hour, period)))
        last: datetime | None = connection.scalar(select(func.max(hour)).where(*within(hour, period)))
        return (first, last) if first is not None and last is not None else None

    @reads
    def highest_version(self, connection: Connection) -> int:
        """Return the highest version of any row."""
        return connection.scalar(select(func.max(events.c.version))) or 0

    @reads
    def last_update(self, connection: Connection) -> datetime | None:
        """Return when any row last changed, as far as this clock has come."""
        changed = events.c.latest_update_time
        last = select(func.max(changed))
        latest: datetime | None = connection.scalar(last.where(changed <= self._clock.now())) or connection.scalar(last)
        return latest

    @reads
    def totals(
        self, connection: Connection, period: Period, by: Sequence[Axis], where: Where = EVERYWHERE
    ) -> Sequence[Total]:
        """Sum rows of a period by some axes."""
        sums: defaultdict[tuple[Key, ...], Measures] = defaultdict(lambda: ZERO)
        by_hour = Axis.HOUR in {*by, *where}
        for table, periods in [(events, [period])] if by_hour else plan_reads(connection, period):
            for some in chunks(periods, _PERIODS_AT_ONCE):
                for row in connection.execute(_sums(table, some, by, where)):
                    if row[-1] is not None:
                        sums[tuple(row[: len(by)])] += _measures(row[len(by) :])
        totals = [Total(keys, measures) for keys, measures in sums.items()]
        return sorted(totals, key=lambda total: [(key is not None, key) for key in total.keys])

    def summarize_day(self) -> datetime | None:
        """Sum up a day that is over and has been left alone for a while."""
        now = self._clock.now()
        # Asked with every load, and mostly for nothing: so no writer has to wait for the question.
        day = self._database.read(lambda connection: day_to_summarize(connection, now))
        return day and self._database.write(lambda connection: summarize(connection, day, now))

    @writes
    def prune(self, connection: Connection, unchanged_since: datetime) -> int:
        """Delete old rows of nothing but zeros."""
        old = and_(~not_all_zero(events), events.c.latest_update_time < unchanged_since)
        count = connection.scalar(select(func.count()).select_from(events).where(old)) or 0
        connection.execute(delete(events).where(old))
        return count

    def flaws(self, hours: Collection[datetime]) -> Mapping[Cell, Sequence[str]]:
        """Return which columns of the rows of some hours do not show what follows from their row."""
        portions = _portions(self._sizes_of(hours))
        return {cell: wrong for some in portions for cell, wrong in self._flaws(some) if wrong}

    @reads
    def _flaws(self, connection: Connection, hours: Sequence[datetime]) -> Sequence[tuple[Cell, Sequence[str]]]:
        # The columns come first: SQLAlchemy gives a column that is asked for twice once.
        shown = [events.c[name] for name in events_table.COLUMNS]
        found = selected(connection, select(*shown), events.c.event_hour, hours)
        return [_wrong_columns(dict(zip(events_table.COLUMNS, row, strict=True))) for row in found]

    @writes
    def discard(self, connection: Connection, cells: Collection[Cell]) -> None:
        """Delete the rows of these cells."""
        invalidate(connection, {cell.hour for cell in cells}, self._clock.now())
        for cell in cells:
            key = zip(_KEY, _key(cell), strict=True)
            connection.execute(delete(events).where(*(column == value for column, value in key)))

    def wrong_days(self, period: Period, *, repair: bool) -> Sequence[datetime]:
        """Return the days of a period whose sums are not those of their rows."""
        wrong = self._database.read(lambda connection: list(days_that_differ(connection, period)))
        if wrong and repair:
            self._database.write(lambda connection: invalidate(connection, wrong, self._clock.now()))
        return wrong

    @writes
    def put_accounting(self, connection: Connection, hours: Collection[datetime], outcomes: Sequence[Outcome]) -> None:
        """Replace the accounting of some hours."""
        for hours_chunk in chunks(sorted(hours)):
            connection.execute(delete(accounting).where(accounting.c.event_hour.in_(hours_chunk)))
        for some in chunks(sorted(outcomes), ROWS_AT_ONCE):
            connection.execute(
                insert(accounting),
                [{"event_hour": each.hour, "outcome": each.outcome, "events": each.events} for each in some],
            )

    @reads
    def accounting(self, connection: Connection, period: Period) -> Iterable[Outcome]:
        """Return the stored accounting of a period."""
        hour = accounting.c.event_hour
        statement = select(accounting).where(*within(hour, period)).order_by(hour, accounting.c.outcome)
        return [Outcome(*row) for row in connection.execute(statement)]

    @writes
    def put_reconciliation(self, connection: Connection, result: Reconciliation) -> None:
        """Remember what a run of reconcile found."""
        put(connection, reconciliations, [attrs.asdict(result)])

    @reads
    def reconciliations(self, connection: Connection) -> Iterable[Reconciliation]:
        """Return what all runs of reconcile found, by time."""
        statement = select(reconciliations).order_by(reconciliations.c.made)
        return [Reconciliation(*row) for row in connection.execute(statement)]


def _key(cell: Cell) -> _RowKey:
    return cell.hour, cell.job, cell.publisher, cell.campaign, cell.group


def _stored(found: Found[Any]) -> StoredRow:
    updated, company, version, source, *rest = tuple(found)
    row = Row(Cell(*rest[: len(_KEY)]), _measures(map(_number, rest[len(_KEY) :])), company, version, source)
    return StoredRow(row, updated)


def _number(value: Any) -> Any:
    """Take what is no number for 0: SQLite stores any text anywhere, and infinities; `flaws` tells it."""
    return value if isinstance(value, int | float) and math.isfinite(value) else 0


def _wrong_columns(shown: Mapping[str, Any]) -> tuple[Cell, Sequence[str]]:
    cell = Cell(*(shown[column.name] for column in _KEY))
    measures = _measures(_number(shown[column]) for column in events_table.MEASURES)
    row = Row(cell, measures, shown["company_id"], shown["version"], shown["sources"])
    expected = zip(events_table.COLUMNS, events_table.values(StoredRow(row, shown["latest_update_time"])), strict=True)
    return cell, [name for name, value in expected if shown[name] != value]


def _measures(sums: Iterable[Any]) -> Measures:
    """Turn sums into integers again: doubles hold them exactly up to 2^53.

    Raises:
        PermanentError: somebody wrote infinities into the table.
    """
    try:
        return Measures(*map(int, sums))
    except (OverflowError, ValueError):
        raise PermanentError(
            "a sum in the warehouse is no finite number: `admetrics reconcile --repair` finds the rows and repairs them"
        ) from None


def _versions(connection: Connection, rows: Mapping[_RowKey, Row]) -> Mapping[_RowKey, int]:
    """Read the versions that may hold back any of these rows, and some of rows that share hour and job with them.

    What is older than all of these rows is left out: most of what is stored, and reading it takes long.
    """
    jobs: defaultdict[datetime, set[int]] = defaultdict(set)
    for hour, job, *_ in rows:
        jobs[hour].add(job)
    least = min(row.version for row in rows.values())
    statement = select(*_KEY, events.c.version).where(events.c.version >= least)
    found = selected_in_hours(connection, statement, (events.c.event_hour, events.c.job_id), jobs)
    return {(row[0], row[1], row[2], row[3], row[4]): row[5] for row in found}


def _portions(sizes: Mapping[datetime, int]) -> Iterator[Sequence[datetime]]:
    """Cut hours, ascending, into portions of few rows, or of one hour."""
    portion: list[datetime] = []
    rows = 0
    for hour in sorted(sizes):
        if portion and rows + sizes[hour] > _ROWS_IN_HAND:
            yield portion
            portion, rows = [], 0
        portion.append(hour)
        rows += sizes[hour]
    if portion:
        yield portion


def _sums(table: Table, periods: Iterable[Period], by: Sequence[Axis], where: Where) -> Select[Any]:
    keys = [table.c[axis.column] for axis in by]
    chosen = [table.c[axis.column] == key for axis, key in where.items()]  # IS NULL for None
    time = table.c.event_hour if table is events else table.c.dates
    times = or_(*(and_(true(), *within(time, period)) for period in periods))
    return select(*keys, *sums_of(table)).where(times, *chosen, not_all_zero(table)).group_by(*keys)


def _upsert_sqlite() -> Any:
    statement = sqlite.insert(events)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=list(_KEY),
        set_={column.name: _replacement(column, new) for column in _not_key()},
        where=new.version > events.c.version,
    )


def _upsert_mysql() -> Any:
    """Guard each column: assignments run from left to right, so what others compare with is assigned last.

    The time of change compares old measures with new ones, so it comes first; all compare versions.
    """
    statement = mysql.insert(events)
    new = statement.inserted
    newer = new.version > events.c.version
    place = {events.c.latest_update_time.name: 0, events.c.version.name: 2}
    ordered = sorted(_not_key(), key=lambda column: place.get(column.name, 1))
    return statement.on_duplicate_key_update(
        [(column.name, func.if_(newer, _replacement(column, new), column)) for column in ordered]
    )


def _not_key() -> Sequence[Column[Any]]:
    """Return the columns that can change: neither the key, nor what follows from its hour."""
    fixed = {*_KEY, events.c.dates, events.c.hours}
    return [column for column in events.columns if column not in fixed]


def _replacement(column: Column[Any], new: Any) -> ColumnElement[Any]:
    """Return what a newer version sets a column to; the time of change stays if nothing changed."""
    if column is not events.c.latest_update_time:
        replacement: ColumnElement[Any] = new[column.name]
        return replacement
    # No value is bound here: PyMySQL writes many rows into one statement only if all parameters stand in its rows.
    same_company = events.c.company_id.is_not_distinct_from(new.company_id)
    same = and_(same_company, *(old == new[old.name] for old in _MEASURES))
    return case((same, column), else_=new[column.name])
