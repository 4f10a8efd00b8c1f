import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from admetrics.adapters.files.blocks import BLOCK, decompressor, format_of
from admetrics.domain.errors import InputError

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "a.jsonl": bytes,
    "a.jsonl.gz": gzip.compress,
    "a.csv.ZST": zstandard.ZstdCompressor().compress,
}


@given(
    st.lists(st.binary(max_size=5000), min_size=1, max_size=4), st.integers(1, 3000), st.sampled_from(sorted(COMPRESS))
)
def test_frames_one_after_the_other_are_one_file(contents, size, name):
    data = b"".join(map(COMPRESS[name], contents))
    reading = decompressor(name)
    blocks = [block for start in range(0, len(data), size) for block in reading.feed(data[start : start + size])]
    assert b"".join(blocks) == b"".join(contents)
    assert all(0 < len(block) <= BLOCK for block in blocks)
    assert reading.complete


@pytest.mark.parametrize("name", ["a.gz", "a.zst"])
def test_every_file_that_ends_too_early_is_incomplete(name):
    data = gzip.compress(b"abc" * 100) if name == "a.gz" else zstandard.ZstdCompressor().compress(b"abc" * 100)
    for end in range(len(data)):
        reading = decompressor(name)
        list(reading.feed(data[:end]))
        assert not reading.complete


def test_zeros_after_the_end_are_padding():
    reading = decompressor("a.gz")
    assert b"".join(reading.feed(gzip.compress(b"abc") + bytes(2000))) == b"abc"
    assert reading.complete


@pytest.mark.parametrize("name,format_name", [("a.jsonl.gz", "gzip"), ("a.csv.ZST", "zstd")])
def test_damage_is_told_after_what_was_good(name, format_name):
    good = COMPRESS[name](b"abc")
    blocks: list[bytes] = []
    with pytest.raises(InputError, match=rf"^cannot read {name}: it is no {format_name} file, or a damaged one$"):
        blocks.extend(decompressor(name).feed(good + b"garbage"))
    assert blocks == [b"abc"]


@pytest.mark.parametrize("name", ["a.gz", "a.zst"])
def test_a_small_file_that_grows_huge_does_not_take_the_memory(name):
    size = 192 * 2**20
    if name == "a.gz":
        deflate = zlib.compressobj(1, wbits=31)
        data = b"".join(deflate.compress(bytes(2**20)) for _ in range(size // 2**20)) + deflate.flush()
    else:
        data = zstandard.ZstdCompressor(level=19).compress(bytes(size))
    tracemalloc.start()
    total = sum(map(len, decompressor(name, expansion_limit=10**6).feed(data)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == size
    assert peak < 100 * 2**20


@pytest.mark.parametrize(
    "name,expected",
    [
        ("a.csv", "csv"),
        ("A.CSV.GZ", "csv"),
        ("a.csv.zst", "csv"),
        ("a.jsonl", "jsonl"),
        ("csv", "jsonl"),
        ("a.gz", "jsonl"),
    ],
)
def test_the_format_follows_from_the_name(name, expected):
    assert format_of(name) == expected


BOMB = b"x\n" * 2**22
COMPRESSED = {
    "a.gz": gzip.compress(BOMB) * 10,
    "a.zst": zstandard.ZstdCompressor().compress(BOMB) * 10,
}


@pytest.mark.parametrize("name", COMPRESSED)
def test_what_becomes_far_too_large_is_not_read_further(name):
    """The sizes of all members and frames count together."""
    blocks: list[bytes] = []
    with pytest.raises(InputError, match=rf"^cannot read {name} further: .* 200 times .* raise expansion_limit$"):
        blocks.extend(decompressor(name).feed(COMPRESSED[name]))
    assert 63 * 2**20 < sum(map(len, blocks)) <= 64 * 2**20
    assert b"".join(blocks) == (BOMB * 10)[: sum(map(len, blocks))]


@pytest.mark.parametrize("name", COMPRESSED)
def test_a_higher_limit_lets_it_pass(name):
    assert sum(map(len, decompressor(name, expansion_limit=100_000).feed(COMPRESSED[name]))) == len(BOMB) * 10


def test_a_small_file_may_become_any_number_of_times_as_large():
    assert sum(map(len, decompressor("a.gz", expansion_limit=1).feed(gzip.compress(BOMB)))) == len(BOMB)


def test_a_frame_that_takes_too_much_memory_says_so():
    parameters = zstandard.ZstdCompressionParameters(window_log=28, write_content_size=0)
    frame = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    data = frame.compress(b"abc") + frame.flush()
    with pytest.raises(InputError, match=r"^cannot read a\.zst: .* more than 128 MiB .* without --long"):
        list(decompressor("a.zst").feed(data))
