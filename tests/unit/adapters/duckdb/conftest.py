"""One file for the lake, the engine and the dead letters of a test; and what happens to it in other processes."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from admetrics.adapters.duckdb.database import DuckDBDatabase

Reopen = Callable[[], DuckDBDatabase]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "lake.duckdb"


@pytest.fixture
def reopened(file: Path) -> Iterator[Reopen]:
    """A function that closes the file and opens it again, as after a restart."""
    with ExitStack() as stack:

        def reopen() -> DuckDBDatabase:
            stack.close()
            return stack.enter_context(closing(DuckDBDatabase(file)))

        yield reopen


@pytest.fixture
def database(reopened: Reopen) -> DuckDBDatabase:
    return reopened()


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """A function that runs a Python program in another process, which is killed after the test."""
    with ExitStack() as stack:

        def run(program: str, *arguments: object) -> "subprocess.Popen[str]":
            command = [sys.executable, "-c", program, *map(str, arguments)]
            process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            stack.callback(process.kill)
            return process

        yield run
