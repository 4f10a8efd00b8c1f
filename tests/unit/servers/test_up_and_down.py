import json

import pytest

from tests.servers import __main__ as command
from tests.servers import pool
from tests.unit.servers.test_server import FileServer


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where everything lies instead of in the checkout; quick servers stand for the real ones."""
    quick = {name: type(name.title(), (FileServer,), {"name": name}) for name in ("kafka", "cassandra", "mariadb")}
    monkeypatch.setattr(pool, "STATE", tmp_path / "state.json")
    monkeypatch.setattr(pool, "SHARED", quick)
    monkeypatch.setattr(command, "STATE", tmp_path / "state.json")
    monkeypatch.setattr(command, "SHARED", quick)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "jars", lambda: tmp_path / "jars")
    monkeypatch.setattr(command, "SETTINGS", tmp_path / ".services.env")
    yield tmp_path
    command.main(["down"])


def test_servers_are_left_running_and_their_urls_written_down(folder):
    assert command.main(["up"]) == 0
    servers = pool.left_running()
    settings = dict(line.split("=", 1) for line in (folder / ".services.env").read_text().splitlines())
    assert settings == {
        "ADMETRICS_SOURCE": f"{servers['kafka'].url}/raw_events",
        "ADMETRICS_LAKE": f"{servers['cassandra'].url}/admetrics",
        "ADMETRICS_ENGINE": "python",
        "ADMETRICS_BUS": f"{servers['kafka'].url}/events",
        "ADMETRICS_WAREHOUSE": f"{servers['mariadb'].url}/admetrics",
        "ADMETRICS_SPARK_JARS": str(folder / "jars"),
    }
    for server in servers.values():
        server.ask()


def test_up_starts_only_what_is_missing(folder):
    command.main(["up"])
    before = json.loads((folder / "state.json").read_text())
    pool.left_running()["cassandra"].stop()
    command.main(["up"])
    after = json.loads((folder / "state.json").read_text())
    assert {name: state["pid"] == after[name]["pid"] for name, state in before.items()} == {
        "kafka": True,
        "cassandra": False,
        "mariadb": True,
    }


def test_tests_use_what_runs_and_leave_it_running(folder):
    command.main(["up"])
    shared = pool.Pool()
    shared.close()
    assert set(pool.left_running()) == {"kafka", "cassandra", "mariadb"}


def test_down_stops_them_and_removes_what_they_left(folder):
    command.main(["up"])
    servers = pool.left_running()
    assert command.main(["down"]) == 0
    assert not any(server.alive() for server in servers.values())
    assert not any(server.data.exists() for server in servers.values())
    assert not (folder / ".services.env").exists()
    assert pool.left_running() == {}


@pytest.mark.parametrize("arguments", [[], ["sideways"], ["up", "down"]])
def test_anything_else_is_wrong_usage(folder, arguments, capsys):
    assert command.main(arguments) == 2
    assert "usage: python -m tests.servers up|down" in capsys.readouterr().err
