"""The bulk path: Spark recomputes many hours, keeps their rows, and writes the claimed ones to the bus itself."""

import logging
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Final

import attrs
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from admetrics.adapters.spark import rows
from admetrics.adapters.spark.errors import translated
from admetrics.adapters.spark.events import NOTHING, fold_sql, hours_at, times_of
from admetrics.adapters.spark.kept import Ready, ReconnectingSession
from admetrics.adapters.spark.url import SparkUrl
from admetrics.domain.rollup.minutes import MinutesByHour
from admetrics.domain.rollup.row import Cell
from admetrics.domain.rules.digest import VANISHED, Digest
from admetrics.domain.rules.flight import ALWAYS, Flight
from admetrics.domain.times import EPOCH
from admetrics.ports.bulk import Sink
from admetrics.ports.dimensions import DimensionStore

_DAY: Final = 86_400_000_000
"""In microseconds."""
_log: Final = logging.getLogger("admetrics.engine")


class SparkBulk:
    """Recomputes many hours on Spark, which then writes the rows to the bus.

    This process sees the keys and the digests of the cells, no rows.

    Args:
        spark: where it is done.
        sink: takes the rows.
        estimate: tells about how many events would have to be read for some hours, at little cost.
        events_from: how many events are many.
    """

    def __init__(
        self,
        spark: ReconnectingSession,
        sink: Sink,
        *,
        estimate: Callable[[MinutesByHour], int],
        events_from: int,
    ) -> None:
        self._spark = spark
        self._sink = sink
        self._estimate = estimate
        self._events_from = events_from

    def suits(self, dirty: MinutesByHour) -> bool:
        """Return whether so many events have to be read."""
        events = self._estimate(dirty)
        many = events >= self._events_from
        if many:
            figures = {"hours": len(dirty), "events": events, "engine": type(self).__name__}
            text = "%s recomputes %d hours, about %d events to read"
            _log.info(text, figures["engine"], len(dirty), events, extra={"figures": figures})
        return many

    def recompute(
        self, hours: Collection[datetime], *, version: int, source: str, dimensions: DimensionStore
    ) -> "SparkRows":
        """Read some hours whole, and keep their rows inside of Spark."""
        events = self._spark.events
        partitions = events.partitions_of(hours) or [NOTHING]

        def work(ready: Ready) -> _Kept:
            statement = fold_sql(partitions, hours, scans=ready.scans, window=events.repeat_window)
            return _keep(ready, self._sink, statement)

        kept = self._spark.run(work)
        companies, flights = dimensions.companies(kept.jobs), dimensions.flights(kept.campaigns)
        with translated(self._spark.url):
            _show(kept.session, companies, flights)
            digests = _digests(kept.session)
        return SparkRows(digests, self._spark.url, kept, self._sink, version, source)


@attrs.frozen
class _Kept:
    """The cells of some hours, inside of Spark.

    Args:
        session: has them as a view.
        folded: they as Spark's client knows them; a server lets go of them when nobody knows them any more.
        jobs: the jobs that they have.
        campaigns: the campaigns that they have.
    """

    session: SparkSession
    folded: DataFrame
    jobs: Collection[int]
    campaigns: Collection[int]


@attrs.frozen
class SparkRows:
    """The rows of some hours, inside of Spark.

    Args:
        digests: the cells.
        url: where Spark runs.
        kept: holds the measures, and shows companies and flights beside them.
        sink: takes the rows.
        version: of the rows.
        source: the kind of the lake.
    """

    digests: Mapping[Cell, Digest] = attrs.field(repr=False)
    url: SparkUrl
    kept: _Kept
    sink: Sink
    version: int
    source: str
    reused: Mapping[datetime, int] = attrs.field(factory=dict, init=False)

    def publish(self, cells: Collection[Cell]) -> None:
        """Have Spark write the rows of some cells, and wait until the brokers have confirmed all of them."""
        if not cells:
            return
        parameters = {"version": self.version, "source": self.source}
        with translated(self.url):
            claimed = _claimed({cell: self.digests.get(cell, VANISHED) for cell in cells})
            self.kept.session.createDataFrame(claimed).createOrReplaceTempView(rows.CLAIMED)
            messages = self.kept.session.sql(rows.messages_sql(), parameters)
            messages.write.format(self.sink.format).options(**self.sink.writing()).save()


