"""How fast a file gets into the embedded lake, how much memory that takes, and what it is on the disk."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from admetrics.bootstrap import open_files, open_pipeline
from admetrics.configuration import settings
from admetrics.testing.examples import HandClock
from benchmarks.data import END, traffic_file
from benchmarks.figure import Figure, rate

EVENTS = 5_000_000


def measure(scale: float) -> Iterator[Figure]:
    """In a process of its own: the limit is one core of Python, while DuckDB stores on another."""
    with TemporaryDirectory() as folder:
        events = int(EVENTS * scale)
        file = traffic_file(Path(folder), events)
        first, again = (_ingest(file, Path(folder) / "data") for _ in range(2))
    yield Figure(f"{events:,} records from a file", rate(events, first["seconds"]), "100,000 /s")
    yield Figure("peak memory (RSS)", f"{first['megabytes']:.0f} MB", "< 500 MB")
    yield Figure("the lake's file, per record", f"{first['bytes'] / events:.0f} bytes")
    yield Figure("the same file again", rate(events, again["seconds"]))
    yield Figure("growth of the lake's file by that", f"{again['bytes'] - first['bytes']:,} bytes", "0 or little")


def _ingest(file: Path, data_dir: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.ingest", str(file), str(data_dir)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return dict(json.loads(output))


def _child(file: Path, data_dir: Path) -> dict[str, float]:
    options = settings(environment={}, options={"data_dir": data_dir})
    start = time.perf_counter()
    with open_pipeline(options, clock=HandClock(END + timedelta(hours=1))) as pipeline, open_files([file]) as source:
        pipeline.ingest(source)
    return {
        "seconds": time.perf_counter() - start,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
        "bytes": (data_dir / "lake.duckdb").stat().st_size,
    }


if __name__ == "__main__":
    print(json.dumps(_child(*map(Path, sys.argv[1:]))))
