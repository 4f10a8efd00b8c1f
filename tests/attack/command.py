"""The command line as a process of its own, with its time and its memory."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

LONGEST = 600
"""Seconds after which a command is ended: an attack that holds it up so long has succeeded."""


class AttackSucceededError(AssertionError):
    """The product did what it must not do."""


@attrs.frozen
class Done:
    """What became of a command.

    Args:
        code: its exit code.
        out: what it printed.
        err: what it said on standard error.
        seconds: how long it took.
        megabytes: the most memory that it held.
    """

    code: int
    out: str
    err: str
    seconds: float
    megabytes: float

    @property
    def figures(self) -> Any:
        """What `--json` printed."""
        return json.loads(self.out)

    @property
    def cost(self) -> str:
        """Time and memory, for people."""
        return f"{self.seconds:.1f} s, {self.megabytes:,.0f} MB"


@attrs.frozen
class Victim:
    """The product in a folder of its own.

    Args:
        folder: takes its data, and files that are made for it.
        variables: settings, as the environment names them without its prefix.
    """

    folder: Path
    variables: Mapping[str, object] = attrs.field(factory=dict)

    @property
    def data(self) -> Path:
        """The folder of everything embedded."""
        return self.folder / "data"

    def run(self, *arguments: object, code: int | None = 0, stdin: bytes = b"") -> Done:
        """Run a command to its end.

        Raises:
            AttackSucceededError: it did not end in time, showed a traceback, or ended with another exit code.
        """
        own = {f"ADMETRICS_{name}": str(value) for name, value in self.variables.items()}
        process = subprocess.Popen(
            [sys.executable, "-m", "admetrics", *map(str, arguments), "--data-dir", str(self.data)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env={**os.environ, **own},
        )
        end = threading.Timer(LONGEST, process.kill)
        end.start()
        peak = _Peak(process.pid)
        began = time.monotonic()
        out, err = process.communicate(stdin)
        seconds = time.monotonic() - began
        end.cancel()
        done = Done(process.returncode, _text(out), _text(err), seconds, peak.stop())
        what = f"`{' '.join(map(str, arguments))[:100]}`"
        if seconds >= LONGEST:
            raise AttackSucceededError(f"{what} did not end within {LONGEST} s")
        if "Traceback" in done.err:
            raise AttackSucceededError(f"{what} showed a traceback: {done.err[-500:]}")
        if code is not None and done.code != code:
            raise AttackSucceededError(f"{what} ended with {done.code} instead of {code}: {done.err[-500:]}")
        return done

    def write(self, name: str, *lines: bytes) -> Path:
        """Write a file of lines."""
        file = self.folder / name
        file.write_bytes(b"".join(line + b"\n" for line in lines))
        return file

    def clicks(self) -> int:
        """Roll up, load, and return how many clicks the warehouse shows."""
        self.run("tick")
        rows = self.run("export", "events", "--format", "jsonl").out.splitlines()
        return sum(json.loads(row)["clicks"] for row in rows)


class _Peak:
    """Looks at the memory of a process until it ends."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._megabytes = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def stop(self) -> float:
        self._stopped.set()
        self._thread.join()
        return self._megabytes

    def _look(self) -> None:
        while not self._stopped.wait(0.02):
            try:
                self._megabytes = max(self._megabytes, peak_memory(self._pid))
            except OSError:
                return


def peak_memory(pid: int) -> float:
    """Return the most that a running process has held, in MB; 0 while it ends."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return max((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM")), default=0.0)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
