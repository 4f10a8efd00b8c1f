"""The DAGs in a real Airflow: each run is a process, with an Airflow home and a data folder as good as new."""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from signal import SIGKILL

import pytest

from admetrics.domain.times import ticks_of
from admetrics.testing.strategies import uuid_at
from tests import samples
from tests.integration.airflow_process import Airflow
from tests.markdown import Page
from tests.markers import MARK, marked_lines

pytestmark = pytest.mark.integration

PAGE = Path(__file__).parents[2] / "docs" / "airflow.md"
IMPORTED = [
    "admetrics.interfaces.airflow.tasks",
    "admetrics.adapters.duckdb.engine",
    "admetrics.adapters.files.follow",
    "admetrics.adapters.sql.checkpoints",
    "admetrics.adapters.sql.warehouse",
    "airflow.providers.standard.operators.python",
    "airflow.sdk.execution_time.task_runner",
]
"""What every run of a DAG needs."""


@pytest.fixture(scope="module")
def cold(tmp_path_factory) -> Iterator[Airflow]:
    """Airflow in a process that has imported nothing of ours yet; its database has its tables."""
    with Airflow(tmp_path_factory.mktemp("airflow")) as airflow:
        airflow.done("create")
        shutil.copytree(airflow.home, airflow.folder / "fresh")
        yield airflow


@pytest.fixture(scope="module")
def structure(cold: Airflow) -> dict:
    """What Airflow finds in the DAGs, when it imports what they import too."""
    return cold.done("structure")


@pytest.fixture(scope="module")
def warm(cold: Airflow, structure) -> Airflow:
    """Airflow, and all that the DAGs import."""
    cold.done("warm_up", *IMPORTED)
    return cold


@pytest.fixture
def home(warm: Airflow) -> Path:
    """An Airflow home as it was when its database was made."""
    shutil.rmtree(warm.home)
    shutil.copytree(warm.folder / "fresh", warm.home)
    return warm.home


@pytest.fixture
def airflow(warm: Airflow, home, tmp_path) -> Callable[..., dict]:
    """Run a command of `airflow_runs.py` and return what it prints as JSON on its last line."""

    def run(
        *arguments: str,
        settings: Mapping[str, str] | None = None,
        connections: Mapping[str, str] | None = None,
        exit_code: int = 0,
    ) -> dict:
        variables = {
            **{f"AIRFLOW_CONN_{name}": url for name, url in (connections or {}).items()},
            **{name: value for name, value in os.environ.items() if name.startswith("ADMETRICS_")},
            "ADMETRICS_DATA_DIR": str(tmp_path / "data"),
            **{f"ADMETRICS_{name}": value for name, value in (settings or {}).items()},
        }
        return warm.done(*arguments, folder=tmp_path, variables=variables, exit_code=exit_code)

    return run


@pytest.fixture
def records(tmp_path) -> dict[str, str]:
    """The sample records as a folder that is followed."""
    (tmp_path / "in").mkdir()
    shutil.copy(samples.JSONL, tmp_path / "in")
    return {"SOURCE": f"file://{tmp_path}/in/*.jsonl"}


def yesterdays_clicks() -> bytes:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    columns = {"custom_track": "click", "job_id": 7, "publisher_id": 3, "bid": 2}
    lines = [
        json.dumps({**columns, "create_time": uuid_at(ticks_of(yesterday), node=number)}).encode()
        for number in range(5)
    ]
    return b"\n".join(lines)


def states(result: dict) -> dict[str, str]:
    return {name: task["state"] for name, task in result["tasks"].items()}


