"""What watches `run`: the endpoint for Prometheus."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from admetrics.app.run import AMOUNTS, DIVIDED, STATES
from admetrics.ports.monitor import Monitor


@contextmanager
def open_monitors(metrics: tuple[str, int] | None) -> Iterator[Sequence[Monitor]]:
    """Open what watches `run`.

    Args:
        metrics: host and port of an endpoint for Prometheus; None for no endpoint.
    """
    if metrics is None:
        yield ()
        return
    from admetrics.adapters.prometheus import PrometheusMonitor

    host, port = metrics
    with PrometheusMonitor(amounts=AMOUNTS, states=STATES, divided=DIVIDED, host=host, port=port) as monitor:
        yield (monitor,)
