"""The stages of the pipeline: ingest, rollup, load, tick, run."""

import sys
from collections import Counter as Counts
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import attrs
import click
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from admetrics.app.ingest import Ingested
from admetrics.app.run import run as run_for_ever
from admetrics.bootstrap import open_files, open_monitors, open_pipeline, open_source
from admetrics.domain.times import rounded_span, utc_offset_text
from admetrics.interfaces.cli.options import Address, Context, Duration, File, common
from admetrics.interfaces.cli.stopping import stop_on_signals
from admetrics.ports.source import Source


@contextmanager
def progress(label: str, unit: str) -> Iterator["Counter"]:
    """Show a counter on a terminal; stay quiet in a pipe."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, disable=not sys.stderr.isatty(), transient=True) as bar:
        yield Counter(bar, f"{label} ({unit})")


@contextmanager
def share_done(label: str) -> Iterator[Callable[[float], None]]:
    """Show which part of the work is done on a terminal, 0 to 1; stay quiet in a pipe."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task(label, total=1)
        yield lambda part: bar.update(task, completed=part)


class Counter:
    """Counts up on a progress bar."""

    def __init__(self, bar: Progress, label: str) -> None:
        self._bar = bar
        self._task = bar.add_task(label, total=None)

    def add(self, count: int) -> None:
        """Count further."""
        self._bar.advance(self._task, count)


@click.command()
@click.argument("files", nargs=-1, type=File(allow_dash=True), metavar="[FILE ...|-]")
@click.option("--format", "file_format", type=click.Choice(["jsonl", "csv"]), help="Default: by file name.")
@common
def ingest(context: Context, files: tuple[Path, ...], file_format: str | None) -> None:
    """Read records into the lake: from files, from standard input (-), or from the configured source."""
    with (
        open_pipeline(context.settings) as pipeline,
        _source(context, files, file_format) as source,
        stop_on_signals() as stopped,
        progress("ingest", "records") as counter,
    ):
        figures = pipeline.ingest(source, stop=stopped.is_set, on_batch=lambda batch: counter.add(batch.read))
    told = f"{figures.read} records read: {figures.accepted} accepted, {figures.dead_letters} dead letters"
    if figures.reasons:
        told += f" ({', '.join(f'{reason} {number}' for reason, number in Counts(figures.reasons).most_common())})"
    if figures.unreadable_custom_events:
        told += f"; {figures.unreadable_custom_events} custom events (column ed) could not be read, and count as absent"
    context.print(attrs.asdict(figures), told + _clocks(context, figures))


def _clocks(context: Context, figures: Ingested) -> str:
    """Tell of clocks that take local time for UTC."""
    ahead = figures.clocks_ahead
    if ahead is None:
        return ""
    offset = utc_offset_text(context.settings.source_utc_offset + ahead)
    return (
        f"\nnearly all records are about {rounded_span(ahead)} ahead of now, as if their tracker took local time for "
        f'UTC: if it does, set source_utc_offset = "{offset}", then run `admetrics dead-letters replay`'
    )


@contextmanager
def _source(context: Context, files: tuple[Path, ...], file_format: str | None) -> Iterator[Source]:
    if files:
        with open_files(files, file_format=file_format, settings=context.settings) as source:
            yield source
        return
    with open_source(context.settings) as configured:
        if configured is None:
            raise click.UsageError("nothing to read: name files, or - for standard input, or configure a source")
        yield configured


@click.command()
@common
def rollup(context: Context) -> None:
    """Recompute the hours that new records made dirty, and publish the rows that changed."""
    with (
        open_pipeline(context.settings) as pipeline,
        stop_on_signals() as stopped,
        progress("roll up", "hours") as counter,
    ):
        figures = pipeline.roll_up(stop=stopped.is_set, on_step=lambda step: counter.add(step.claimed))
    context.print(
        attrs.asdict(figures),
        f"{figures.claimed} of {figures.dirty} dirty hours rolled up: {figures.published} rows published",
    )


@click.command()
@common
def load(context: Context) -> None:
    """Move published rows into the warehouse."""
    with open_pipeline(context.settings) as pipeline, stop_on_signals() as stopped:
        figures = pipeline.load(stop=stopped.is_set)
    context.print(
        attrs.asdict(figures),
        f"{figures.read} messages read: {figures.written} rows written, {figures.unreadable} unreadable",
    )


@click.command()
@common
def tick(context: Context) -> None:
    """Run all stages once, until nothing is waiting."""
    with (
        open_pipeline(context.settings) as pipeline,
        open_source(context.settings) as source,
        stop_on_signals() as stopped,
    ):
        ingested = pipeline.ingest(source, stop=stopped.is_set) if source else None
        rolled_up = pipeline.roll_up(stop=stopped.is_set)
        loaded = pipeline.load(stop=stopped.is_set)
    context.print(
        {
            "ingested": attrs.asdict(ingested) if ingested else None,
            "rolled_up": attrs.asdict(rolled_up),
            "loaded": attrs.asdict(loaded),
        },
        f"{ingested.read if ingested else 0} records read, {rolled_up.claimed} hours rolled up, "
        f"{rolled_up.published} rows published, {loaded.written} rows written"
        + (_clocks(context, ingested) if ingested else ""),
    )


@click.command()
@click.option("--every", type=Duration(), default="1s", help="How often; at once while records are waiting.")
@click.option("--metrics", type=Address(), help="Serve figures for Prometheus, e.g. 9100 or 0.0.0.0:9100.")
@common
def run(context: Context, every: timedelta, metrics: tuple[str, int] | None) -> None:
    """Run all stages for ever; Ctrl-C or SIGTERM stops after the current batch."""
    with (
        open_pipeline(context.settings) as pipeline,
        open_source(context.settings) as source,
        open_monitors(metrics) as monitors,
        stop_on_signals() as stopped,
    ):
        run_for_ever(pipeline=pipeline, source=source, every=every, stopped=stopped, monitors=monitors)


COMMANDS = (ingest, rollup, load, tick, run)
