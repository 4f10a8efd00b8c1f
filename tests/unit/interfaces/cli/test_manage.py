"""Looking after the pipeline by the command line."""

import sqlite3
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from admetrics.adapters.duckdb.database import DuckDBDatabase
from admetrics.adapters.duckdb.dead_letters import DuckDBDeadLetters
from admetrics.configuration import Settings
from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.rejection import Reason, Rejection
from tests import samples
from tests.processes import running

ALL_TIME = ("--from", "2000-01-01", "--to", "2027-01-01")


@pytest.fixture
def filled(run):
    run("dims", "import", samples.FOLDER)
    run("ingest", samples.FOLDER / "tracking.jsonl")
    run("tick")
    return run


@pytest.fixture
def tamper(tmp_path):
    """Change the warehouse behind the product's back."""

    def tamper(statement: str) -> None:
        connection = sqlite3.connect(tmp_path / "data" / "warehouse.sqlite")
        with connection:
            assert connection.execute(statement).rowcount > 0
        connection.close()

    return tamper


def test_reconcile_finds_a_tampered_row_by_name_and_repair_mends_it(filled, tamper):
    tamper("UPDATE events SET clicks = clicks + 5 WHERE job_id = 131 AND dates LIKE '2000%'")
    found = filled("reconcile", *ALL_TIME, "--json", code=3).figures
    assert found["different"] == 1
    [difference] = found["differences"]
    assert difference["job"] == 131
    assert difference["found"]["clicks"] == difference["expected"]["clicks"] + 5
    assert "job=131" in filled("reconcile", *ALL_TIME, code=3).out

    assert filled("reconcile", *ALL_TIME, "--repair", "--json", code=3).figures["repaired"] == 1
    filled("tick")
    assert filled("reconcile", *ALL_TIME, "--json").figures["different"] == 0


def test_reconcile_finds_a_lost_row_and_one_too_many(filled, tamper):
    tamper("DELETE FROM events WHERE job_id = 131 AND dates LIKE '2000%'")
    tamper("UPDATE events SET job_id = 999 WHERE job_id = 91 AND dates LIKE '2000%'")
    assert filled("reconcile", *ALL_TIME, "--json", code=3).figures["different"] == 3


def test_rebuild_publishes_every_row_again(filled, tamper):
    tamper("UPDATE events SET spend_hour = spend_hour + 1, version = version + 1000")
    assert filled("rebuild", *ALL_TIME, "--json").figures["hours"] > 0
    filled("tick")
    assert filled("reconcile", *ALL_TIME, "--json").figures["different"] == 0


def test_dead_letters_hide_what_the_record_holds_unless_asked(filled):
    [first, *_] = filled("dead-letters", "list", "--json").lines
    hidden = filled("dead-letters", "show", first["id"])
    assert "create_time" not in hidden.out.replace("create_time is", "").replace("no_create_time", "")
    assert '"custom_track"' in filled("dead-letters", "show", first["id"], "--reveal").out
    assert filled("dead-letters", "show", "no-such-id", code=1).err.startswith("Error: no dead letter")


def test_replay_accepts_what_the_limits_allow_now(run, tmp_path, monkeypatch):
    monkeypatch.setenv("ADMETRICS_EARLIEST", "2026-03-02")
    run("ingest", samples.FOLDER / "tracking.jsonl")
    before = len(run("dead-letters", "list", "--json").lines)
    monkeypatch.delenv("ADMETRICS_EARLIEST")
    figures = run("dead-letters", "replay", "--json").figures
    assert figures["read"] == before
    assert figures["still_dead"] == len(run("dead-letters", "list", "--json").lines) == 91


def test_doctor_says_how_each_part_is(filled):
    parts = {check["part"]: check for check in filled("doctor", "--json").figures}
    assert all(check["ok"] for check in parts.values())
    assert parts["bus"]["detail"].endswith("0 messages to load")
    assert parts["checkpoints"]["detail"].endswith("0 hours to roll up")
    assert "not_json" in parts["dead_letters"]["detail"]


def test_config_and_doctor_say_which_settings_apply_and_where_each_was_set(run, tmp_path, monkeypatch):
    file = tmp_path / "etc.toml"
    file.write_text('engine = "python"\nuid_key = "s3cret of visitors"\n', encoding="utf-8")
    monkeypatch.setenv("ADMETRICS_LOCK_TIMEOUT", "90s")
    rows = {row["setting"]: row for row in run("config", "--config", file, "--json").figures}
    assert rows["engine"] == {"setting": "engine", "value": "python", "origin": str(file)}
    assert (rows["lock_timeout"]["value"], rows["lock_timeout"]["origin"]) == ("90s", "the environment")
    assert (rows["uid_key"]["value"], rows["repeat_window"]["origin"]) == ("***", "default")
    assert list(rows) == [field.name for field in attrs.fields(Settings)]
    assert f"engine             python  ({file})" in run("config", "--config", file).out.splitlines()
    told = run("doctor", "--config", file, code=1).out.splitlines()[0]  # there is nothing yet
    assert f"{file} sets engine, uid_key; the environment sets " in told
    assert "lock_timeout" in told