def _need_connector(session: SparkSession, sink: Sink) -> None:
    """Fail now, and not after the claim, if Spark cannot speak to the bus; no broker is asked."""
    session.read.format(sink.format).options(**sink.reading()).load()


def _keep(ready: Ready, sink: Sink, statement: str) -> _Kept:
    """Fold, and keep the cells as they are now: what is published later must be what was claimed.

    A checkpoint and not a cache: a cache that lost a part reads the lake again, which may hold more by then; and a
    server gives one to every later statement that looks the same.
    """
    _need_connector(ready.session, sink)
    folded = ready.session.sql(statement).localCheckpoint()
    folded.createOrReplaceTempView(rows.FOLDED)
    return _Kept(ready.session, folded, _ids(ready.session, "job"), _ids(ready.session, "campaign"))


def _ids(session: SparkSession, name: str) -> Collection[int]:
    ids: list[int] = session.sql(f"SELECT DISTINCT {name} FROM {rows.FOLDED}").toArrow().column(name).to_pylist()
    return ids


def _show(session: SparkSession, companies: Mapping[int, int], flights: Mapping[int, Flight]) -> None:
    """Show companies and flights beside the cells; the ids 0 are there because Spark's clients take no empty tables."""
    session.createDataFrame(companies_table({0: None, **companies})).createOrReplaceTempView(rows.COMPANIES)
    session.createDataFrame(flights_table({0: ALWAYS, **flights})).createOrReplaceTempView(rows.FLIGHTS)


def companies_table(companies: Mapping[int, int | None]) -> pa.Table:
    """Write the view `companies`."""
    return pa.table(
        {"job": pa.array(companies.keys(), pa.int32()), "company": pa.array(companies.values(), pa.int32())}
    )


def flights_table(flights: Mapping[int, Flight]) -> pa.Table:
    """Write the view `flights`: the first hour, and the first one that lies beyond; null where a flight is open."""
    firsts = [_midnight(flight.first) for flight in flights.values()]
    lasts = [_midnight(flight.last) for flight in flights.values()]
    return pa.table(
        {
            "campaign": pa.array(flights.keys(), pa.int32()),
            "first_hour": pa.array(firsts, pa.int64()),
            "hour_beyond": pa.array([None if last is None else last + _DAY for last in lasts], pa.int64()),
        }
    )


def _midnight(day: date | None) -> int | None:
    """Return how Spark names the first hour of a day."""
    return None if day is None else (day - EPOCH.date()).days * _DAY


def _digests(session: SparkSession) -> dict[Cell, Digest]:
    """Have the digests computed."""
    columns = [column.to_pylist() for column in session.sql(rows.digests_sql()).toArrow().columns]
    times = hours_at(columns[0])
    return {Cell(times[hour], *ids): digest for hour, *ids, digest in zip(*columns, strict=True)}


def _claimed(digests: Mapping[Cell, Digest]) -> pa.Table:
    """Write the view `claimed`."""
    times = times_of(cell.hour for cell in digests)
    columns = {
        "hour": pa.array([times[cell.hour] for cell in digests], pa.int64()),
        "job": pa.array([cell.job for cell in digests], pa.int32()),
        "publisher": pa.array([cell.publisher for cell in digests], pa.int32()),
        "campaign": pa.array([cell.campaign for cell in digests], pa.int32()),
        "group_id": pa.array([cell.group for cell in digests], pa.int32()),
        "claimed_digest": pa.array(digests.values(), pa.binary()),
    }
    return pa.table(columns)
