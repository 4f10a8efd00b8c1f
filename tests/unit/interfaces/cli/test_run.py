"""`admetrics run` as a service runs it: a process of its own, watched by its metrics, stopped by a signal."""

import json
import re
import urllib.error
import urllib.request

import pytest

from tests import samples
from tests.processes import running
from tests.servers.server import eventually, free_port


@pytest.fixture
def log(tmp_path):
    """The log that is followed, which is empty."""
    file = tmp_path / "tracker.jsonl"
    file.touch()
    return file


@pytest.fixture
def service(run, log, tmp_path):
    """A running service, which keeps the lake for itself, and the port of its metrics."""
    run("dims", "import", samples.FOLDER)
    port = free_port()
    variables = {"SOURCE": f"file://{log}", "DATA_DIR": tmp_path / "data"}
    arguments = ("run", "--every", "50ms", "--metrics", port, "--log-format", "json")
    with running(*arguments, **variables) as process:
        yield process, port


def metric(port, name):
    """Return a figure; 0 while there is none yet."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            found = re.search(rf"^admetrics_{name} (\S+)$", answer.read().decode(), re.MULTILINE)
    except urllib.error.URLError:
        return 0
    return float(found[1]) if found else 0


def test_what_is_written_while_it_runs_is_in_the_tables_when_a_signal_has_stopped_it(run, service, log, tmp_path):
    """A line that is half-written waits for its end; the log lines and the metrics tell the same figures."""
    process, port = service
    data = samples.JSONL.read_bytes()
    with log.open("ab", buffering=0) as file:
        file.write(data[:100_000])
        assert eventually(lambda: metric(port, "loaded_total") > 0)
        file.write(data[100_000:])
        assert eventually(lambda: metric(port, "read_total") == 897 and metric(port, "dirty_hours_total") > 0)
    code, said = process.stop()
    assert code == 0
    ticks = [json.loads(line) for line in said.splitlines()]
    assert sum(tick["read"] for tick in ticks) == 897
    assert sum(tick["dead_letters"] for tick in ticks) == 91
    samples.settle(run)
    samples.assert_expected(run, tmp_path)


def test_a_port_that_is_taken_is_one_clear_line(service, tmp_path):
    """It ends at once, without having touched anything that the other service holds."""
    _, port = service
    assert eventually(lambda: metric(port, "ticks_total") > 0)
    with running("run", "--metrics", port, DATA_DIR=tmp_path / "other") as second:
        code, said = second.ended()
    assert code == 1
    assert said.count("\n") == 1
    assert f"cannot serve metrics at 127.0.0.1:{port}" in said
