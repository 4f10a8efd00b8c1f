"""The engine that chooses by the number of events: in this process for few, elsewhere for many."""

import logging
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Final, Self

from admetrics.domain.rollup.fold import Fold
from admetrics.domain.rollup.minutes import ALL_MINUTES, MinutesByHour
from admetrics.engines.python import PythonEngine
from admetrics.ports.adapter import Resources
from admetrics.ports.bulk import Bulk, BulkEngine, Sink

_log: Final = logging.getLogger("admetrics.engine")


class AutoEngine:
    """Folds with one of two engines: whichever suits the number of events that have to be read.

    Hours of which the small engine needs some minutes only, and hours that have to be read whole, are looked at
    apart: one late event in a large old hour does not take the current hour away from the engine that knows it.

    Args:
        small: folds few events; it may reuse its own folds.
        large: folds many.
        estimate: tells about how many events some minutes hold, at little cost.
        large_from: how many events are many.
    """

    def __init__(
        self, *, small: PythonEngine, large: BulkEngine, estimate: Callable[[MinutesByHour], int], large_from: int
    ) -> None:
        self._small = small
        self._large = large
        self._estimate = estimate
        self._large_from = large_from
        self._last_large: MinutesByHour = {}

    @classmethod
    def open(cls, url: str, resources: Resources) -> Self:
        """Open the engine over a lake that offers `spark`; the large one is that of the setting `spark`."""
        return cls(
            small=PythonEngine.open(url, resources),
            large=resources.part("spark"),
            estimate=resources.part("lake").estimate,
            large_from=resources.settings.spark_min_events,
        )

    def fold(self, dirty: MinutesByHour) -> Fold:
        """Compute every cell of some hours; without hours, only see whether both engines are there."""
        if not dirty:
            self._large.fold({})
        wanted = self._small.wanted(dirty)
        in_part = {hour: minutes for hour, minutes in wanted.items() if minutes != ALL_MINUTES}
        whole = {hour: minutes for hour, minutes in wanted.items() if minutes == ALL_MINUTES}
        self._last_large = {**self._large_part(in_part), **self._large_part(whole)}
        folded = self._small.fold({hour: minutes for hour, minutes in dirty.items() if hour not in self._last_large})
        if not self._last_large:
            return folded
        return Fold({**folded.cells, **self._large.fold(self._last_large).cells}, folded.reused)

    def _large_part(self, wanted: MinutesByHour) -> MinutesByHour:
        """Return all of these hours if they are work for the large engine, else none."""
        if not wanted:
            return {}
        events = self._estimate(wanted)
        many = events >= self._large_from
        name = type(self._large if many else self._small).__name__
        figures = {"hours": len(wanted), "events": events, "engine": name}
        _log.log(
            logging.INFO if many else logging.DEBUG,
            "%s folds %d hours, about %d events to read",
            name,
            len(wanted),
            events,
            extra={"figures": figures},
        )
        return wanted if many else {}

    def claimed(self, version: int, hours: Collection[datetime]) -> None:
        """Tell both engines; what the small one remembers of hours that the large one folded is old from now on."""
        self._small.claimed(version, hours)
        self._small.forget(self._last_large)
        self._large.claimed(version, [hour for hour in hours if hour in self._last_large])
        self._last_large = {}

    def wanted(self, dirty: MinutesByHour) -> MinutesByHour:
        """Return the hours with the minutes that a fold by either engine would read."""
        return self._small.wanted(dirty)

    def bulk(self, sink: Sink, *, estimate: Callable[[MinutesByHour], int], events_from: int) -> Bulk:
        """Let the large engine do it."""
        return self._large.bulk(sink, estimate=estimate, events_from=events_from)

    def forget(self, hours: Collection[datetime]) -> None:
        """Tell both engines."""
        self._small.forget(hours)
        self._large.forget(hours)
        self._last_large = {}
