import glob
import gzip
import hashlib
import logging
import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from admetrics.adapters.files import follow
from admetrics.adapters.files.follow import FollowedFiles
from admetrics.domain.errors import ConfigurationError, InputError, PermanentError
from admetrics.ports.source import Batch
from admetrics.testing.contracts.source import LastingSourceContract


def in_chunks(chunks):
    return [(c.place, number, line) for c in chunks for number, line in zip(c.numbers, c.lines, strict=True)]


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "log"
    folder.mkdir()
    return folder


@pytest.fixture
def sources():
    opened: list[FollowedFiles] = []
    yield opened
    for source in opened:
        source.close()


@pytest.fixture
def start(tmp_path, folder, sources):
    """Open a source, as after a restart."""

    def start(pattern="*.jsonl"):
        for source in sources:
            source.close()
        sources.append(FollowedFiles(str(folder / pattern), positions=tmp_path / "state" / "positions.json"))
        return sources[-1]

    return start


def read(source, *, commit=False, at_most=100):
    """Poll until nothing is there: (file, number, line) of each line."""
    found = []
    while (batch := source.poll(at_most=at_most)).chunks:
        found += [(Path(place).name, number, line) for place, number, line in in_chunks(batch.chunks)]
        if commit:
            source.commit(batch)
    if commit:
        source.commit(batch)
    return found


def append(path, data):
    with path.open("ab") as file:
        file.write(data)


class TestFollowedFiles(LastingSourceContract):
    suffix = ".jsonl"

    @pytest.fixture
    def make_source(self, tmp_path, sources, compressed):
        def make(lines):
            folder = tmp_path / str(len(sources))
            folder.mkdir()
            half = len(lines) // 2
            for name, part in (("a", lines[:half]), ("b", lines[half:])):
                data = b"".join(line + b"\n" for line in part)
                (folder / f"{name}{self.suffix}").write_bytes(compressed(data, self.suffix))
            pattern, positions = str(folder / f"*{self.suffix}"), folder / "positions.json"
            sources.append(FollowedFiles(pattern, positions=positions))
            return sources[-1]

        return make

    @pytest.fixture
    def reopen(self, sources):
        def reopen(source):
            source.close()
            sources.append(FollowedFiles(source._pattern, positions=source._file._path))
            return sources[-1]

        return reopen


class TestFinishedGzip(TestFollowedFiles):
    suffix = ".jsonl.gz"


class TestFinishedZstd(TestFollowedFiles):
    suffix = ".zst"


def test_a_line_waits_for_its_line_feed(start, folder):
    source = start()
    append(folder / "a.jsonl", b"one\ntw")
    assert read(source) == [("a.jsonl", 1, b"one")]
    assert read(source) == []
    append(folder / "a.jsonl", b"o\nthree\nf")
    assert read(source) == [("a.jsonl", 2, b"two"), ("a.jsonl", 3, b"three")]


def test_new_files_are_found_and_others_are_not(start, folder):
    source = start()
    assert read(source) == []
    append(folder / "a.jsonl", b"1\n")
    append(folder / "a.txt", b"2\n")
    (folder / "b.jsonl").mkdir()
    (folder / "c.jsonl").symlink_to("nowhere")
    assert read(source) == [("a.jsonl", 1, b"1")]


def test_folders_may_match_too(start, folder):
    (folder / "x" / "y").mkdir(parents=True)
    append(folder / "x" / "y" / "a.jsonl", b"1\n")
    assert read(start("**/*.jsonl")) == [("a.jsonl", 1, b"1")]


def test_a_file_under_two_names_is_read_once(start, folder):
    append(folder / "a.jsonl", b"1\n")
    (folder / "b.jsonl").symlink_to(folder / "a.jsonl")
    os.link(folder / "a.jsonl", folder / "c.jsonl")
    assert read(start()) == [("a.jsonl", 1, b"1")]


