"""The port to the warehouse: table `events`, the accounting, the results of reconcile, and the figures read."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final, Protocol

import attrs

from admetrics.domain.metrics.measures import Measures
from admetrics.domain.reporting.axis import Axis
from admetrics.domain.rollup.reconciliation import Reconciliation
from admetrics.domain.rollup.row import Cell, Row, StoredRow
from admetrics.domain.rules.outcome import Outcome
from admetrics.domain.times import Period

Key = datetime | int | None
"""A value on an axis: an aware UTC hour, an id (0 for none), or None for an unknown company."""

Where = Mapping[Axis, Key]
"""Which rows: those that have exactly these keys."""

EVERYWHERE: Final[Where] = MappingProxyType({})
"""All rows."""


def key_of(row: Row, axis: Axis) -> Key:
    """Return what a row has on an axis."""
    cell = row.cell
    keys: dict[Axis, Key] = {
        Axis.HOUR: cell.hour,
        Axis.JOB: cell.job,
        Axis.PUBLISHER: cell.publisher,
        Axis.CAMPAIGN: cell.campaign,
        Axis.GROUP: cell.group,
        Axis.COMPANY: row.company,
    }
    return keys[axis]


def is_there(row: Row, where: Where) -> bool:
    """Return whether a row has all these keys."""
    return all(key_of(row, axis) == key for axis, key in where.items())


@attrs.frozen
class Total:
    """Sums over all rows that share some keys.

    Args:
        keys: a value for each axis asked for.
        measures: the sums.
    """

    keys: tuple[Key, ...]
    measures: Measures


class Warehouse(Protocol):
    """The newest version of every row."""

    def upsert(self, rows: Sequence[Row]) -> int:
        """Write rows where the stored version is lower, in one transaction.

        A row that is written gets its new version in any case (the fence against older messages), but its
        `updated` changes only if a measure or the company does; that time is the adapter's clock.

        Args:
            rows: at most one a cell; zero rows are stored too, so that older messages cannot resurrect them.

        Returns:
            How many rows were new or got a higher version.
        """
        ...

    def rows(self, period: Period) -> Iterable[StoredRow]:
        """Return the rows of a period, zero rows included, sorted by cell."""
        ...

    def rows_of(self, hours: Collection[datetime]) -> Iterable[StoredRow]:
        """Return the rows of some hours, zero rows included, sorted by cell."""
        ...

    def hours(self, period: Period) -> Sequence[datetime]:
        """Return the hours of a period that have rows, ascending."""
        ...

    def span(self, period: Period) -> tuple[datetime, datetime] | None:
        """Return the first and the last hour of a period that has rows; None if none has.

        The cost does not grow with the rows.
        """
        ...

    def highest_version(self) -> int:
        """Return the highest version of any row, 0 if there are none."""
        ...

    def last_update(self) -> datetime | None:
        """Return when any row last changed, aware UTC; None if there are none.

        Changes that lie ahead of the clock were made under one that was wrong. They count only if there are no others:
        else nothing would seem to change until their time has come.
        """
        ...

    def totals(self, period: Period, by: Sequence[Axis], where: Where = EVERYWHERE) -> Sequence[Total]:
        """Sum rows of a period by some axes, sorted by keys (None first); one total if `by` is empty.

        Rows of nothing but zeros make no total.

        Args:
            period: whose hours are summed.
            by: the axes.
            where: which rows of these hours.
        """
        ...

    def summarize_day(self) -> datetime | None:
        """Prepare one day (UTC) that is over for being read fast by `totals`, which returns the same as before.

        Returns:
            The day, or None if none is to be prepared.
        """
        ...

    def prune(self, unchanged_since: datetime) -> int:
        """Delete the rows of nothing but zeros whose `updated` is before a time; return how many."""
        ...

    def flaws(self, hours: Collection[datetime]) -> Mapping[Cell, Sequence[str]]:
        """Return which columns of the rows of some hours do not show what follows from the rest of their row.

        Nobody but other hands can have written such: a text where a number belongs, a day that is not that of the
        hour, a mean that is not that of the bids. For `rows_of` a number that is none counts as 0.
        """
        ...

    def discard(self, cells: Collection[Cell]) -> None:
        """Delete the rows of these cells, whatever they hold: what is published of them afterwards is new."""
        ...

    def wrong_days(self, period: Period, *, repair: bool) -> Sequence[datetime]:
        """Return the days (UTC) of a period whose sums are not those of their rows, ascending.

        Args:
            period: the days that it touches.
            repair: have `totals` read the rows of these days, until they are summed up again.
        """
        ...

    def put_accounting(self, hours: Collection[datetime], outcomes: Sequence[Outcome]) -> None:
        """Replace the accounting of some hours, in one transaction."""
        ...

    def accounting(self, period: Period) -> Iterable[Outcome]:
        """Return the stored accounting of a period, sorted."""
        ...

    def put_reconciliation(self, result: Reconciliation) -> None:
        """Remember what a run of reconcile found; of two runs that end at the same time, the one put last."""
        ...

    def reconciliations(self) -> Iterable[Reconciliation]:
        """Return what all runs of reconcile found, by time."""
        ...
