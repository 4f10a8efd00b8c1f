"""The live page in a real browser, beside a pipeline that really runs: two processes over one folder."""

import csv
import re
import signal
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs
import pytest
from playwright.sync_api import expect

from admetrics import Settings, open_pipeline, read_dimensions
from admetrics.bootstrap import open_reader
from admetrics.domain.dimensions import Company, Dimensions
from admetrics.domain.reporting.formatting import count
from admetrics.domain.reporting.query import ReportQuery
from admetrics.domain.times import HOUR
from admetrics.interfaces.pages import open_live_page
from admetrics.simulation.simulate import Scenario, Simulation, dimensions
from admetrics.testing.strategies import click_at
from tests.browser import CONTRAST, Tab
from tests.command_line import runner as runner_of
from tests.processes import running

NAMES = (
    "<script>document.title = 'taken over'</script>",
    "<img src=x onerror=\"document.title = 'taken over'\">",
    '=HYPERLINK("http://x")',
    "\u202eevil</title></script>",
)
PATIENCE = 60_000
"""Milliseconds that the slowest machine may take to show what has changed."""


@attrs.frozen
class System:
    """A pipeline that follows a log, and a page that shows what it makes of it."""

    url: str
    settings: Settings
    known: Dimensions
    simulation: Simulation
    log: Path

    def more(self, lines: int) -> None:
        """Let the tracker write some more records, of this minute."""
        with self.log.open("ab") as log:
            log.write(self.simulation.more(lines, now=datetime.now(UTC)))

    def counts(self, **asked: str) -> tuple[int, int]:
        """Return the impressions and the clicks that the warehouse has for a question."""
        figures = self.figures(**asked)
        return figures["impressions"], figures["clicks"]

    def figures(self, **asked: str) -> Mapping[str, int]:
        """Return the counts that the warehouse has for a question."""
        with open_reader(self.settings) as reader:
            question = ReportQuery.read(asked.items(), zone=ZoneInfo("UTC"))
            return attrs.asdict(reader.answer(question).report.figures.counts)


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    folder = tmp_path_factory.mktemp("live")
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    scenario = Scenario(seed=5, events=4000, end=now, days=3, companies=len(NAMES), jobs=30)
    simulation = Simulation(scenario)
    (folder / "log.jsonl").write_bytes(b"".join(simulation.history()))
    for name, content in dimensions(scenario).items():
        (folder / name).write_bytes(content)
    known = read_dimensions((folder,))
    known = attrs.evolve(known, companies=tuple(Company(number, name) for number, name in enumerate(NAMES, start=1)))
    settings = Settings(data_dir=folder / "data")
    with open_pipeline(settings) as pipeline:
        pipeline.import_dimensions(known)
    where = ("--data-dir", settings.data_dir)
    with (
        running("run", "--every", "100ms", *where, SOURCE=f"file://{folder}/*.jsonl") as runner,
        running("serve", "--port", 0, "--json", *where) as server,
    ):
        made = System(server.line()["url"], settings, known, simulation, folder / "log.jsonl")
        yield made
        assert server.stop(signal.SIGTERM) == (0, "")
        assert runner.stop(signal.SIGTERM)[0] == 0


@pytest.fixture
def look(browser, system):
    """Open the page with a query, and wait until it shows figures."""
    tabs: list[Tab] = []

    def open_tab(query: str = "", **options) -> Tab:
        tabs.append(Tab(browser, f"{system.url}{query}", **options))
        page = tabs[-1].drawn().page
        page.wait_for_selector("#breakdown", timeout=PATIENCE, state="attached")
        page.wait_for_selector("#state.good", timeout=PATIENCE)
        return tabs[-1]

    yield open_tab
    for tab in tabs:
        tab.close()


def shown(page, label: str = "Impressions") -> int:
    tile = page.locator(".headline .tile", has=page.get_by_text(label, exact=True))
    return int(tile.locator(".value").inner_text().replace(",", ""))


def wait_for_more(page, before: int) -> None:
    page.wait_for_function(
        "before => Number(document.querySelector('.headline .value').textContent.replaceAll(',', '')) > before",
        arg=before,
        timeout=PATIENCE,
    )


def wait_until_equal(one, other) -> None:
    """Ask two sides until they say the same, for a while."""
    end = time.monotonic() + PATIENCE / 1000
    while one() != other():
        assert time.monotonic() < end, (one(), other())


