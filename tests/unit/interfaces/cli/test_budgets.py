"""`budgets`: the budgets of the sample dimensions, spent by the expected rows of the sample records."""

from collections import Counter
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest

from tests import samples
from tests.command_line import runner

CURRENCIES = {1: "VND", 2: "USD", 3: "USD", 4: "VND", 15: "USD"}  # as in the sample's master_publisher.csv
COLUMNS = {"campaign": "campaign_id", "group": "group_id", "job": "job_id"}
BUDGETS = {"campaign": {11, 12, 13, 14, 15}, "group": {31, 32, 33, 34, 35, 36}, "job": {91, 131, 146, 320, 341}}
"""Those of the sample dimensions that are not empty."""


@pytest.fixture(scope="module")
def run_with_samples(tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        run = runner(monkeypatch, tmp_path_factory.mktemp("samples"))
        run("dims", "import", samples.FOLDER)
        run("ingest", samples.JSONL)
        samples.settle(run)
        yield run


def costs(level: str, key: int) -> Counter[tuple[str | None, int | None]]:
    """Return what the valid clicks of the expected rows cost, by currency, or by publisher if it has none."""
    found: Counter[tuple[str | None, int | None]] = Counter()
    for row in samples.expected("events"):
        if row[COLUMNS[level]] == key and row["valid_spend"]:
            publisher = row["publisher_id"]
            known = CURRENCIES.get(publisher)
            found[known, None if known else publisher] += int(row["valid_spend"])
    return found


def shown(run, *arguments: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run("budgets", "--json", *arguments).figures["budgets"]
    return found


def test_json_holds_what_the_expected_rows_cost(run_with_samples):
    found = shown(run_with_samples)
    assert {level: {each["id"] for each in found if each["level"] == level} for level in BUDGETS} == BUDGETS
    for each in found:
        expected = costs(each["level"], each["id"])
        assert each["spent"] == expected.pop(("USD", None), 0)
        assert {(beside["currency"], beside["publisher"]): beside["spend"] for beside in each["beside"]} == expected
        assert each["share"] == float(Fraction(each["spent"], 1) / Fraction(each["budget"]))
    assert any(each["beside"] for each in found)


def test_json_says_how_each_budget_stands(run_with_samples):
    """Whatever the day on which it is asked: one is overspent, one has no end, and one has ended."""
    before = datetime.now(UTC)
    found = {each["id"]: each for each in shown(run_with_samples, "--level", "campaign")}
    after = datetime.now(UTC)
    assert (found[12]["status"], found[14]["status"], found[15]["status"]) == ("overspent", "unknown", "ended")
    assert (found[14]["expected_share"], found[14]["pacing_index"], found[14]["end"]) == (None, None, None)
    assert (found[15]["expected_share"], found[15]["start"], found[15]["end"]) == (1.0, "2026-01-01", "2026-03-02")
    year = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    low, high = (min((moment - year[0]) / (year[1] - year[0]), 1) for moment in (before, after))
    assert low <= found[13]["expected_share"] <= high
    assert found[13]["status"] == ("behind" if before < year[1] else "ended")
    assert (found[13]["budget"], found[13]["unit"], found[13]["company"]) == ("5000", "USD", 1)


def test_a_campaign_and_a_level_can_be_chosen(run_with_samples):
    ids = {"campaign": {14}, "group": {33, 35}, "job": {91, 146}}
    found = shown(run_with_samples, "--campaign", 14)
    assert {level: {each["id"] for each in found if each["level"] == level} for level in ids} == ids
    assert {each["id"] for each in shown(run_with_samples, "--campaign", 14, "--level", "group")} == ids["group"]
    assert shown(run_with_samples, "--campaign", 99) == []


def test_the_report_holds_the_same_budgets(run_with_samples):
    of_report = run_with_samples("report", "--json").figures["budgets"]
    alone = shown(run_with_samples)
    moving = {"expected_share", "pacing_index", "projected_end"}
    assert [{**each, **dict.fromkeys(moving)} for each in of_report] == [
        {**each, **dict.fromkeys(moving)} for each in alone
    ]


def test_the_table_names_budgets_states_and_other_currencies_most_urgent_first(run_with_samples):
    text = run_with_samples("budgets").out
    first = next(line for line in text.splitlines() if "(12)" in line)
    assert [cell.strip() for cell in first.split("|")][1:6] == [
        "Chiến dịch 12 (12)", "overspent", "USD", "1,000", f"{costs('campaign', 12)['USD', None]:,}",
    ]  # fmt: skip
    campaigns = [line.split("|")[2].strip() for line in text.splitlines() if "Chiến dịch" in line]
    assert campaigns[0] == "overspent"
    assert campaigns[-1] == "ended"
    assert f"VND {costs('campaign', 14)['VND', None]}" in text
    assert "\x1b" not in text


def test_without_budgets_it_says_where_they_come_from(run):
    run("init")
    assert "dims import" in run("budgets").out
    assert run("budgets", "--json").figures == {"budgets": []}


def test_names_and_units_cannot_act_on_the_terminal(run, tmp_path):
    (tmp_path / "campaign.csv").write_text(
        "id,name,budget_total,unit_budget\n1,\x1b[2J[bold]evil[/bold]\x07,5,\x1b[31mgold\n", encoding="utf-8"
    )
    run("dims", "import", tmp_path)
    text = run("budgets").out
    assert "[bold]evil[/bold]" in text
    assert "unknown unit" in text
    assert not {"\x1b", "\x07"} & set(text)


@pytest.mark.parametrize("arguments", [("--campaign", "0"), ("--campaign", "x"), ("--level", "company")])
def test_wrong_usage_is_refused(run, arguments):
    assert "Invalid value" in run("budgets", *arguments, code=2).err
