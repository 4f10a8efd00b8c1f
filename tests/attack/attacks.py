"""The attacks: each gets a victim, does its worst, and returns what it came to, in figures.

One that succeeds raises `AttackSucceededError`, or an `AssertionError` that says what was found. Sizes are those with
which the product once fell, or larger.
"""

import gzip
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Final

import duckdb

from admetrics.domain.events.erasure import hashed_uid
from admetrics.domain.events.event import canonical
from admetrics.domain.events.record import Record
from admetrics.domain.times import ticks_of
from admetrics.testing.strategies import uuid_at
from tests.attack.command import AttackSucceededError, Victim, peak_memory

BEGIN: Final = datetime(2026, 3, 3, 8, tzinfo=UTC)
_STEP: Final = timedelta(milliseconds=7)
_SOON: Final = 30
"""Seconds in which something is to be ready, or over."""


def click(number: int, **columns: object) -> bytes:
    """Write a click of job 7 as a line; its time and id follow from the number."""
    return as_line(uuid_at(ticks_of(BEGIN + number * _STEP), node=number), **{"uid": f"1-{number}", **columns})


def as_line(own_id: str, **columns: object) -> bytes:
    """Write a click with some columns as a line."""
    values = {"create_time": own_id, "custom_track": "click", "job_id": 7, "bid": 1, **columns}
    return json.dumps(values, ensure_ascii=False).encode()


def long_ids(victim: Victim) -> str:
    """Ids and links with zeros and digits without end."""
    zeros = "0" * 1_000_000
    lines = [click(number, job_id=None, dl=f"https://jobs.example/?jobId={zeros}x") for number in range(10)]
    lines += [click(10 + number, job_id=zeros + "x") for number in range(10)]
    done = victim.run("ingest", victim.write("ids.jsonl", *lines))
    return f"20 clicks with a million zeros: {done.cost}"


def long_urls(victim: Victim) -> str:
    """URLs that look like tokens, addresses and parameters from beginning to end."""
    pieces = ("eyJ", "a@", "%40", "?a=", "&token", "%253F", "//", ".", "%3D", "eyJaaaaa.", "a.", "{", '"', "Bearer ")
    lines = [click(number, dl="https://jobs.example/?" + piece * 200_000) for number, piece in enumerate(pieces)]
    done = victim.run("ingest", victim.write("urls.jsonl", *lines))
    return f"{len(pieces)} URLs of {200_000:,} repetitions: {done.cost}"


def long_hosts(victim: Victim) -> str:
    """A host of 200,000 dots, where some hosts are internal."""
    inside = Victim(victim.folder, {"INTERNAL_HOSTS": "jobs.example,.test.example"})
    lines = [click(number, dl=f"https://{'.' * 200_000}test.example/") for number in range(20)]
    return f"20 hosts of 200,000 dots: {inside.run('ingest', inside.write('hosts.jsonl', *lines)).cost}"


