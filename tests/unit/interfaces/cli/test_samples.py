"""The sample records through the whole embedded product, by its command line: the expected tables exactly."""

import json
import random

import pytest

from tests import samples
from tests.samples import CSV, JSONL, assert_expected, exported, letters, settle

ALL_TIME = ("--from", "2000-01-01", "--to", "2027-01-01")


def expected_letters(column: str) -> list[tuple[int, str]]:
    return sorted((row[column], row["reason"]) for row in samples.expected("dead_letters") if row[column] is not None)


@pytest.mark.parametrize("file,column,read", [(JSONL, "line", 897), (CSV, "csv_record", 859)], ids=["jsonl", "csv"])
def test_a_file_gives_the_expected_tables(run, tmp_path, file, column, read):
    run("dims", "import", samples.FOLDER)
    figures = run("ingest", file, "--json").figures
    assert (figures["read"], figures["accepted"], figures["dead_letters"]) == (read, 806, read - 806)
    settle(run)
    assert_expected(run, tmp_path)
    assert letters(run) == expected_letters(column)
    assert run("reconcile", *ALL_TIME, "--json").figures["different"] == 0


def test_dimensions_may_come_after_the_records(run, tmp_path):
    run("ingest", JSONL)
    settle(run)
    assert run("dims", "import", samples.FOLDER, "--json").figures["dirty"] > 0
    run("tick")
    assert_expected(run, tmp_path)


def test_reading_a_file_again_changes_nothing(run, tmp_path):
    run("dims", "import", samples.FOLDER)
    first = run("ingest", JSONL, "--json").figures
    settle(run)
    before = exported(run, "events", tmp_path)
    assert run("ingest", JSONL, "--json").figures == first
    settle(run)
    assert exported(run, "events", tmp_path) == before
    assert letters(run) == expected_letters("line")


@pytest.mark.parametrize("seed", range(3))
def test_any_order_split_and_repetition_gives_the_same_tables(run, tmp_path, seed):
    chance = random.Random(seed)
    lines = JSONL.read_bytes().split(b"\n")
    shuffled = [*lines, *chance.choices(lines, k=100)]
    chance.shuffle(shuffled)
    cuts = sorted(chance.sample(range(len(shuffled)), k=3))
    for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(shuffled)], strict=True)):
        part = tmp_path / f"part-{number}.jsonl"
        part.write_bytes(b"\n".join(shuffled[start:end]))
        run("ingest", part)
        if chance.random() < 0.5:
            settle(run)
        if number == 1:
            run("dims", "import", samples.FOLDER)
    settle(run)
    assert_expected(run, tmp_path)


def test_the_python_engine_gives_the_same_tables(run, tmp_path, monkeypatch):
    monkeypatch.setenv("ADMETRICS_ENGINE", "python")
    run("dims", "import", samples.FOLDER)
    run("ingest", JSONL)
    settle(run)
    assert_expected(run, tmp_path)


def test_standard_input_and_export_to_standard_output(run):
    run("ingest", "-", stdin=JSONL.read_bytes())
    settle(run)
    rows = [json.loads(line) for line in run("export", "events", "--format", "jsonl").out.splitlines()]
    assert len(rows) == len(samples.expected("events"))
    assert sum(row["clicks"] for row in rows) == sum(row["clicks"] for row in samples.expected("events"))


def test_a_period_of_an_export_includes_its_start_and_not_its_end(run):
    run("ingest", JSONL)
    settle(run)
    rows = run("export", "events", "--format", "jsonl", "--from", "2026-03-01", "--to", "2026-03-02").out.splitlines()
    assert len(rows) == sum(
        row["event_hour"].day == 1 and row["event_hour"].year == 2026 for row in samples.expected("events")
    )
