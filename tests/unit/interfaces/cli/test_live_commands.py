"""`serve` and `demo --live` as commands: how they begin, how they end, and what they say when they cannot begin."""

import signal
import socket
import subprocess
import sys

import pytest

from admetrics import Settings, open_pipeline
from tests.command_line import runner
from tests.processes import running


def test_ctrl_c_ends_it_with_exit_code_0(tmp_path):
    """SIGTERM ends that of `test_serve.py` in the same way."""
    with open_pipeline(Settings(data_dir=tmp_path)):
        pass
    with running("serve", "--port", 0, "--json", "--data-dir", tmp_path) as process:
        assert process.line()["url"].startswith("http://127.0.0.1:")
        assert process.stop(signal.SIGINT) == (0, "")


def test_a_port_that_is_taken_is_one_line(run):
    run("init")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = run("serve", "--port", port, code=1)
    assert outcome.err == (
        f"admetrics: cannot serve at 127.0.0.1:{port}: Address already in use; choose another with --port or --host\n"
    )


def test_without_its_packages_it_names_the_extra(tmp_path):
    with open_pipeline(Settings(data_dir=tmp_path)):
        pass
    program = "import sys; sys.modules['starlette'] = None; from admetrics.interfaces.cli import main; main()"
    command = [sys.executable, "-c", program, "serve", "--data-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = "admetrics: the live page needs packages: pip install 'admetrics[serve]'\n"
    assert (done.returncode, done.stderr) == (1, said)


def test_the_demo_goes_on_live_for_as_long_as_it_is_told(run, monkeypatch, tmp_path):
    outcome = run("demo", "--live", "--for", "3s", "--events", 1000, "--rate", 200, "--out", tmp_path, "--json")
    first, last = outcome.lines
    assert first["url"].startswith("http://127.0.0.1:")
    assert last["read"] > 1000
    assert last["rows"] > 0
    reconciled = runner(monkeypatch, tmp_path / "data")(
        "reconcile", "--from", "2026-01-01", "--to", "2100-01-01", "--json"
    ).figures
    assert reconciled["cells"] > 0
    assert reconciled["different"] == 0


@pytest.mark.parametrize("option", [("--for", "1s"), ("--rate", 5), ("--port", 0)], ids=str)
def test_options_of_the_live_demo_need_it(run, option):
    assert "go with --live" in run("demo", *option, code=2).err
