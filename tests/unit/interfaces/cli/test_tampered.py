"""What other hands write into the warehouse is found, named by its column, and repaired, whatever column it is."""

import json
import sqlite3
from contextlib import closing

import pytest

from admetrics import Period, Settings, open_pipeline
from tests import samples

ALL_TIME = ("--from", "2000-01-01", "--to", "2027-01-01")
CHANGES = {
    "clicks": "clicks = clicks + 1",
    "impressions": "impressions = 'many'",
    "spend_hour": "spend_hour = 'a lot'",
    "bid_set": "bid_set = bid_set + 0.5",
    "sources": "sources = 'Elsewhere'",
    "dates": "dates = '2026-01-01 00:00:00.000000'",
    "hours": "hours = 99",
    "company": "company_id = 99",
    "version": "version = 9223372036854775806",
    "event_hour": "event_hour = substr(event_hour, 1, 14) || '30:00.000000'",
}


@pytest.fixture
def settled(run):
    run("dims", "import", samples.FOLDER)
    run("ingest", samples.JSONL)
    samples.settle(run)
    return run


@pytest.fixture
def change(tmp_path):
    def do(*statements: str) -> None:
        with closing(sqlite3.connect(tmp_path / "data" / "warehouse.sqlite")) as connection, connection:
            for statement in statements:
                assert connection.execute(statement).rowcount != 0, statement

    return do


def shown(run):
    """Return the table, without what may change when a row is written again."""
    rows = [json.loads(line) for line in run("export", "events", "--format", "jsonl").out.splitlines()]
    return [{**row, "latest_update_time": None, "version": None} for row in rows]


@pytest.mark.parametrize("column", CHANGES)
def test_a_change_of_any_column_is_found_and_repaired(settled, change, column):
    before = shown(settled)
    key = "(job_id, publisher_id, campaign_id, group_id, event_hour)"
    change(
        f"UPDATE events SET {CHANGES[column]} WHERE {key} = "
        "(SELECT job_id, publisher_id, campaign_id, group_id, event_hour FROM events WHERE clicks > 0 LIMIT 1)"
    )
    found = settled("reconcile", *ALL_TIME, "--json", code=3).figures
    assert found["different"] in ({1, 2} if column == "event_hour" else {1})
    assert any(column in {*each["columns"], *differing(each)} for each in found["differences"])
    assert settled("reconcile", *ALL_TIME, "--repair", code=3)
    samples.settle(settled)
    assert settled("reconcile", *ALL_TIME, "--json").figures["different"] == 0
    assert shown(settled) == before


@pytest.mark.parametrize("figure, code", [("clicks = 9223372036854775807", 0), ("spend_hour = 9e999", 1)])
def test_figures_that_no_sum_can_hold_are_found_and_repaired(settled, change, figure, code):
    """In every row, so that any sum of integers overflows; an infinity is no figure, and named as such."""
    before = shown(settled)
    change(f"UPDATE events SET {figure}", "UPDATE days SET changed = '2020-01-01 00:00:00.000000'")
    said = settled("report", *ALL_TIME, code=code).err
    assert ("reconcile --repair" in said) is (code != 0)
    assert len(said.splitlines()) == code
    settled("load")  # sums up a day
    settled("reconcile", *ALL_TIME, "--repair", code=3)
    samples.settle(settled)
    assert settled("reconcile", *ALL_TIME, "--json").figures["different"] == 0
    assert shown(settled) == before


def differing(difference):
    """Return the names of measures that differ, and the columns that show them."""
    columns = {"spend": "spend_hour"}
    wrong = [name for name, value in difference["expected"].items() if value != difference["found"][name]]
    return {columns.get(name, name) for name in wrong}


def test_sums_of_days_that_are_not_those_of_their_rows_are_found_and_no_longer_shown(settled, change, tmp_path):
    def clicks() -> int:
        with open_pipeline(Settings(data_dir=tmp_path / "data")) as pipeline:
            return sum(total.measures.clicks for total in pipeline.warehouse.totals(Period.always(), []))

    change("UPDATE days SET changed = '2020-01-01 00:00:00.000000'")
    settled("load")  # sums up a day
    before = clicks()
    change("UPDATE daily_sums SET clicks = clicks + 1")
    assert clicks() > before, "the sums are what is read"
    found = settled("reconcile", *ALL_TIME, "--json", code=3).figures
    assert (found["different"], len(found["days"])) == (0, 1)
    settled("reconcile", *ALL_TIME, "--repair", code=3)
    assert clicks() == before
    assert settled("reconcile", *ALL_TIME, "--json").figures["days"] == []


def test_a_counter_that_went_back_is_found_and_goes_on(settled, change):
    """A checkpoint store that was restored from a backup: its next versions would be older than those of the rows."""
    before = shown(settled)
    change("UPDATE checkpoint_counter SET version = 0")
    found = settled("reconcile", *ALL_TIME, "--json", code=3).figures
    assert {tuple(each["columns"]) for each in found["differences"]} == {("version",)}
    settled("reconcile", *ALL_TIME, "--repair", code=3)
    samples.settle(settled)
    settled("reconcile", *ALL_TIME)
    assert shown(settled) == before
