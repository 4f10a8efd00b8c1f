"""A signal ends every command within five seconds, whatever it waits for, and leaves nothing half-written."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs
import duckdb
import pytest

LONGEST = 5
"""Seconds between the signal and the end."""
PATIENCE = 60
BEGIN = """
from admetrics.interfaces.cli.stopping import ended_by_signals
from admetrics.interfaces.cli.stopping import stop_on_signals
import duckdb, sqlite3, time
with ended_by_signals(), stop_on_signals():
    print("ready", flush=True)
    """
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
LONG_QUERIES = {
    "duckdb": f"{BEGIN}duckdb.sql('SELECT count(*) FROM range(10000000000) a, range(10000) b').fetchall()",
    "sqlite": f"{BEGIN}sqlite3.connect(':memory:').execute('{ENDLESS}').fetchall()",
    "sleep": f"{BEGIN}time.sleep(600)",
}
COMMANDS_OF_THE_LAKE = [
    ["tick"],
    ["run"],
    ["reconcile", "--from", "2026-03-01", "--to", "2026-03-02"],
    ["erase", "--uid", "1"],
    ["export", "accounting", "--out", "accounting.csv"],
]


@attrs.frozen
class Slow:
    """A process that is busy or waits."""

    name: str
    process: "subprocess.Popen[bytes]"

    def waits(self) -> bool:
        """Return whether it has started, and has used no processor time for a moment."""
        used = self._processor_time()
        time.sleep(0.3)
        return used > 30 and used == self._processor_time()

    def _processor_time(self) -> int:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])  # in hundredths of a second, as Linux counts


@contextmanager
def started(folder: Path, *command: str, **options) -> Iterator[Slow]:
    process = subprocess.Popen(
        [sys.executable, *command], cwd=folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE,
        **{"stdout": subprocess.PIPE, **options},
    )  # fmt: skip
    try:
        yield Slow(" ".join(command)[-80:], process)
    finally:
        process.kill()
        process.communicate()


def until(seen: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.05)


def end_all(slow: list[Slow], *numbers: int) -> dict[str, tuple[int, str]]:
    """Send each of them a signal, SIGTERM if none is given, and return how each ended."""
    sent = time.monotonic()
    for each, number in zip(slow, numbers or [signal.SIGTERM] * len(slow), strict=True):
        each.process.send_signal(number)
    ends = {}
    for each in slow:
        try:
            _, said = each.process.communicate(timeout=max(0.1, sent + LONGEST - time.monotonic()))
        except subprocess.TimeoutExpired:
            pytest.fail(f"`{each.name}` did not end within {LONGEST} s")
        ends[each.name] = (each.process.returncode, said.decode())
    assert not [said for _, said in ends.values() if "Traceback" in said]
    return ends


def test_whatever_waits_for_somebody_ends(tmp_path):
    """For a pipe that nobody writes into or reads from, for standard input, for servers that say nothing."""
    os.mkfifo(tmp_path / "never.jsonl")
    with socket.create_server(("127.0.0.1", 0)) as deaf, ExitStack() as stack:
        port = deaf.getsockname()[1]
        kafka, mysql = f"kafka://127.0.0.1:{port}/raw", f"mysql+pymysql://u:p@127.0.0.1:{port}/db"
        slow = [
            stack.enter_context(started(tmp_path, "-m", "admetrics", *command, "--data-dir", f"data{number}"))
            for number, command in enumerate(
                [
                    ["ingest", "never.jsonl"],
                    ["ingest", "-"],
                    ["erase", "--uid", "-"],
                ]
            )
        ]
        slow.append(stack.enter_context(started(tmp_path, "-m", "admetrics", "simulate", "--events", "1000000")))
        for name, value in (("SOURCE", kafka), ("BUS", kafka), ("WAREHOUSE", mysql)):
            variables = {**os.environ, f"ADMETRICS_{name}": value, "ADMETRICS_DATA_DIR": name}
            slow.append(stack.enter_context(started(tmp_path, "-m", "admetrics", "tick", env=variables)))
        for each in slow:
            until(each.waits)
        assert all(code != 0 or "ingest" in name for name, (code, _) in end_all(slow).items())


def test_whatever_waits_for_the_lake_ends(tmp_path):
    """As most commands do while another process has it; they say so in one line when they begin."""
    (tmp_path / "admetrics-data").mkdir()
    with duckdb.connect(str(tmp_path / "admetrics-data" / "lake.duckdb")), ExitStack() as stack:
        variables = {**os.environ, "ADMETRICS_LOCK_TIMEOUT": "10m"}
        slow = [
            stack.enter_context(started(tmp_path, "-m", "admetrics", *command, env=variables))
            for command in COMMANDS_OF_THE_LAKE
        ]
        for each in slow:
            until(each.waits)
        ends = end_all(slow)
    for code, said in ends.values():
        waiting, stopped = said.splitlines()
        assert (code, stopped) == (128 + signal.SIGTERM, "stopped")
        assert "waiting for up to 600 s: admetrics-data/lake.duckdb is in use by another command (process" in waiting


def test_what_python_cannot_interrupt_ends(tmp_path):
    """Not even by a handler of its own: a long query holds the thread that would run it."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    with ExitStack() as stack:
        slow = [
            stack.enter_context(started(tmp_path, "-c", f"{query}  # {name}")) for name, query in LONG_QUERIES.items()
        ]
        for each in slow:
            assert each.process.stdout is not None
            assert each.process.stdout.readline() == b"ready\n"
        time.sleep(0.5)  # until the query has begun: nothing outside tells
        ends = end_all(slow, *numbers)
    assert [code for code, _ in ends.values()] == [128 + number for number in numbers]
    assert all("did not stop" in said for _, said in ends.values())


def test_a_file_that_was_being_written_is_gone(tmp_path):
    """Exports, reports and simulations appear whole or not at all, also when they are stopped."""
    out = tmp_path / "out"
    out.mkdir()
    with started(tmp_path, "-m", "admetrics", "simulate", "--events", "100000000", "--out", "out/all.jsonl") as slow:
        until(lambda: any(file.stat().st_size for file in out.iterdir()))
        ends = end_all([slow])
    assert set(ends.values()) == {(128 + signal.SIGTERM, "stopped\n")}
    assert not list(out.iterdir())


def test_what_is_ignored_stays_ignored(tmp_path):
    """As `nohup` has it with SIGHUP."""
    with started(
        tmp_path,
        "-c",
        "import signal, os\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from admetrics.interfaces.cli.stopping import ended_by_signals\n"
        "with ended_by_signals():\n    os.kill(os.getpid(), signal.SIGHUP)\nprint('here', flush=True)",
    ) as slow:
        assert slow.process.stdout is not None
        assert slow.process.stdout.readline() == b"here\n"
