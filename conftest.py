"""What every test and doctest has."""

import os

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.parallel"]

_slow = [HealthCheck.too_slow]  # a busy machine is no bug
settings.register_profile("patient", deadline=None, suppress_health_check=_slow)
_again = [*_slow, HealthCheck.differing_executors]  # one process runs a test again and again
settings.register_profile("mutation", deadline=None, suppress_health_check=_again, max_examples=25)
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def _doctest_names(doctest_namespace, tmp_path):
    """Give doctests a folder of their own."""
    doctest_namespace["folder"] = tmp_path / "admetrics-data"


@pytest.fixture(autouse=True)
def _no_configuration_from_outside(monkeypatch):
    """Keep settings of the machine out of the tests."""
    for variable in [name for name in os.environ if name.startswith("ADMETRICS_")]:
        monkeypatch.delenv(variable)
