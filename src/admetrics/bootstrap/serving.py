"""What others connect to: the endpoint for Prometheus, and the live page."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from zoneinfo import ZoneInfo

from admetrics.app.reader import Reader
from admetrics.app.run import AMOUNTS, DIVIDED, STATES
from admetrics.domain.question import Question
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
    from admetrics.adapters.prometheus.monitor import PrometheusMonitor

    host, port = metrics
    with PrometheusMonitor(amounts=AMOUNTS, states=STATES, divided=DIVIDED, host=host, port=port) as monitor:
        yield (monitor,)


@contextmanager
def open_live_page(reader: Reader, *, host: str, port: int, zone: ZoneInfo) -> Iterator[str]:
    """Serve the figures as a page that refreshes itself, in a thread of its own, while the context is open.

    Args:
        reader: answers what the page is asked.
        host: the address to listen on; other machines reach it only if this is not the loopback.
        port: the port to listen on; 0 chooses a free one.
        zone: the time zone in which days are grouped.

    Yields:
        The address of the page.

    Raises:
        MissingExtraError: the packages for it are not installed.
        PermanentError: the port is taken.
    """
    from admetrics.adapters.html.live import LiveView
    from admetrics.adapters.web.app import Figures, live_app
    from admetrics.adapters.web.server import Server, is_loopback

    view = LiveView()
    view.page(reader.answer(Question(), zone=zone), "")  # takes seconds the first time: before anybody waits for it
    figures = Figures(answer=partial(reader.answer, zone=zone), version=reader.version, view=view, zone=zone)
    with Server(live_app(figures, local=is_loopback(host)), host=host, port=port) as server:
        yield server.url
