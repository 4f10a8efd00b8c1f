"""`python -m tests.attack.soak [MINUTES]`: `admetrics run` for long, side by side with and without hostile records.

Two runners follow one file each, at 500 records a second; in one of the files a tenth of the records are hostile.
Both take turns on the same machine, so what differs between them is the hostility. It holds if memory does not grow
after the first ten minutes, and if figures are as fresh as without.

DuckDB keeps blocks of its file in memory up to its limit, which it would reach after hours. Here the limit is low, and
the files begin with a backlog, so that it is reached in the first ten minutes, and what grows later is a leak.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from sqlite3 import connect
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Final

import attrs

from admetrics.domain.times import ticks_of
from admetrics.testing.strategies import uuid_at
from tests.attack.attacks import as_line
from tests.fuzz.test_malformed import damaged

RATE: Final = 500
_BACKLOG: Final = 1_000_000
"""Records that wait when the runners start."""
_HOSTILE_EVERY: Final = 10
_PROBE_EVERY: Final = 101  # never one of the hostile ones in step
_FIRST_PROBE: Final = 1_000_000
_WARM: Final = 600
"""Seconds in which memory may still grow: caches fill, and the first hours are rolled up."""
_GROWTH: Final = 1.1
_SETTLED: Final = 60
_RUN: Final = """
import sys
from admetrics.interfaces.cli import main
from admetrics.adapters.duckdb.database import DuckDBDatabase
DuckDBDatabase.__init__.__kwdefaults__["memory_limit"] = "64MB"
sys.argv = ["admetrics", "run"]
main()
"""
_LONG: Final = ("eyJ", "a@", "%253F", "?a=", "é", "0", ".", '"', "&token")


@attrs.define
class Traffic:
    """Writes one file, and remembers when each probe was written.

    Args:
        file: the log that a runner follows.
        hostile: whether a tenth of the records are meant to harm.
    """

    file: Path
    hostile: bool
    written: dict[int, float] = attrs.field(factory=dict)
    _damaged: Iterator[bytes] = attrs.field(factory=lambda: damaged(Random(1), 1 << 40))

    def begin(self) -> None:
        """Write the backlog, of the day before."""
        begin = datetime.now(UTC) - timedelta(days=1)
        with self.file.open("ab") as log:
            for number in range(_BACKLOG):
                time = begin + timedelta(milliseconds=number)
                log.write(
                    as_line(uuid_at(ticks_of(time), node=number), job_id=1 + number % 200, uid=f"2-{number}") + b"\n"
                )

    def write(self, first: int, count: int) -> None:
        """Write some records, the first of which has this number."""
        lines = [self._line(number) for number in range(first, first + count)]
        with self.file.open("ab") as log:
            log.write(b"".join(line + b"\n" for line in lines))

    def _line(self, number: int) -> bytes:
        if self.hostile and number % _HOSTILE_EVERY == 0:
            return self._harmful(number)
        now = datetime.now(UTC)
        job = 1 + number % 200
        if number % _PROBE_EVERY == 0:
            job = _FIRST_PROBE + number
            self.written[job] = time.monotonic()
        return as_line(uuid_at(ticks_of(now), node=number), job_id=job, uid=f"1-{number}")

    def _harmful(self, number: int) -> bytes:
        """Return what is broken, or what takes long to read; a long one now and then."""
        if number % (100 * _HOSTILE_EVERY):
            return next(self._damaged)
        piece = _LONG[number // _HOSTILE_EVERY % len(_LONG)]
        url = "https://jobs.example/?" + piece * (20_000 // len(piece))
        return as_line(uuid_at(ticks_of(datetime.now(UTC)), node=number), job_id=url[:2000], dl=url, ua=url)


@attrs.define
class Runner:
    """`admetrics run` over one file, and what is seen of it."""

    folder: Path
    traffic: Traffic
    process: "subprocess.Popen[bytes]"
    memory: list[tuple[float, float]] = attrs.field(factory=list)
    """Seconds since the start, and megabytes."""
    shown: dict[int, float] = attrs.field(factory=dict)

    @classmethod
    def start(cls, folder: Path, *, hostile: bool) -> "Runner":
        """Start it in a folder of its own."""
        folder.mkdir()
        log = folder / "tracker.jsonl"
        traffic = Traffic(log, hostile)
        traffic.begin()
        environment = {**os.environ, "ADMETRICS_DATA_DIR": str(folder / "data"), "ADMETRICS_SOURCE": f"file://{log}"}
        subprocess.run([sys.executable, "-m", "admetrics", "init"], env=environment, check=True, capture_output=True)
        with (folder / "run.log").open("wb") as output:
            process = subprocess.Popen([sys.executable, "-c", _RUN], env=environment, stderr=output)
        return cls(folder, traffic, process)

    def look(self, since_start: float) -> None:
        """Note its memory, and which probes the warehouse shows."""
        if self.process.poll() is not None:
            raise AssertionError(f"`run` ended: {(self.folder / 'run.log').read_text(encoding='utf-8')[-2000:]}")
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii").splitlines()
        (kilobytes,) = (line.split()[1] for line in status if line.startswith("VmRSS"))
        self.memory.append((since_start, int(kilobytes) / 1000))
        newest = max(self.shown, default=_FIRST_PROBE - 1)
        with closing(connect(self.folder / "data" / "warehouse.sqlite")) as connection:
            found = connection.execute("SELECT DISTINCT job_id FROM events WHERE job_id > ?", [newest]).fetchall()
        seen = time.monotonic()  # a hostile record may name any job
        self.shown |= {job: seen for (job,) in found if job in self.traffic.written}

    def stop(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def freshness(self) -> float:
        """Return within how many seconds 99 of 100 probes were shown, after those that waited behind the backlog."""
        written = self.traffic.written
        missing = written.keys() - self.shown.keys()
        assert not missing, f"{len(missing)} records were never shown"
        first, last = min(written.values()), max(written.values())
        warm = first + min(_WARM, (last - first) / 4)
        return quantiles([self.shown[job] - moment for job, moment in written.items() if moment >= warm], n=100)[98]

    def sampled(self) -> Iterator[tuple[float, float]]:
        """Yield its memory about every two minutes."""
        due = 0.0
        for seconds, megabytes in self.memory:
            if seconds >= due:
                yield seconds, megabytes
                due = seconds + 120

    def growth(self) -> tuple[float, float]:
        """Return the memory after it has warmed up and at the end: medians of a tenth of the rest."""
        rest = [megabytes for seconds, megabytes in self.memory if seconds >= min(_WARM, self.memory[-1][0] / 4)]
        tenth = max(1, len(rest) // 10)
        return sorted(rest[:tenth])[tenth // 2], sorted(rest[-tenth:])[tenth // 2]


def main(minutes: float) -> int:
    with TemporaryDirectory() as folder:
        runners = [Runner.start(Path(folder) / name, hostile=name == "hostile") for name in ("plain", "hostile")]
        try:
            _go_on(runners, minutes * 60)
        finally:
            for runner in runners:
                runner.stop()
        plain, hostile = (runner.freshness() for runner in runners)
        grown = []
        for runner in runners:
            begin, end = runner.growth()
            print(f"{runner.folder.name}: {begin:.0f} MB after the first minutes, {end:.0f} MB at the end")
            print("  ", " ".join(f"{seconds / 60:.0f}:{megabytes:.0f}" for seconds, megabytes in runner.sampled()))
            grown += [runner.folder.name] if end >= _GROWTH * begin else []
    print(f"{RATE} records/s for {minutes:g} min, 99 of 100 shown: {plain:.2f} s; with a tenth hostile {hostile:.2f} s")
    assert not grown, f"memory grows: {', '.join(grown)}"
    assert hostile < max(1.25 * plain, plain + 0.5), "hostile records make figures late"
    return 0


def _go_on(runners: list[Runner], seconds: float) -> None:
    began = time.monotonic()
    ended = threading.Event()
    writer = threading.Thread(target=_write, args=(runners, seconds, ended))
    writer.start()
    while not ended.wait(0.1):
        for runner in runners:
            runner.look(time.monotonic() - began)
    writer.join()
    until = time.monotonic() + _SETTLED
    while time.monotonic() < until and any(each.traffic.written.keys() - each.shown.keys() for each in runners):
        time.sleep(0.1)
        for runner in runners:
            runner.look(time.monotonic() - began)


def _write(runners: list[Runner], seconds: float, ended: threading.Event) -> None:
    """Write to all files alike, ten times a second."""
    began = time.monotonic()
    number = 0
    while (passed := time.monotonic() - began) < seconds:
        due = int(passed * RATE) - number
        for runner in runners:
            runner.traffic.write(number, due)
        number += due
        time.sleep(0.1)
    ended.set()


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else float(os.environ.get("SOAK_MINUTES", "40"))))