def test_numbers_stay_right_over_a_restart(start, folder):
    append(folder / "a.jsonl", b"1\n2\n3")
    assert len(read(start(), commit=True)) == 2
    append(folder / "a.jsonl", b"\n4\n")
    assert read(start()) == [("a.jsonl", 3, b"3"), ("a.jsonl", 4, b"4")]


def test_a_renamed_file_is_finished_before_its_successor(start, folder):
    source = start()
    append(folder / "a.jsonl", b"1\n2")
    assert len(read(source)) == 1
    (folder / "a.jsonl").rename(folder / "a.jsonl.1")
    append(folder / "a.jsonl", b"10\n")
    append(folder / "a.jsonl.1", b"\n3\n")
    assert read(source) == [("a.jsonl", 2, b"2"), ("a.jsonl", 3, b"3"), ("a.jsonl", 1, b"10")]
    append(folder / "a.jsonl.1", b"4\n")
    assert read(source) == [("a.jsonl", 4, b"4")]


def test_a_file_renamed_during_a_restart_is_found_by_its_inode(start, folder):
    append(folder / "a.jsonl", b"1\n2\n")
    read(start(), commit=True)
    append(folder / "a.jsonl", b"3\n")
    (folder / "a.jsonl").rename(folder / "a.jsonl.1")
    append(folder / "a.jsonl", b"10\n")
    source = start()
    assert read(source, commit=True) == [("a.jsonl.1", 3, b"3"), ("a.jsonl", 1, b"10")]
    assert read(start()) == []


def test_a_file_renamed_within_the_pattern_is_not_read_again(start, folder):
    source = start("*.jsonl*")
    append(folder / "a.jsonl", b"1\n")
    read(source, commit=True)
    (folder / "a.jsonl").rename(folder / "a.jsonl.1")
    append(folder / "a.jsonl.1", b"2\n")
    append(folder / "a.jsonl", b"10\n")
    assert sorted(read(source)) == [("a.jsonl", 1, b"10"), ("a.jsonl.1", 2, b"2")]


def test_a_deleted_file_is_read_to_its_end_and_forgotten(start, folder, tmp_path):
    source = start()
    append(folder / "a.jsonl", b"1\n")
    read(source, commit=True)
    append(folder / "a.jsonl", b"2\n3")
    (folder / "a.jsonl").unlink()
    assert read(source, commit=True) == [("a.jsonl", 2, b"2"), ("a.jsonl", 3, b"3")]
    assert "a.jsonl" not in (tmp_path / "state" / "positions.json").read_text()
    assert not source._tails


def test_a_renamed_file_is_finished_when_nobody_writes_to_it(start, folder, tmp_path):
    source = start()
    append(folder / "a.jsonl", b"1\n2")
    read(source, commit=True)
    (folder / "a.jsonl").rename(folder / "old")
    assert read(source, commit=True) == []
    os.utime(folder / "old", (0, 0))
    assert read(source, commit=True) == [("a.jsonl", 2, b"2")]
    assert not source._tails
    assert "a.jsonl" not in (tmp_path / "state" / "positions.json").read_text()


def test_a_renamed_file_that_comes_back_is_followed_as_before(start, folder):
    source = start()
    append(folder / "a.jsonl", b"1\nha")
    read(source)
    (folder / "a.jsonl").rename(folder / "old")
    assert read(source) == []
    (folder / "old").rename(folder / "b.jsonl")
    os.utime(folder / "b.jsonl", (0, 0))
    assert read(source) == []
    append(folder / "b.jsonl", b"lf\n")
    assert read(source) == [("b.jsonl", 2, b"half")]


@pytest.mark.parametrize("data", [b"", b"x\n", b"other\nlines\n", b"other\nlines\nmore\n"])
def test_a_truncated_file_is_read_from_its_start_with_a_warning(start, folder, caplog, data):
    source = start()
    append(folder / "a.jsonl", b"1234\n567890\n")
    read(source)
    (folder / "a.jsonl").write_bytes(data)
    with caplog.at_level(logging.WARNING):
        lines = read(source)
    assert [line for _, _, line in lines] == data.split(b"\n")[:-1]
    assert [number for _, number, _ in lines] == list(range(1, len(lines) + 1))
    assert re.fullmatch(r".*a\.jsonl was truncated or replaced: reading it from its start", caplog.messages[0])
    assert read(source) == []
    append(folder / "a.jsonl", b"end\n")
    assert read(source) == [("a.jsonl", len(lines) + 1, b"end")]
    assert len(caplog.messages) == 1


