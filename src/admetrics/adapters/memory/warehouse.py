"""The warehouse in memory."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from admetrics.domain.metrics.measures import ZERO, Measures
from admetrics.domain.reporting.axis import Axis
from admetrics.domain.rollup.reconciliation import Reconciliation
from admetrics.domain.rollup.row import Cell, Row, StoredRow
from admetrics.domain.rules.outcome import Outcome
from admetrics.domain.times import Period
from admetrics.ports.clock import Clock
from admetrics.ports.warehouse import EVERYWHERE, Key, Total, Where, is_there, key_of


class MemoryWarehouse:
    """The newest version of every row, the accounting, and the results of reconcile.

    Args:
        clock: tells when a row changed.
    """

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._rows: dict[Cell, StoredRow] = {}
        self._accounting: set[Outcome] = set()
        self._reconciliations: dict[datetime, Reconciliation] = {}

    def upsert(self, rows: Sequence[Row]) -> int:
        """Write rows where the stored version is lower."""
        now = self._clock.now()
        newer = [row for row in rows if row.version > self._version(row.cell)]
        for row in newer:
            stored = self._rows.get(row.cell)
            same = stored is not None and _content(stored.row) == _content(row)
            self._rows[row.cell] = StoredRow(row, stored.updated if stored is not None and same else now)
        return len(newer)

    def _version(self, cell: Cell) -> int:
        return self._rows[cell].row.version if cell in self._rows else 0

    def rows(self, period: Period) -> Iterable[StoredRow]:
        """Return the rows of a period, sorted by cell."""
        return [self._rows[cell] for cell in sorted(self._rows) if cell.hour in period]

    def rows_of(self, hours: Collection[datetime]) -> Iterable[StoredRow]:
        """Return the rows of some hours, sorted by cell."""
        return [self._rows[cell] for cell in sorted(self._rows) if cell.hour in hours]

    def hours(self, period: Period) -> Sequence[datetime]:
        """Return the hours of a period that have rows, ascending."""
        return sorted({cell.hour for cell in self._rows if cell.hour in period})

    def span(self, period: Period) -> tuple[datetime, datetime] | None:
        """Return the first and the last hour of a period that has rows."""
        hours = self.hours(period)
        return (hours[0], hours[-1]) if hours else None

    def highest_version(self) -> int:
        """Return the highest version of any row."""
        return max(map(self._version, self._rows), default=0)

    def last_update(self) -> datetime | None:
        """Return when any row last changed, as far as this clock has come."""
        changes = [stored.updated for stored in self._rows.values()]
        now = self._clock.now()
        return max([each for each in changes if each <= now] or changes, default=None)

    def totals(self, period: Period, by: Sequence[Axis], where: Where = EVERYWHERE) -> Sequence[Total]:
        """Sum rows of a period by some axes."""
        sums: defaultdict[tuple[Key, ...], Measures] = defaultdict(lambda: ZERO)
        for stored in self.rows(period):
            if stored.row.measures and is_there(stored.row, where):
                keys = tuple(key_of(stored.row, axis) for axis in by)
                sums[keys] += stored.row.measures
        totals = [Total(keys, measures) for keys, measures in sums.items()]
        return sorted(totals, key=lambda total: [(key is not None, key) for key in total.keys])

    def summarize_day(self) -> datetime | None:
        """Do nothing: rows in memory are read fast."""
        return None

    def prune(self, unchanged_since: datetime) -> int:
        """Delete old rows of nothing but zeros."""
        old = [
            cell for cell, stored in self._rows.items() if not stored.row.measures and stored.updated < unchanged_since
        ]
        for cell in old:
            del self._rows[cell]
        return len(old)

    def flaws(self, hours: Collection[datetime]) -> Mapping[Cell, Sequence[str]]:  # noqa: ARG002
        """Return nothing: in memory all columns follow from their row."""
        return {}

    def discard(self, cells: Collection[Cell]) -> None:
        """Delete the rows of these cells."""
        for cell in cells:
            self._rows.pop(cell, None)

    def wrong_days(self, period: Period, *, repair: bool) -> Sequence[datetime]:  # noqa: ARG002
        """Return nothing: no sums are kept."""
        return ()

    def put_accounting(self, hours: Collection[datetime], outcomes: Sequence[Outcome]) -> None:
        """Replace the accounting of some hours."""
        kept = {outcome for outcome in self._accounting if outcome.hour not in hours}
        self._accounting = kept.union(outcomes)

    def accounting(self, period: Period) -> Iterable[Outcome]:
        """Return the stored accounting of a period, sorted."""
        return sorted(outcome for outcome in self._accounting if outcome.hour in period)

    def put_reconciliation(self, result: Reconciliation) -> None:
        """Remember what a run of reconcile found."""
        self._reconciliations[result.made] = result

    def reconciliations(self) -> Iterable[Reconciliation]:
        """Return what all runs of reconcile found, by time."""
        return [self._reconciliations[made] for made in sorted(self._reconciliations)]


def _content(row: Row) -> tuple[Measures, int | None]:
    return row.measures, row.company
