"""Lines that were damaged in every way: each is read, and is accounted for."""

from collections.abc import Iterator
from random import Random

import pytest

from admetrics.bootstrap import open_files, open_pipeline
from admetrics.configuration import settings
from admetrics.domain.events.record import is_blank
from admetrics.domain.times import Period
from admetrics.testing.examples import HandClock
from tests import samples
from tests.fuzz import corpus
from tests.fuzz.targets import TARGETS

LINES = 100_000
ODD = [
    b"null", b"true", b'""', b"[]", b"{}", b"-1", b"0", b"1e400", b"1.5", b"2147483648", b'"12"', b'"\\ud800"', b"NaN",
    b"9" * 400, b'"\xc3\xa9"', b"\xff", b"\x00", b'"', b"\\", b"{", b"}", b'{"jobId": "7"}', b'"{\\"jobId\\": 7}"',
]  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
def test_what_fuzzing_once_found_holds(target):
    """Each input of the corpus reaches code that the others do not."""
    inputs = corpus.read(target)
    assert inputs
    for data in inputs:
        TARGETS[target](data)


def test_every_one_of_many_damaged_lines_is_accounted_for(tmp_path):
    """Records read are events or dead letters, and every dead letter holds the bytes of its line."""
    file = tmp_path / "damaged.jsonl"
    lines = list(damaged(Random(20260301), LINES))
    file.write_bytes(b"".join(line + b"\n" for line in lines))
    options = settings(environment={}, options={"data_dir": tmp_path / "data"})
    with open_pipeline(options, clock=HandClock(samples.NOW)) as pipeline, open_files([file]) as source:
        figures = pipeline.ingest(source)
        assert figures.lines == LINES
        assert figures.read == sum(not is_blank(line) for line in lines)
        assert figures.accepted + figures.dead_letters == figures.read
        assert min(figures.accepted, figures.dead_letters) > LINES / 5, "the damage is too small, or too great"
        letters = {letter.line: letter.data for letter in pipeline.dead_letters.all()}
        assert len(letters) == figures.dead_letters
        assert all(lines[number - 1] == data for number, data in letters.items())
        stored = sum(outcome.events for outcome in pipeline.lake.outcomes(Period.always()))
        assert 0 < stored <= figures.accepted
        pipeline.roll_up()
        pipeline.load()
        assert pipeline.reconcile(Period.always()).differences == ()


def damaged(random: Random, count: int) -> Iterator[bytes]:
    """Damage sample lines, most of them once or twice."""
    originals = samples.JSONL.read_bytes().splitlines()
    for _ in range(count):
        line = random.choice(originals)
        for _ in range(random.choice([0, 1, 1, 1, 2, 5])):
            line = random.choice([_flipped, _cut, _doubled, _spliced, _replaced])(random, line, originals)
        yield line.replace(b"\n", b"").replace(b"\r", b"")


def _flipped(random: Random, line: bytes, _originals: list[bytes]) -> bytes:
    place = random.randrange(len(line) or 1)
    return line[:place] + bytes([random.randrange(256)]) + line[place + 1 :]


def _cut(random: Random, line: bytes, _originals: list[bytes]) -> bytes:
    start, end = sorted(random.choices(range(len(line) + 1), k=2))
    return line[:start] + line[end:] if random.random() < 0.5 else line[: start + 1]


def _doubled(random: Random, line: bytes, _originals: list[bytes]) -> bytes:
    start, end = sorted(random.choices(range(len(line) + 1), k=2))
    return line[:end] + line[start:]


def _spliced(random: Random, line: bytes, originals: list[bytes]) -> bytes:
    """Go on with another line after a comma, so that much of it stays JSON."""
    other = random.choice(originals)
    return line[: line.rfind(b",", 0, random.randrange(len(line) + 1)) + 1] + other[other.find(b",") + 1 :]


def _replaced(random: Random, line: bytes, _originals: list[bytes]) -> bytes:
    """Put an odd value in place of one."""
    start = line.find(b":", random.randrange(len(line) or 1)) + 1
    end = line.find(b",", start)
    return line[:start] + random.choice(ODD) + (line[end:] if end > 0 else b"}")
