"""Data in and out: demo, simulate, export."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import click

from admetrics.app.export import accounting_table, events_table
from admetrics.app.simulate import Scenario, dimensions, lines
from admetrics.bootstrap import atomic_output, open_files, open_pipeline, read_dimensions, write_page, write_table
from admetrics.cli.options import Context, common, period
from admetrics.configuration import Settings
from admetrics.domain.times import Period

_EPOCH_OF_SIMULATION = datetime(2026, 3, 1, tzinfo=UTC)


@contextmanager
def _output(path: Path | None) -> Iterator[BinaryIO]:
    """Write to a file that appears whole or not at all; to standard output without one."""
    if path is None:
        yield sys.stdout.buffer
    else:
        with atomic_output(path) as out:
            yield out


@click.command()
@click.option("--events", type=click.IntRange(1), default=100_000, help="How many records.")
@click.option("--seed", type=int, default=1, help="Same seed, same bytes.")
@click.option("--out", type=click.Path(path_type=Path), help="File [default: standard output].")
@common
def simulate(_context: Context, events: int, seed: int, out: Path | None) -> None:
    """Write realistic records as JSON lines."""
    with _output(out) as stream:
        for chunk in lines(Scenario(seed=seed, events=events, end=_EPOCH_OF_SIMULATION)):
            stream.write(chunk)


@click.command()
@click.option("--events", type=click.IntRange(1), default=200_000, help="How many records.")
@click.option("--seed", type=int, default=1, help="Same seed, same records.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("admetrics-demo"), help="Folder of the demo.")
@common
def demo(context: Context, events: int, seed: int, out: Path) -> None:
    """Simulate traffic, process it embedded, and write a report: the whole product in one command."""
    out.mkdir(parents=True, exist_ok=True)
    scenario = Scenario(seed=seed, events=events, end=datetime.now(UTC).replace(minute=0, second=0, microsecond=0))
    records = out / "records.jsonl"
    with atomic_output(records) as stream:
        for chunk in lines(scenario):
            stream.write(chunk)
    for name, content in dimensions(scenario).items():
        (out / name).write_bytes(content)

    settings = Settings(data_dir=out / "data")  # never the configured parts: they hold real figures
    page = out / "report.html"
    with open_pipeline(settings) as pipeline, open_files((records,)) as source:
        started = time.perf_counter()
        pipeline.import_dimensions(read_dimensions((out,)))
        ingested = pipeline.ingest(source)
        rolled_up = pipeline.roll_up()
        loaded = pipeline.load()
        seconds = time.perf_counter() - started
        write_page(pipeline.report(), page)
    figures = {
        "read": ingested.read, "accepted": ingested.accepted, "dead_letters": ingested.dead_letters,
        "hours": rolled_up.claimed, "rows": loaded.written, "seconds": round(seconds, 3), "report": str(page.resolve()),
    }  # fmt: skip
    context.print(
        figures,
        f"{ingested.read:,} records read: {ingested.accepted:,} accepted, {ingested.dead_letters:,} dead letters\n"
        f"{rolled_up.claimed:,} hours rolled up into {loaded.written:,} rows, all in {seconds:.1f} s\n"
        f"report: {page.resolve()}",
    )


@click.command()
@click.argument("table", type=click.Choice(["events", "accounting"]))
@click.option("--format", "file_format", type=click.Choice(["csv", "jsonl", "parquet"]), default="csv")
@click.option("--out", type=click.Path(path_type=Path), help="File [default: standard output].")
@period()
@common
def export(context: Context, table: str, file_format: str, period: Period | None, out: Path | None) -> None:
    """Write a table: `events` (rows of nothing but zeros left out) or `accounting`, sorted by key."""
    if file_format == "parquet" and out is None:
        raise click.UsageError("parquet needs --out FILE")
    whole = period or Period.always()
    with open_pipeline(context.settings) as pipeline, _output(out) as stream:
        columns, rows = (
            events_table(pipeline.warehouse, whole) if table == "events" else accounting_table(pipeline.lake, whole)
        )
        write_table(file_format, columns, rows, stream)


COMMANDS = (demo, simulate, export)
