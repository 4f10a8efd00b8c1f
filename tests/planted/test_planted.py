"""The planted bugs fit the code as it is, so that `make planted` can plant them."""

import shutil
from pathlib import Path

import pytest

import admetrics
from tests.planted.__main__ import plant
from tests.planted.arguments import without_arguments
from tests.planted.bugs import BUGS
from tests.planted.neighbours import NEIGHBOURS


@pytest.mark.parametrize("bug", [*BUGS, *NEIGHBOURS], ids=lambda bug: bug.name)
def test_the_bug_can_be_planted(bug, tmp_path):
    """In one place, and the file is still Python."""
    source = Path(admetrics.__file__).parent / bug.file
    (tmp_path / bug.file).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, tmp_path / bug.file)
    plant(bug, tmp_path)
    planted = (tmp_path / bug.file).read_text(encoding="utf-8")
    compile(planted, bug.file, "exec")
    assert planted != source.read_text(encoding="utf-8")


def test_each_argument_by_keyword_can_be_left_out():
    text = "f(1, a=2, b=g(c=3), **more)\n"
    found = {(bug.right, bug.wrong) for bug in without_arguments("app/any.py", text, "tests")}
    call = text.strip()
    assert found == {
        (call, "f(1, b=g(c=3), **more)"),
        (call, "f(1, a=2, **more)"),
        ("g(c=3)", "g()"),
    }