def test_figures_change_without_a_reload_and_all_else_stays(look, system):
    tab = look("?by=job")
    page = tab.page
    page.check("input[value=hours]")
    page.wait_for_selector("html[data-drawn=hours]")
    head = page.locator("#breakdown thead th", has_text="CTR")
    head.locator("button").click()
    page.locator("details summary", has_text="The days as a table").click()
    page.select_option("#currency", "1")
    page.fill("#find", "a")
    page.evaluate("window.mine = 1; scrollTo(0, 700); document.querySelector('.tall').scrollTop = 60")
    tab.requests.clear()
    before, drawn = shown(page), page.locator("[data-chart=clicks] svg").element_handle()

    system.more(400)
    wait_for_more(page, before)

    assert page.evaluate("window.mine") == 1
    assert page.evaluate("scrollY") == 700
    assert page.evaluate("document.querySelector('.tall').scrollTop") == 60
    assert page.evaluate("document.activeElement.id") == "find"
    assert page.input_value("#find") == "a"
    assert page.input_value("#currency") == "1"
    assert page.is_checked("input[value=hours]")
    assert page.locator("main details", has_text="The days as a table").get_attribute("open") is not None
    assert head.get_attribute("aria-sort") == "descending"
    rates = head.evaluate(
        """(head) => [...document.querySelectorAll("#breakdown tbody tr")]
            .map((row) => row.cells[head.cellIndex].dataset.value)"""
    )
    numbers = [float(rate) for rate in rates if rate]
    assert numbers == sorted(numbers, reverse=True)
    names = page.locator("#breakdown tbody tr:visible th").all_inner_texts()
    assert names
    assert all("a" in name.lower() for name in names)
    assert page.locator("[data-chart=clicks] svg").element_handle().evaluate("(a, b) => a === b", drawn)
    assert set(tab.requests) == {tab.url}  # it asks for itself, and for nothing else
    assert tab.complaints == []


def test_the_page_comes_to_show_what_the_warehouse_has(look, system):
    page = look("?last=all").page
    system.more(300)
    wait_for_more(page, shown(page))
    wait_until_equal(lambda: (shown(page), shown(page, "Clicks")), lambda: system.counts(last="all"))
    assert re.fullmatch(r"last change \d+ s ago", page.inner_text("#changed"))


def test_a_filter_that_is_chosen_is_asked_for(look, system):
    tab = look()
    with tab.page.expect_navigation():
        tab.page.select_option("select[name=company]", "2")
    tab.drawn()
    assert tab.page.url == f"{system.url}?last=7d&company=2&by=company"
    assert tab.page.input_value("select[name=company]") == "2"
    assert tab.page.locator("#breakdown tbody tr").count() == 1
    wait_until_equal(lambda: shown(tab.page), lambda: system.counts(company="2")[0])
    with tab.page.expect_navigation():
        tab.page.click(".chosen a")
    assert tab.page.locator("#breakdown tbody tr").count() > 1
    assert tab.complaints == []


def test_the_way_down_leads_to_a_job_and_back(look, system):
    tab = look("?by=company")
    for by in ("campaign", "job", "publisher"):
        with tab.page.expect_navigation():
            tab.page.locator("#breakdown tbody th a").first.click()
        tab.drawn()
        assert tab.page.input_value("select[name=by]") == by
    assert tab.page.locator(".chosen li").count() == 3
    job = re.search(r"job=(\d+)", tab.page.url)
    assert job is not None
    titles = {each.id: each.title for each in system.known.jobs}
    assert titles[int(job[1])] in tab.page.inner_text(".chosen")
    assert 0 < shown(tab.page) <= system.figures(job=job[1])["impressions"]
    tab.page.go_back()
    assert tab.page.locator(".chosen li").count() == 2
    assert tab.complaints == []


def test_hostile_names_are_text_and_nothing_runs(look):
    tab = look("?company=1&by=company")
    assert NAMES[0] in tab.page.inner_text(".chosen")
    assert NAMES[0] in tab.page.locator("#breakdown tbody th").all_inner_texts()
    assert tab.page.locator("main img, main script, nav img, nav script").count() == 0
    tab.page.goto(tab.url.split("?")[0])
    tab.drawn()
    listed = tab.page.locator("select[name=company] option").all_inner_texts()
    assert set(NAMES[:3]) < set(listed)
    assert not any("\u202e" in each for each in listed)
    assert tab.page.title() == "Job advertising report"
    assert tab.complaints == []


def test_an_injected_script_would_not_run(look):
    tab = look()
    tab.page.evaluate("""
        const script = document.createElement("script");
        script.textContent = "document.title = 'taken over'";
        document.body.append(script);
        document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=\\"document.title = 'taken over'\\">");
    """)
    assert tab.page.title() == "Job advertising report"
    assert any("Content Security Policy" in complaint for complaint in tab.complaints)