def test_every_dag_is_read_without_error_in_less_than_a_second_and_as_it_is_meant_to_be(structure):
    found = structure
    assert found["errors"] == {}
    assert all(seconds < 1 for seconds in found["seconds"].values())
    assert found["dags"] == {
        "admetrics_pipeline": {"schedule": "* * * * *", "edges": [["ingest", "roll_up"], ["roll_up", "load"]]},
        "admetrics_reconcile": {"schedule": "30 3 * * *", "edges": []},
        "admetrics_rebuild": {"schedule": None, "edges": []},
        "admetrics_maintenance": {"schedule": "0 4 * * *", "edges": []},
        "admetrics_dimensions": {"schedule": "0 2 * * *", "edges": []},
    }
    for dag in found["details"].values():
        assert dag["max_active_runs"] == 1
        assert dag["catchup"] is False
        assert dag["tags"] == ["admetrics"]
        assert dag["owners"] == "admetrics"
        assert dag["doc"]
        assert dag["retries"] > 0
        assert dag["has_failure_callback"]


def test_the_pipeline_makes_the_expected_tables_and_a_second_run_changes_nothing(airflow, run, records, tmp_path):
    run("dims", "import", samples.FOLDER)
    first = airflow("run", "admetrics_pipeline", settings=records)
    assert states(first) == {"ingest": "success", "roll_up": "success", "load": "success"}
    figures = first["tasks"]["ingest"]["figures"]
    assert (figures["read"], figures["accepted"], figures["dead_letters"]) == (897, 806, 91)
    again = airflow("run", "admetrics_pipeline", settings=records)
    assert again["tasks"]["ingest"]["figures"]["read"] == 0
    assert again["tasks"]["load"]["figures"]["written"] == 0
    samples.assert_expected(run, tmp_path)


@pytest.mark.parametrize(
    "method",
    [
        "admetrics.adapters.sql.checkpoints:SqlCheckpoints.claim",
        "admetrics.adapters.sql.warehouse:SqlWarehouse.upsert",
    ],
)
def test_a_task_that_was_killed_in_the_middle_is_finished_by_the_next_try(airflow, run, records, tmp_path, method):
    """The kill comes between an effect and what would have noted it."""
    run("dims", "import", samples.FOLDER)
    airflow("run_killed", "admetrics_pipeline", method, settings=records, exit_code=-SIGKILL)
    again = airflow("run", "admetrics_pipeline", settings=records)
    assert states(again) == {"ingest": "success", "roll_up": "success", "load": "success"}
    samples.assert_expected(run, tmp_path)


def test_every_dag_works_on_the_real_stack(airflow, run, real_stack, tmp_path):
    """Records from a topic through Cassandra and Kafka into MariaDB; then the other three DAGs over the same."""
    run("init")
    run("dims", "import", samples.FOLDER)
    real_stack.send(samples.JSONL.read_bytes().splitlines())
    conf = json.dumps({"from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"})
    pipeline, rebuild = ["admetrics_pipeline"], ["admetrics_rebuild", conf]
    wanted = [pipeline, rebuild, pipeline, ["admetrics_reconcile"], ["admetrics_maintenance"]]
    first, rebuilt, again, reconciled, pruned = airflow("run_all", json.dumps(wanted))["runs"]
    assert first["tasks"]["ingest"]["figures"]["accepted"] == 806
    assert again["tasks"]["roll_up"]["figures"]["claimed"] == rebuilt["tasks"]["rebuild"]["figures"]["hours"] > 0
    assert states(reconciled) == {"reconcile": "success"}
    assert pruned["tasks"]["prune"]["figures"] == {"dead_letters": 0, "rows": 0}
    samples.assert_expected(run, tmp_path, lake="Cassandra")


def test_a_rebuild_takes_its_period_from_the_form(airflow, run, records):
    airflow("run", "admetrics_pipeline", settings=records)
    conf = json.dumps({"from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"})
    hours = {row["event_hour"] for row in samples.expected("accounting") if f"{row['event_hour']:%F}" == "2026-03-01"}
    rebuilt = airflow("run", "admetrics_rebuild", conf)["tasks"]["rebuild"]["figures"]["hours"]
    reached = {hour + timedelta(hours=1) for hour in hours}  # by clicks late in an hour
    assert len(hours) <= rebuilt <= len(hours | reached)
    assert run("rollup", "--json").figures["claimed"] == rebuilt


