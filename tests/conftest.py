import pytest

from tests.command_line import Run, runner


@pytest.fixture
def run(monkeypatch, tmp_path) -> Run:
    """Run a command in a data folder of the test's own."""
    return runner(monkeypatch, tmp_path / "data")