@pytest.mark.parametrize("data", [b"", b"x\n", b"other\nlines\nmore\n"])
def test_a_truncation_during_a_restart_is_noticed(start, folder, data):
    append(folder / "a.jsonl", b"1234\n567890\n")
    read(start(), commit=True)
    (folder / "a.jsonl").write_bytes(data)
    assert [line for _, _, line in read(start())] == data.split(b"\n")[:-1]


def test_an_inode_that_is_used_again_is_another_file(start, folder, tmp_path):
    append(folder / "a.jsonl", b"1234\n")
    read(start(), commit=True)
    positions = tmp_path / "state" / "positions.json"
    inode = str((folder / "a.jsonl").stat().st_ino)
    (folder / "a.jsonl").unlink()
    append(folder / "b.jsonl", b"other\nfile\n")
    positions.write_text(positions.read_text().replace(inode, str((folder / "b.jsonl").stat().st_ino)))
    assert read(start()) == [("b.jsonl", 1, b"other"), ("b.jsonl", 2, b"file")]


@pytest.mark.parametrize("begin", [b"", b"1234\n"])
def test_an_inode_that_is_used_again_by_a_stranger_is_left_alone(start, folder, tmp_path, begin):
    """The file is gone; what now has its inode lies in the same folder, where a renamed file is looked for."""
    append(folder / "a.jsonl", begin)
    append(folder / "b.jsonl", b"1\n")
    read(start(), commit=True)
    positions = tmp_path / "state" / "positions.json"
    inode = str((folder / "a.jsonl").stat().st_ino)
    (folder / "a.jsonl").unlink()
    append(folder / "stranger", b"other\nfile\n")
    positions.write_text(positions.read_text().replace(inode, str((folder / "stranger").stat().st_ino)))
    assert read(start()) == []


@pytest.mark.parametrize("while_down", [True, False])
@pytest.mark.parametrize("name", ["a.jsonl.1", "a.jsonl-20260301", "a.2026-03-01.jsonl.old"])
def test_a_file_that_was_empty_when_it_was_seen_is_found_under_its_new_name(
    start, folder, monkeypatch, name, while_down
):
    """It was filled and rotated while nobody had it open."""
    monkeypatch.setattr(follow, "_MOST_OPEN", 0)
    append(folder / "a.jsonl", b"")
    source = start()
    assert read(source, commit=True) == []
    append(folder / "a.jsonl", b"1\n2\n")
    (folder / "a.jsonl").rename(folder / name)
    append(folder / "a.jsonl", b"3\n")
    lines = [line for _, _, line in read(start() if while_down else source, commit=True)]
    assert sorted(lines) == [b"1", b"2", b"3"]
    assert read(start()) == []


def test_links_that_form_loops_end_and_no_file_is_read_twice(start, folder):
    (folder / "one" / "two").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    for name in ("a", "one/b", "one/two/c", ".hidden/d"):
        append(folder / f"{name}.jsonl", name.encode() + b"\n")
    for link, target in (("self", "."), ("one/up", ".."), ("one/two/top", "../.."), ("other", "one"), ("x", "x")):
        (folder / link).symlink_to(target)
    lines = [line for _, _, line in read(start("**/*.jsonl"))]
    assert sorted(lines) == [b"a", b"one/b", b"one/two/c"]


