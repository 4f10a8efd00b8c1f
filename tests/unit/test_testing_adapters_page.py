"""The page about testing adapters names every suite with its fixtures, and every strategy."""

import importlib
import inspect
import re

import pytest

from admetrics.testing import contracts, strategies
from tests.markdown import REPOSITORY, Page, plain

PAGE = Page(REPOSITORY / "docs" / "testing-adapters.md")
SUITES = {plain(suite): re.findall(r"`(\w+)`", fixtures) for _, suite, fixtures in PAGE.table("Contract suites")}


def suite_named(path: str) -> type:
    module, _, name = path.rpartition(".")
    suite: type = getattr(importlib.import_module(f"admetrics.testing.{module}"), name)
    return suite


def fixtures_of(suite: type) -> list[str]:
    """Return the fixtures that the docstring of a suite, or of the one that it extends, asks for."""
    _, _, asked = (suite.__doc__ or "").partition("Fixtures to supply")
    own = re.findall(r"^ {8}(\w+): ", asked, re.MULTILINE)
    return [*(name for base in suite.__bases__ if base is not object for name in fixtures_of(base)), *own]


@pytest.mark.parametrize("path", SUITES)
def test_each_suite_asks_for_the_fixtures_that_are_named(path):
    assert fixtures_of(suite_named(path)) == SUITES[path]


def test_all_suites_are_there():
    modules = (importlib.import_module(f"{contracts.__name__}.{path.stem}") for path in files_of_suites())
    found = {
        f"contracts.{module.__name__.rpartition('.')[2]}.{name}"
        for module in modules
        for name, each in vars(module).items()
        if inspect.isclass(each) and name.endswith("Contract") and each.__module__ == module.__name__
    }
    assert found == set(SUITES)


def files_of_suites():
    return (REPOSITORY / "src" / "admetrics" / "testing" / "contracts").glob("[a-z]*.py")


def test_every_public_name_among_the_strategies_is_there():
    public = {
        name
        for name, each in vars(strategies).items()
        if not name.startswith("_") and inspect.isfunction(each) and each.__module__ == strategies.__name__
    }
    section = PAGE.prose.partition("## Strategies")[2].partition("\n## ")[0]
    named = {code.partition("(")[0] for code in re.findall(r"`([^`]+)`", section)}
    assert public <= named
    assert all(hasattr(strategies, name) for name in named if re.fullmatch(r"[a-z_]+", name) and name != "admetrics")
