"""What is checked in is what is generated from the catalog."""

import pytest

from generate.__main__ import generated
from generate.pages import filled, without_regions
from tests.markdown import REPOSITORY

GENERATED = generated()


@pytest.mark.parametrize("file", GENERATED, ids=lambda file: str(file.relative_to(REPOSITORY)))
def test_the_files_are_what_the_code_makes(file):
    """If this fails: `make generate`, and look at the difference."""
    assert file.read_text(encoding="utf-8") == GENERATED[file]


def test_what_stands_around_a_region_stays():
    text = "before\n<!-- generated: zeros (make generate) -->\nold\n<!-- generated: end -->\nbehind\n"
    new = filled(text)
    assert new.startswith("before\n<!-- generated: zeros (make generate) -->\nQueries of your own")
    assert new.endswith("\n<!-- generated: end -->\nbehind\n")
    assert "old" not in new
    assert filled(new) == new
    assert without_regions(new) == "before\n<!-- <!-- generated: end -->\nbehind\n"


def test_a_region_that_nobody_writes_is_an_error():
    with pytest.raises(KeyError, match="colours"):
        filled("# generated: colours (make generate)\n# generated: end\n")
