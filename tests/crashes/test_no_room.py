"""The embedded product on a disk that is full for a time: it says so, and what it could not do then is done later."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests import samples


@contextmanager
def room(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size: what a write hears is nearly what a full disk says."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [150_000, 200_000, 300_000, 400_000])
def test_a_full_disk_loses_and_doubles_nothing(run, tmp_path, size):
    """Wherever the files cannot grow any more, in one line and without a traceback; the next try finishes the work."""
    run("init")
    with room(size):
        said = [run(*command, code=None) for command in commands()]
    assert {outcome.code for outcome in said} <= {0, 1}
    failed = [outcome for outcome in said if outcome.code]
    assert failed
    for outcome in failed:
        assert "make room" in outcome.err
        assert outcome.err.count("\n") == 1
    for command in commands():
        run(*command)
    samples.assert_expected(run, tmp_path)
    assert run("reconcile", "--from", "2000-01-01", "--to", "2100-01-01", "--json").figures["different"] == 0


@pytest.mark.parametrize("size", [0, 5_000, 13_000, 40_000, 100_000])
def test_files_that_could_not_be_created_whole_are_created_once_there_is_room(run, tmp_path, size):
    with room(size):
        said = [run(*command, code=None) for command in commands()]
    assert {outcome.code for outcome in said} == {1}
    assert not any("Traceback" in outcome.err for outcome in said)
    for command in commands():
        run(*command)
    samples.assert_expected(run, tmp_path)


def commands() -> list[tuple[object, ...]]:
    return [("dims", "import", samples.FOLDER), ("ingest", samples.JSONL), ("rollup",), ("load",)]


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9])
def test_an_erasure_that_had_no_room_is_finished_once_there_is_some(run, tmp_path, share):
    """The lake's file is written again, which needs as much room as it has; until then it stays as it is."""
    visitor = samples.VISITORS[0]
    for command in commands():
        run(*command)
    lake = tmp_path / "data" / "lake.duckdb"
    with room(int(lake.stat().st_size * share)):
        failed = run("erase", "--uid", visitor, code=1)
    assert "make room" in failed.err
    assert failed.err.count("\n") == 1
    assert not list(lake.parent.glob("*.new"))
    samples.assert_expected(run, tmp_path)
    run("erase", "--uid", visitor)
    assert visitor.encode() not in b"".join(file.read_bytes() for file in lake.parent.iterdir())
    samples.assert_expected(run, tmp_path)
