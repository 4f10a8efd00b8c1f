import csv
import io
import json
import os
import threading
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import strategies as st

from admetrics.adapters.files import source as module
from admetrics.adapters.files.source import FilesSource
from admetrics.domain.errors import InputError
from admetrics.domain.events.classify import classify
from admetrics.domain.events.event import Event
from admetrics.domain.events.record import COLUMNS, decode, is_blank
from admetrics.domain.events.rejection import Rejection
from admetrics.domain.times import TimeLimits
from admetrics.testing.contracts.source import SourceContract
from admetrics.testing.examples import for_all

SUFFIXES = ["", ".gz", ".zst"]


def of_files(*paths, file_format=None, stdin=b""):
    return FilesSource(paths, file_format=file_format, stdin=io.BytesIO(stdin))


def read(source, at_most=1000):
    """Read to the end: (place, number, line) of each line."""
    with source:
        lines = []
        while batch := source.poll(at_most=at_most).chunks:
            lines += in_chunks(batch)
        return lines


def in_chunks(chunks):
    return [(c.place, number, line) for c in chunks for number, line in zip(c.numbers, c.lines, strict=True)]


def as_csv(lines):
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(map(json.loads, lines))
    return text.getvalue().encode("utf-8", "surrogatepass")


def as_json_lines(lines):
    return b"\n".join(lines)


@pytest.fixture
def opened():
    sources: list[FilesSource] = []
    yield sources
    for source in sources:
        source.close()


class TestJsonLines(SourceContract):
    write = staticmethod(as_json_lines)

    @pytest.fixture(params=["a.jsonl", "a.log.gz", "a.zst"])
    def name(self, request):
        return request.param

    @pytest.fixture
    def make_source(self, tmp_path, opened, name, compressed):
        def make(lines):
            folder = tmp_path / str(len(opened))
            folder.mkdir()
            half = len(lines) // 2
            paths = [folder / f"{half}-{name}" for half, part in enumerate((lines[:half], lines[half:]))]
            for path, part in zip(paths, (lines[:half], lines[half:]), strict=True):
                path.write_bytes(compressed(self.write(part), name))
            opened.append(of_files(*paths))
            return opened[-1]

        return make


class TestCsv(TestJsonLines):
    write = staticmethod(as_csv)

    @pytest.fixture(params=["a.csv", "a.csv.gz", "A.CSV.zst"])
    def name(self, request):
        return request.param


class TestStandardInput(SourceContract):
    @pytest.fixture
    def make_source(self):
        def make(lines):
            return of_files("-", stdin=as_json_lines(lines))

        return make


PIECES = st.sampled_from(
    [b"\n", b"\n", b"\r", b" ", b"a", b"{}", b"\xff", b"\x00", "\u2028\u0085\v".encode(), b"\xef\xbb\xbf"]
)
DATA = st.lists(PIECES, max_size=30).map(b"".join)


def model(data):
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return lines[:-1] if lines[-1] == b"" else lines


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_lines_are_what_lies_between_line_feeds(tmp_path, monkeypatch, compressed, suffix):
    """Any bytes, any sizes of blocks and polls, any commits and rewinds: each line is delivered in its place."""

    def check(files, steps, block):
        monkeypatch.setattr(module, "BLOCK", block)
        paths = [tmp_path / f"{number}{suffix}" for number in range(len(files))]
        for path, data in zip(paths, files, strict=True):
            path.write_bytes(compressed(data, suffix))
        check_steps(paths, files, steps)

    steps = st.lists(st.tuples(st.integers(1, 9), st.sampled_from(["commit", "rewind", "go on"])), max_size=20)
    for_all(check, st.lists(DATA, max_size=3), steps, st.integers(1, 20), examples=100)


def check_steps(paths, files, steps):
    expected = [
        (str(path), number, line)
        for path, data in zip(paths, files, strict=True)
        for number, line in enumerate(model(data), 1)
    ]
    committed = reached = 0
    with of_files(*paths) as source:
        for at_most, then in steps:
            batch = source.poll(at_most=at_most)
            found = in_chunks(batch.chunks)
            assert found == expected[reached : reached + len(found)]
            assert min(1, len(expected) - reached) <= len(found) <= at_most
            reached += len(found)
            if then == "commit":
                source.commit(batch)
                committed = reached
            elif then == "rewind":
                source.rewind()
                reached = committed
        assert read(source) == expected[reached:]
        assert source.lag() == 0


def test_a_rewind_delivers_the_same_batches_from_standard_input():
    source = of_files("-", stdin=b"a\nb\nc\nd\ne")
    source.commit(source.poll(at_most=1))
    first = [source.poll(at_most=2).chunks for _ in range(2)]
    source.rewind()
    assert [source.poll(at_most=2).chunks for _ in range(2)] == first
    assert in_chunks(first[0]) == [("stdin", 2, b"b"), ("stdin", 3, b"c")]


def test_standard_input_is_read_as_told_and_between_files(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b"{}")
    source = FilesSource(
        [tmp_path / "a.jsonl", "-", tmp_path / "a.jsonl"], file_format="csv", stdin=io.BytesIO(b"create_time\nx\n")
    )
    with pytest.raises(InputError, match=r"a\.jsonl has no header"):
        read(source)
    assert [line for _, _, line in read(of_files("-", file_format="csv", stdin=b"create_time\nx\n"))] == [
        b'{"create_time":"x"}'
    ]


