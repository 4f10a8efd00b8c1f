"""The engine on Spark: SQL generated from the measures, over the partitions of the dirty hours."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import attrs
import stamina

from admetrics.adapters.spark.errors import UnseenKeyspaceError, translated
from admetrics.adapters.spark.events import FORMAT, VIEW, EventsTable, Partition, fold_sql
from admetrics.adapters.spark.session import Opened
from admetrics.adapters.spark.url import SparkUrl
from admetrics.domain.arrival import ALL_MINUTES, with_those_before
from admetrics.domain.errors import TransientError
from admetrics.domain.fold import Fold
from admetrics.domain.measures import Measures
from admetrics.domain.row import Cell
from admetrics.domain.times import EPOCH
from admetrics.domain.validity import REPEAT_WINDOW

_SCANS_PER_CORE: Final = 2
_SEEN_WITHIN: Final = 10
_COUNT_CORES: Final = "SELECT count(*) FROM (SELECT DISTINCT spark_partition_id() FROM range(0, 100000))"


@attrs.frozen
class _Ready:
    """An open session in which the view of the events is there, and into how many scans a read is cut at the most."""

    opened: Opened
    scans: int


class SparkEngine:
    """Folds whole hours on Spark; it never reuses an earlier fold.

    The session is opened by the first fold and kept. If it was lost since (a server was started anew), the fold is
    tried once more, in a new one.

    Args:
        url: where Spark runs.
        open_session: opens Spark.
        events: what is read.
        repeat_window: how long after a click another of the same visitor on the same job is a repeat.
    """

    def __init__(
        self,
        url: SparkUrl,
        open_session: Callable[[], Opened],
        events: EventsTable,
        *,
        repeat_window: timedelta = REPEAT_WINDOW,
    ) -> None:
        self._url = url
        self._open_session = open_session
        self._events = events
        self._repeat_window = repeat_window
        self._ready: _Ready | None = None

    def close(self) -> None:
        """Close the session; the next fold opens another one."""
        if self._ready is not None:
            self._ready.opened.close()
            self._ready = None

    def fold(self, dirty: Mapping[datetime, int]) -> Fold:
        """Compute every cell of some hours; without hours, only see whether Spark is there."""
        partitions = self._events.partitions(with_those_before(dict.fromkeys(dirty, ALL_MINUTES), self._repeat_window))
        kept = self._ready is not None
        try:
            return self._fold(partitions, dirty)
        except TransientError:
            self.close()
            if not kept:
                raise
        return self._fold(partitions, dirty)

    def _fold(self, partitions: Collection[Partition], hours: Collection[datetime]) -> Fold:
        ready = self._ready = self._ready or self._open()
        if not partitions:
            return Fold({})
        with translated(self._url):
            statement = fold_sql(partitions, hours, scans=ready.scans, window=self._repeat_window)
            found = ready.opened.session.sql(statement).toArrow()
        return Fold(_cells([column.to_pylist() for column in found.columns]))

    def _open(self) -> _Ready:
        opened = self._open_session()
        try:
            self._make_view(opened)
            with translated(self._url):
                ((cores,),) = opened.session.sql(_COUNT_CORES).collect()
                scans = cores * _SCANS_PER_CORE
                # The default is 200, which is too many for cells that fit into this process in the end.
                opened.session.conf.set("spark.sql.shuffle.partitions", scans)
        except BaseException:
            opened.close()
            raise
        return _Ready(opened, scans)

    def _make_view(self, opened: Opened) -> None:
        """Give the events a name; a connector that is connected already learns of a new keyspace with a delay."""
        options = self._events.options()
        for attempt in stamina.retry_context(UnseenKeyspaceError, attempts=None, timeout=_SEEN_WITHIN, wait_max=1):
            with attempt, translated(self._url):
                opened.session.read.format(FORMAT).options(**options).load().createOrReplaceTempView(VIEW)

    def claimed(self, version: int, hours: Collection[datetime]) -> None:
        """Do nothing: every fold reads the lake."""


def _cells(columns: Sequence[Sequence[int]]) -> dict[Cell, Measures]:
    times = {hour: EPOCH + timedelta(microseconds=hour) for hour in set(columns[0])}  # few, shared by many cells
    return {
        Cell(times[hour], job, publisher, campaign, group): Measures(*measures)
        for hour, job, publisher, campaign, group, *measures in zip(*columns, strict=True)
    }
