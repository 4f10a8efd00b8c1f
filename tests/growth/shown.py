"""Three interviews on their way through the system, from the log to everything that shows figures: `python -m
tests.growth.shown` in a grown copy prints where they are found.
"""

import csv
import io
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest

from admetrics.bootstrap import open_reader
from admetrics.configuration import Settings
from admetrics.domain.reporting.query import ReportQuery
from admetrics.interfaces.html.live import LiveView
from tests.command_line import Run, runner

NUMBER = 3
VIEWS = ("kpi_hourly", "kpi_daily", "kpi_campaign_daily")
TILE = re.compile(r'Interviews</span><span class="value">(\d+)<')


def places(folder: Path) -> Iterator[tuple[str, object]]:
    """Yield each place that shows figures, with the number of interviews there."""
    data = folder / "data"
    run = partial(_output, runner(pytest.MonkeyPatch(), data))
    (folder / "log.jsonl").write_text("".join(records()))
    run("ingest", folder / "log.jsonl")
    run("rollup")
    [[message]] = selected(data, "SELECT message FROM bus")
    yield "message", json.loads(message)["measures"]["interviews"]
    run("load")
    [row] = csv.DictReader(io.StringIO(run("export", "events")))
    yield "export", int(row["interviews"])
    for view in VIEWS:
        yield view, selected(data, f"SELECT interviews FROM {view}")[0][0]
    yield "terminal", found(r"interviews +\| +(\d+)", run("report"))
    run("report", "--out", folder / "page.html")
    yield "report", found(TILE, (folder / "page.html").read_text(encoding="utf-8"))
    with open_reader(Settings(data_dir=data)) as reader:
        answer = reader.answer(ReportQuery.read([], zone=ZoneInfo("UTC")))
    yield "live page", found(TILE, LiveView().page(answer, "nonce").decode())
    yield "in JSON", json.loads(run("report", "--json"))["figures"]["interviews"]


def records() -> Iterator[str]:
    names = ["impression", "click", "conversion", "qualified", *["interview"] * NUMBER]
    for number, name in enumerate(names):
        time = f"{0x2AA10EC0 + number:08x}-16d7-11f1-98f8-ff3f08b10e4b"
        yield json.dumps({"create_time": time, "custom_track": name, "job_id": 7, "publisher_id": 3}) + "\n"


def _output(run: Run, *arguments: object) -> str:
    return run(*arguments).out


def selected(data: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(data / "warehouse.sqlite")) as connection:
        return connection.execute(query).fetchall()


def found(pattern: str | re.Pattern, text: str) -> int | None:
    match = re.search(pattern, text)
    return int(match[1]) if match else None


if __name__ == "__main__":
    with TemporaryDirectory() as own:
        print(json.dumps(dict(places(Path(own)))))
