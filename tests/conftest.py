"""What every test has, and what is said at the end."""

import os

import pytest

from tests.command_line import Run, runner


@pytest.fixture
def run(monkeypatch, tmp_path) -> Run:
    """Run a command in a data folder of the test's own."""
    return runner(monkeypatch, tmp_path / "data")


def pytest_terminal_summary(terminalreporter):
    """Say how to have more walks."""
    passed = terminalreporter.stats.get("passed", [])
    walked = any(report.nodeid.startswith("tests/simulation/test_simulation.py") for report in passed)
    if walked and "SIMULATIONS" not in os.environ:
        terminalreporter.write_line("simulation: the same walks each time; SIMULATIONS=20000 walks others")
