"""Personal data stays in the lake and the dead letters: marked records, and a look at everything else."""

import json
import sqlite3
from datetime import UTC, datetime

import duckdb
import pytest

from admetrics.domain.events.record import COLUMNS
from admetrics.domain.times import ticks_of
from admetrics.testing.strategies import uuid_at
from tests.markers import MARK, marked_lines

COMMANDS = [
    ("tick",),
    ("reconcile", "--from", "2000-01-01", "--to", "2100-01-01"),
    ("export", "events", "--format", "csv"),
    ("export", "events", "--format", "jsonl"),
    ("export", "accounting", "--format", "csv"),
    ("report", "--json"),
    ("report", "--by", "job"),
    ("budgets",),
    ("budgets", "--json"),
    ("dead-letters", "list"),
    ("dead-letters", "list", "--json"),
    ("doctor",),
    ("rebuild", "--from", "2000-01-01", "--to", "2100-01-01"),
    ("tick", "--log-format", "json", "--debug"),
    ("prune",),
    ("erase", "--uid", f"{MARK}-uid-3", "--debug"),
    ("export", "clicks"),
]


def test_what_commands_print_and_write_holds_no_personal_data(run, tmp_path):
    """Except what is asked to be revealed."""
    said = run("ingest", "-", "--debug", stdin=b"\n".join(marked_lines()))
    heard = [said.out, said.err]
    for command in COMMANDS:
        outcome = run(*command, code=None)
        heard += [outcome.out, outcome.err]
    page = tmp_path / "report.html"
    run("report", "--out", page)
    parquet = tmp_path / "events.parquet"
    run("export", "events", "--format", "parquet", "--out", parquet)
    assert MARK not in "".join(heard)
    for file in (page, parquet, *(tmp_path / "data").glob("*.json"), *(tmp_path / "data").glob("warehouse*")):
        assert MARK.encode() not in file.read_bytes(), file.name
    letters = [letter["id"] for letter in run("dead-letters", "list", "--json").lines]
    assert MARK not in run("dead-letters", "show", *letters).out
    assert MARK in run("dead-letters", "show", *letters, "--reveal").out, "the marks are there to be found"


def test_tokens_of_urls_are_cut_out_on_the_way_into_the_lake(run, tmp_path):
    """By default; the job in the URL is known before, and dead letters are as they came."""
    run("ingest", "-", stdin=b"\n".join(marked_lines()))
    events = stored(tmp_path, "SELECT job, uid, record FROM events")
    assert len(events) == 40
    assert sorted(job for job, *_ in events) == 20 * [7] + 20 * [8]
    for _, uid, record in events:
        dl = json.loads(record)[COLUMNS.index("dl")]
        assert dl == "https://jobs.example/ad?jobId=8&token=***&email=***"
        assert f"{MARK}-referrer" in record
        assert uid in record
    assert any(f"{MARK}-token".encode() in data for (data,) in stored(tmp_path, "SELECT data FROM dead_letters"))


@pytest.mark.parametrize("how,left", [("all", ""), ("off", f"?jobId=8&token={MARK}-token&email={MARK}@example.org")])
def test_how_much_is_cut_out_is_a_setting(run, tmp_path, monkeypatch, how, left):
    monkeypatch.setenv("ADMETRICS_REDACT_URLS", how)
    run("ingest", "-", stdin=b"\n".join(marked_lines()))
    records = [json.loads(record) for (record,) in stored(tmp_path, "SELECT record FROM events")]
    assert {record[COLUMNS.index("dl")] for record in records} == {f"https://jobs.example/ad{left}"}


def test_visitors_are_hashed_on_the_way_into_the_lake_if_there_is_a_secret(run, tmp_path, monkeypatch):
    """Read again, those that were stored before are hashed too; the secret is shown nowhere."""
    lines = b"\n".join(marked_lines())
    run("ingest", "-", stdin=lines)
    assert all(MARK in uid for (uid,) in stored(tmp_path, "SELECT uid FROM events"))
    monkeypatch.setenv("ADMETRICS_UID_KEY", "s3cret of the tests")
    outcome = run("ingest", "-", "--debug", stdin=lines)
    doctor = run("doctor")
    assert "s3cret" not in outcome.out + outcome.err + doctor.out + doctor.err
    assert doctor.code == 0
    assert stored(tmp_path, "SELECT DISTINCT keyed FROM events") == [(True,)]
    events = stored(tmp_path, "SELECT uid, record FROM events")
    assert len({uid for uid, _ in events}) == len(events) == 40
    assert all(uid.startswith("hashed-") and uid in record and f"{MARK}-uid" not in record for uid, record in events)
    erased = run("erase", "--uid", f"{MARK}-uid-7", "--json").figures
    assert erased["events"] == 1


