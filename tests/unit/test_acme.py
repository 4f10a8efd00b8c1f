"""A package of somebody else, installed beside this one, is used from the command line: see tests/acme."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from admetrics.bootstrap import registry
from tests import samples
from tests.command_line import Outcome
from tests.processes import running
from tests.samples import JSONL, assert_expected
from tests.servers.server import eventually

PACKAGE = Path(__file__).parents[1] / "acme"
ALL_TIME = ("--from", "2000-01-01", "--to", "2027-01-01")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """Install the package, as pip does, in a folder of its own."""
    folder = tmp_path_factory.mktemp("acme")
    source = shutil.copytree(PACKAGE, folder / "source")
    install = ("uv", "pip", "install", "--quiet", "--offline", "--no-deps", "--no-build-isolation", "--no-cache")
    python = ("--python", sys.executable, "--target", folder / "site")
    subprocess.run([sys.executable, "-m", *install, *python, source], check=True)
    return folder / "site"


@pytest.fixture
def variables(site, tmp_path, monkeypatch) -> dict[str, str]:
    """What configures it: two files of Acme, and what Acme has not in files of our own."""
    monkeypatch.setenv("PYTHONPATH", str(site))
    embedded = f"sqlite:///{tmp_path}/data/bus.sqlite"
    return {
        "DATA_DIR": f"{tmp_path}/data",
        "LAKE": f"acme:///{tmp_path}/data/lake.acme?token=s3cret&wait=20",
        "WAREHOUSE": f"acme:///{tmp_path}/data/figures.acme?token=s3cret",
        "BUS": embedded,
        "CHECKPOINTS": embedded,
        "DEAD_LETTERS": f"duckdb:///{tmp_path}/data/letters.duckdb",
    }


@pytest.fixture
def acme(variables, tmp_path):
    """Run a command as a process that has the package."""

    def run(*arguments: object, code: int = 0, **others: str) -> Outcome:
        own = {f"ADMETRICS_{name}": value for name, value in {**variables, **others}.items()}
        command = [sys.executable, "-m", "admetrics", *map(str, arguments)]
        done = subprocess.run(
            command, check=False, env={**os.environ, **own}, cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == code, done
        assert "s3cret" not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def in_process(run, variables, site, monkeypatch):
    """Run a command in this process, which has the package for once."""
    monkeypatch.syspath_prepend(site)
    for name, value in variables.items():
        monkeypatch.setenv(f"ADMETRICS_{name}", value)
    registry._others.cache_clear()
    yield run
    registry._others.cache_clear()


def test_it_gives_the_same_tables_and_report_as_what_is_embedded(acme, run, tmp_path):
    reports = []
    for each in (acme, run):
        each("dims", "import", samples.FOLDER)
        each("ingest", JSONL)
        each("tick")
        reports.append(without_times(each("report", "--json", *ALL_TIME, "--by", "publisher").figures))
    assert reports[0] == reports[1]
    assert_expected(acme, tmp_path, lake="Acme")
    assert sorted(path.name for path in (tmp_path / "data").glob("*.acme")) == ["figures.acme", "lake.acme"]


def without_times(report: dict) -> dict:
    """Leave out when it was made, and what follows from that."""
    health = {name: value for name, value in report["health"].items() if name != "updated"}
    return {**report, "health": health, "made": None, "budgets": None}


def test_init_doctor_and_run_know_it(acme, variables, tmp_path):
    assert acme("init", "--json").figures == {"ready": True}
    checks = {check["part"]: check for check in acme("doctor", "--json").figures}
    assert checks["lake"]["detail"] == f"acme:///{tmp_path}/data/lake.acme?***&***: 0 arrivals shown"
    assert checks["engine"]["detail"] == "python: ready"
    assert checks["warehouse"]["ok"]
    with running("run", **{**variables, "SOURCE": f"file://{JSONL}"}) as process:
        assert eventually(lambda: rows_in(tmp_path / "data" / "figures.acme") > 0)
        code, said = process.stop()
    assert code == 0, said


def rows_in(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        [(rows,)] = connection.execute("SELECT count(*) FROM rows").fetchall()
    return int(rows)


def test_the_demo_leaves_it_alone(acme, tmp_path):
    assert acme("demo", "--events", 500, "--json").figures["read"] == 500
    assert not list(tmp_path.rglob("*.acme"))


@pytest.mark.parametrize(
    "others,code,said",
    [
        ({"LAKE": "acme:///x?colour=s3cret"}, 1, "setting 'lake': a URL of Acme looks like acme:///folder/file"),
        (
            {"ENGINE": "duckdb"},
            2,
            "cannot read a lake of acme: what works is auto over cassandra, duckdb over duckdb, ",
        ),
        ({"ENGINE": "duckdb"}, 2, "python over cassandra or duckdb or acme"),
        ({"BUS": "acme://u:s3cret@host/x"}, 1, "bus = 'acme://***@host/x' names no bus: known are kafka://, sqlite://"),
        ({"LAKE": "acne:///x"}, 1, "lake = 'acne:///x' names no lake: known are cassandra://, duckdb://, acme://; a p"),
    ],
)
def test_what_it_cannot_do_is_one_line(in_process, monkeypatch, others, code, said):
    for name, value in others.items():
        monkeypatch.setenv(f"ADMETRICS_{name}", value)
    outcome = in_process("tick", code=code)
    assert said in outcome.err
    assert "s3cret" not in outcome.err
    assert outcome.err.count("\n") == 1


def test_without_the_package_its_scheme_is_unknown(run, variables, monkeypatch):
    monkeypatch.setenv("ADMETRICS_LAKE", variables["LAKE"])
    assert "names no lake: known are cassandra://, duckdb://; a package can add others" in run("tick", code=1).err
