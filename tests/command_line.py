"""Runs the command line in this process, as a shell would."""

import io
import json
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import attrs

from admetrics.interfaces.cli import main


@attrs.frozen
class Outcome:
    """What a command left behind: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def figures(self) -> dict:
        """The one JSON object that `--json` prints."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[dict]:
        """The JSON objects that `--json` prints, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Outcome]


def runner(monkeypatch, data_dir: Path) -> Run:
    """Make a function that runs a command in a data folder."""

    def run(*arguments: object, stdin: bytes = b"", code: int | None = 0) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["admetrics", *map(str, arguments), "--data-dir", str(data_dir)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            outcome = Outcome(_exit_code(), _text(out), err.getvalue())
        assert code is None or outcome.code == code, outcome
        return outcome

    return run


def _exit_code() -> int:
    try:
        main()
    except SystemExit as done:
        return int(done.code or 0)
    return 0


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    binary = stream.buffer
    assert isinstance(binary, io.BytesIO)
    return binary.getvalue().decode("utf-8")
