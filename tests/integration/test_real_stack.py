"""The sample records through Kafka, Cassandra, an engine, Kafka and MySQL: the expected tables exactly."""

import csv
from contextlib import ExitStack

import pytest

from admetrics import open_pipeline, open_source, settings
from admetrics.bootstrap.opening import Opening
from admetrics.domain.errors import AbsentError
from admetrics.domain.events.record import COLUMNS
from tests import samples
from tests.markers import MARK, marked_lines

ALL_TIME = ("--from", "2000-01-01", "--to", "2027-01-01")


@pytest.fixture
def run(run, real_stack):
    """Run a command over the whole real stack, created by `init`."""
    run("init")
    return run


def test_records_from_a_topic_give_the_expected_tables(run, real_stack, tmp_path):
    run("dims", "import", samples.FOLDER)
    real_stack.send(samples.JSONL.read_bytes().splitlines())
    figures = run("ingest", "--json").figures
    assert (figures["read"], figures["accepted"], figures["dead_letters"]) == (897, 806, 91)
    samples.settle(run)
    samples.assert_expected(run, tmp_path, lake="Cassandra")
    assert sorted(reason for _, reason in samples.letters(run)) == sorted(
        row["reason"] for row in samples.expected("dead_letters")
    )
    assert run("reconcile", *ALL_TIME, "--json").figures["different"] == 0
    assert all(check["ok"] for check in run("doctor", "--json").figures)


def test_the_same_records_again_and_late_dimensions_change_nothing_else(run, real_stack, tmp_path):
    lines = samples.JSONL.read_bytes().splitlines()
    for part in (lines[:300], lines[200:], lines[:600]):
        real_stack.send(part)
        run("tick")
    run("dims", "import", samples.FOLDER)
    run("tick")
    samples.assert_expected(run, tmp_path, lake="Cassandra")


def test_erased_visitors_change_no_figure_and_do_not_come_back(run, real_stack, tmp_path, monkeypatch):
    """The lake is read whole; what is read again, and what is rolled up again, comes out the same."""
    monkeypatch.setenv("ADMETRICS_ERASURE_KEY", "a secret of the tests")
    lines = samples.JSONL.read_bytes().splitlines()
    run("dims", "import", samples.FOLDER)
    real_stack.send(lines)
    run("tick")
    figures = run("erase", *(part for uid in samples.VISITORS for part in ("--uid", uid)), "--json").figures
    assert figures == {"visitors": 2, "events": 63, "dead_letters": 2}
    for _ in range(2):
        run("tick")
        samples.assert_expected(run, tmp_path, lake="Cassandra")
        assert run("reconcile", *ALL_TIME, "--json").figures["different"] == 0
        real_stack.send(lines)
    assert run("erase", "--uid", samples.VISITORS[0], "--json").figures["events"] == 0


@pytest.fixture
def _spark(real_stack, spark_connect, monkeypatch):
    """Spark in place of the python engine."""
    monkeypatch.setenv("ADMETRICS_ENGINE", spark_connect.url)


@pytest.mark.usefixtures("_spark")
def test_spark_gives_the_expected_tables(run, real_stack, tmp_path):
    test_records_from_a_topic_give_the_expected_tables(run, real_stack, tmp_path)


def test_bus_and_warehouse_hold_no_personal_data(run, real_stack, kafka, mariadb, database):
    """Every message and every table of the database, after records that are marked wherever personal data may be."""
    real_stack.send(marked_lines())
    heard = "".join(outcome.out + outcome.err for outcome in (run("tick", "--debug"), run("doctor", "--debug")))
    assert MARK not in heard
    with kafka.consumer(real_stack.settings["BUS"].rpartition("/")[2]) as messages:
        sent = [message.key + message.value for message in messages]
    assert sent
    assert not [message for message in sent if MARK.encode() in message]
    tables = [name for (name,) in mariadb.execute(f"USE {database}", "SHOW TABLES")]
    rows = [row for name in tables for row in mariadb.execute(f"USE {database}", f"SELECT * FROM `{name}`")]
    assert rows
    assert MARK not in str(rows)
    letters = run("dead-letters", "list", "--json").lines
    assert MARK in run("dead-letters", "show", letters[0]["id"], "--reveal").out, "the marks are there to be found"


@pytest.fixture
def records() -> list[dict[str, str]]:
    """The records of tracking.csv, but those without create_time (dead letters all): it is the key of the table."""
    with samples.CSV.open(encoding="utf-8", newline="") as file:
        return [record for record in csv.DictReader(file) if record["create_time"]]


@pytest.fixture
def existing_table(run, cassandra_session, keyspace, records) -> None:
    columns = ", ".join(f"{name} text" for name in COLUMNS)
    cassandra_session.execute(
        f"CREATE TABLE {keyspace}.tracking ({columns}, number int, PRIMARY KEY (create_time, number))"
    )
    insert = cassandra_session.prepare(
        f"INSERT INTO {keyspace}.tracking (number, {', '.join(COLUMNS)}) VALUES ({', '.join('?' * 30)})"
    )
    for number, record in enumerate(records):
        cassandra_session.execute(insert, [number, *(record[name] or None for name in COLUMNS)])


@pytest.mark.usefixtures("existing_table")
def test_an_existing_table_gives_the_expected_tables(run, monkeypatch, cassandra_url, records, tmp_path):
    monkeypatch.setenv("ADMETRICS_SOURCE", f"{cassandra_url}/tracking")
    run("dims", "import", samples.FOLDER)
    figures = run("ingest", "--json").figures
    assert (figures["read"], figures["accepted"]) == (len(records), 806)
    assert run("ingest", "--json").figures["read"] == 0
    samples.settle(run)
    samples.assert_expected(run, tmp_path, lake="Cassandra")


def test_who_only_reads_creates_nothing_on_the_servers(real_stack, tmp_path):
    """Each part is asked for twice: what the first attempt had created, the second would find."""
    configured = settings(options={"data_dir": tmp_path / "data"})
    for _ in range(2):
        with ExitStack() as stack:
            opening = Opening(configured, None, stack, may_create=False)
            for port in ("source", "lake", "bus", "warehouse", "checkpoints", "dead_letters"):
                with pytest.raises(AbsentError, match="is not there: `admetrics init`"):
                    opening.part(port)
    with open_pipeline(configured), open_source(configured):
        pass
    with open_pipeline(configured, may_create=False) as pipeline:
        assert not pipeline.reader.report().figures