def test_folders_are_matched_as_by_the_standard_library(folder, monkeypatch):
    for name in ("a/b/c/x.jsonl", "a/y.jsonl", "z.jsonl", "b/a/b/x.jsonl", ".h/x.jsonl", "a/.x.jsonl", "[a]/x.jsonl"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        append(folder / name, b"")
    monkeypatch.chdir(folder)
    for pattern in (
        "**",
        "**/*",
        "**/*.jsonl",
        "a/**",
        "*/**/x.jsonl",
        "**/b/**/x*",
        "./**/*.jsonl",
        "[[]a]/**/*",
        "no/**",
    ):
        for whole in (pattern, f"{folder}/{pattern}"):
            expected = {path for path in glob.glob(whole, recursive=True) if Path(path).is_file()}  # noqa: PTH207
            assert {path for path in follow._paths(whole) if Path(path).is_file()} == expected


def test_a_compression_bomb_is_told_and_a_higher_limit_goes_on(folder, tmp_path):
    bomb = b"line\n" * 2**24
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(bomb))
    (folder / "b.jsonl").write_bytes(b"1\n")
    first = FollowedFiles(str(folder / "*"), positions=tmp_path / "positions")
    found = 0
    with pytest.raises(InputError, match="raise expansion_limit"):  # noqa: PT012  all polls before it succeed
        while True:
            batch = first.poll(at_most=10**9)
            found += sum(len(chunk.lines) for chunk in batch.chunks)
            first.commit(batch)
    first.close()
    with FollowedFiles(str(folder / "*"), positions=tmp_path / "positions", expansion_limit=2000) as second:
        while (batch := second.poll(at_most=10**9)).chunks:
            found += sum(len(chunk.lines) for chunk in batch.chunks)
    assert found == 2**24 + 1


def test_a_device_may_get_another_number(start, folder, tmp_path):
    append(folder / "a.jsonl", b"1\n")
    read(start(), commit=True)
    positions = tmp_path / "state" / "positions.json"
    positions.write_text(re.sub(r'"device": \d+', '"device": 999', positions.read_text()))
    append(folder / "a.jsonl", b"2\n")
    assert read(start()) == [("a.jsonl", 2, b"2")]


def test_a_file_that_was_cut_short_is_read_from_its_start(start, folder):
    """Also where its beginning, which is compared, stayed as it was."""
    source = start()
    append(folder / "a.jsonl", b"%0199d\n" % 1 * 10)
    read(source)
    os.truncate(folder / "a.jsonl", 1600)
    assert len(read(source)) == 8


def test_a_commit_of_a_part_after_a_rewind_is_exact(start, folder):
    source = start()
    append(folder / "a.jsonl", b"1\n2\n3\n")
    append(folder / "b.jsonl", b"4\n")
    read(source)
    source.rewind()
    source.commit(source.poll(at_most=2))
    assert read(start()) == [("a.jsonl", 3, b"3"), ("b.jsonl", 1, b"4")]


def test_a_rewind_delivers_again_what_was_truncated_since(start, folder):
    source = start()
    append(folder / "a.jsonl", b"1\n2\n")
    first = read(source)
    (folder / "a.jsonl").write_bytes(b"x\n")
    source.rewind()
    assert read(source) == [*first, ("a.jsonl", 1, b"x")]


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_compressed_file_is_read_as_it_comes_and_once(start, folder, compressed, suffix):
    data = compressed(b"1\n2\n3", suffix)
    path = folder / f"a.jsonl{suffix}"
    source = start("*")
    for end in range(len(data)):
        path.write_bytes(data[:end])
        append(folder / "other", b"")
    partly = read(source, commit=True)
    path.write_bytes(data)
    rest = read(source, commit=True)
    assert partly + rest == [(path.name, number, b"%d" % number) for number in (1, 2, 3)]
    assert rest
    assert source.lag() == 0
    assert read(source) == []
    again = start("*")
    assert again.lag() == 0
    assert read(again) == []


def test_a_compressed_file_goes_on_after_a_restart(start, folder, compressed):
    data = compressed(b"".join(b"%d\n" % number for number in range(5)), ".gz")
    (folder / "a.gz").write_bytes(data)
    source = start("*")
    source.commit(source.poll(at_most=2))
    assert read(start("*"), commit=True) == [("a.gz", number + 1, b"%d" % number) for number in (2, 3, 4)]
    append(folder / "a.gz", compressed(b"more\n", ".gz"))
    assert read(start("*")) == [("a.gz", 6, b"more")]


