"""How soon the live page is there, on what `admetrics demo` makes."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser

from admetrics.app.reader import Reader
from admetrics.bootstrap import open_files, open_pipeline, open_reader, read_dimensions
from admetrics.configuration import settings
from admetrics.interfaces.pages import open_live_page
from admetrics.simulation.simulate import Scenario, dimensions, lines
from admetrics.testing.examples import HandClock
from benchmarks.data import END
from benchmarks.figure import Figure, best_of
from tests.browser import Tab, open_browser

EVENTS = 200_000
ROUNDS = 9
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def measure(scale: float) -> Iterator[Figure]:
    """A page of figures that changed since they were last asked for: most of it is three sums of a week's rows."""
    with TemporaryDirectory() as name:
        folder, clock = Path(name), HandClock(END)
        chosen = settings(environment={}, options={"data_dir": folder / "data"})
        _fill(folder, chosen, int(EVENTS * scale), clock)
        with (
            open_reader(chosen, clock=clock) as reader,
            open_live_page(reader, host="127.0.0.1", port=0, zone=ZoneInfo("UTC")) as url,
            open_browser() as browser,
        ):
            for by in ("company", "job"):
                painted = sorted(_first_paint(browser, f"{url}?by={by}", clock) for _ in range(ROUNDS))
                figures = f"{painted[ROUNDS // 2]:.2f} s, worst {painted[-1]:.2f} s"
                yield Figure(f"first paint, by {by}, median of {ROUNDS}", figures, "< 1 s")
            yield Figure("the same figures asked for again", f"{1000 * _unchanged(url, reader):.1f} ms")


def _fill(folder: Path, chosen, events: int, clock: HandClock) -> None:
    scenario = Scenario(seed=1, events=events, end=END)
    log = folder / "records.jsonl"
    with log.open("wb") as out:
        out.writelines(lines(scenario))
    for name, content in dimensions(scenario).items():
        (folder / name).write_bytes(content)
    with open_pipeline(chosen, clock=clock) as pipeline, open_files([log]) as source:
        pipeline.import_dimensions(read_dimensions([folder]))
        pipeline.ingest(source)
        pipeline.roll_up()
        pipeline.load()


def _first_paint(browser: Browser, url: str, clock: HandClock) -> float:
    """Open the page in a browser that has nothing of it; all figures are computed again."""
    clock.advance(timedelta(minutes=2))
    tab = Tab(browser, url)
    try:
        painted: float = tab.page.wait_for_function(PAINTED).json_value()
        return painted / 1000
    finally:
        tab.close()


def _unchanged(url: str, reader: Reader) -> float:
    request = Request(url, headers={"If-None-Match": f'"{reader.version()}"'})

    def ask() -> None:
        try:
            urlopen(request, timeout=30)
        except OSError as answer:
            if getattr(answer, "code", None) != 304:
                raise

    return best_of(20, ask)
