"""Data in and out: simulate, export."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import click

from admetrics.app.export import accounting_table, clicks_table, events_table
from admetrics.bootstrap import atomic_output, open_pipeline, open_reader, write_table
from admetrics.domain.times import Period
from admetrics.interfaces.cli.options import Context, File, common, period
from admetrics.simulation.simulate import Scenario, lines

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
@click.option("--out", type=File(), help="File [default: standard output].")
@common
def simulate(_context: Context, events: int, seed: int, out: Path | None) -> None:
    """Write realistic records as JSON lines."""
    with _output(out) as stream:
        for chunk in lines(Scenario(seed=seed, events=events, end=_EPOCH_OF_SIMULATION)):
            stream.write(chunk)


@click.command()
@click.argument("table", type=click.Choice(["events", "accounting", "clicks"]))
@click.option("--format", "file_format", type=click.Choice(["csv", "jsonl", "parquet"]), default="csv")
@click.option("--out", type=File(), help="File [default: standard output].")
@period()
@common
def export(context: Context, table: str, file_format: str, period: Period | None, out: Path | None) -> None:
    """Write a table: `events` (rows of nothing but zeros left out), `accounting`, or `clicks` with all reasons."""
    if file_format == "parquet" and out is None:
        raise click.UsageError("parquet needs --out FILE")
    whole = period or Period.always()
    if table == "events":
        with open_reader(context.settings) as reader, _output(out) as stream:
            write_table(file_format, *events_table(reader.warehouse, whole), stream)
        return
    with open_pipeline(context.settings, may_create=False) as pipeline, _output(out) as stream:
        if table == "accounting":
            write_table(file_format, *accounting_table(pipeline.lake, whole), stream)
        else:
            known, window = pipeline.dimensions.all(), context.settings.repeat_window
            write_table(file_format, *clicks_table(pipeline.lake, known, whole, repeat_window=window), stream)


COMMANDS = (simulate, export)