def test_a_lake_is_put_under_a_new_key_by_a_command_and_takes_nothing_without_it_then(run, monkeypatch):
    """The doctor says so; it changes nothing itself."""
    lines = b"\n".join(marked_lines())
    run("ingest", "-", stdin=lines)
    assert "configure a uid_key" in run("key-events", code=1).err
    with monkeypatch.context() as with_key:
        with_key.setenv("ADMETRICS_UID_KEY", "s3cret of the tests")
        run("doctor")
        assert run("key-events").out == "all events of the lake are under uid_key\n"
        assert run("key-events", "--json").figures == {"keyed": True}
    for command in (("ingest", "-"), ("erase", "--uid", "7"), ("doctor",)):
        outcome = run(*command, stdin=lines, code=1)
        assert "this lake is under a uid_key, and another one or none is configured" in outcome.out + outcome.err


def stored(tmp_path, query):
    with duckdb.connect(str(tmp_path / "data" / "lake.duckdb")) as connection:
        return connection.execute(query).fetchall()


def test_errors_hold_no_personal_data(run, tmp_path):
    """A warehouse that refuses everything says so without naming what it refused."""
    run("ingest", "-", stdin=b"\n".join(marked_lines()))
    connection = sqlite3.connect(tmp_path / "data" / "warehouse.sqlite")
    with connection:
        connection.execute("CREATE TRIGGER refuse BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'refused'); END")
    connection.close()
    failed = run("tick", "--debug", code=1)
    assert "refused" in failed.err
    assert MARK not in failed.err + failed.out


def test_hostile_text_in_every_column_is_data(run, tmp_path):
    """Statements hold no values: quotes, semicolons and comments of SQL stay text, and every table stays."""
    hostile = "'; DROP TABLE events; -- \" ` %s ? $1 :x {0} ${x} <script>alert(1)</script>"
    texts = ("bn", "custom_track", "de", "dl", "dt", "ed", "id", "md", "rl", "sr", "ts", "ua", "uid", "vp")
    now = ticks_of(datetime.now(UTC))
    good = {"create_time": uuid_at(now), "custom_track": "click", "job_id": 7, "bid": 3}
    lines = [
        {**good, "create_time": uuid_at(now, node=number), **({name: hostile} if name != "custom_track" else {})}
        for number, name in enumerate(texts)
    ]
    named = {**good, "create_time": uuid_at(now, node=99), "custom_track": hostile}
    bad = [{**good, "create_time": hostile, "ts": hostile}, {**good, "bid": hostile}]
    records = [*lines, named, *bad]
    figures = run("ingest", "-", "--json", stdin=b"\n".join(json.dumps(each).encode() for each in records)).figures
    assert (figures["accepted"], figures["dead_letters"]) == (len(texts) + 1, len(bad))
    run("tick")
    rows = run("export", "events", "--format", "jsonl").lines
    assert sum(row["clicks"] for row in rows) == len(texts)
    letters = run("dead-letters", "list", "--json").lines
    assert len(letters) == len(bad)
    assert hostile in run("dead-letters", "show", *(each["id"] for each in letters), "--reveal").out.replace('\\"', '"')
    assert run("reconcile", "--from", "2000-01-01", "--to", "2100-01-01", "--json").figures["different"] == 0


def test_hostile_names_of_dimensions_are_data(run, tmp_path):
    """In the warehouse, in the report and in the page."""
    hostile = "'; DROP TABLE job; --<script>alert(1)</script>"
    (tmp_path / "campaign.csv").write_text(
        f'id,name,budget_total,unit_budget\n1,"{hostile}",5,"{hostile}"\n', encoding="utf-8"
    )
    run("dims", "import", tmp_path / "campaign.csv")
    now = uuid_at(ticks_of(datetime.now(UTC)))
    record = {"create_time": now, "custom_track": "click", "job_id": 7, "campaign_id": 1, "bid": 3}
    run("ingest", "-", stdin=json.dumps(record).encode())
    run("tick")
    assert hostile in run("report", "--by", "campaign").out.replace("\n", "")
    assert hostile in run("budgets").out
    page = tmp_path / "report.html"
    run("report", "--by", "campaign", "--out", page)
    assert "<script>alert(1)" not in page.read_text(encoding="utf-8")
