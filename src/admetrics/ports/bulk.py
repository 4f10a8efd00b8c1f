"""The port to what recomputes many hours and publishes their rows itself: no row passes through this process."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Protocol

from admetrics.domain.rollup.minutes import MinutesByHour
from admetrics.domain.rollup.row import Cell
from admetrics.domain.rules.digest import Digest
from admetrics.ports.dimensions import DimensionStore
from admetrics.ports.engine import Engine


class Recomputed(Protocol):
    """What some hours held when they were read, wherever their rows lie now."""

    @property
    def digests(self) -> Mapping[Cell, Digest]:
        """Every cell of these hours, with the digest of its content."""
        ...

    @property
    def reused(self) -> Mapping[datetime, int]:
        """The minutes that were not read again, each with the version of the claim under which they were folded."""
        ...

    def publish(self, cells: Collection[Cell]) -> None:
        """Send the rows of some cells of these hours; when this returns, the bus has confirmed all of them.

        What is sent is what `digests` stand for, whatever reached the lake since. Called once, after the claim. If it
        raises, some rows may have been sent.

        Args:
            cells: those that were claimed; one that is not among `digests` vanished, and is sent as zeros.

        Raises:
            TransientError: they could not be sent now, or are lost; they have to be recomputed.
        """
        ...


class Bulk(Protocol):
    """An engine and a bus in one, for so many rows that these should not pass through this process."""

    def suits(self, dirty: MinutesByHour) -> bool:
        """Return whether hours are work for it; at little cost.

        Args:
            dirty: the hours, each with the minutes that new arrivals touched.
        """
        ...

    def recompute(
        self, hours: Collection[datetime], *, version: int, source: str, dimensions: DimensionStore
    ) -> Recomputed:
        """Read some hours whole, and keep their rows until these are published or other hours are asked for.

        Args:
            hours: which.
            version: the version that the rows get; it was taken before.
            source: the kind of the lake, for the rows.
            dimensions: know the companies of the jobs and the flights of the campaigns, as they are now.
        """
        ...


class Sink(Protocol):
    """Where Spark itself writes rows, as messages: what a bus that offers `spark` returns from `spark_sink()`."""

    format: str
    """The connector."""

    def reading(self) -> Mapping[str, str]:
        """Return the options with which a read shows whether the connector is there."""
        ...

    def writing(self) -> Mapping[str, str]:
        """Return the options of a write that ends when all is confirmed; they may hold secrets.

        Raises:
            InputError: a file that they need cannot be read.
        """
        ...


class BulkEngine(Engine, Protocol):
    """An engine that offers `bulk`."""

    def wanted(self, dirty: MinutesByHour) -> MinutesByHour:
        """Return the hours with the minutes that `fold` would read."""
        ...

    def bulk(self, sink: Sink, *, estimate: Callable[[MinutesByHour], int], events_from: int) -> Bulk:
        """Return what recomputes in bulk.

        Args:
            sink: takes the rows.
            estimate: tells about how many events would have to be read for dirty hours, at little cost.
            events_from: how many events are many.
        """
        ...
