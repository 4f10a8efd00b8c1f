"""Dead letters in the large, through every command: `python -m tests.attack.dead_letters COUNT BYTES FOLDER`.

Fills an embedded lake and says how long each command takes, and how much memory it needs at most. Done by hand, since
5,000,000 letters of 1 KB, or 1,000 of 15 MB, take long. `PREVIOUS=1` keeps what was filled before.
"""

import multiprocessing
import os
import random
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from admetrics.adapters.duckdb.database import DuckDBDatabase
from admetrics.adapters.duckdb.dead_letters import DuckDBDeadLetters
from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.rejection import Reason, Rejection

COMMANDS = (
    ["doctor"],
    ["dead-letters", "list", "--json"],
    ["dead-letters", "show"],
    ["dead-letters", "replay"],
    ["erase", "--uid", "u 7"],
    ["prune", "--older-than", "14d"],
)


def letters(numbers: range, size: int) -> list[DeadLetter]:
    """Make letters that cannot be read; some of each visitor."""
    seen = datetime.now(UTC) - timedelta(days=30)
    rejection = Rejection(Reason.NOT_AN_OBJECT, "an older reason")
    return [
        DeadLetter(
            "a.jsonl",
            number,
            b'{"uid": "u %d", "ua": "' % (number % 100) + random.Random(number).randbytes(size // 2).hex().encode(),
            rejection,
            seen,
        )
        for number in numbers
    ]


def fill(file: Path, count: int, size: int) -> None:
    """Put the letters, as an ingest does."""
    database = DuckDBDatabase(file)
    store = DuckDBDeadLetters(database)
    at_once = max(1, min(10_000, 8 * 2**20 // size))
    for start in range(0, count, at_once):
        store.put(letters(range(start, min(count, start + at_once)), size))
    database.close()


def main(count: int, size: int, folder: Path) -> None:
    """Fill, then run every command in a process of its own."""
    start = time.monotonic()
    environment = {**os.environ, "ADMETRICS_DATA_DIR": str(folder)}
    if "PREVIOUS" not in os.environ:
        filling = multiprocessing.get_context("spawn").Process(target=fill, args=(folder / "lake.duckdb", count, size))
        filling.start()
        filling.join()
        told("fill", start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    for command in COMMANDS:
        start = time.monotonic()
        ids = [letters(range(1), size)[0].id, "0" * 32] if command[-1] == "show" else []
        with subprocess.Popen(
            [sys.executable, "-m", "admetrics", *command, *ids], env=environment, stdout=subprocess.PIPE
        ) as process:
            lines, last = 0, b""
            for line in process.stdout or ():
                lines, last = lines + 1, line
            _, _, usage = os.wait4(process.pid, 0)
        told(f"{' '.join(command)}: {lines} lines, {last.decode()[:100].strip()!r}", start, usage.ru_maxrss)


def told(what: str, start: float, kilobytes: int) -> None:
    """Say how long something took, and how much memory."""
    sys.stdout.write(f"{time.monotonic() - start:7.1f} s  {kilobytes // 1024:5} MB  {what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
