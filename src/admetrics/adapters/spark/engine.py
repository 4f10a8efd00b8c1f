"""The engine on Spark: SQL generated from the measures, over the partitions of the dirty hours."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Self

from admetrics.adapters.spark.bulk import SparkBulk
from admetrics.adapters.spark.events import fold_sql, hours_at
from admetrics.adapters.spark.kept import Ready, ReconnectingSession
from admetrics.adapters.spark.session import open_session
from admetrics.adapters.spark.url import SparkUrl
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.rollup.fold import Fold
from admetrics.domain.rollup.minutes import ALL_MINUTES, MinutesByHour
from admetrics.domain.rollup.row import Cell
from admetrics.ports.adapter import Resources
from admetrics.ports.bulk import Sink
from admetrics.ports.lake import Partition, ReadBySpark


class SparkEngine:
    """Folds whole hours on Spark; it never reuses an earlier fold.

    The session is opened by the first fold and kept. If it was lost since (a server was started again), the fold is
    tried once more, in a new one.

    Args:
        spark: where they are folded.
    """

    def __init__(self, spark: ReconnectingSession) -> None:
        self._spark = spark

    @classmethod
    def open(cls, url: str, resources: Resources) -> Self:
        """Open the engine over a lake that offers `spark`; Spark itself is opened when it is first needed."""
        lake: ReadBySpark = resources.part("lake")
        settings, parsed = resources.settings, SparkUrl.parse(url)
        start = partial(open_session, parsed, jars=settings.spark_jars, log=settings.data_dir / "spark.log")
        return cls(ReconnectingSession(parsed, start, lake.spark_table()))

    def close(self) -> None:
        """Close the session."""
        self._spark.close()

    def bulk(self, sink: Sink, *, estimate: Callable[[MinutesByHour], int], events_from: int) -> SparkBulk:
        """Return what recomputes in bulk, in the same session."""
        return SparkBulk(self._spark, sink, estimate=estimate, events_from=events_from)

    def fold(self, dirty: MinutesByHour) -> Fold:
        """Compute every cell of some hours; without hours, only see whether Spark is there."""
        events = self._spark.events
        partitions = events.partitions_of(dirty)
        return self._spark.run(lambda ready: _fold(ready, partitions, dirty, events.repeat_window))

    def wanted(self, dirty: MinutesByHour) -> MinutesByHour:
        """Return the hours with the minutes that `fold` would read: all."""
        return dict.fromkeys(dirty, ALL_MINUTES)

    def claimed(self, version: int, hours: Collection[datetime]) -> None:
        """Do nothing: every fold reads the lake."""

    def forget(self, hours: Collection[datetime]) -> None:
        """Do nothing: there is nothing to forget."""


def _fold(ready: Ready, partitions: Collection[Partition], hours: Collection[datetime], window: timedelta) -> Fold:
    if not partitions:
        return Fold({})
    found = ready.session.sql(fold_sql(partitions, hours, scans=ready.scans, window=window)).toArrow()
    return Fold(_cells([column.to_pylist() for column in found.columns]))


def _cells(columns: Sequence[Sequence[int]]) -> dict[Cell, Measures]:
    times = hours_at(columns[0])
    return {
        Cell(times[hour], job, publisher, campaign, group): Measures(*measures)
        for hour, job, publisher, campaign, group, *measures in zip(*columns, strict=True)
    }