def test_doctor_names_the_part_that_fails_and_goes_on(run, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "warehouse.sqlite").write_bytes(b"this is no database, and it is long enough to see that" * 20)
    parts = {check["part"]: check for check in run("doctor", "--json", code=1).figures}
    assert not parts["warehouse"]["ok"]
    assert "is no SQLite database" in parts["warehouse"]["detail"]
    assert "data/lake.duckdb is not there" in parts["lake"]["detail"]
    assert parts["settings"]["ok"]


@pytest.mark.parametrize(
    "command",
    [
        ["report"], ["budgets"], ["serve", "--port", 0], ["doctor"], ["export", "events"], ["export", "clicks"],
        ["dead-letters", "list"], ["dead-letters", "show", "x"], ["dead-letters", "replay"], ["reconcile", *ALL_TIME],
        ["rebuild", *ALL_TIME], ["erase", "--uid", "1-1"], ["prune"], ["key-events"],
    ],
    ids=lambda command: " ".join(map(str, command[:2])),
)  # fmt: skip
def test_who_only_reads_creates_nothing_and_says_what_is_not_there(run, tmp_path, command):
    """Once a wrong folder was filled with empty tables, and the report said that nothing had happened."""
    outcome = run(*command, code=1)
    assert "is not there: `admetrics init`, `ingest` and `demo` create it" in outcome.out + outcome.err
    assert not (tmp_path / "data").exists()


def test_doctor_waits_for_nobody_and_names_who_has_the_lake(filled, tmp_path, monkeypatch):
    def parts_now():
        return {check["part"]: check for check in filled("doctor", "--json").figures}

    monkeypatch.setenv("ADMETRICS_LOCK_TIMEOUT", "10m")
    with running("run", "--every", "100ms", "--data-dir", tmp_path / "data") as runner:
        end = time.monotonic() + 60
        while "in use" not in (parts := parts_now())["lake"]["detail"]:
            assert time.monotonic() < end, parts
        assert f"in use by another command (process {runner.pid}, `admetrics run`, since 20" in parts["lake"]["detail"]
        assert all(check["ok"] for check in parts.values())
        assert parts["warehouse"]["detail"].rpartition(": ")[2].startswith("last changed 20")
        monkeypatch.setenv("ADMETRICS_LOCK_TIMEOUT", "300ms")
        refused = filled("dead-letters", "list", code=1)
        assert "waiting for up to 0.3 s: " in refused.err
        assert refused.err.count("`admetrics run`, since 20") == 2


def test_init_may_be_run_again(run):
    run("init")
    assert run("init").out == "everything is there\n"


def test_a_lake_that_was_lost_is_said_so_and_changes_no_figure(run, tmp_path):
    """Two minutes after `rm`, all clicks of an hour were once those of its last minutes."""
    run("ingest", samples.JSONL)
    samples.settle(run)
    before = run("export", "events").out
    (tmp_path / "data" / "lake.duckdb").unlink()
    for command in (["ingest", samples.JSONL], ["tick"], ["reconcile", "--from", "2026-01-01", "--to", "2027-01-01"]):
        refused = run(*command, code=1)
        assert refused.err.startswith("admetrics: the lake (DuckDB) is not the one that the figures come from")
        assert refused.err.count("\n") == 1
    assert run("export", "events").out == before
    assert run("doctor", code=1).out.count("is not the one that the figures come from") == 1
    run("rebuild", "--new-lake", "--from", "2000-01-01", "--to", "2027-01-01")
    run("tick")
    assert not run("export", "events", "--format", "jsonl").out


DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def aged(run, tmp_path):
    """Return a function that puts dead letters and zero rows of some ages."""
    run("init")

    def put(*ages: timedelta) -> None:
        now = datetime.now(UTC)
        database = DuckDBDatabase(tmp_path / "data" / "lake.duckdb")
        letter = DeadLetter("a", 0, b"{", Rejection(Reason.NOT_JSON, "for a test"), now)
        DuckDBDeadLetters(database).put(
            [attrs.evolve(letter, line=line, seen=now - age) for line, age in enumerate(ages)]
        )
        database.close()

    return put


@pytest.mark.parametrize(
    "arguments, limit",
    [((), 90 * DAY), (("--older-than", "14d"), 14 * DAY), (("--older-than", "20d"), 20 * DAY)],
    ids=str,
)
def test_prune_forgets_letters_of_that_age_and_no_younger_ones(run, aged, arguments, limit):
    aged(MINUTE, limit - MINUTE, limit + MINUTE, 2 * limit)
    assert run("prune", *arguments, "--json").figures == {"dead_letters": 2, "rows": 0}
    assert [line.split()[1] for line in run("dead-letters", "list").out.splitlines()] == ["a:0", "a:1"]


@pytest.mark.parametrize("age", ["13d", "1s"])
def test_prune_refuses_ages_within_which_messages_may_still_come(run, aged, age):
    aged(100 * DAY)
    assert "older than 14 days or more" in run("prune", "--older-than", age, code=2).err
    assert len(run("dead-letters", "list").out.splitlines()) == 1


