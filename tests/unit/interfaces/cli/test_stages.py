"""The stages of the pipeline by the command line: what they tell."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.app.stores import line


@pytest.fixture
def records(tmp_path):
    """Write records whose times are ahead of this machine's clock by some hours, and say where."""

    def written(hours: float, number: int = 3):
        at = datetime.now(UTC) + timedelta(hours=hours)
        file = tmp_path / "records.jsonl"
        file.write_bytes(b"".join(line(each, hour=at, job_id=1) + b"\n" for each in range(1, number + 1)))
        return file

    return written


CLOCKS = "nearly all records are about 7 hours ahead of now, as if their tracker took local time for UTC"


def test_ingest_tells_of_clocks_that_are_ahead_and_the_setting_takes_their_records(run, records, monkeypatch):
    told = run("ingest", records(7)).out
    assert CLOCKS in told
    assert 'set source_utc_offset = "+07:00", then run `admetrics dead-letters replay`' in told
    monkeypatch.setenv("ADMETRICS_SOURCE_UTC_OFFSET", "+07:00")
    assert run("dead-letters", "replay", "--json").figures["accepted"] == 3
    assert CLOCKS not in run("ingest", records(7)).out


def test_the_setting_that_is_named_counts_the_one_that_is_there(run, records, monkeypatch):
    monkeypatch.setenv("ADMETRICS_SOURCE_UTC_OFFSET", "-02:00")
    assert 'set source_utc_offset = "+05:00"' in run("ingest", records(5)).out


def test_tick_tells_of_clocks_too(run, records, monkeypatch):
    monkeypatch.setenv("ADMETRICS_SOURCE", f"file://{records(7)}")
    assert CLOCKS in run("tick").out
    assert run("tick").out.count("\n") == 1


def test_times_that_are_right_are_not_told(run, records):
    assert run("ingest", records(0)).out == "3 records read: 3 accepted, 0 dead letters\n"
