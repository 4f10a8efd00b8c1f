"""How tests are spread over processes."""

from pathlib import Path

import pytest

from tests.parallel import LONG_FIRST, TOGETHER, group, rank

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("beginning", sorted({*LONG_FIRST, *TOGETHER}))
def test_every_beginning_is_that_of_files_which_are_there(beginning):
    assert list(ROOT.glob(f"{beginning}*"))


def test_the_tests_of_a_file_stay_together():
    one, other = (f"tests/unit/app/test_load.py::{name}" for name in ("test_one", "test_other[1]"))
    assert group(one) == group(other) != group("tests/unit/app/test_run.py::test_one")


def test_files_that_share_something_within_a_process_stay_together():
    faults, engine = (f"tests/integration/test_spark_{name}.py::test_it" for name in ("faults", "engine"))
    assert group(faults) == group(engine)


def test_what_takes_long_comes_first():
    nodes = ["src/admetrics/domain/times.py::admetrics", "tests/simulation/test_mutants.py::test_it"]
    assert sorted(nodes, key=rank) == nodes[::-1]
