"""What Prometheus reads."""

import re
import socket
import urllib.request

import pytest

from admetrics.adapters.memory.source import MemorySource
from admetrics.adapters.prometheus import PrometheusMonitor
from admetrics.app.run import AMOUNTS, DIVIDED, STATES, run
from admetrics.domain.errors import PermanentError
from tests.unit.app.stores import Stores, line
from tests.unit.app.test_run import EVERY, Waits


@pytest.fixture
def monitor():
    with PrometheusMonitor(amounts=AMOUNTS, states=STATES, divided=DIVIDED, port=0) as monitor:
        yield monitor


def scraped(monitor):
    with urllib.request.urlopen(f"http://127.0.0.1:{monitor.port}/metrics", timeout=30) as answer:
        found = re.findall(r"^(admetrics_\S+) (\S+)$", answer.read().decode(), re.MULTILINE)
    return {name: float(value) for name, value in found}


def test_amounts_are_added_up_and_of_states_the_last_one_counts(monitor):
    monitor.observe({"read": 3, "bus_lag": 7})
    monitor.observe({"read": 4, "bus_lag": 2, "outages": 1})
    found = scraped(monitor)
    assert (found["admetrics_ticks_total"], found["admetrics_read_total"]) == (2, 7)
    assert (found["admetrics_bus_lag"], found["admetrics_outages"]) == (2, 1)


def test_parts_of_an_amount_have_a_label_each(monitor):
    monitor.observe({"rejected:not_json": 3, "rejected:bad_bid": 1})
    monitor.observe({"rejected:not_json": 1})
    found = scraped(monitor)
    assert found['admetrics_rejected_total{reason="not_json"}'] == 4
    assert found['admetrics_rejected_total{reason="bad_bid"}'] == 1


def test_every_figure_of_a_tick_can_be_told(monitor):
    source = MemorySource([line(1, job_id=1), b"{", b"[]", b"{"])
    run(pipeline=Stores().pipeline(), source=source, every=EVERY, stopped=Waits(2), monitors=[monitor])
    found = scraped(monitor)
    assert {f"admetrics_{name}" for name in STATES} <= found.keys()
    assert {f"admetrics_{name}_total" for name in AMOUNTS.keys() - DIVIDED} <= found.keys()
    parts = {name: value for name, value in found.items() if name.startswith("admetrics_rejected_total")}
    assert parts == {
        'admetrics_rejected_total{reason="not_json"}': 2,
        'admetrics_rejected_total{reason="not_an_object"}': 1,
    }
    assert sum(parts.values()) == found["admetrics_dead_letters_total"]


def test_a_request_that_does_not_come_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("admetrics.adapters.prometheus._PATIENCE", 0.2)
    with (
        PrometheusMonitor(amounts={}, states={}, divided={}, port=0) as monitor,
        socket.create_connection(("127.0.0.1", monitor.port), timeout=30) as connection,
    ):
        connection.sendall(b"GET /metr")
        assert connection.recv(100) == b""


def test_a_port_that_is_taken_is_said_so(monitor):
    with pytest.raises(PermanentError, match=r"cannot serve metrics at .*; choose another"):
        PrometheusMonitor(amounts={}, states={}, divided={}, port=monitor.port)
