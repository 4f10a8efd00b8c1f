"""The page on spend and budgets has every unit, every rule and every status, and they are those of the code."""

import re

from admetrics.domain.reporting.budgets import TOLERANCE, Status
from admetrics.domain.rules.budget_unit import RULES, SPELLINGS, UNITS, rule_of
from tests.markdown import REPOSITORY, Page, plain

PAGE = Page(REPOSITORY / "docs" / "spend.md")


def test_the_units_lead_to_the_rules_that_the_page_says():
    found = {}
    for units, rule, *_ in PAGE.table("Spend rules"):
        for unit in re.findall(r"`([^`]+)`", units) or [""]:
            found[unit.upper()] = plain(rule)
    assert found.keys() == {*SPELLINGS, "USD", ""}
    assert found == {unit: type(rule_of(unit)).__name__ for unit in found}
    assert set(found.values()) == {rule.__name__ for rule in RULES}


def test_a_unit_that_is_called_unknown_is_unknown():
    [line] = [line for line in PAGE.text.splitlines() if "are unknown units" in line]
    examples = re.findall(r"`([A-Za-z]+)`", line)
    assert len(examples) == 3
    assert all(type(rule_of(each)).__name__ == "UnknownUnit" for each in examples)


def test_what_is_counted_is_what_the_page_says():
    said = [counted for _, rule, counted, _ in PAGE.table("Spend rules") if plain(rule) == "FlatUnits"]
    assert said == ["number of valid clicks", "number of conversions", "number of qualified applications"]
    assert list(UNITS.values()) == ["valid_clicks", "conversions", "qualified"]


def test_every_status_is_there():
    assert {plain(row[0]) for row in PAGE.table("Status")} == {status.value for status in Status}
    assert f"above {float(1 + TOLERANCE)}" in PAGE.text
    assert f"below {float(1 - TOLERANCE)}" in PAGE.text
