"""What a package registers, so that a setting can choose its adapters; and what these are opened with."""

from collections.abc import Callable, Collection
from typing import Any, Protocol, TypeVar

import attrs

from admetrics.configuration import Settings
from admetrics.ports.clock import Clock

_T = TypeVar("_T")


class Resources(Protocol):
    """What an adapter is opened with. All that is opened and has a `close` is closed together, the last one first."""

    settings: Settings
    clock: Clock
    may_create: bool
    """Whether what is missing may be created; else it is an `AbsentError`."""

    def part(self, port: str) -> Any:
        """Return the adapter that the settings name for a port, e.g. the lake for an engine; it is opened once."""
        ...

    def shared(self, factory: Callable[[str, "Resources"], _T], url: str) -> _T:
        """Return what this factory makes of this URL, made once: adapters of one database share its connections."""
        ...


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
        offers: what it can do beyond its port, for those that need it. A lake: `spark` (`ReadBySpark`), `duckdb` (its
            attribute `database`), `embedded` (all of it lies on this machine). A bus: `spark` (`Sink`). An engine:
            `bulk` (`BulkEngine`).
        needs: what an engine needs of the lake, beyond the port.
    """

    port: str
    form: str
    factory: str
    offers: Collection[str] = ()
    needs: Collection[str] = ()
