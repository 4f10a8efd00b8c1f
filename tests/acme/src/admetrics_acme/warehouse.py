"""The warehouse in an Acme file."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Self

import attrs

from admetrics import Axis
from admetrics.domain.metrics.measures import ZERO, Measures
from admetrics.domain.rollup.reconciliation import Reconciliation
from admetrics.domain.rollup.row import Cell, Row, StoredRow
from admetrics.domain.rules.outcome import Outcome
from admetrics.domain.times import Period
from admetrics.ports.adapter import Resources
from admetrics.ports.clock import Clock
from admetrics.ports.warehouse import EVERYWHERE, Key, Total, Where, is_there, key_of
from admetrics_acme.store import AcmeStore

_CELL = 'hour = ? AND job = ? AND publisher = ? AND campaign = ? AND "group" = ?'


class AcmeWarehouse:
    """The newest version of every row, the accounting, and the results of reconcile.

    Args:
        store: the file.
        clock: tells when a row changed.
    """

    def __init__(self, store: AcmeStore, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    @classmethod
    def open(cls, url: str, resources: Resources) -> Self:
        """Open the warehouse in the file that a URL names."""
        return cls(resources.shared(AcmeStore.open, url), clock=resources.clock)

    def _read(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._store.transaction() as connection:
            return connection.execute(statement, values).fetchall()

    def upsert(self, rows: Sequence[Row]) -> int:
        """Write rows where the stored version is lower."""
        now, written = self._clock.now(), 0
        with self._store.transaction() as connection:
            for row in rows:
                found = connection.execute(f"SELECT * FROM rows WHERE {_CELL}", _key(row.cell)).fetchone()
                old = _stored(found) if found else None
                if old is not None and old.row.version >= row.version:
                    continue
                same = old is not None and _content(old.row) == _content(row)
                updated = old.updated if old is not None and same else now
                values = (row.version, row.company, row.source, updated.isoformat(), json.dumps(row.measures.values))
                insert = f"INSERT OR REPLACE INTO rows VALUES ({', '.join('?' * 10)})"
                connection.execute(insert, (*_key(row.cell), *values))
                written += 1
        return written

    def _stored(self) -> list[StoredRow]:
        found = self._read('SELECT * FROM rows ORDER BY hour, job, publisher, campaign, "group"')
        return [_stored(values) for values in found]

    def rows(self, period: Period) -> Iterable[StoredRow]:
        """Return the rows of a period, sorted by cell."""
        return [stored for stored in self._stored() if stored.row.cell.hour in period]

    def rows_of(self, hours: Collection[datetime]) -> Iterable[StoredRow]:
        """Return the rows of some hours, sorted by cell."""
        return [stored for stored in self._stored() if stored.row.cell.hour in hours]

    def hours(self, period: Period) -> Sequence[datetime]:
        """Return the hours of a period that have rows, ascending."""
        found = self._read("SELECT DISTINCT hour FROM rows ORDER BY hour")
        return [hour for (text,) in found if (hour := datetime.fromisoformat(text)) in period]

    def span(self, period: Period) -> tuple[datetime, datetime] | None:
        """Return the first and the last hour of a period that has rows."""
        hours = self.hours(period)
        return (hours[0], hours[-1]) if hours else None

    def highest_version(self) -> int:
        """Return the highest version of any row."""
        [(version,)] = self._read("SELECT coalesce(max(version), 0) FROM rows")
        return int(version)

    def last_update(self) -> datetime | None:
        """Return when any row last changed, as far as this clock has come."""
        changes, now = [stored.updated for stored in self._stored()], self._clock.now()
        return max([each for each in changes if each <= now] or changes, default=None)

    def totals(self, period: Period, by: Sequence[Axis], where: Where = EVERYWHERE) -> Sequence[Total]:
        """Sum rows of a period by some axes."""
        sums: defaultdict[tuple[Key, ...], Measures] = defaultdict(lambda: ZERO)
        for stored in self.rows(period):
            if stored.row.measures and is_there(stored.row, where):
                sums[tuple(key_of(stored.row, axis) for axis in by)] += stored.row.measures
        totals = [Total(keys, measures) for keys, measures in sums.items()]
        return sorted(totals, key=lambda total: [(key is not None, key) for key in total.keys])

    def summarize_day(self) -> datetime | None:
        """Do nothing: Acme keeps no sums."""
        return None

    def wrong_days(self, period: Period, *, repair: bool) -> Sequence[datetime]:
        """Return nothing: Acme keeps no sums."""
        return ()

    def flaws(self, hours: Collection[datetime]) -> Mapping[Cell, Sequence[str]]:
        """Return nothing: no column follows from others."""
        return {}

    def prune(self, unchanged_since: datetime) -> int:
        """Delete old rows of nothing but zeros."""
        old = [each for each in self._stored() if not each.row.measures and each.updated < unchanged_since]
        self.discard([each.row.cell for each in old])
        return len(old)

    def discard(self, cells: Collection[Cell]) -> None:
        """Delete the rows of these cells."""
        with self._store.transaction() as connection:
            connection.executemany(f"DELETE FROM rows WHERE {_CELL}", [_key(cell) for cell in cells])

    def put_accounting(self, hours: Collection[datetime], outcomes: Sequence[Outcome]) -> None:
        """Replace the accounting of some hours."""
        rows = [(each.hour.isoformat(), json.dumps(each.outcome), each.events) for each in outcomes]
        with self._store.transaction() as connection:
            connection.executemany("DELETE FROM accounting WHERE hour = ?", [(hour.isoformat(),) for hour in hours])
            connection.executemany("INSERT INTO accounting VALUES (?, ?, ?)", rows)

    def accounting(self, period: Period) -> Iterable[Outcome]:
        """Return the stored accounting of a period, sorted."""
        found = self._read("SELECT hour, outcome, events FROM accounting")
        every = [Outcome(datetime.fromisoformat(hour), json.loads(text), events) for hour, text, events in found]
        return sorted(outcome for outcome in every if outcome.hour in period)

    def put_reconciliation(self, result: Reconciliation) -> None:
        """Remember what a run of reconcile found."""
        plain = {name: each.isoformat() if name in _TIMES and each else each for name, each in _items(result)}
        with self._store.transaction() as connection:
            values = (result.made.isoformat(), json.dumps(plain))
            connection.execute("INSERT OR REPLACE INTO reconciliations VALUES (?, ?)", values)

    def reconciliations(self) -> Iterable[Reconciliation]:
        """Return what all runs of reconcile found, by time."""
        found = [json.loads(text) for (text,) in self._read("SELECT result FROM reconciliations")]
        times = [{name: plain[name] and datetime.fromisoformat(plain[name]) for name in _TIMES} for plain in found]
        return sorted(Reconciliation(**{**plain, **some}) for plain, some in zip(found, times, strict=True))


_TIMES = ("made", "first_hour", "last_hour")


def _items(result: Reconciliation) -> Iterable[tuple[str, Any]]:
    return attrs.asdict(result).items()


def _key(cell: Cell) -> tuple[str, int, int, int, int]:
    return (cell.hour.isoformat(), cell.job, cell.publisher, cell.campaign, cell.group)


def _content(row: Row) -> tuple[Measures, int | None]:
    return row.measures, row.company


def _stored(values: tuple[Any, ...]) -> StoredRow:
    hour, job, publisher, campaign, group, version, company, source, updated, measures = values
    cell = Cell(datetime.fromisoformat(hour), job, publisher, campaign, group)
    row = Row(cell, Measures(*json.loads(measures)), company, version, source)
    return StoredRow(row, datetime.fromisoformat(updated))
