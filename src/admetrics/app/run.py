"""Run: tick for ever."""

import logging
import random
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from admetrics.app.pipeline import Pipeline
from admetrics.app.tick import Ticked
from admetrics.domain.errors import TransientError
from admetrics.domain.times import rounded_span
from admetrics.ports.monitor import Monitor
from admetrics.ports.source import Source

AMOUNTS: Final[Mapping[str, str]] = {
    "read": "records read by the tick",
    "dead_letters": "records of the tick that could not be used",
    "rejected": "the same records, by reason",
    "dirty_hours": "hours that were dirty when the tick began",
    "claimed_hours": "hours that the tick rolled up",
    "published": "rows published by the tick",
    "loaded": "rows written to the warehouse by the tick",
    "unreadable": "messages on the bus that could not be used",
}
"""Figures that a monitor adds up over the ticks."""

DIVIDED: Final[Mapping[str, str]] = {"rejected": "reason"}
"""Amounts that are told in parts, and what tells these apart: `rejected:not_json` is a part of `rejected`."""

STATES: Final[Mapping[str, str]] = {
    "source_lag": "what waits at the source, in its own unit (records or bytes)",
    "bus_lag": "messages that wait on the bus",
    "seconds": "how long the tick took",
    "freshness_seconds": "how long ago the warehouse last changed",
    "outages": "failures in a row, 0 when all is well",
}
"""Figures of which the last one counts."""

_CLOCKS_AHEAD: Final = (
    "nearly all records are about %s ahead of now: if their tracker takes local time for UTC, set source_utc_offset"
)
_log: Final = logging.getLogger("admetrics.run")
_LONGEST_PAUSE: Final = timedelta(seconds=30)


def run(
    *,
    pipeline: Pipeline,
    source: Source | None,
    every: timedelta,
    stopped: threading.Event,
    monitors: Sequence[Monitor] = (),
) -> None:
    """Tick until stopped: at once while something is waiting, else at the interval; back off during an outage.

    Args:
        pipeline: what ticks.
        source: where new records come from; None if they are ingested elsewhere.
        every: the pause when nothing is waiting.
        stopped: ends the loop after the current tick.
        monitors: are told the figures of each tick.

    Raises:
        AdmetricsError: anything that trying again cannot fix.
    """
    outages = 0
    while not stopped.is_set():
        began = time.monotonic()  # the clock may be set meanwhile
        try:
            ticked = pipeline.tick(source)
            figures = _figures(ticked, pipeline, source, began)
        except TransientError as error:
            outages += 1
            pause = _backoff(outages, every)
            figures = {"outages": outages}
            _log.warning("%s; trying again in %.1f s", error, pause.total_seconds())
        else:
            outages = 0
            pause = timedelta() if ticked.more else every
            if ticked.ingested.clocks_ahead is not None:
                _log.warning(_CLOCKS_AHEAD, rounded_span(ticked.ingested.clocks_ahead))
            _log.log(logging.INFO if _is_busy(ticked) else logging.DEBUG, "tick", extra={"figures": figures})
        for monitor in monitors:
            monitor.observe(figures)
        stopped.wait(pause.total_seconds())


def _backoff(outages: int, every: timedelta) -> timedelta:
    """Double the pause with each failure in a row, with jitter so that many runners do not come back as one."""
    pause = min(_LONGEST_PAUSE, max(every, timedelta(milliseconds=100)) * (1 << min(outages, 10)))
    return pause * random.uniform(0.5, 1)  # noqa: S311  no secret depends on it


def _is_busy(ticked: Ticked) -> bool:
    return bool(ticked.ingested.lines or ticked.rolled_up.dirty or ticked.loaded.read)


def _figures(ticked: Ticked, pipeline: Pipeline, source: Source | None, began: float) -> Mapping[str, float]:
    now = pipeline.clock.now()
    last_update = pipeline.warehouse.last_update()
    figures = {
        "read": ticked.ingested.read,
        "dead_letters": ticked.ingested.dead_letters,
        **{f"rejected:{reason}": count for reason, count in sorted(ticked.ingested.reasons.items())},
        "dirty_hours": ticked.rolled_up.dirty,
        "claimed_hours": ticked.rolled_up.claimed,
        "published": ticked.rolled_up.published,
        "loaded": ticked.loaded.written,
        "unreadable": ticked.loaded.unreadable,
        "source_lag": source.lag() if source is not None else None,
        "bus_lag": pipeline.bus.lag(),
        "seconds": time.monotonic() - began,
        "freshness_seconds": (now - last_update).total_seconds() if last_update is not None else None,
        "outages": 0,
    }
    return {name: figure for name, figure in figures.items() if figure is not None}
