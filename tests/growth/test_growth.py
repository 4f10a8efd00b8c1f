"""Whoever adds a metric writes its entry, a line of migration and words: the rest follows, and all of it is held."""

import json

import pytest

from tests.growth.grown import CHANGES, Grown
from tests.growth.shown import NUMBER, VIEWS

SUITES = (
    "src/admetrics/domain/metrics",
    "tests/growth/test_stated_once.py",
    "tests/unit/adapters/sql/test_layout.py",
    "tests/unit/adapters/sql/test_statements.py",
    "tests/unit/domain/metrics",
    "tests/unit/domain/rules/test_digest.py",
    "tests/unit/domain/rollup/test_fold.py",
    "tests/unit/domain/rollup/test_row_schema.py",
    "tests/unit/generate",
    "tests/unit/test_data_dictionary.py",
)
"""Those that a metric could break soonest; `make growth` runs all."""


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    return Grown(tmp_path_factory.mktemp("growth") / "copy")


def test_two_files_of_source_are_written():
    assert sum(name.startswith("src/") for name in CHANGES) == 2


def test_the_figure_is_shown_wherever_figures_are(grown):
    places = json.loads(grown.python("tests.growth.shown").splitlines()[-1])
    assert places == dict.fromkeys(["message", "export", *VIEWS, "terminal", "report", "live page", "in JSON"], NUMBER)


def test_the_dashboard_asks_for_it_and_shows_it(grown):
    board = json.loads((grown.folder / "grafana" / "dashboards" / "campaigns.json").read_text())
    panels = {panel["title"]: json.dumps(panel) for panel in board["panels"]}
    for title in ("Counts", "Events by hour"):
        assert "SUM(interviews + 0e0) AS interviews" in panels[title]
        assert "AS `Interviews`" in panels[title]
    assert "Interviews" in panels["Funnel"]


def test_linters_find_nothing(grown):
    grown.python("ruff", "check", ".")
    grown.python("ruff", "format", "--check", ".")
    grown.python("mypy")


def test_tests_pass(grown):
    grown.python("pytest", "-q", "-x", "-n0", "-p", "no:cacheprovider", *SUITES)