def test_a_pipe_is_read_as_it_comes():
    """What is there is delivered soon, and not only when a batch is full."""
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as stdin, os.fdopen(writer, "wb", buffering=0) as pipe:
        source = FilesSource(["-"], file_format=None, stdin=stdin)
        pipe.write(b"a\nb\nhal")
        assert in_chunks(source.poll(at_most=1000).chunks) == [("stdin", 1, b"a"), ("stdin", 2, b"b")]
        assert source.lag() is None
        pipe.write(b"f\n")
        assert in_chunks(source.poll(at_most=1000).chunks) == [("stdin", 3, b"half")]
        pipe.close()
        assert source.poll(at_most=1000).chunks == []


def test_a_pipe_that_is_fast_fills_the_batches():
    reader, writer = os.pipe()

    def write():
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(b"x" * 99 + b"\n")
            for _ in range(9_999):
                pipe.write(b"x" * 99 + b"\n")

    thread = threading.Thread(target=write)
    with os.fdopen(reader, "rb") as stdin:
        thread.start()
        source = FilesSource(["-"], file_format=None, stdin=stdin)
        assert [len(source.poll(at_most=5_000).chunks[0].lines) for _ in range(2)] == [5_000, 5_000]
        thread.join()


def test_a_named_pipe_is_read_like_a_file(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    thread = threading.Thread(target=path.write_bytes, args=(b"a\nb",))
    thread.start()
    source = of_files(path)
    assert source.lag() is None
    assert [line for _, _, line in read(source)] == [b"a", b"b"]
    thread.join()


def test_files_that_are_missing_are_named_before_any_is_read(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b"{}\n")
    source = of_files(tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    with pytest.raises(InputError, match=r"^cannot read .*/b\.jsonl: there is no such file or folder$"):
        source.poll(at_most=1)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"it is a folder$"):
        of_files(tmp_path).poll(at_most=1)


def test_a_file_without_permission_is_refused(tmp_path, not_root):
    (tmp_path / "a").touch(0)
    not_root()
    with pytest.raises(InputError, match=r"permission denied$"):
        of_files(tmp_path / "a").poll(at_most=1)


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_compressed_file_that_ends_too_early_gives_what_is_good_and_then_an_error(tmp_path, compressed, suffix):
    path = tmp_path / f"a.jsonl{suffix}"
    path.write_bytes(compressed(b"a\nb\nc", suffix)[:-3])
    with of_files(path, path) as source:
        batch = source.poll(at_most=1)
        if suffix == ".gz":
            assert in_chunks(batch.chunks) == [(str(path), 1, b"a")]
            source.commit(batch)
            source.poll(at_most=10)
        for _ in range(2):
            with pytest.raises(InputError, match=rf"^cannot read {path}: its compressed data ends too early"):
                source.poll(at_most=10)


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path, suffix):
    path = tmp_path / f"a.jsonl{suffix}"
    path.write_bytes(b'{"a": 1}\n')
    with of_files(path) as source, pytest.raises(InputError, match=rf"^cannot read {path}: it is no"):
        source.poll(at_most=10)


def test_a_line_that_is_too_long_is_one_dead_letter(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a":"' + b"x" * (17 * 2**20) + b'"}\n{}\n')
    (_, _, line), second = read(of_files(path))
    assert isinstance(decode(line), Rejection)
    assert not is_blank(line)
    assert len(line) < 2_000
    assert second == (str(path), 2, b"{}")


def test_a_batch_has_a_limit_of_bytes(tmp_path):
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.writelines(b"x" * (8 * 2**20) + b"\n" for _ in range(16))
    tracemalloc.start()
    sizes = []
    with of_files(path) as source:
        while (batch := source.poll(at_most=1000)).chunks:
            sizes.append(len(in_chunks(batch.chunks)))
            source.commit(batch)
            del batch
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sizes == [2] * 8
    assert peak < 60 * 2**20


def test_the_lag_counts_down(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b"a\nb\n")
    (tmp_path / "b.jsonl").write_bytes(b"c\n")
    with of_files(tmp_path / "a.jsonl", tmp_path / "b.jsonl") as source:
        lags = [source.lag()]
        for _ in range(3):
            source.poll(at_most=1)
            lags.append(source.lag())
        assert lags == [6, 4, 2, 0]
        source.rewind()
        assert source.lag() == 6


def test_names_that_are_not_utf_8_are_shown_so_that_any_store_can_take_them(tmp_path):
    path = tmp_path / os.fsdecode(b"\xff.jsonl")
    path.write_bytes(b"{}\n")
    assert read(of_files(path)) == [(f"{tmp_path}/\\xff.jsonl", 1, b"{}")]


LIMITS = TimeLimits.at(datetime(2026, 3, 20, tzinfo=UTC))


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", ["tracking.jsonl", "tracking.csv"])
def test_samples(samples, tmp_path, compressed, name, suffix):
    """Both files give as many events, and dead letters with the numbers and reasons that are expected."""
    column, blank = ("line", 3) if name == "tracking.jsonl" else ("csv_record", 0)
    path = tmp_path / f"{name}{suffix}"
    path.write_bytes(compressed((samples / name).read_bytes(), suffix))
    events, dead = set(), {}
    lines = [(number, line) for _, number, line in read(of_files(path), at_most=100)]
    assert sum(is_blank(line) for _, line in lines) == blank
    for number, line in lines:
        record = decode(line)
        outcome = record if isinstance(record, Rejection) else classify(record, limits=LIMITS)
        if isinstance(outcome, Event):
            events.add((outcome.time, outcome.kind, outcome.job, outcome.publisher, outcome.campaign, outcome.bid))
        elif not is_blank(line):
            dead[number] = outcome.reason.value
    with (samples / "expected_dead_letters.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row[column]]
    assert dead == {int(row[column]): row["reason"] for row in rows}
    assert len(lines) - blank - len(dead) == 806
    assert len(events) > 600
