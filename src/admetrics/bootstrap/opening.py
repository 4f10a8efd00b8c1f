"""What is opened together: adapters that name one database share it, and all are closed in the end."""

from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Any, Protocol, TypeVar, runtime_checkable

from admetrics.adapters.system import SystemClock
from admetrics.bootstrap.registry import factory_of, find, setting_of
from admetrics.configuration import Settings
from admetrics.domain.errors import ConfigurationError
from admetrics.ports.adapter import Resources
from admetrics.ports.clock import Clock

_T = TypeVar("_T")


@runtime_checkable
class _Closable(Protocol):
    def close(self) -> None: ...


class Opening:
    """Opens the adapters that the settings name: the `Resources` that they are given.

    Args:
        settings: what is configured.
        clock: for those that need one; None: the machine's.
        stack: closes what was opened.
        may_create: whether what is missing may be created.
    """

    def __init__(self, settings: Settings, clock: Clock | None, stack: ExitStack, *, may_create: bool) -> None:
        self.settings = settings
        self.may_create = may_create
        self.clock = clock or SystemClock()
        self.stack = stack
        self._parts: dict[str, Any] = {}
        self._shared: dict[tuple[Callable[[str, Resources], Any], str], Any] = {}

    def part(self, port: str) -> Any:
        """Return the adapter of a port; it is opened when it is first asked for."""
        if port not in self._parts:
            self._parts[port] = self._open(port)
        return self._parts[port]

    def _open(self, port: str) -> Any:
        url: str = getattr(self.settings, setting_of(port))
        adapter = find(port, url)
        try:
            return self._closed(factory_of(adapter)(url, self))
        except ConfigurationError as error:
            if port in ("engine", "spark"):  # an engine has several settings, and says itself which one is wrong
                raise
            raise type(error)(f"setting {setting_of(port)!r}: {error}") from error

    def shared(self, factory: Callable[[str, Resources], _T], url: str) -> _T:
        """Return what a factory makes of a URL, made when it is first asked for."""
        if (factory, url) not in self._shared:
            self._shared[factory, url] = self._closed(factory(url, self))
        opened: _T = self._shared[factory, url]
        return opened

    def _closed(self, opened: _T) -> _T:
        if isinstance(opened, _Closable):
            self.stack.enter_context(closing(opened))
        return opened
