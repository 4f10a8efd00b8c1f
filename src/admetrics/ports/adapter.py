"""What a package registers, so that a setting can choose its adapters; and what these are opened with."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

import attrs

from admetrics.configuration import Settings
from admetrics.ports.clock import Clock


class Closable(Protocol):
    """What has to be closed in the end."""

    def close(self) -> None:
        """Let go of files and connections."""
        ...


_T = TypeVar("_T", bound=Closable)


class Resources(Protocol):
    """What an adapter is opened with. Everything that was opened is closed together, the last one first."""

    @property
    def settings(self) -> Settings:
        """What is configured."""
        ...

    @property
    def clock(self) -> Clock:
        """Tells the time."""
        ...

    def part(self, port: str) -> Any:
        """Return the adapter that the settings name for a port, e.g. the lake for an engine; it is opened once."""
        ...

    def shared(self, factory: Callable[[str, "Resources"], _T], url: str) -> _T:
        """Return what this factory makes of this URL, made once: adapters of one database share its connections."""
        ...

    def closing(self, opened: _T) -> _T:
        """Have something closed in the end, and return it."""
        ...


def _names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(names)


@attrs.frozen
class Adapter:
    """A line of the registry: what a port and a scheme mean.

    Args:
        port: what is opened, as the setting is called: `source`, `lake`, `engine`, `spark` (the engine for many events
            of the engine `auto`), `bus`, `warehouse`, `checkpoints`, `dead_letters`; or `dimensions`, which are opened
            by the URL of the warehouse.
        form: how its URLs begin, e.g. `acme://`; an engine may have a plain name.
        factory: what opens it, as `module:name`, imported when it is chosen: it takes the URL, as it was configured,
            and `Resources`. It raises `ConfigurationError` for a URL that makes no sense.
        offers: what it can do beyond its port, for those that need it. A lake: `spark` and `estimate`
            (`admetrics.ports.lake`), `duckdb` (attribute `database`), `embedded` (all of it lies on this machine). A
            bus: `spark` (`admetrics.ports.bulk.WrittenBySpark`). An engine: `bulk` (`admetrics.ports.bulk.BulkEngine`).
        needs: what an engine needs of the lake, beyond the port.
    """

    port: str
    form: str
    factory: str
    offers: frozenset[str] = attrs.field(default=frozenset(), converter=_names, kw_only=True)
    needs: frozenset[str] = attrs.field(default=frozenset(), converter=_names, kw_only=True)
