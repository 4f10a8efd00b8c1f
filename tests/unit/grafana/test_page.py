"""The page on the dashboards names all panels, formulas, alerts and variables."""

import re

import yaml

from grafana import figures
from tests.dashboards import BOARDS, FOLDER
from tests.markdown import REPOSITORY, Page, plain

PAGE = Page(REPOSITORY / "docs" / "dashboards.md")
TITLES = {"Campaigns": "campaigns", "Job": "job", "Publishers": "publisher", "Pipeline": "pipeline"}


def test_all_dashboards_are_there_with_what_can_be_chosen():
    rows = {row[0]: row[2] for row in PAGE.table("What there is")}
    assert {TITLES[name] for name in rows} == {board.name for board in BOARDS}
    for name, chosen in rows.items():
        [board] = [board for board in BOARDS if board.name == TITLES[name]]
        assert set(board.variables) == set(re.findall(r"company|campaign|group|publisher|job|currency", chosen))


def test_all_panels_are_there():
    tables = PAGE.prose.partition("## What a figure means")[2].partition("\n## ")[0]
    rows = [re.split(r" *\| *", line.strip("| ")) for line in tables.splitlines() if line.startswith("| ")]
    listed = set()
    for where, what, _ in rows:
        for name in re.split(", ", where):
            if name in TITLES:
                listed |= {(TITLES[name], title) for title in titles(what)}
    assert listed == {(board.name, panel["title"]) for board in BOARDS for panel in board.panels}


def titles(cell: str) -> list[str]:
    """Split a list of titles at its commas; some titles hold one."""
    return re.split(r", (?!each currency)", cell)


def test_the_formulas_are_those_of_the_panels():
    found = {name: formula for names, formula, _ in PAGE.table("What a figure means") for name in names.split(", ")}
    for figure in (*figures.RATES, figures.CPC, figures.CPA, figures.COST_PER_QUALIFIED):
        assert found[figure.title] == figure.formula
    assert {figure.title for figure in figures.ALL} <= found.keys()


def test_all_alerts_are_there():
    groups = yaml.safe_load((FOLDER / "provisioning" / "alerting" / "admetrics.yaml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert [row[0] for row in PAGE.table("Alerts")] == [rule["title"] for rule in rules]
    for row, rule in zip(PAGE.table("Alerts"), rules, strict=True):
        assert row[2] == {"5m": "5 minutes", "10m": "10 minutes", "0s": "at once"}[rule["for"]]


def test_all_variables_of_the_environment_are_there():
    named = [plain(row[0]) for row in PAGE.table("How to get them")]
    text = (FOLDER / "provisioning" / "datasources" / "admetrics.yaml").read_text()
    assert set(named) == set(re.findall(r"\$(\w+)", text))
