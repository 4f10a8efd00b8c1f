"""An endpoint that Prometheus scrapes."""

from collections.abc import Mapping
from socketserver import BaseRequestHandler
from typing import Final, Self, cast

from admetrics.domain.errors import MissingExtraError, PermanentError

try:
    from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server
except ImportError as error:
    raise MissingExtraError("--metrics needs a package: pip install 'admetrics[metrics]'") from error

_PATIENCE: Final = 10
"""Seconds after which a connection that says nothing is closed; without it each would keep a thread for ever."""


class PrometheusMonitor:
    """Serves the figures of the ticks at `http://HOST:PORT/metrics` while the context is open.

    Args:
        amounts: figures that are added up over ticks (counters), each with a description.
        states: figures of which the last one counts (gauges), each with a description.
        divided: amounts that are told in parts, and the label that tells these apart.
        host: the address to listen on; other machines reach it only if this is not the loopback.
        port: the port to listen on; 0 chooses a free one.

    Raises:
        PermanentError: the port is taken.
    """

    def __init__(
        self,
        *,
        amounts: Mapping[str, str],
        states: Mapping[str, str],
        divided: Mapping[str, str],
        host: str = "127.0.0.1",
        port: int,
    ) -> None:
        registry = CollectorRegistry()
        self._counters = {
            name: Counter(f"admetrics_{name}", text, [divided[name]] if name in divided else [], registry=registry)
            for name, text in amounts.items()
        }
        self._gauges = {name: Gauge(f"admetrics_{name}", text, registry=registry) for name, text in states.items()}
        self._ticks = Counter("admetrics_ticks", "ticks, failed ones included", registry=registry)
        try:
            self._server, self._thread = start_http_server(port, host, registry)
        except OSError as error:
            raise PermanentError(f"cannot serve metrics at {host}:{port}: {error.strerror}; choose another") from error
        except (TypeError, ValueError) as error:  # a NUL byte, or what is no name of a host in any language
            raise PermanentError(f"cannot serve metrics at {host!r}: this is no name of a host") from error
        handler = cast("type[BaseRequestHandler]", self._server.RequestHandlerClass)
        self._server.RequestHandlerClass = type(handler.__name__, (handler,), {"timeout": _PATIENCE})
        self.port = self._server.server_port

    def observe(self, figures: Mapping[str, float]) -> None:
        """Add the amounts of a tick, and set the states."""
        self._ticks.inc()
        for name, figure in figures.items():
            whole, _, part = name.partition(":")
            if part:
                self._counters[whole].labels(part).inc(figure)
            elif name in self._counters:
                self._counters[name].inc(figure)
            else:
                self._gauges[name].set(figure)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
