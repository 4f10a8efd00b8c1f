"""What a tick after 1,000 new events costs in a small lake and in a large one, at the same events an hour."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from admetrics.adapters.duckdb.database import DuckDBDatabase
from admetrics.app.pipeline import Pipeline
from admetrics.bootstrap import open_files, open_pipeline
from admetrics.configuration import settings
from admetrics.domain.times import HOUR, Period, ticks_of
from admetrics.testing.examples import HandClock
from admetrics.testing.strategies import uuid_at
from benchmarks.data import END, fill
from benchmarks.figure import Figure, best_of

SMALL, LARGE = 1_000_000, 10_000_000
HOURLY = 25_000
NEW = 1_000
ROUNDS = 9


def measure(scale: float) -> Iterator[Figure]:
    """Ingest, roll-up and load in one tick; the limit is the hours that the new events touch, read whole."""
    with TemporaryDirectory() as folder:
        sizes = [int(size * scale) for size in (SMALL, LARGE)]
        pipelines = [_pipeline(Path(folder) / str(size), size) for size in sizes]
        seconds: list[list[float]] = [[], []]
        for number in range(ROUNDS):
            for pipeline, durations in zip(pipelines, seconds, strict=True):
                durations.append(tick(pipeline, Path(folder) / "new.jsonl", number))
        small, large = (median(durations[1:]) for durations in seconds)  # the first one warms up
        for pipeline in pipelines:
            pipeline.close()
    for size, duration in zip(sizes, (small, large), strict=True):
        yield Figure(f"a tick after {NEW:,} new events among {size:,}", f"{duration:.3f} s", "< 1 s")
    yield Figure("ratio", f"{large / small:.2f}", "<= 1.2")


def _pipeline(data_dir: Path, events: int) -> Pipeline:
    database = DuckDBDatabase(data_dir / "lake.duckdb")
    fill(database, Period(END - events / HOURLY * HOUR, END), events)
    database.close()
    return open_pipeline(settings(environment={}, options={"data_dir": data_dir}), clock=HandClock(END))


def tick(pipeline: Pipeline, file: Path, number: int) -> float:
    """Tick once, with 900 events of the last hour and 100 of the hour before."""
    with file.open("w") as output:
        for event in range(NEW):
            time = END - (HOUR if event % 10 == 0 else timedelta()) - timedelta(seconds=1 + event)
            output.write(
                f'{{"create_time": "{uuid_at(ticks_of(time), clock_sequence=number)}", "custom_track": "click", '
                f'"job_id": {1 + event % 200}, "bid": 3}}\n'
            )
    with open_files([file]) as source:
        return best_of(1, lambda: pipeline.tick(source))