def test_a_damaged_file_stops_no_other_and_is_told(start, folder):
    (folder / "a.gz").write_bytes(b"no gzip")
    append(folder / "b", b"1\n")
    source = start("*")
    assert in_chunks(source.poll(at_most=10).chunks) == [(f"{folder}/b", 1, b"1")]
    for _ in range(2):
        with pytest.raises(InputError, match=r"a\.gz: it is no gzip file, or a damaged one$"):
            source.poll(at_most=10)
    append(folder / "b", b"2\n")
    assert in_chunks(source.poll(at_most=10).chunks) == [(f"{folder}/b", 2, b"2")]
    (folder / "a.gz").unlink()
    assert read(source) == []


def test_a_file_without_permission_is_told(start, folder, not_root):
    (folder / "a.jsonl").touch(0)
    for parent in folder.parents:
        if not parent.stat().st_mode & 0o001:
            parent.chmod(0o755)  # pytest closes its folders to others
    source = start()
    not_root()
    with pytest.raises(InputError, match=r"^cannot read .*/a\.jsonl: permission denied$"):
        source.poll(at_most=10)


@pytest.mark.parametrize("pattern", ["*.csv", "*.csv.gz", "*"])
def test_csv_is_refused(start, folder, pattern):
    append(folder / "a.csv", b"create_time\n")
    with pytest.raises(ConfigurationError, match="CSV files cannot be followed"):
        start(pattern).poll(at_most=1)


def test_a_long_line_takes_one_place_and_the_next_goes_on(start, folder):
    append(folder / "a.jsonl", b"1\n" + b"x" * (17 * 2**20) + b"\n2\n")
    source = start()
    batch = source.poll(at_most=2)
    assert [len(line) < 2000 for _, _, line in in_chunks(batch.chunks)] == [True, True]
    source.commit(batch)
    assert read(start()) == [("a.jsonl", 3, b"2")]


def test_a_byte_order_mark_is_no_part_of_the_first_line(start, folder):
    append(folder / "a.jsonl", b"\xef\xbb\xbf1\n2\n")
    source = start()
    batch = source.poll(at_most=1)
    assert in_chunks(batch.chunks) == [(f"{folder}/a.jsonl", 1, b"1")]
    source.commit(batch)
    assert read(start()) == [("a.jsonl", 2, b"2")]


def test_many_files_are_not_all_kept_open(start, folder, monkeypatch):
    monkeypatch.setattr(follow, "_MOST_OPEN", 3)
    source = start()
    for turn in range(3):
        for number in range(10):
            append(folder / f"{number}.jsonl", b"%d\nx" % turn)
        assert len(read(source, commit=True)) == 10
        assert sum(each.is_open for each in source._tails.values()) == 3


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_file_that_is_closed_before_all_was_delivered_is_read_on(start, folder, monkeypatch, compressed, suffix):
    monkeypatch.setattr(follow, "_MOST_OPEN", 1)
    names = [f"{letter}{suffix}" for letter in "abc"]
    for name in names:
        (folder / name).write_bytes(compressed(b"1\n2\n3\n4\n5\n", suffix))
    found = read(start("*"), at_most=2)
    assert sorted(found) == [(name, number, b"%d" % number) for name in names for number in range(1, 6)]


def test_a_file_with_much_to_read_does_not_stop_the_others(start, folder):
    append(folder / "a.jsonl", b"1\n" * 100)
    append(folder / "b.jsonl", b"2\n")
    source = start()
    batches = [in_chunks(source.poll(at_most=10).chunks) for _ in range(2)]
    assert (f"{folder}/b.jsonl", 1, b"2") in batches[1]


