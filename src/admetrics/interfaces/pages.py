"""Pages of figures: one file, or one that is served."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from admetrics.app.reader import Reader
from admetrics.bootstrap import atomic_output
from admetrics.domain.reporting.query import ReportQuery
from admetrics.domain.reporting.report import Report


def write_page(report: Report, path: Path) -> None:
    """Write a report as one page of HTML.

    Raises:
        MissingExtraError: the packages for it are not installed.
    """
    from admetrics.interfaces.html import page

    with atomic_output(path) as out:
        page.write_page(report, out)


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
    from admetrics.interfaces.html.live import LiveView
    from admetrics.interfaces.web.app import Figures, live_app
    from admetrics.interfaces.web.server import Server, is_loopback

    view = LiveView()
    view.page(reader.answer(ReportQuery(), zone=zone), "")  # takes seconds the first time: before anybody waits for it
    figures = Figures(answer=partial(reader.answer, zone=zone), version=reader.version, view=view, zone=zone)
    with Server(live_app(figures, local=is_loopback(host)), host=host, port=port) as server:
        yield server.url