def test_maintenance_forgets_what_is_old_and_nothing_else(airflow, run, records):
    airflow("run", "admetrics_pipeline", settings=records)
    assert airflow("run", "admetrics_maintenance")["tasks"]["prune"]["figures"] == {"dead_letters": 0, "rows": 0}
    assert len(samples.letters(run)) == 91


@pytest.fixture
def site(tmp_path) -> str:
    """A database of the site, with two of the tables."""
    with sqlite3.connect(tmp_path / "the site.sqlite") as connection:
        connection.execute("CREATE TABLE ads (id INTEGER, title TEXT, colour TEXT)")
        connection.execute("INSERT INTO ads VALUES (7, 'Welder', 'red'), (8, 'Nurse', 'blue')")
        connection.execute("CREATE TABLE master_publisher (publisher_id INTEGER, publisher_name TEXT, curency TEXT)")
        connection.execute("INSERT INTO master_publisher VALUES (3, 'Harbour', '1')")
    connection.close()
    return f"sqlite:///{tmp_path}/the site.sqlite"


def test_dimensions_come_from_the_database_of_a_connection(airflow, run, site, tmp_path):
    conf = json.dumps({"tables": ["job=ads", "master_publisher"]})
    result = airflow("run", "admetrics_dimensions", conf, connections={"ADMETRICS_DIMENSIONS": site})
    assert result["tasks"]["import_dimensions"]["figures"] == {"rows": 3, "dirty": 0}
    assert "columns that are not known are not read: colour" in result["log"]
    assert "each is a currency by itself: 1 (publishers: 1)" in result["log"]
    connection = sqlite3.connect(tmp_path / "data" / "warehouse.sqlite")
    assert connection.execute("SELECT id, title FROM job ORDER BY id").fetchall() == [(7, "Welder"), (8, "Nurse")]
    connection.close()


def test_dimensions_without_a_connection_say_what_to_make(airflow):
    result = airflow("run", "admetrics_dimensions")
    assert states(result) == {"import_dimensions": "failed"}
    assert "there is no Connection admetrics_dimensions: make one" in result["log"]


def test_dimensions_of_a_server_that_does_not_answer_show_no_password(airflow):
    url = "mysql+pymysql://user:s3cret@127.0.0.1:1/db"
    result = airflow("run", "admetrics_dimensions", connections={"ADMETRICS_DIMENSIONS": url})
    assert "cannot be reached" in result["log"]
    assert "s3cret" not in result["log"]


def test_a_rebuild_refuses_what_is_no_time(airflow):
    values = ["soon", "2026-02-30T00:00:00Z"]
    confs = [json.dumps({"from": value, "to": "2026-03-02T00:00:00Z"}) for value in values]
    result = airflow("run_all", json.dumps([["admetrics_rebuild", conf] for conf in confs]))
    for value, each in zip(values, result["runs"], strict=True):
        assert each["state"] in {"refused", "failed"}
        assert value in result["log"] + each.get("error", "")


def test_a_period_the_wrong_way_round_fails_with_the_clear_message_and_no_retry(airflow):
    conf = json.dumps({"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"})
    result = airflow("run", "admetrics_rebuild", conf)
    assert states(result) == {"rebuild": "failed"}
    assert "before it starts (2026-03-02T00:00:00Z): swap them" in result["log"]


def test_without_a_source_the_ingest_says_what_to_set(airflow):
    result = airflow("run", "admetrics_pipeline")
    assert states(result) == {"ingest": "failed", "roll_up": "upstream_failed", "load": "upstream_failed"}
    assert "no source is configured: set `source`" in result["log"]
    assert "admetrics_pipeline.ingest failed: no source is configured" in result["log"]