def long_agents(victim: Victim) -> str:
    """User agents of a million characters."""
    pieces = ("bot", "Mozilla/5.0 (", "a ", "-", "+http://", "spider", "(;")
    lines = [click(number, ua=piece * (1_000_000 // len(piece))) for number, piece in enumerate(pieces)]
    return f"{len(pieces)} user agents of 1 MB: {victim.run('ingest', victim.write('agents.jsonl', *lines)).cost}"


def records_that_grow(victim: Victim) -> str:
    """Records whose stored text is far longer than their lines; those behind them must come in."""
    lines = [click(number, dt="é" * 1150) for number in range(25_000)]
    small = victim.run("ingest", victim.write("grow.jsonl", *lines), "--json")
    assert small.figures["accepted"] == len(lines), small.figures
    large = [click(30_000 + number, dt="é" * (15_500_000 // 2)) for number in range(4)]
    few = victim.run("ingest", victim.write("large.jsonl", *large, click(40_000)), "--json")
    assert few.figures["read"] == len(large) + 1, few.figures
    assert few.figures["accepted"] >= 1, few.figures
    return f"25,000 of 2.3 KB: {small.cost}; 4 of 15.5 MB, {few.figures['accepted'] - 1} of them taken: {few.cost}"


def bomb(victim: Victim) -> str:
    """A small file that becomes millions of dead letters."""
    file = victim.folder / "bomb.jsonl.gz"
    with gzip.open(file, "wb", compresslevel=9) as output:
        for _ in range(49):
            output.write(b"{\n" * 100_000)
    done = victim.run("ingest", file, code=None)
    letters = len(victim.run("dead-letters", "list", "--json").out.splitlines())
    if done.code == 0 or letters > 1_000_000:
        raise AttackSucceededError(f"{letters:,} dead letters, exit code {done.code}")
    return f"{file.stat().st_size / 1000:,.0f} KB stopped after {letters:,} dead letters: {done.cost}"


def many_dead_letters(victim: Victim) -> str:
    """More dead letters than fit into memory, listed, replayed and pruned."""
    count = int(os.environ.get("ATTACK_LETTERS", "500000"))
    with (victim.folder / "letters.jsonl").open("wb") as output:
        output.writelines(b"{" + b"x" * 1000 + b"%d\n" % number for number in range(count))
    unbounded = Victim(victim.folder, {**victim.variables, **UNBOUNDED})
    commands: dict[str, list[object]] = {
        "ingest": ["ingest", victim.folder / "letters.jsonl"],
        "list": ["dead-letters", "list"],
        "replay": ["dead-letters", "replay"],
        "prune": ["prune", "--older-than", "30d"],
        "erase": ["erase", "--uid", "1-1"],
    }
    costs = [f"{name} {unbounded.run(*command).cost}" for name, command in commands.items()]
    return f"{count:,} of 1 KB: {', '.join(costs)}"


UNBOUNDED: Final[dict[str, object]] = {"DEAD_LETTER_LIMIT": "unlimited"}
"""Settings that let a run make as many dead letters as it likes."""


def one_visitor(victim: Victim) -> str:
    """A visitor with more events than fit into memory is erased."""
    count = int(os.environ.get("ATTACK_EVENTS", "500000"))
    with (victim.folder / "visitor.jsonl").open("wb") as output:
        output.writelines(click(number, uid="1-1", dt="x" * 300) + b"\n" for number in range(count))
    victim.run("ingest", victim.folder / "visitor.jsonl")
    before = victim.clicks()
    done = victim.run("erase", "--uid", "1-1", "--json")
    assert done.figures["events"] == count, done.figures
    assert victim.clicks() == before == count
    return f"{count:,} events: {done.cost}"


def huge_version(victim: Victim) -> str:
    """A message on the bus with the largest version that there is; repaired, everything goes on."""
    victim.run("ingest", victim.write("clicks.jsonl", *map(click, range(10))))
    assert victim.clicks() == 10
    with closing(sqlite3.connect(victim.data / "warehouse.sqlite")) as connection, connection:
        for version in (2**63 - 2, 2**63 - 1, 2**62):
            connection.execute("INSERT INTO bus (message) VALUES (?)", [_message(version)])
    victim.run("load")
    victim.run("reconcile", "--from", "2026-03-01", "--to", "2026-03-10", "--repair", code=None)
    victim.run("ingest", victim.write("more.jsonl", *map(click, range(10, 20))))
    assert victim.clicks() == 20
    return "repaired, and the next clicks count"


def _message(version: int) -> str:
    from admetrics.domain.metrics.measures import Measures
    from admetrics.domain.rollup.message import encode_row
    from admetrics.domain.rollup.row import Cell, Row

    row = Row(Cell(BEGIN, 7, 0, 0, 0), Measures(clicks=999), None, version, "DuckDB")
    return encode_row(row).decode()


def huge_counts(victim: Victim) -> str:
    """So many messages on the bus, each with as many clicks as a double holds, that no sum of integers holds them."""
    victim.run("ingest", victim.write("clicks.jsonl", *map(click, range(10))))
    assert victim.clicks() == 10
    with closing(sqlite3.connect(victim.data / "warehouse.sqlite")) as connection, connection:
        huge = _message(1).replace('"clicks":999,', f'"clicks":{2**53},')
        for job in range(100, 1_200):
            message = huge.replace('"job":7,', f'"job":{job},')
            connection.execute("INSERT INTO bus (message) VALUES (?)", [message])
    victim.run("load")
    victim.run("report")
    victim.run("reconcile", "--from", "2026-03-01", "--to", "2026-03-10", "--repair")
    victim.run("ingest", victim.write("more.jsonl", *map(click, range(10, 20))))
    assert victim.clicks() == 20
    return "1,100 messages are dead letters; report and reconcile go on, and the next clicks count"


def missing_lake(victim: Victim) -> str:
    """The lake is gone, the checkpoints are not: no figure may change."""
    victim.run("ingest", victim.write("clicks.jsonl", *map(click, range(193))))
    assert victim.clicks() == 193
    for file in victim.data.glob("lake.duckdb*"):
        file.unlink()
    victim.run("ingest", victim.write("more.jsonl", *map(click, range(62))), code=None)
    refused = victim.run("tick", code=None)
    rows = victim.run("export", "events", "--format", "jsonl").out.splitlines()
    left = sum(json.loads(row)["clicks"] for row in rows)
    if refused.code == 0 or left != 193:
        raise AttackSucceededError(f"{left} of 193 clicks are left, exit code {refused.code}")
    return "refused; 193 of 193 clicks are left"


def tampered_warehouse(victim: Victim) -> str:
    """Figures in the warehouse are changed by hand, each in another way."""
    victim.run("ingest", victim.write("clicks.jsonl", *map(click, range(50))))
    victim.clicks()
    changes = (
        "UPDATE events SET clicks = clicks + 1",
        "UPDATE events SET clicks = 'many'",
        "UPDATE events SET bid_set = bid_set + 1",
        "UPDATE events SET sources = 'Elsewhere'",
        "UPDATE events SET dates = '2026-01-01 00:00:00.000000'",
        "UPDATE events SET hours = 3",
        "UPDATE events SET company_id = 99",
        "UPDATE events SET version = 9223372036854775806",
        "UPDATE events SET event_hour = '2026-03-03 08:30:00.000000'",
        "DELETE FROM events",
    )
    for change in changes:
        with closing(sqlite3.connect(victim.data / "warehouse.sqlite")) as connection, connection:
            connection.execute(change)
        period = ("--from", "2026-03-01", "--to", "2026-03-10")
        victim.run("reconcile", *period, "--repair", code=3)
        victim.run("tick")
        victim.run("reconcile", *period)
    return f"{len(changes)} kinds of change, all found and repaired"


def recovered_visitor(victim: Victim) -> str:
    """Somebody has the lake, and knows all of a record but its visitor, which is a number."""
    key = "0123456789abcdef0123456789abcdef"
    hidden = Victim(victim.folder, {"UID_KEY": key})
    hidden.run("ingest", hidden.write("secret.jsonl", click(1, uid="31337")))
    with duckdb.connect(str(hidden.data / "lake.duckdb"), read_only=True) as connection:
        stored = " ".join(map(str, connection.execute("SELECT * FROM events").fetchall()))
    assert hashed_uid("31337", key=key.encode()) in stored or "hashed-" in stored
    import hashlib

    for number in range(100_000):
        record = Record.of({**json.loads(click(1, uid=str(number)))})
        digits = hashlib.sha256(canonical(record).encode("ascii")).hexdigest()[:32]
        if digits in stored.replace("-", ""):
            raise AttackSucceededError(f"visitor {number} was recovered")
    return "100,000 candidates tried, none stands out"


def slow_readers(victim: Victim) -> str:
    """Half-open connections and endless headers at the live page, while somebody reads it."""
    victim.run("ingest", victim.write("clicks.jsonl", *map(click, range(50))))
    victim.clicks()
    with _serving(victim) as (port, process):
        idle = [socket.create_connection(("127.0.0.1", port), timeout=_SOON) for _ in range(200)]
        for each in idle:
            each.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ")
        before = peak_memory(process.pid)
        sent = _endless_headers(port)
        grown = peak_memory(process.pid) - before
        began = time.monotonic()
        status = _status(port, f"127.0.0.1:{port}")
        seconds = time.monotonic() - began
        foreign = {host: _status(port, host) for host in ("evil.example", f"127.0.0.1.evil.example:{port}")}
        for each in idle:
            each.close()
        ended = time.monotonic()
        process.send_signal(signal.SIGTERM)
        code = process.wait(_SOON)
        ended = time.monotonic() - ended
    assert status == 200, status
    # what the system's own buffers took is not held by the process
    assert grown < 10, f"{grown:.0f} MB more after {sent:,} bytes of headers"
    assert sent < 100_000_000, f"{sent:,} bytes of headers were taken"
    assert all(answer >= 400 for answer in foreign.values()), foreign
    assert code == 0, code
    return f"served in {seconds:.1f} s beside 200 idle ones; headers cut, {grown:.1f} MB more; ended in {ended:.1f} s"


def _endless_headers(port: int) -> int:
    sent = 0
    with socket.create_connection(("127.0.0.1", port), timeout=_SOON) as connection:
        try:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
            while sent < 200_000_000:
                connection.sendall(b"X-Header: " + b"a" * 10_000 + b"\r\n")
                sent += 10_000
        except OSError:
            pass
    return sent


def _status(port: int, host: str) -> int:
    with closing(HTTPConnection("127.0.0.1", port, timeout=_SOON)) as connection:
        connection.request("GET", "/", headers={"Host": host})
        return connection.getresponse().status


@contextmanager
def _serving(victim: Victim) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "admetrics", "serve", "--port", str(port), "--data-dir", str(victim.data)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=victim.folder)
    try:
        until = time.monotonic() + _SOON
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port, process
    finally:
        process.kill()
        process.wait()


def stubborn_commands(victim: Victim) -> str:
    """SIGTERM while a command waits for what never comes."""
    pipe = victim.folder / "never.jsonl"
    os.mkfifo(pipe)
    slowest = 0.0
    commands = (
        ["ingest", str(pipe)],
        ["ingest", "-"],
        ["simulate", "--events", "100000000", "--out", "/dev/null"],
        ["run"],
    )
    for command in commands:
        process = subprocess.Popen(
            [sys.executable, "-m", "admetrics", *command],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=victim.folder,
        )  # fmt: skip
        time.sleep(3)
        began = time.monotonic()
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AttackSucceededError(f"`{' '.join(command)}` did not end within 5 s of SIGTERM") from None
        slowest = max(slowest, time.monotonic() - began)
    return f"{len(commands)} commands; the slowest ended after {slowest:.1f} s"


ATTACKS: Final[dict[str, Callable[[Victim], str]]] = {
    attack.__name__: attack
    for attack in (
        long_ids, long_urls, long_hosts, long_agents, records_that_grow, bomb, many_dead_letters, one_visitor,
        huge_version, huge_counts, missing_lake, tampered_warehouse, recovered_visitor, slow_readers, stubborn_commands,
    )
}  # fmt: skip
