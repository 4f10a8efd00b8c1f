"""What every test and doctest has."""

import os

import pytest


@pytest.fixture(autouse=True)
def _doctest_names(doctest_namespace, tmp_path):
    """Give doctests a folder of their own."""
    doctest_namespace["folder"] = tmp_path / "admetrics-data"


@pytest.fixture(autouse=True)
def _no_configuration_from_outside(monkeypatch):
    """Keep settings of the machine out of the tests."""
    for variable in [name for name in os.environ if name.startswith("ADMETRICS_")]:
        monkeypatch.delenv(variable)
