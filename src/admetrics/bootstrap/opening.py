"""What is opened together: adapters that name one database share it, and all are closed in the end."""

from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Any, TypeVar

from admetrics.bootstrap.registry import factory_of, find, setting_of
from admetrics.configuration import Settings
from admetrics.domain.errors import ConfigurationError
from admetrics.ports.adapter import Closable, Resources
from admetrics.ports.clock import Clock

_T = TypeVar("_T", bound=Closable)


class Opening:
    """Opens the adapters that the settings name: the `Resources` that they are given.

    Args:
        settings: what is configured.
        clock: for those that need one.
        stack: closes what was opened.
    """

    def __init__(self, settings: Settings, clock: Clock, stack: ExitStack) -> None:
        self.settings = settings
        self.clock = clock
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
            return factory_of(adapter)(url, self)
        except ConfigurationError as error:
            if port in ("engine", "spark"):  # an engine has several settings, and says itself which one is wrong
                raise
            raise type(error)(f"setting {setting_of(port)!r}: {error}") from error

    def shared(self, factory: Callable[[str, Resources], _T], url: str) -> _T:
        """Return what a factory makes of a URL, made when it is first asked for."""
        key = factory, url
        if key not in self._shared:
            self._shared[key] = self.closing(factory(url, self))
        opened: _T = self._shared[key]
        return opened

    def closing(self, opened: _T) -> _T:
        """Have something closed in the end, and return it."""
        return self.stack.enter_context(closing(opened))


def system_clock() -> Clock:
    """Return the clock of this machine."""
    from admetrics.adapters.system import SystemClock

    return SystemClock()