def test_the_table_can_be_had_as_a_file(look, system, tmp_path):
    page = look("?company=3").page
    with page.expect_download() as download:
        page.click("text=CSV")
    file = tmp_path / "table.csv"
    download.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert {line["name"] for line in lines} == {'\'=HYPERLINK("http://x")'}
    assert sum(int(line["clicks"]) for line in lines) == system.figures(company="3")["clicks"]


def test_the_filters_work_without_scripts(browser, system):
    tab = Tab(browser, system.url, java_script_enabled=False)
    try:
        tab.page.select_option("select[name=company]", "2")
        tab.page.click("text=Show")
        assert "company=2" in tab.page.url
        assert tab.page.locator(".chosen li").count() == 1
        assert count(system.figures(company="2")["clicks"]) in tab.page.inner_text(".headline")
    finally:
        tab.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone_and_is_readable_in_either_scheme(look, scheme):
    page = look("?by=job&company=1", viewport={"width": 360, "height": 740}, color_scheme=scheme).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    ratio, element = page.evaluate(CONTRAST)
    assert ratio >= 4.5, element  # WCAG 2.2, success criterion 1.4.3
    controls = page.evaluate("[...document.querySelectorAll('nav :is(input, select)')].map((e) => e.labels.length)")
    assert all(controls)


def test_a_note_that_comes_and_goes_leaves_what_stands_below_alone(browser, tmp_path):
    """Days that lie in the period only in part have a note; whether there are any depends on the newest hour."""
    settings, midnight = Settings(data_dir=tmp_path), datetime(2026, 3, 5, tzinfo=UTC)
    with open_pipeline(settings) as pipeline, open_reader(settings) as reader:

        def click(time: datetime) -> None:
            pipeline.lake.append([click_at(time, number=1, bid=3)])
            pipeline.tick()

        click(midnight - 2 * HOUR)
        with open_live_page(reader, host="127.0.0.1", port=0, zone=ZoneInfo("UTC")) as url:
            tab = Tab(browser, url).drawn()
            note = tab.page.locator("main .note", has_text="Paler bars")
            days = tab.page.locator("main details", has_text="The days as a table")
            expect(note).to_have_count(1)
            days.locator("summary").click()
            for time, notes in ((midnight - HOUR, 0), (midnight, 1)):
                click(time)
                expect(note).to_have_count(notes, timeout=PATIENCE)
                expect(days).to_have_attribute("open", "")
                expect(days.get_by_role("row")).to_have_count(2 + notes)  # heads, and days that have figures
            tab.close()


def test_the_page_survives_its_server(browser, system):
    with open_reader(system.settings) as reader:
        with open_live_page(reader, host="127.0.0.1", port=0, zone=ZoneInfo("UTC")) as url:
            tab = Tab(browser, url).drawn()
            tab.page.wait_for_selector("#state.good", timeout=PATIENCE)
        tab.page.wait_for_selector("#state.warn", timeout=PATIENCE)
        assert tab.page.inner_text("#state") == "not refreshed: the server does not answer; trying again"
        port = int(url.rstrip("/").rpartition(":")[2])
        with open_live_page(reader, host="127.0.0.1", port=port, zone=ZoneInfo("UTC")):
            tab.page.wait_for_selector("#state.good", timeout=PATIENCE)
        tab.close()


def test_a_change_ahead_of_the_clock_is_not_shown_as_new(browser, system):
    """The page came from a server whose clock was years ahead."""
    tab = Tab(browser, system.url).drawn()
    tab.page.wait_for_selector("#state.good", timeout=PATIENCE)
    assert tab.page.inner_text("#changed").endswith(" ago")
    tab.page.clock.set_fixed_time(datetime.now(UTC) - timedelta(days=1500))
    tab.page.wait_for_function(
        "() => document.getElementById('changed').textContent.includes('ahead of this computer')", timeout=PATIENCE
    )
    tab.close()


# Beside a runner: what only reads needs the warehouse alone


def test_reports_and_exports_are_made_while_a_runner_has_the_lake(monkeypatch, system, tmp_path):
    run = runner_of(monkeypatch, system.settings.data_dir)
    outcome = run("report", "--json")
    assert outcome.figures["figures"]["impressions"] > 0
    health = outcome.figures["health"]
    assert (health["dead_letters"], health["accounting"], health["missing"]) == (None, None, None)
    assert "lake.duckdb is in use by another command (process" in health["unseen"]
    assert "is in use by another command" in run("report").out
    assert run("export", "events").out.count("\n") > 100
    run("report", "--out", tmp_path / "report.html")
    assert "not available: " in (tmp_path / "report.html").read_text(encoding="utf-8")
