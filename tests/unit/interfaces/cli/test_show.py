"""`report`: the figures of the sample records, as a page, as tables and as JSON."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from tests import samples
from tests.command_line import runner

PERIOD = ("--from", "2026-03-02", "--to", "2026-03-04")
START, END = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC)
COUNTS = {
    "impressions": "impressions",
    "page_views": "page_views",
    "clicks": "clicks",
    "conversions": "conversion",
    "qualified": "qualified_application",
    "disqualified": "disqualified_application",
}
CURRENCIES = {1: "VND", 2: "USD", 3: "USD", 4: "VND", 15: "USD"}  # as in the sample's master_publisher.csv


@pytest.fixture(scope="module")
def run_with_samples(tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        run = runner(monkeypatch, tmp_path_factory.mktemp("samples"))
        run("dims", "import", samples.FOLDER)
        run("ingest", samples.FOLDER / "tracking.jsonl")
        run("rollup")
        run("load")
        yield run


def rows(table: str = "events") -> list[dict[str, Any]]:
    """Return the expected rows of the period."""
    found: list[dict[str, Any]] = [dict(row) for row in samples.expected(table)]
    return [row for row in found if START <= row["event_hour"] < END]


def test_json_holds_the_sums_of_the_expected_rows(run_with_samples):
    figures = run_with_samples("report", *PERIOD, "--json").figures
    for name, column in COUNTS.items():
        assert figures["figures"][name] == sum(row[column] for row in rows()), name
    spend: Counter[str | None] = Counter()
    for row in rows():
        spend[CURRENCIES.get(row["publisher_id"])] += row["spend_hour"]
    shown: Counter[str | None] = Counter()
    for each in figures["figures"]["currencies"]:
        shown[each["currency"]] += each["spend"]
    assert +shown == +spend
    assert figures["figures"]["ctr"] is not None
    assert figures["period_before"] == {"from": "2026-02-28T00:00:00+00:00", "to": "2026-03-02T00:00:00+00:00"}


@pytest.mark.parametrize(
    "by,column",
    [("company", "company_id"), ("job", "job_id"), ("publisher", "publisher_id"), ("campaign", "campaign_id")],
)
def test_json_breaks_the_sums_down(run_with_samples, by, column):
    figures = run_with_samples("report", *PERIOD, "--by", by, "--json").figures
    clicks: Counter[int | None] = Counter()
    for row in rows():
        clicks[row[column]] += row["clicks"]
    assert {
        each["key"]: each["figures"]["clicks"] for each in figures["breakdown"] if each["figures"]["clicks"]
    } == +clicks
    assert figures["by"] == by


def test_json_counts_the_books_of_the_period(run_with_samples):
    health = run_with_samples("report", *PERIOD, "--json").figures["health"]
    accounting: Counter[str] = Counter()
    for row in rows("accounting"):
        accounting[row["outcome"]] += row["events"]
    assert health["accounting"] == accounting
    assert health["missing"] == {}
    assert health["dead_letters"] == Counter(row["reason"] for row in samples.expected("dead_letters"))


def test_days_are_those_of_the_time_zone(run_with_samples):
    days = run_with_samples("report", *PERIOD, "--timezone", "Asia/Ho_Chi_Minh", "--json").figures["days"]
    clicks: Counter[str] = Counter()
    zone = datetime.fromisoformat(days[0]["start"]).tzinfo
    for row in rows():
        clicks[row["event_hour"].astimezone(zone).date().isoformat()] += row["clicks"]
    assert {day["start"][:10]: day["figures"]["clicks"] for day in days} == clicks
    assert all(day["start"].endswith("T00:00:00+07:00") for day in days)


def test_undefined_ratios_are_null(run):
    run("init")
    figures = run("report", "--json").figures["figures"]
    assert (figures["clicks"], figures["ctr"], figures["currencies"]) == (0, None, [])


def test_tables_for_people_name_companies_and_keep_currencies_apart(run_with_samples):
    text = run_with_samples("report", *PERIOD).out
    assert "Công ty Sao Mai" in text
    assert "USD" in text
    assert "VND" in text
    assert "\x1b" not in text  # no colours in a pipe
    assert str(sum(row["clicks"] for row in rows())) in text


def test_names_cannot_act_on_the_terminal(run, tmp_path):
    (tmp_path / "company.csv").write_text("id,name\n1,\x1b[2J[bold]evil[/bold]\x07\n", encoding="utf-8")
    (tmp_path / "job.csv").write_text("id,company_id\n91,1\n131,1\n", encoding="utf-8")
    run("dims", "import", tmp_path)
    run("ingest", samples.FOLDER / "tracking.jsonl")
    run("rollup")
    run("load")
    text = run("report", *PERIOD).out
    assert "[bold]evil[/bold]" in text
    assert "\x1b" not in text
    assert "\x07" not in text


def test_without_figures_the_tables_say_so(run):
    run("init")
    assert "no figures in this period" in run("report").out


def test_a_page_is_written(run_with_samples, tmp_path):
    page = tmp_path / "report.html"
    said = run_with_samples("report", *PERIOD, "--out", page).out
    assert str(page) in said
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert "Blue Heron, Ltd." in text


def test_a_page_and_json_can_be_had_at_once(run_with_samples, tmp_path):
    page = tmp_path / "report.html"
    assert run_with_samples("report", *PERIOD, "--out", page, "--json").figures["figures"]["clicks"] > 0
    assert page.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--timezone", "Mars/Base"),
        ("--timezone", "Asia"),
        ("--timezone", "../etc/passwd"),
        ("--timezone", ""),
        ("--by", "hour"),
        ("--from", "yesterday"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2(run, arguments):
    outcome = run("report", *arguments, code=2)
    assert "Traceback" not in outcome.err


def test_the_page_of_an_empty_pipeline_is_a_page(run, tmp_path):
    run("init")
    page = tmp_path / "report.html"
    run("report", "--out", page)
    assert "There are no figures in this period" in page.read_text(encoding="utf-8")