def test_nothing_new_costs_a_stat_per_file(start, folder, monkeypatch):
    for number in range(5):
        append(folder / f"{number}.jsonl", b"1\nhalf")
    source = start()
    read(source, commit=True)
    calls = []
    for name in ("open", "pread", "fsync"):
        monkeypatch.setattr(os, name, lambda *_, name=name: calls.append(name))
    source.commit(source.poll(at_most=10))
    assert calls == []


def test_positions_are_written_by_commit_alone(start, folder, tmp_path):
    positions = tmp_path / "state" / "positions.json"
    source = start()
    append(folder / "a.jsonl", b"1\n")
    batch = source.poll(at_most=10)
    assert not positions.exists()
    source.commit(batch)
    written = positions.stat()
    source.commit(source.poll(at_most=10))
    assert positions.stat() == written
    assert [path.name for path in positions.parent.iterdir()] == ["positions.json"]


@pytest.mark.parametrize("content", ["", "[]", '{"version": 2, "files": []}', '{"version": 1, "files": [{"path": 1}]}'])
def test_positions_that_cannot_be_read_are_refused(start, tmp_path, content):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "positions.json").write_text(content)
    with pytest.raises(InputError, match=r"positions\.json holds no positions of followed files: remove it"):
        start()


def test_positions_that_cannot_be_written_are_an_error_and_nothing_is_lost(start, folder, tmp_path):
    (tmp_path / "state").write_text("not a folder")
    with pytest.raises(InputError, match="a part of its path is no folder"):
        start()
    (tmp_path / "state").unlink()
    source = start()
    append(folder / "a.jsonl", b"1\n")
    batch = source.poll(at_most=10)
    (tmp_path / "state").write_text("not a folder")
    with pytest.raises(PermanentError, match=r"positions\.json"):
        source.commit(batch)
    source.rewind()
    assert read(source) == [("a.jsonl", 1, b"1")]


def test_the_lag_is_what_was_not_polled(start, folder):
    source = start()
    append(folder / "a.jsonl", b"1\n2\nhalf")
    assert source.lag() == 8
    source.poll(at_most=1)
    assert source.lag() == 2
    source.poll(at_most=1)
    source.poll(at_most=1)
    assert source.lag() == 0
    source.rewind()
    assert source.lag() == 4


def line_of(generation, number):
    return b"%03d:%d:%s" % (generation, number, b"x" * (number % 5))


