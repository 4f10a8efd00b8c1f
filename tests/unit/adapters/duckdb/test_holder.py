"""The process that has a file, as messages name it: its command and since when, and nothing personal."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from admetrics.adapters.duckdb.holder import process_named


@pytest.fixture
def waiting(tmp_path):
    """Start a program that waits, with the arguments of a command line."""
    started = []

    def start(*arguments: str) -> subprocess.Popen:
        program = [sys.executable, "-c", "print('ready', flush=True); input()", *arguments]
        process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return process

    yield start
    for process in started:
        process.communicate(b"\n")


def test_a_command_of_ours_is_named_without_its_arguments(waiting):
    """They may hold a visitor."""
    process = waiting("admetrics", "erase", "--uid", "1-s3cret")
    number, command, since = process_named(process.pid).split(", ")
    assert (number, command) == (f"process {process.pid}", "`admetrics erase`")
    began = datetime.fromisoformat(since.removeprefix("since "))
    assert abs(datetime.now(UTC) - began) < timedelta(minutes=1)


def test_another_program_is_named_by_its_file(waiting):
    process = waiting("s3cret")
    assert process_named(process.pid).startswith(f"process {process.pid}, {Path(sys.executable).name}, since 20")


def test_of_a_process_that_is_gone_there_is_the_number():
    assert process_named(2**22 + 1) == f"process {2**22 + 1}"
