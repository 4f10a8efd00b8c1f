import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser

from admetrics.adapters.crawlers import is_robot
from admetrics.adapters.memory.clock import ManualClock
from admetrics.adapters.memory.dead_letters import MemoryDeadLetters
from admetrics.adapters.memory.lake import MemoryLake
from admetrics.adapters.memory.warehouse import MemoryWarehouse
from admetrics.app.budgets import budgets
from admetrics.app.report import report
from admetrics.bootstrap import read_dimensions
from admetrics.domain.dimensions import Dimensions
from admetrics.domain.events.classify import classify
from admetrics.domain.events.click_flags import ClickFlagger
from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.event import Event
from admetrics.domain.events.record import Record, decode
from admetrics.domain.events.rejection import Rejection
from admetrics.domain.reporting.axis import Axis
from admetrics.domain.reporting.report import Report
from admetrics.domain.rollup.fold import fold
from admetrics.domain.rollup.row import Row
from admetrics.domain.rules.repeats import REPEAT_WINDOW, repeats_among
from admetrics.domain.times import TimeLimits
from admetrics.interfaces.html.page import write_page
from admetrics.simulation.simulate import Scenario, dimensions, lines
from tests.browser import Tab

NOW = datetime(2026, 3, 2, 0, 20, tzinfo=UTC)


@pytest.fixture(scope="session")
def html_of():
    def write(shown: Report) -> bytes:
        out = io.BytesIO()
        write_page(shown, out)
        return out.getvalue()

    return write


class Opened(Tab):
    """A page in a browser that has no network."""

    def __init__(self, browser: Browser, folder, html: bytes, **options) -> None:
        file = folder / "report.html"
        file.write_bytes(html)
        super().__init__(browser, file.as_uri(), offline=True, **options)
        self.drawn()

    def draw(self, grain: str) -> None:
        """Have the charts drawn by day or by hour."""
        self.page.check(f"input[value={grain}]")
        self.page.wait_for_selector(f"html[data-drawn={grain}]")


@pytest.fixture
def show(browser, tmp_path):
    """Open a page of HTML."""
    opened: list[Opened] = []

    def open_page(html: bytes, **options) -> Opened:
        opened.append(Opened(browser, tmp_path, html, **options))
        return opened[-1]

    yield open_page
    for each in opened:
        each.close()


class Market:
    """Simulated traffic in memory, ready to be reported on."""

    def __init__(self, folder, events: int) -> None:
        scenario = Scenario(seed=3, events=events, end=NOW.replace(minute=0), jobs=230)
        for name, content in dimensions(scenario).items():
            (folder / name).write_bytes(content)
        self.dimensions = read_dimensions((folder,))
        self._companies = {job.id: job.company for job in self.dimensions.jobs}
        self.lake, self.warehouse = MemoryLake(), MemoryWarehouse(clock=ManualClock(NOW))
        self.dead_letters = MemoryDeadLetters()
        limits, flagger, events_read = TimeLimits.at(NOW), ClickFlagger(is_robot=is_robot), []
        for number, line in enumerate(b"".join(lines(scenario)).splitlines(), start=1):
            record = decode(line)
            result = classify(record, limits=limits, flagger=flagger) if isinstance(record, Record) else record
            if isinstance(result, Rejection):
                self.dead_letters.put([DeadLetter("file", number, line, result, NOW)])
            elif isinstance(result, Event):
                events_read.append(result)
        self.lake.append(events_read)
        distinct = {event.id: event for event in events_read}.values()
        cells = fold(distinct, repeats=repeats_among(distinct, window=REPEAT_WINDOW))
        rows = [Row(cell, each, self._companies.get(cell.job), 1, "Memory") for cell, each in cells.items()]
        self.warehouse.upsert(rows)

    def report(self, by: Axis = Axis.COMPANY, *, known: Dimensions | None = None) -> Report:
        known = self.dimensions if known is None else known
        return report(
            warehouse=self.warehouse,
            known=known,
            lake=self.lake,
            dead_letters=self.dead_letters,
            now=NOW,
            by=by,
            zone=ZoneInfo("Asia/Ho_Chi_Minh"),
            budgets=budgets(warehouse=self.warehouse, known=known, now=NOW),
        )


@pytest.fixture(scope="session")
def html(market, html_of):
    return html_of(market.report())


@pytest.fixture(scope="module")
def opened(browser, html, tmp_path_factory):
    """The page of the market by company, on a desktop; tests leave it as they found it, or as they do not care."""
    page = Opened(browser, tmp_path_factory.mktemp("page"), html)
    yield page
    page.close()


@pytest.fixture(scope="session")
def market(tmp_path_factory):
    return Market(tmp_path_factory.mktemp("market"), 13_000)