def test_a_replay_says_why_letters_are_still_bad(run, aged):
    aged(DAY, 2 * DAY)
    first, _ = run("dead-letters", "list").out.splitlines()
    own_id = first.split()[0]
    assert run("dead-letters", "replay", own_id).out == "1 dead letters read: 0 accepted now, 1 still dead\n"
    details = [line.partition(": ")[2] for line in run("dead-letters", "list").out.splitlines()]
    assert (details.count("for a test"), len(details)) == (1, 2)


def test_letters_are_shown_and_those_that_are_missing_are_named(run, aged):
    aged(DAY)
    own_id = run("dead-letters", "list").out.split()[0]
    shown = run("dead-letters", "show", own_id, "0" * 32, "--reveal", code=1)
    assert "data: {" in shown.out
    assert f"no dead letter has the id {'0' * 32}" in shown.err


class TestDims:
    @pytest.fixture
    def tables(self, tmp_path):
        folder = tmp_path / "tables"
        folder.mkdir()
        (folder / "master_publisher.csv").write_text("id,publisher_name,curency,colour\n3,Harbour,1,red\n")
        (folder / "campaign.csv").write_text("id,campaign_name,end_date\n5,Spring,31/12/2026\n")
        return folder

    def test_the_order_of_dates_is_told_by_an_option(self, run, tables):
        refused = run("dims", "import", tables, code=1).err
        assert "campaign.csv, line 2, column end_date: expected a date such as 2026-03-01 (--date-format" in refused
        assert run("dims", "import", tables, "--date-format", "dmy", "--json").figures["rows"] == 2

    def test_columns_and_currencies_that_cannot_be_read_are_told(self, run, tables, monkeypatch):
        unknown = f"{tables}/master_publisher.csv: columns that are not known are not read: colour"
        currency = "currencies not in ISO 4217, so each is a currency by itself: 1 (publishers: 1); map them in"
        told = run("dims", "import", tables / "master_publisher.csv").out.splitlines()
        assert told[:2] == ["1 rows imported, 0 hours to roll up again", unknown]
        assert told[2].startswith(currency)
        assert "1 (publishers: 1)" in run("doctor").out
        monkeypatch.setenv("ADMETRICS_CURRENCIES", "1=USD")
        figures = run("dims", "import", tables / "master_publisher.csv", "--json").figures
        assert (figures["unreadable_currencies"], figures["told"]) == ({}, [unknown])
        assert "all currencies are known" in run("doctor").out

    def test_tables_of_a_sql_database_are_read_by_its_url(self, run, tmp_path):
        with sqlite3.connect(tmp_path / "site.sqlite") as connection:
            connection.execute("CREATE TABLE ads (job_id INTEGER, title TEXT)")
            connection.execute("INSERT INTO ads VALUES (7, 'Welder'), (8, 'Nurse')")
        connection.close()
        url = f"sqlite:///{tmp_path}/site.sqlite"
        assert run("dims", "import", url, "--tables", "job=ads").out.startswith("2 rows imported")
        assert "give both" in run("dims", "import", url, code=2).err
        assert "give both" in run("dims", "import", tmp_path, "--tables", "job", code=2).err

    def test_no_message_shows_a_password(self, run):
        refused = run("dims", "import", "mysql+pymysql://user:secret@127.0.0.1:1/db", "--tables", "job", code=None)
        assert "user:***@127.0.0.1" in refused.err
        assert "secret" not in refused.err


class TestListOfDeadLetters:
    def test_the_summary_tells_each_reason_with_its_number_and_times(self, filled):
        expected = Counter(letter["reason"] for letter in samples.expected("dead_letters"))
        found = filled("dead-letters", "list", "--summary", "--json").lines
        assert {each["reason"]: each["letters"] for each in found} == expected
        assert [each["letters"] for each in found] == sorted(expected.values(), reverse=True)
        seen = {letter["seen"] for letter in filled("dead-letters", "list", "--json").lines}
        assert {time for each in found for time in (each["oldest"], each["newest"])} <= seen
        assert filled("dead-letters", "list", "--summary").out.splitlines()[0].split()[:2] == ["35", "wrong_type"]

    def test_one_reason_and_a_limit_choose(self, filled):
        everything = filled("dead-letters", "list", "--json").lines
        chosen = [letter for letter in everything if letter["reason"] == "no_time"]
        assert filled("dead-letters", "list", "--reason", "no_time", "--json").lines == chosen
        assert filled("dead-letters", "list", "--reason", "no_time", "--limit", 2, "--json").lines == chosen[:2]
        assert filled("dead-letters", "list", "--limit", 1000, "--json").lines == everything
        (only,) = filled("dead-letters", "list", "--summary", "--reason", "no_time", "--json").lines
        assert (only["reason"], only["letters"]) == ("no_time", len(chosen))
        assert "bad_message" in filled("dead-letters", "list", "--reason", "nonsense", code=2).err

    def test_nothing_is_listed_where_there_is_nothing(self, run):
        run("init")
        assert run("dead-letters", "list", "--summary").out == ""
