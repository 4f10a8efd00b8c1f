import csv
import io
import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from admetrics.adapters.files.csv_records import MOST_LINES, CsvRecords
from admetrics.adapters.files.lines import LONGEST
from admetrics.domain.errors import InputError
from admetrics.domain.events.record import COLUMNS, Record, decode, is_blank
from admetrics.domain.events.rejection import Rejection

TEXTS = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(
    [
        "",
        "",
        "a,b",
        '"',
        '""',
        'say "x"',
        "two\nlines",
        "\n",
        "\r",
        "\r\n",
        "a\rb",
        "\x00",
        "\u2028",
        " 7 ",
        "=1+1",
        "\ufeff",
    ]
)
HEADER = "create_time,custom_track,bid"


def read(data, pieces=1):
    """Read a file, fed in so many pieces of whole lines."""
    if isinstance(data, str):
        data = data.encode()
    lines = data.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    records = CsvRecords("a.csv")
    size = -(-len(lines) // pieces) or 1
    fed = [record for start in range(0, len(lines), size) for record in records.feed(lines[start : start + size])]
    return fed + records.finish()


def values(line):
    """Return what a line means: the columns that are not null, or None if it does not decode."""
    assert not is_blank(line)
    record = decode(line)
    if isinstance(record, Rejection):
        return None
    assert isinstance(record, Record)
    return {name: value for name, value in zip(COLUMNS, record.values, strict=True) if value is not None}


def written(header, rows, **options):
    text = io.StringIO(newline="")
    csv.writer(text, **options).writerows([header, *rows])
    return text.getvalue()


@st.composite
def tables(draw):
    header = draw(st.permutations([*draw(st.lists(st.sampled_from(COLUMNS[1:]), unique=True)), "create_time"]))
    header += draw(st.lists(st.sampled_from(["colour", "Bid", ""]), max_size=2))
    return header, draw(st.lists(st.lists(TEXTS, min_size=len(header), max_size=len(header)), max_size=5))


@given(
    tables(),
    st.sampled_from([("\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL)]),
    st.integers(1, 5),
)
@example((["create_time"], [["a"]]), ("\n", csv.QUOTE_ALL), 1)
def test_what_a_writer_of_csv_wrote_is_read(table, dialect, pieces):
    end, quoting = dialect
    header, rows = table
    expected = [{n: v for n, v in zip(header, row, strict=True) if n in COLUMNS and v} for row in rows]
    found = read(written(header, rows, lineterminator=end, quoting=quoting), pieces)
    if len(header) == 1:  # then a null is a blank line, unless it is quoted
        expected = [columns for columns in expected if columns or quoting == csv.QUOTE_ALL]
        found = [line for line in found if values(line) or quoting == csv.QUOTE_ALL]
        if any(is_blank(row[0].encode()) and row[0] for row in rows):
            return
    assert list(map(values, found)) == expected


@given(
    st.lists(
        st.sampled_from(
            [HEADER.encode(), b"a,click,1", b'"a', b'a"', b'a,"b",', b',"",', b'""', b"\xff,,", b"\r", b" ", b"", b","]
        )
    ),
    st.integers(1, 9),
)
def test_anything_is_read_alike_in_one_piece_and_in_many(lines, pieces):
    data = b"\n".join([HEADER.encode(), *lines])
    assert read(data, pieces) == read(data)


@given(st.lists(st.sampled_from([b"a", b'"', b",", b"\r", b"\xc3", b" "]), max_size=12).map(b"".join))
@example(b'a,b,"c')
@example(b'"a"b,c,d')
@example(b"\xff,b,c")
@example(b"a,b")
@example(b"a,b,c,d")
@example(b'{"create_time": 1}')
def test_a_broken_record_does_not_decode_and_costs_no_other(line):
    found = read(f"{HEADER}\n1,click,1\n".encode() + line + b"\n2,click,\n3,,")
    assert [values(found[0]), *map(values, found[-2:])] == [
        {"create_time": "1", "custom_track": "click", "bid": "1"},
        {"create_time": "2", "custom_track": "click"},
        {"create_time": "3"},
    ]
    assert len(found) == (3 if is_blank(line) else 4)


def test_a_dead_record_says_why_and_keeps_its_bytes():
    found = read(HEADER.encode() + b'\na,b\n"a"b,c,\r\nx\xff,"\n\xe9",\n')
    assert found == [
        b"[no CSV record: 2 fields, the header has 3] a,b",
        b'[no CSV record: its quotes are broken] "a"b,c,\r',
        b'[no CSV record: it is not UTF-8] x\xff,"\n\xe9",',
    ]


def test_bytes_that_are_not_utf_8_count_in_ignored_columns_too():
    assert list(map(values, read(b"create_time,colour\na,\xff\n"))) == [None]


def test_a_return_is_text_unless_a_line_feed_follows():
    assert list(map(values, read('create_time,ua\r\na\rb,c\r\n"d\re",f\r\n'))) == [
        {"create_time": "a\rb", "ua": "c"},
        {"create_time": "d\re", "ua": "f"},
    ]


def test_a_quote_that_is_never_closed_costs_one_record():
    rows = "".join(f"{number},,\n" for number in range(3 * MOST_LINES))
    found = read(f'{HEADER}\nx,"y,\n{rows}', pieces=50)
    assert values(found[0]) is None
    assert [values(line) for line in found[1:]] == [{"create_time": str(number)} for number in range(3 * MOST_LINES)]


@pytest.mark.parametrize("pieces", [1, 3])
def test_a_record_has_a_limit_of_lines(pieces):
    fits = "a\n" * (MOST_LINES - 1)
    (line,) = read(f'{HEADER}\n"{fits}",,\n', pieces)
    assert values(line) == {"create_time": fits}
    assert values(read(f'{HEADER}\n"{fits}\n",,\n', pieces)[0]) is None


def test_a_field_may_be_as_long_as_a_line():
    (line,) = read(f"{HEADER}\n{'x' * (LONGEST - 10)},,\n")
    assert len(values(line)["create_time"]) == LONGEST - 10


def test_many_broken_lines_take_no_longer_than_good_ones():
    started = time.perf_counter()
    assert len(read(HEADER.encode() + b'\n"a"b,,' * 100_000)) == 100_000
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize("data", [b"", b"\n", b" \r\n\n"])
def test_an_empty_file_holds_no_records(data):
    assert read(data) == []


def test_blank_lines_may_stand_before_the_header():
    assert list(map(values, read("\n \r\n create_time\t,bid\n1,2\n"))) == [{"create_time": "1", "bid": "2"}]


@pytest.mark.parametrize(
    "data", [b"1,click,3\n", b'"create_time\n', b"\xff\xfec\x00r\x00\n", b'{"create_time": "1"}\n']
)
def test_a_file_without_header_is_refused(data):
    with pytest.raises(InputError, match=r"^a\.csv has no header: its first line must name the columns, create_time"):
        read(data)


def test_a_column_named_twice_is_refused():
    with pytest.raises(InputError, match=r"^the header of a\.csv names twice: bid$"):
        read("bid,create_time,bid\n")


def test_values_are_strings_and_every_null_is_left_out():
    (line,) = read(f'{HEADER}\n1,"",7\n')
    assert json.loads(line) == {"create_time": "1", "bid": "7"}
