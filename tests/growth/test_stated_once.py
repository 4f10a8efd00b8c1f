"""A metric stands in the catalog, and hardly anywhere else: whoever adds one should have few places to go to."""

import re
from collections.abc import Mapping
from functools import cache
from operator import attrgetter
from pathlib import Path

import pytest

from admetrics.domain.events.kind import Kind
from admetrics.domain.metrics.catalog import FIGURES, MEASURES
from admetrics.domain.rules.budget_unit import UNITS
from generate.__main__ import WHOLE
from generate.pages import without_regions
from tests.markdown import REPOSITORY

AT_MOST = 3
NAMES = dict.fromkeys([*map(attrgetter("name"), FIGURES), *map(attrgetter("column"), MEASURES)])
ALSO = {kind.value for kind in Kind} | UNITS.keys() | {"cpc"}
"""Texts that name something else as well: a kind, a unit of budgets, a medium of advertising."""
SUFFIXES = {".py", ".js", ".css", ".json", ".yaml", ".toml"}


def test_the_names_of_those_that_are_one_word_too_are_counted():
    """A word such as `clicks` stands in sentences: there its uses are counted, as a field, an argument or a text."""
    assert stands("clicks", "ads that are clicked; clicks by hour") is False
    for use in ("counts.clicks", "Measures(clicks=1)", "s.clicks / s.impressions"):
        assert stands("clicks", use) is True, use
    assert stands("spend", 'by = "spend"') is True
    assert stands("valid_clicks", "SUM(valid_clicks)") is True
    assert stands("valid_clicks", "invalid_clicks, VALID_CLICKS") is False


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stands_in_few_files(name):
    found = [str(file.relative_to(REPOSITORY)) for file, text in written().items() if stands(name, text)]
    assert len(found) <= AT_MOST, f"{name} stands in {', '.join(found)}: read it from the catalog instead"


@cache
def written() -> Mapping[Path, str]:
    """Return what people write of the library and the dashboards."""
    files = (file for folder in ("src", "grafana") for file in sorted((REPOSITORY / folder).rglob("*")))
    return {file: code_of(file) for file in files if file.suffix in SUFFIXES and file not in WHOLE}


def code_of(file: Path) -> str:
    return without_regions(file.read_text(encoding="utf-8"))


def stands(name: str, text: str) -> bool:
    """Return whether a text uses a name."""
    if "_" in name:
        return bool(re.search(rf"\b{name}\b", text))
    text = re.sub(r'(?ms)^ *r?""".*?"""', "", text)  # sentences, and examples for those who write Measures by hand
    quoted = "" if name in ALSO else rf"|([\"'`]){name}\1"
    return bool(re.search(rf"(?<=[a-z_\])}}])\.{name}\b|\b{name}={quoted}", text))
