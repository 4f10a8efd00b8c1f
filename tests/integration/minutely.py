"""A lake of many small partitions, which take any Spark seconds to read: time to kill something meanwhile."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from admetrics.app.pipeline import Pipeline
from admetrics.domain.reporting.axis import Axis
from admetrics.domain.times import HOUR, Period
from admetrics.testing.strategies import click_at

START = datetime(2026, 3, 1, tzinfo=UTC)
HOURS = 12
ALL = Period(START, START + HOURS * HOUR)


def fill(pipeline: Pipeline) -> Pipeline:
    """Put a click into every minute of some hours, 3 units each."""
    minutes = [START + timedelta(minutes=number) for number in range(60 * HOURS)]
    pipeline.lake.append([click_at(time, number=number, bid=3) for number, time in enumerate(minutes)])
    return pipeline


def kill_in_the_middle(pipeline: Pipeline, monkeypatch, kill: Callable[[], object]) -> threading.Event:
    """Kill something half a second after Spark was given the next statement of a fold; tells when it is done."""
    pipeline.engine.fold({})  # Spark is open
    session = pipeline.engine._spark._ready.session  # type: ignore[attr-defined]
    killed = threading.Event()
    sql = session.sql

    def then() -> None:
        kill()
        killed.set()

    def sql_and_kill(statement: str):
        if not killed.is_set():
            threading.Timer(0.5, then).start()
        return sql(statement)

    monkeypatch.setattr(session, "sql", sql_and_kill)
    return killed


def assert_right(pipeline: Pipeline) -> None:
    """Check the table."""
    totals = pipeline.warehouse.totals(ALL, [Axis.HOUR])
    assert {total.keys[0]: (total.measures.clicks, total.measures.spend) for total in totals} == {
        START + number * HOUR: (60, 180) for number in range(HOURS)
    }
    assert pipeline.reconcile(ALL).differences == ()