class FollowingMachine(RuleBasedStateMachine):
    """Writers append, rotate, truncate and delete; the reader polls, commits, rewinds and restarts.

    A generation is what a file holds until it is truncated, deleted or replaced. Each line names its generation and
    its number there, so what was delivered can be compared with what was written. What was polled and not committed
    does not count when the reader rewinds or restarts: it has to come again. So every line counts exactly once, in
    order. What may be missed is what nobody could read: lines that were not committed before their file was truncated,
    or deleted, or renamed to where the pattern does not reach before the reader knew the file.
    """

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.live: dict[str, int] = {}  # a file's name and its generation
        self.rotated: dict[int, tuple[int, int]] = {}  # a generation and its file's device and inode
        self.written: list[list[bytes]] = []  # the complete lines of each generation
        self.half: list[bytes] = []  # and what was written of the next one
        self.delivered: list[list[bytes]] = []
        self.committed: list[int] = []  # how many lines of each generation were committed
        self.may_miss: set[int] = set()
        self.batches: list[Batch] = []
        self.source = self.open()

    def open(self):
        return FollowedFiles(str(self.folder / "*.jsonl"), positions=self.folder / "positions.json")

    def path(self, name):
        return self.folder / f"{name}.jsonl"

    def teardown(self):
        try:
            self.poll_to_the_end()
            for generation in range(len(self.written)):
                self.check(generation)
        finally:
            self.source.close()
            shutil.rmtree(self.folder)

    def check(self, generation):
        lines, found = self.written[generation], self.delivered[generation]
        if generation in self.may_miss and self.half[generation]:
            lines = [*lines, self.half[generation]]  # the end of a file that was deleted
        assert found == (lines[: len(found)] if generation in self.may_miss else lines)

    def begin(self, name):
        self.live[name] = len(self.written)
        for each in (self.written, self.delivered):
            each.append([])
        self.half.append(b"")
        self.committed.append(0)

    @rule(name=st.sampled_from("ab"), count=st.integers(0, 9), half=st.sampled_from([0, 4, 6]))
    def append(self, name, count, half):
        """Finish the line that was begun, write others, and the first bytes of the next one."""
        if name not in self.live:
            self.begin(name)
        generation = self.live[name]
        lines, begun = self.written[generation], self.half[generation]
        new = [line_of(generation, len(lines) + number) for number in range(count)]
        rest = line_of(generation, len(lines) + count)[:half]
        if count == 0 and half < len(begun):
            rest = begun
        append(self.path(name), b"".join([line + b"\n" for line in new] + [rest])[len(begun) :])
        lines += new
        self.half[generation] = rest

    @precondition(lambda self: self.live)
    @rule(data=st.data(), again=st.booleans())
    def rotate(self, data, again):
        name = data.draw(st.sampled_from(sorted(self.live)))
        self.append(name, 1, half=0)  # a writer finishes its line
        generation = self.live.pop(name)
        found = self.path(name).stat()
        self.rotated[generation] = (found.st_dev, found.st_ino)
        if self.rotated[generation] not in self.source._tails:
            self.may_miss.add(generation)
        self.path(name).rename(self.folder / f"{name}.{generation}")
        if again:
            self.append(name, 1, half=0)

    @precondition(lambda self: self.rotated)
    @rule(data=st.data())
    def append_to_rotated(self, data):
        """Some writers notice late that their file was renamed."""
        generation = data.draw(st.sampled_from(sorted(self.rotated)))
        (path,) = self.folder.glob(f"*.{generation}")
        lines = self.written[generation]
        lines.append(line_of(generation, len(lines)))
        append(path, lines[-1] + b"\n")

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def truncate(self, data):
        name = data.draw(st.sampled_from(sorted(self.live)))
        self.may_miss.add(self.live[name])
        os.truncate(self.path(name), 0)
        self.begin(name)

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def delete(self, data):
        name = data.draw(st.sampled_from(sorted(self.live)))
        self.may_miss.add(self.live.pop(name))
        self.path(name).unlink()

    @rule(at_most=st.integers(1, 9))
    def poll(self, at_most):
        lines = self.take(self.source.poll(at_most=at_most))
        assert len(lines) <= at_most

    @rule()
    def poll_to_the_end(self):
        while self.take(self.source.poll(at_most=7)):
            pass

    def take(self, batch):
        lines = in_chunks(batch.chunks)
        for _, number, line in lines:
            generation = int(line[:3])
            assert line_of(generation, number - 1).startswith(line)
            self.delivered[generation].append(line)
        self.batches.append(batch)
        return lines

    @precondition(lambda self: self.batches)
    @rule()
    def commit(self):
        self.source.commit(self.batches[-1])
        self.committed = list(map(len, self.delivered))
        self.batches.clear()

    @rule()
    def rewind(self):
        self.forget_what_was_not_committed()
        self.source.rewind()

    @rule()
    def restart(self):
        """What was polled and not committed comes again, from files that can be found again."""
        self.forget_what_was_not_committed()
        self.may_miss |= {generation for generation in self.rotated if not self.can_be_found(generation)}
        self.source.close()
        self.source = self.open()

    def can_be_found(self, generation):
        """Return whether a renamed file still begins as what was committed of it."""
        position = self.source._saved.get(self.rotated[generation])
        (path,) = self.folder.glob(f"*.{generation}")
        beginning = path.read_bytes()[: position.head_size] if position else b""
        return beginning and hashlib.sha256(beginning).hexdigest().startswith(position.head)

    def forget_what_was_not_committed(self):
        for lines, count in zip(self.delivered, self.committed, strict=True):
            del lines[count:]
        self.batches.clear()


TestFollowing = FollowingMachine.TestCase
TestFollowing.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
