"""The planted bugs fit the code as it is, so that `make planted` can plant them."""

import shutil
from pathlib import Path

import pytest

import admetrics
from tests.planted.__main__ import plant
from tests.planted.bugs import BUGS


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_the_bug_can_be_planted(bug, tmp_path):
    """In one place, and the file is still Python."""
    source = Path(admetrics.__file__).parent / bug.file
    (tmp_path / bug.file).parent.mkdir(parents=True)
    shutil.copy(source, tmp_path / bug.file)
    plant(bug, tmp_path)
    planted = (tmp_path / bug.file).read_text(encoding="utf-8")
    compile(planted, bug.file, "exec")
    assert planted != source.read_text(encoding="utf-8")
