"""Wrong usage and failures: one clean line, the right exit code, and nothing half-written."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import stamina

from admetrics.interfaces.cli.options import configure_logs
from tests import samples

JSONL = samples.FOLDER / "tracking.jsonl"


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-such-command",),
        ("export", "visits"),
        ("export", "events", "--format", "parquet"),
        ("export", "events", "--from", "yesterday"),
        ("rebuild",),
        ("ingest", "--format", "xml"),
        ("simulate", "--events", "0"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2(run, arguments):
    outcome = run(*arguments, code=2)
    assert outcome.err.strip()
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(
    "variables,code,said",
    [
        ({"ENGINE": "abacus"}, 1, "engine = 'abacus' names no engine: known are auto, duckdb, python, local[*]"),
        (
            {"LAKE": "ftp://host"},
            1,
            "lake = 'ftp://host' names no lake: known are cassandra://, duckdb://; a package can add",
        ),
        (
            {"WAREHOUSE": "oracle://user:s3cret@host"},
            1,
            "warehouse = 'oracle://***@host' names no warehouse: known are sqlite://",
        ),
        ({"LOAD_BATCH_SIZE": "x"}, 1, "setting 'load_batch_size' in the environment"),
        ({"ENGINE": "local[2]"}, 2, "engine local[2] cannot read a lake of duckdb: what works is "),
        ({"ENGINE": "spark://host:7077"}, 2, "spark:// over cassandra"),
        ({"ENGINE": "sc://host/;token=s3cret"}, 2, "python over cassandra or duckdb"),
        ({"ENGINE": "auto"}, 2, "duckdb over duckdb"),
        ({"ENGINE": "duckdb", "LAKE": "cassandra://host/keyspace"}, 2, "cannot read a lake of cassandra"),
        ({"BULK_FROM": "1000"}, 2, "bulk_from = 1000 needs Spark, which publishes the rows itself, and Kafka"),
        ({"BULK_FROM": "1", "BUS": "kafka://u:s3cret@host/events"}, 2, "engine is duckdb, bus is kafka://u:***@host/"),
        ({"BULK_FROM": "1", "ENGINE": "auto", "LAKE": "cassandra://host/keyspace"}, 2, "engine is auto, bus is sqlite"),
        ({"BULK_FROM": "few"}, 1, "setting 'bulk_from' in the environment: 'few' is not a whole number"),
    ],
)
def test_a_wrong_setting_is_one_line(run, monkeypatch, variables, code, said):
    for name, value in variables.items():
        monkeypatch.setenv(f"ADMETRICS_{name}", value)
    outcome = run("tick", code=code)
    assert said in outcome.err
    assert "s3cret" not in outcome.err
    assert outcome.err.count("\n") == 1


def test_a_missing_file_is_named(run, tmp_path):
    outcome = run("ingest", tmp_path / "none.jsonl", code=1)
    assert "none.jsonl" in outcome.err
    assert outcome.err.count("\n") == 1


def test_debug_shows_the_traceback(run, tmp_path):
    assert "Traceback" in run("ingest", tmp_path / "none.jsonl", "--debug", code=1).err


def test_a_period_the_wrong_way_round_is_refused(run):
    assert "before it starts" in run("rebuild", "--from", "2026-03-02", "--to", "2026-03-01", code=1).err


def test_version_and_help_answer_without_a_driver():
    program = """
import sys
from pathlib import Path
from admetrics.interfaces.cli import main
try:
    main()
finally:
    print(sorted({"duckdb", "pyarrow", "sqlalchemy"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "rollup" in done.stdout
    assert done.stdout.endswith("[]\n")


def test_the_same_seed_gives_the_same_bytes(run, tmp_path):
    run("simulate", "--events", 500, "--seed", 7, "--out", tmp_path / "a.jsonl")
    assert run("simulate", "--events", 500, "--seed", 7).out.encode() == (tmp_path / "a.jsonl").read_bytes()
    assert run("simulate", "--events", 500, "--seed", 8).out.encode() != (tmp_path / "a.jsonl").read_bytes()


def test_the_demo_ends_with_a_report(run, tmp_path):
    figures = run("demo", "--events", 3000, "--out", tmp_path / "demo", "--json").figures
    assert figures["read"] == figures["accepted"] + figures["dead_letters"]
    assert figures["rows"] > 0
    page = tmp_path / "demo" / "report.html"
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_the_demo_leaves_the_configured_parts_alone(run, tmp_path):
    run("demo", "--events", 100, "--out", tmp_path / "demo")
    assert not (tmp_path / "data").exists()
    assert (tmp_path / "demo" / "data" / "warehouse.sqlite").exists()


def test_output_that_cannot_be_written_is_one_line(tmp_path):
    command = [sys.executable, "-m", "admetrics", "simulate", "--events", "20000", "--data-dir", str(tmp_path)]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "admetrics: cannot write the output: No space left on device\n")


def test_an_export_that_fails_leaves_no_file(run, tmp_path):
    run("init")
    outcome = run("export", "events", "--out", tmp_path / "no-folder" / "events.csv", code=1)
    assert "no-folder" in outcome.err
    assert not (tmp_path / "no-folder").exists()


def test_ingest_prints_one_object_and_people_get_a_sentence(run):
    assert (
        run("ingest", JSONL).out == "897 records read: 806 accepted, 91 dead letters "
        "(wrong_type 35, no_time 13, bad_bid 12, not_json 11, time_out_of_range 9, not_an_object 6, no_create_time 5); "
        "14 custom events (column ed) could not be read, and count as absent\n"
    )
    reasons = Counter(letter["reason"] for letter in samples.expected("dead_letters"))
    assert run("ingest", JSONL, "--json").figures == {
        "lines": 900, "read": 897, "accepted": 806, "dead_letters": 91, "reasons": reasons,
        "unreadable_custom_events": 14, "ahead": {},
    }  # fmt: skip


def test_calls_that_are_tried_again_are_not_heard(capsys):
    """Where structlog is installed, stamina would print to standard output, in the middle of `--json`."""
    configure_logs("text", debug=False)
    tries = iter([OSError(), None])
    for attempt in stamina.retry_context(OSError, attempts=2, wait_initial=0):
        with attempt:
            if error := next(tries):
                raise error
    assert capsys.readouterr() == ("", "")
