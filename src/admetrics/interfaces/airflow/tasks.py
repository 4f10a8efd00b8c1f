"""The tasks of an orchestrator: each opens what the settings name, does one job, and returns plain figures.

Every task can be repeated: what was done is not done again, and what was cut off is finished.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from admetrics.app.reconcile import Difference
from admetrics.bootstrap import open_pipeline, open_source, read_dimensions
from admetrics.configuration import Settings, moment
from admetrics.domain.errors import ConfigurationError, DifferencesError
from admetrics.domain.rules.currency import unreadable_note
from admetrics.domain.times import Period

Figures = dict[str, int]
"""What a task did, as JSON can carry it."""

_NAMED: Final = 20
_log: Final = logging.getLogger("airflow.task")


def ingest(settings: Settings, *, at_most: timedelta = timedelta(minutes=1)) -> Figures:
    """Read what waits at the configured source into the lake.

    Args:
        settings: name the source and the lake.
        at_most: when to stop although more is waiting, so that a busy source does not keep the next task from its turn.

    Raises:
        ConfigurationError: no source is configured.
    """
    with open_pipeline(settings) as pipeline, open_source(settings) as source:
        if source is None:
            raise ConfigurationError(
                "no source is configured: set `source` in admetrics.toml, or ADMETRICS_SOURCE, "
                "e.g. to file:///var/log/tracker/*.jsonl or kafka://host:9092/raw_events"
            )
        return attrs.asdict(pipeline.ingest(source, stop=_after(at_most)))


def roll_up(settings: Settings, *, at_most: timedelta = timedelta(minutes=10)) -> Figures:
    """Recompute the hours that are dirty, and publish the rows that changed.

    Args:
        settings: name lake, engine, checkpoints and bus.
        at_most: when to stop although more hours are dirty.
    """
    with open_pipeline(settings) as pipeline:
        return attrs.asdict(pipeline.roll_up(stop=_after(at_most)))


def load(settings: Settings, *, at_most: timedelta = timedelta(minutes=10)) -> Figures:
    """Move published rows into the warehouse.

    Args:
        settings: name bus and warehouse.
        at_most: when to stop although more is waiting.
    """
    with open_pipeline(settings) as pipeline:
        return attrs.asdict(pipeline.load(stop=_after(at_most)))


def reconcile(settings: Settings, *, days: int, repair: bool = False) -> Figures:
    """Compare the last days of the warehouse with the lake.

    Args:
        settings: name every part.
        days: how many whole days (UTC) before the present one.
        repair: have the hours that differ rolled up again, instead of failing.

    Raises:
        DifferencesError: cells or sums of days differ, and are not to be repaired; the message names them.
    """
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with open_pipeline(settings, may_create=False) as pipeline:
        found = pipeline.reconcile(Period(today - timedelta(days=days), today), repair=repair)
    if found and not repair:
        sums = [f"the sums of {day:%Y-%m-%d}" for day in found.days]
        named = "; ".join([*map(_named, found.differences[:_NAMED]), *sums])
        more = len(found.differences) - _NAMED
        raise DifferencesError(
            f"{len(found.differences)} of {found.cells} cells differ from the lake: {named}"
            f"{f'; and {more} more' if more > 0 else ''}. `admetrics reconcile --repair` fixes them"
        )
    figures = attrs.asdict(found, filter=lambda field, _: field.name not in {"differences", "days"})
    return {**figures, "different": len(found.differences), "days": len(found.days)}


def import_dimensions(settings: Settings, *, url: str, tables: Sequence[str]) -> Figures:
    """Read dimension tables of a SQL database; columns and currencies that cannot be read are logged.

    Args:
        settings: name the warehouse, and the lake.
        url: of the database, e.g. `mysql+pymysql://user:password@host:3306/database`.
        tables: which tables, as `job` or, if it has another name there, `job=ads`.
    """
    dimensions = read_dimensions([url], tables=tables, tell=_log.warning)
    with open_pipeline(settings) as pipeline:
        figures = pipeline.import_dimensions(dimensions)
    if figures.unreadable_currencies:
        _log.warning("currencies %s", unreadable_note(figures.unreadable_currencies))
    return {"rows": figures.rows, "dirty": figures.dirty}


def rebuild(settings: Settings, *, start: str, end: str) -> Figures:
    """Make all hours of a period dirty, so that the next roll-ups publish every row again.

    Args:
        settings: name every part.
        start: the first hour, inclusive, in ISO 8601; UTC unless it says otherwise.
        end: the end, exclusive.

    Raises:
        ConfigurationError: one is no time, or the period ends before it starts.
    """
    period = Period(moment(start), moment(end))
    with open_pipeline(settings, may_create=False) as pipeline:
        return attrs.asdict(pipeline.rebuild(period))


def prune(settings: Settings, *, days: int) -> Figures:
    """Forget dead letters and rows of nothing but zeros that are older than some days.

    Raises:
        ConfigurationError: the bus may still deliver messages of that age.
    """
    with open_pipeline(settings, may_create=False) as pipeline:
        return attrs.asdict(pipeline.prune(timedelta(days=days)))


def _after(span: timedelta) -> Callable[[], bool]:
    end = time.monotonic() + span.total_seconds()
    return lambda: time.monotonic() >= end


def _named(difference: Difference) -> str:
    cell = difference.cell
    return (
        f"{cell.hour:%Y-%m-%dT%HZ} job {cell.job} publisher {cell.publisher} "
        f"campaign {cell.campaign} group {cell.group}"
    )
