"""How tests are spread over several processes (`pytest -n 2`).

The tests of one file stay together and in order, so that what a module shares is made once. Files that take long come
first; a worker that is free takes the next. Servers that tests share are started by the process that hands out the
tests, which outlives the others, and lent to them.
"""

from typing import Any, Final

import pytest

LONG_FIRST: Final = (
    "tests/integration/test_kafka_faults.py",
    "tests/integration/test_spark_",
    "tests/integration/test_airflow.py",
    "tests/integration/test_c",
    "tests/integration/",
    "tests/simulation/test_mutants.py",
    "tests/simulation/",
    "tests/crashes/",
    "tests/fuzz/",
)
"""Beginnings of paths. The order only matters for the time that a run takes."""

TOGETHER: Final = ("tests/integration/test_spark_",)
"""Beginnings of paths whose files one process takes, as they share something within it: a Java process."""

_LENDER: Final = pytest.StashKey[Any]()


def rank(nodeid: str) -> int:
    """Return when a test's turn is."""
    return next((number for number, each in enumerate(LONG_FIRST) if nodeid.startswith(each)), len(LONG_FIRST))


def group(nodeid: str) -> str:
    """Return what the tests have in common that must stay together."""
    path = nodeid.partition("::")[0]
    return next((each for each in TOGETHER if path.startswith(each)), path)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a worker, put the long ones first."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: rank(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out whole files, in the order of the collection."""
    from xdist.scheduler import LoadScopeScheduling

    config.option.loadscopereorder = False
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = group
    return scheduler


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker where to borrow servers."""
    stash = node.config.stash
    if _LENDER not in stash:
        from tests.servers.lent import Lender

        stash[_LENDER] = Lender()
    node.workerinput["servers"] = stash[_LENDER].address


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the servers that were lent; the workers are done."""
    if _LENDER in session.config.stash:
        session.config.stash[_LENDER].close()
