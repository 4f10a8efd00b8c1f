"""The whole product in one command: demo."""

import glob
import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import attrs
import click

from admetrics.app.run import run
from admetrics.bootstrap import (
    atomic_output,
    open_files,
    open_pipeline,
    open_reader,
    open_source,
    read_dimensions,
)
from admetrics.configuration import Settings
from admetrics.interfaces.cli.options import Context, Duration, File, common
from admetrics.interfaces.cli.stopping import stop_on_signals
from admetrics.interfaces.pages import open_live_page, write_page
from admetrics.ports.clock import Clock
from admetrics.simulation.live_traffic import live_traffic
from admetrics.simulation.simulate import Scenario, Simulation, dimensions

_TICK: Final = timedelta(milliseconds=500)
_RATE: Final = 20


@click.command()
@click.option("--events", type=click.IntRange(1), default=200_000, help="How many records.")
@click.option("--seed", type=int, default=1, help="Same seed, same records.")
@click.option("--out", type=File(), default=Path("admetrics-demo"), help="Folder of the demo.")
@click.option("--live", is_flag=True, help="Show a page that refreshes itself, and let new records come until Ctrl-C.")
@click.option("--rate", type=click.IntRange(1, 10_000), help=f"With --live: new records a second [default: {_RATE}].")
@click.option("--port", type=click.IntRange(0, 65535), help="With --live: port of the page [default: any].")
@click.option(
    "--for", "span", type=Duration(), help="With --live: how long new records come, e.g. 1m [default: until Ctrl-C]."
)
@common
def demo(
    context: Context,
    *,
    events: int,
    seed: int,
    out: Path,
    live: bool,
    rate: int | None,
    port: int | None,
    span: timedelta | None,
) -> None:
    """Simulate traffic, process it embedded, and write a report: the whole product in one command."""
    if not live and (rate, port, span) != (None, None, None):
        raise click.UsageError("--rate, --port and --for go with --live")
    out.mkdir(parents=True, exist_ok=True)
    scenario = Scenario(seed=seed, events=events, end=datetime.now(UTC).replace(minute=0, second=0, microsecond=0))
    simulation = _write(scenario, out)
    settings = Settings(data_dir=out / "data")  # never the configured parts: they hold real figures
    if live:
        _go_on(context, simulation, out, settings, rate=rate or _RATE, port=port or 0, span=span)
    else:
        _process(context, out, settings)


def _write(scenario: Scenario, out: Path) -> Simulation:
    """Write the files of a scenario; return what comes after it."""
    simulation = Simulation(scenario)
    with atomic_output(out / "records.jsonl") as stream:
        for chunk in simulation.history():
            stream.write(chunk)
    for name, content in dimensions(scenario).items():
        (out / name).write_bytes(content)
    return simulation


def _process(context: Context, out: Path, settings: Settings) -> None:
    page = out / "report.html"
    with open_pipeline(settings) as pipeline, open_files((out / "records.jsonl",)) as source:
        started = time.perf_counter()
        pipeline.import_dimensions(read_dimensions((out,)))
        ingested = pipeline.ingest(source)
        rolled_up = pipeline.roll_up()
        loaded = pipeline.load()
        seconds = time.perf_counter() - started
        write_page(pipeline.reader.report(), page)
    figures = {
        "read": ingested.read, "accepted": ingested.accepted, "dead_letters": ingested.dead_letters,
        "hours": rolled_up.claimed, "rows": loaded.written, "seconds": round(seconds, 3),
        "report": click.format_filename(page.resolve()),
    }  # fmt: skip
    context.print(
        figures,
        f"{ingested.read:,} records read: {ingested.accepted:,} accepted, {ingested.dead_letters:,} dead letters\n"
        f"{rolled_up.claimed:,} hours rolled up into {loaded.written:,} rows, all in {seconds:.1f} s\n"
        f"report: {click.format_filename(page.resolve())}",
    )


def _go_on(
    context: Context,
    simulation: Simulation,
    out: Path,
    settings: Settings,
    *,
    rate: int,
    port: int,
    span: timedelta | None,
) -> None:
    """Process the history, then what comes after it, on a page that shows how it comes."""
    logging.getLogger("admetrics.run").setLevel(logging.WARNING)  # the page tells of each tick
    settings = attrs.evolve(settings, source=f"file://{glob.escape(str(out))}/*.jsonl")
    sums = _Sums()
    with (
        stop_on_signals() as stopped,
        open_pipeline(settings) as pipeline,
        open_source(settings) as source,
        open_reader(settings) as reader,
        open_live_page(reader, host="127.0.0.1", port=port, zone=ZoneInfo("UTC")) as url,
    ):
        context.print(
            {"url": url},
            f"live page: {url} (Ctrl-C ends it); {rate} new records a second in {click.format_filename(out)}",
        )
        pipeline.import_dimensions(read_dimensions((out,)))
        while not stopped.is_set() and (ticked := pipeline.tick(source)).more:
            sums.observe({"read": ticked.ingested.read, "loaded": ticked.loaded.written})
        with _feeding(simulation, out, clock=pipeline.clock, rate=rate, stopped=stopped), _ending(span, stopped):
            run(pipeline=pipeline, source=source, every=_TICK, stopped=stopped, monitors=(sums,))
    read, rows = sums.total["read"], sums.total["loaded"]
    context.print({"read": int(read), "rows": int(rows)}, f"{read:,.0f} records read, {rows:,.0f} rows written")


class _Sums:
    """A monitor that adds up what the ticks did."""

    def __init__(self) -> None:
        self.total: Counter[str] = Counter()

    def observe(self, figures: Mapping[str, float]) -> None:
        """Add the figures of a tick."""
        for name in ("read", "loaded"):
            self.total[name] += int(figures.get(name, 0))


@contextmanager
def _feeding(simulation: Simulation, out: Path, *, clock: Clock, rate: int, stopped: threading.Event) -> Iterator[None]:
    """Let new records be written in a thread; if it cannot, all of it stops."""
    with (out / "live.jsonl").open("ab") as log, ThreadPoolExecutor(max_workers=1) as writer:
        writing = writer.submit(live_traffic, simulation, log, clock=clock, per_second=rate, stopped=stopped)
        writing.add_done_callback(lambda _: stopped.set())
        try:
            yield
        finally:
            stopped.set()
            writing.result()


@contextmanager
def _ending(span: timedelta | None, stopped: threading.Event) -> Iterator[None]:
    """Stop when the time is over, if there is a limit."""
    timer = threading.Timer(span.total_seconds(), stopped.set) if span else None
    if timer:
        timer.start()
    try:
        yield
    finally:
        if timer:
            timer.cancel()


COMMANDS = (demo,)