def test_an_unreachable_server_fails_with_the_clear_message_and_without_the_secret(airflow, records):
    url = "mysql+pymysql://user:s3cret@127.0.0.1:1/db"
    result = airflow("run", "admetrics_pipeline", settings={**records, "WAREHOUSE": url})
    assert states(result)["ingest"] == "failed"
    assert "cannot be reached" in result["log"]
    assert "s3cret" not in result["log"]
    assert "pymysql.err" not in result["log"]


def test_airflow_learns_no_personal_data(airflow, home, tmp_path):
    """Neither its database, where the figures of the tasks are, nor its logs."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "marked.jsonl").write_bytes(b"\n".join(marked_lines()) + b"\n")
    result = airflow("run", "admetrics_pipeline", settings={"SOURCE": f"file://{tmp_path}/in/*.jsonl"})
    assert result["tasks"]["ingest"]["figures"]["dead_letters"] > 0
    assert MARK not in result["log"]
    written = [file for file in home.rglob("*") if file.is_file()]
    assert written
    assert not [file for file in written if MARK.encode() in file.read_bytes()]


def test_what_the_page_shows_is_python_that_airflow_takes(airflow):
    """Apart from the other pages, since to import Airflow changes how this process logs."""
    program = "\n".join(block.text for block in Page(PAGE).blocks if block.language == "py")
    assert "DAG(" in program
    airflow("execute", program)


def test_settings_come_from_variable_and_connection_too(airflow, run, records, tmp_path):
    variable = json.dumps({"source": records["SOURCE"], "engine": "abacus"})
    result = airflow("run", "admetrics_pipeline", "{}", variable, json.dumps({"engine": "python"}))
    assert states(result) == {"ingest": "success", "roll_up": "success", "load": "success"}
    assert len(samples.exported(run, "events", tmp_path)) == len(samples.expected("events"))


def test_a_variable_or_an_extra_field_that_is_not_read_is_no_absence(airflow, records, tmp_path):
    """Else the defaults would apply, and records go into an embedded lake on the worker."""
    wrong = {
        "one comma too many": ('{"lake": "cassandra://h/k",}', "", "the Variable 'admetrics' is not JSON"),
        "a list": ("[1]", "", "the Variable 'admetrics' is JSON, but no object"),
        "an extra": ("", '{"lake": }', "the extra field of the Connection 'admetrics' is not JSON"),
        "a name": ('{"lakes": "x"}', "", "unknown setting 'lakes' in the Variable 'admetrics': did you mean 'lake'?"),
    }
    for variable, extra, message in wrong.values():
        result = airflow("run", "admetrics_pipeline", "{}", variable, extra, settings=records)
        assert states(result)["ingest"] == "failed"
        assert message in result["log"]
        assert not (tmp_path / "data").exists()


def test_reconcile_names_the_cells_that_differ_and_repairs_them_when_asked(airflow, run, tmp_path):
    """Records of yesterday, a tampered row, and the DAG as it runs every day."""
    run("ingest", "-", stdin=yesterdays_clicks())
    run("tick")
    assert airflow("run", "admetrics_reconcile")["tasks"]["reconcile"]["figures"]["different"] == 0
    connection = sqlite3.connect(tmp_path / "data" / "warehouse.sqlite")
    with connection:
        connection.execute("UPDATE events SET clicks = 4")
    connection.close()
    found = airflow("run", "admetrics_reconcile")
    assert states(found) == {"reconcile": "failed"}
    assert "1 of 1 cells differ from the lake" in found["log"]
    assert "job 7 publisher 3" in found["log"]
    fixed = airflow("run", "admetrics_reconcile", json.dumps({"repair": True}))
    assert fixed["tasks"]["reconcile"]["figures"]["repaired"] == 1
    run("tick")
    assert airflow("run", "admetrics_reconcile")["tasks"]["reconcile"]["figures"]["different"] == 0
