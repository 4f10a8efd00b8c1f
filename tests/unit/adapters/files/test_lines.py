import tracemalloc

from hypothesis import example, given
from hypothesis import strategies as st

from admetrics.adapters.files.lines import LineSplitter, size_of
from admetrics.domain.events.record import decode, is_blank
from admetrics.domain.events.rejection import Rejection

BYTES = st.lists(
    st.sampled_from([b"\n", b"\r", b" ", b"a", b"\x00", b"\xff", "\u2028".encode(), b"\xef\xbb\xbf", b"{}"])
)


def split(blocks, **options):
    splitter = LineSplitter(**options)
    lines = [line for block in blocks for line in splitter.feed(block)]
    return lines + splitter.finish()


def model(data):
    """Only a line feed ends a line; a byte order mark at the start is no part of the first one."""
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return lines[:-1] if lines[-1] == b"" else lines


def cut(data, sizes):
    blocks = []
    for size in sizes:
        blocks.append(data[:size])
        data = data[size:]
    return [*blocks, data]


@given(BYTES.map(b"".join), st.lists(st.integers(0, 9), max_size=20))
@example(b"\xef\xbb\xbfa\n\xef\xbb\xbfb", [1, 1, 1, 1, 1, 1])
@example(b"", [])
def test_only_line_feeds_end_lines_whatever_the_blocks(data, sizes):
    assert split(cut(data, sizes)) == model(data)


@given(BYTES.map(b"".join), st.lists(st.integers(1, 4), max_size=40))
def test_the_size_of_what_was_returned_and_what_is_held_is_what_was_fed(data, sizes):
    splitter = LineSplitter(longest=4)
    returned = 0
    blocks = [block for block in cut(data, sizes)[:-1] if block]
    for block in blocks:
        lines = splitter.feed(block)
        returned += size_of(lines) + splitter.excess
    held = len(b"".join(blocks)) - returned
    last = splitter.finish()
    assert not last or size_of(last) + splitter.excess - 1 == held


@given(
    st.lists(st.sampled_from([b"\n", b"a", b" ", b'{"a":1}'])).map(b"".join), st.lists(st.integers(0, 9), max_size=20)
)
def test_a_line_that_is_too_long_never_decodes_and_others_stay_as_they_are(data, sizes):
    longest = 9
    lines = split([block for block in cut(data, sizes) if len(block) <= longest], longest=longest)
    expected = model(b"".join(block for block in cut(data, sizes) if len(block) <= longest))
    for line, whole in zip(lines, expected, strict=False):
        if len(whole) <= longest:
            assert line == whole
        elif is_blank(whole):
            assert is_blank(line)
        else:
            assert isinstance(decode(line), Rejection)
            assert not is_blank(line)
            assert str(len(whole)).encode() in line
    assert [line for line in lines if not is_blank(line)] == [
        line for line, _ in zip(lines, expected, strict=False) if not is_blank(line)
    ]


def test_a_line_without_end_does_not_take_the_memory():
    splitter = LineSplitter(longest=2**20)
    block = b"x" * 2**16
    tracemalloc.start()
    for _ in range(1000):
        assert splitter.feed(block) == []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * 2**20
    (line,) = splitter.feed(b"\n")
    assert line.startswith(b"[a line of 65536000 bytes, 1048576 are allowed; it begins:] xxx")
    assert len(line) < 2000
