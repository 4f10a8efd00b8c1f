"""How soon a record shows in the warehouse while `admetrics run` works, and how much memory that takes.

A feed writes records at a steady pace. Every tenth is a probe: a click of a job that no other record has. An observer
asks the warehouse every few milliseconds which probes it shows. So each figure is the time of one record, from
written to visible, and a record that never shows fails the benchmark.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory, TemporaryFile

import attrs
import pymysql

from admetrics.bootstrap import open_files, open_pipeline
from admetrics.configuration import settings
from admetrics.domain.times import HOUR, ticks_of
from admetrics.testing.strategies import uuid_at
from benchmarks.figure import Figure
from tests.servers import Cassandra, Kafka, MariaDB

PROBE_EVERY = 10
FIRST_PROBE = 1_000_000
"""The job of the first probe; the other records are of jobs below it."""

STORED = 500_000
"""Events that the hour holds before, on the servers."""

_LONGEST_WAIT = 60
_LOOK_EVERY = 0.01

Send = Callable[[bytes], object]
Visible = Callable[[int], set[int]]
"""Returns the jobs, from this one on, that the warehouse shows."""


def measure_files(scale: float) -> Iterator[Figure]:
    """A followed file into the embedded warehouse: the limit is the pause between two ticks, one second."""
    with TemporaryDirectory() as folder:
        data_dir, log = Path(folder) / "data", Path(folder) / "tracker.jsonl"
        log.touch()
        options = {"DATA_DIR": str(data_dir), "SOURCE": f"file://{log}"}
        now = datetime.now(UTC)
        _store(Path(folder), options, now - HOUR, 1)  # makes the tables
        with _running(options) as process, log.open("ab", buffering=0) as file, ExitStack() as stack:
            connection = stack.enter_context(closing(sqlite3.connect(data_dir / "warehouse.sqlite")))
            look = _looking(lambda statement: connection.execute(statement).fetchall())
            yield from _figures(_Feed(file.write, now), look, process, rate=200, seconds=120 * scale)


def measure_servers(scale: float) -> Iterator[Figure]:
    """A topic through Cassandra, Kafka and MariaDB, into an hour that holds many events already.

    The limit is the minute that is being written: it is read whole at every tick, the other minutes are not.
    """
    with TemporaryDirectory() as folder, ExitStack() as stack:
        kafka, cassandra = stack.enter_context(Kafka()), stack.enter_context(Cassandra())
        mariadb = stack.enter_context(MariaDB())
        mariadb.execute("CREATE DATABASE admetrics")
        options = {
            "DATA_DIR": folder,
            "SOURCE": f"{kafka.url}/raw_events",
            "LAKE": f"{cassandra.url}/admetrics",
            "BUS": f"{kafka.url}/events",
            "WAREHOUSE": f"{mariadb.url}/admetrics",
        }
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - HOUR
        _store(Path(folder), options, hour, int(STORED * scale))
        connection = stack.enter_context(
            closing(pymysql.connect(host=mariadb.host, port=mariadb.port, user="root", db="admetrics", autocommit=True))
        )

        def ask(statement: str) -> list[tuple[int, ...]]:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall())

        producer = stack.enter_context(kafka.producer())
        process = stack.enter_context(_running(options))
        feed = _Feed(lambda line: producer.send("raw_events", value=line.rstrip()), hour + timedelta(minutes=20))
        for rate in (200, 500):
            yield from _figures(feed, _looking(ask), process, rate=rate, seconds=300 * scale)


@attrs.define
class _Feed:
    """Writes records, one after the other.

    Args:
        send: takes a line.
        start: the time of the first event; that of the others moves on with the machine's clock.
    """

    send: Send
    start: datetime
    number: int = 0
    began: float = attrs.field(factory=time.monotonic)
    sent: dict[int, float] = attrs.field(factory=dict)
    """When each probe was written, by job."""

    def one(self) -> None:
        """Write the next record."""
        probe = self.number % PROBE_EVERY == 0
        job = FIRST_PROBE + self.number // PROBE_EVERY if probe else 1 + self.number % 200
        event_time = self.start + timedelta(seconds=time.monotonic() - self.began)
        line = _click(event_time, job, self.number)
        if probe:
            self.sent[job] = time.monotonic()
        self.send(line)
        self.number += 1

    def steadily(self, rate: int, seconds: float) -> None:
        """Write at a steady pace."""
        begin = time.monotonic()
        for number in range(int(rate * seconds)):
            time.sleep(max(0.0, begin + number / rate - time.monotonic()))
            self.one()


def _click(event_time: datetime, job: int, number: int) -> bytes:
    own_id = uuid_at(ticks_of(event_time), clock_sequence=number % (1 << 14), node=number)
    return (
        f'{{"create_time": "{own_id}", "ts": "{event_time:%Y-%m-%d %H:%M:%S}", "custom_track": "click", '
        f'"job_id": {job}, "publisher_id": {1 + number % 8}, "campaign_id": {job % 20}, "group_id": {job % 40}, '
        f'"bid": {1 + number % 30}, "uid": "1-{number}", "ua": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", '
        f'"dl": "https://jobs.example/ad?jobId={job}", "md": "true", "sr": "1920x1080", "v": 1}}\n'
    ).encode()


def _figures(
    feed: _Feed, look: Visible, process: "subprocess.Popen[bytes]", *, rate: int, seconds: float
) -> Iterator[Figure]:
    _see_all(feed, look, lambda: feed.steadily(PROBE_EVERY, 1))  # `run` is up when it has shown a probe
    lasted = _see_all(feed, look, lambda: feed.steadily(rate, seconds))
    cuts = quantiles(lasted, n=100)
    what = f"{rate} records/s for {seconds:.0f} s, {len(lasted):,} probes"
    yield Figure(f"{what}: half are visible within", f"{cuts[49]:.2f} s")
    yield Figure(f"{what}: 99 of 100", f"{cuts[98]:.2f} s", "<= 2 s (files), <= 5 s (servers)")
    yield Figure("peak memory of `run` (RSS)", f"{_peak_megabytes(process.pid):.0f} MB", "< 1 GB")


def _see_all(feed: _Feed, look: Visible, write: Callable[[], None]) -> list[float]:
    """Write, look on, and return how long each probe took, in seconds."""
    before = set(feed.sent)
    first = FIRST_PROBE + len(before)
    shown: dict[int, float] = {}
    writer = threading.Thread(target=write)
    writer.start()
    deadline = float("inf")
    while writer.is_alive() or len(shown) < len(feed.sent) - len(before):
        if not writer.is_alive():
            deadline = min(deadline, time.monotonic() + _LONGEST_WAIT)
        if time.monotonic() > deadline:
            raise RuntimeError(f"{len(feed.sent) - len(before) - len(shown)} probes are not visible: that is a bug")
        for job in look(first) - shown.keys():
            shown[job] = time.monotonic()
        while first in shown:
            first += 1
        time.sleep(_LOOK_EVERY)
    writer.join()
    return [seen - feed.sent[job] for job, seen in shown.items()]


def _looking(ask: Callable[[str], list[tuple[int, ...]]]) -> Visible:
    return lambda first: {job for (job,) in ask(f"SELECT job_id FROM events WHERE job_id >= {first}")}


def _store(folder: Path, options: Mapping[str, str], hour: datetime, events: int) -> None:
    """Put events into an hour and roll it up, as if they had come before."""
    file = folder / "before.jsonl"
    with file.open("wb") as output:
        for number in range(events):
            moment = hour + HOUR * (number / events)
            output.write(_click(moment, 1 + number * 7 % 200, (1 << 32) + number))
    environment = {f"ADMETRICS_{name}": value for name, value in options.items()}
    with open_pipeline(settings(environment=environment)) as pipeline, open_files([file]) as source:
        pipeline.ingest(source)
        pipeline.roll_up()
        pipeline.load()
    file.unlink()


@contextmanager
def _running(options: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Have `admetrics run` going; a run that ended by itself is an error."""
    environment = {**os.environ, **{f"ADMETRICS_{name}": value for name, value in options.items()}}
    with TemporaryFile() as log:
        process = subprocess.Popen([sys.executable, "-m", "admetrics", "run"], env=environment, stderr=log)
        try:
            yield process
        finally:
            ended = process.poll()
            process.send_signal(signal.SIGTERM)
            process.wait(_LONGEST_WAIT)
        if ended is not None:
            log.seek(0)
            raise RuntimeError(f"`run` ended with exit code {ended}: {log.read()[-2000:].decode()}")


def _peak_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(kilobytes) / 1000
