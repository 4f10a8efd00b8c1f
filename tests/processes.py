"""Commands of the product that go on until they are stopped, as processes of their own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any


class Process:
    """A command that is running.

    Args:
        arguments: of the command line, the name of the command first.
        variables: settings, as the environment names them without its prefix.
    """

    def __init__(self, *arguments: object, variables: Mapping[str, object] | None = None) -> None:
        own = {f"ADMETRICS_{name}": str(value) for name, value in (variables or {}).items()}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "admetrics", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **own},
        )
        self._said: str | None = None

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def line(self) -> Any:
        """Wait for the next line of JSON that it prints."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, self.stop()
        return json.loads(line)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send it a signal, the first time; return its exit code, and what it said on standard error."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        return self.ended()

    def ended(self) -> tuple[int, str]:
        """Wait until it has ended; return its exit code, and what it said on standard error."""
        if self._said is None:
            _, self._said = self._process.communicate(timeout=60)
        return self._process.returncode, self._said


@contextmanager
def running(*arguments: object, **variables: object) -> Iterator[Process]:
    """Run a command while the context is open."""
    process = Process(*arguments, variables=variables)
    try:
        yield process
    finally:
        process.stop()
