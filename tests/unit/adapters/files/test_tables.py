import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from admetrics.adapters.files import parquet as module
from admetrics.adapters.files.tables import write_table
from admetrics.domain.errors import ConfigurationError
from admetrics.domain.reporting import hourly_table as events_table
from admetrics.domain.reporting.formatting import inert

ACCOUNTING = ("event_hour", "outcome", "events")
TIMES = {"dates", "latest_update_time", "event_hour"}
DOUBLES = {"bid_set", "spend_hour", "valid_spend"}
TEXTS = {"sources", "outcome"}

times = st.datetimes(timezones=st.just(UTC))


def values(name):
    if name in TIMES:
        return times | times.map(lambda time: time.replace(microsecond=0))
    if name in DOUBLES:
        return st.floats(0, 2**53)
    if name in TEXTS:
        return st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), min_size=1, max_size=9)
    integers = st.integers(0, 2**63 - 1)
    return integers | st.none() if name == "company_id" else integers


def tables():
    return st.sampled_from([ACCOUNTING, events_table.COLUMNS]).flatmap(
        lambda columns: st.tuples(st.just(columns), st.lists(st.tuples(*map(values, columns)), max_size=5))
    )


def written(file_format, columns, rows):
    out = io.BytesIO()
    write_table(file_format, columns, iter(rows), out)
    assert not out.closed
    return out.getvalue()


def value_of(name, text):
    if text in {"", None}:
        return None
    if name in TIMES:
        return datetime.fromisoformat(text)
    return text if name in TEXTS else (float if name in DOUBLES else int)(text)


@given(tables())
def test_csv_reads_back_exactly(table):
    """Texts that a spreadsheet would compute are the one exception: those have an apostrophe in front."""
    columns, rows = table
    header, *found = csv.reader(io.StringIO(written("csv", *table).decode(), newline=""))
    assert tuple(header) == columns
    assert [tuple(map(value_of, columns, row)) for row in found] == [tuple(inert(row)) for row in rows]


@given(tables())
def test_json_lines_read_back_exactly(table):
    columns, rows = table
    found = [json.loads(line) for line in written("jsonl", *table).split(b"\n")[:-1]]
    assert all(tuple(row) == columns for row in found)
    assert [
        tuple(value_of(name, value) if name in TIMES else value for name, value in row.items()) for row in found
    ] == rows


@settings(deadline=None)
@given(tables())
def test_parquet_reads_back_exactly(table):
    columns, rows = table
    found = parquet.read_table(io.BytesIO(written("parquet", *table)))
    assert tuple(found.column_names) == columns
    assert [tuple(row.values()) for row in found.to_pylist()] == rows


@pytest.mark.parametrize("columns", [ACCOUNTING, events_table.COLUMNS])
def test_parquet_has_types_without_rows_too(columns):
    schema = parquet.read_schema(io.BytesIO(written("parquet", columns, [])))
    for field in schema:
        expected = pa.int64()
        if field.name in TIMES:
            expected = pa.timestamp("us", tz="UTC")
        elif field.name in DOUBLES | TEXTS:
            expected = pa.float64() if field.name in DOUBLES else pa.string()
        assert field.type == expected


def test_many_rows_are_written_in_groups(monkeypatch):
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 10)
    rows = [(datetime(2026, 3, 1, tzinfo=UTC), "click", number) for number in range(25)]
    file = parquet.ParquetFile(io.BytesIO(written("parquet", ACCOUNTING, rows)))
    assert file.num_row_groups == 3
    assert [tuple(row.values()) for row in file.read().to_pylist()] == rows


HOUR = datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "time,text",
    [
        (HOUR, "2026-03-01T10:00:00Z"),
        (HOUR.replace(microsecond=120), "2026-03-01T10:00:00.000120Z"),
        (HOUR.replace(hour=17, minute=1, tzinfo=timezone(timedelta(hours=7))), "2026-03-01T10:01:00Z"),
    ],
)
def test_times_are_iso_8601_in_utc(time, text):
    assert written("csv", ACCOUNTING, [(time, "click", 1)]).decode() == f"event_hour,outcome,events\n{text},click,1\n"
    assert (
        written("jsonl", ACCOUNTING, [(time, "é", 1)]).decode()
        == f'{{"event_hour": "{text}", "outcome": "é", "events": 1}}\n'
    )


def test_null_is_empty_and_integers_have_no_point():
    columns = ("company_id", "clicks", "bid_set", "spend_hour")
    assert written("csv", columns, [(None, 3, 1 / 3, 2.0)]) == (
        b"company_id,clicks,bid_set,spend_hour\n,3,0.3333333333333333,2.0\n"
    )


@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
def test_no_rows_are_a_table(file_format):
    assert written(file_format, ACCOUNTING, []) == (b"event_hour,outcome,events\n" if file_format == "csv" else b"")


def test_an_unknown_format_is_refused():
    with pytest.raises(ConfigurationError, match=r"^'xml' is no format of tables: known are csv, jsonl, parquet$"):
        written("xml", ACCOUNTING, [])


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r")), min_size=1, max_size=5),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
)
@example(["=1+1", "\t@SUM(A1)", "-1"], -1, -0.5)
def test_no_text_of_a_csv_is_a_formula_whatever_its_column(texts, number, amount):
    """The currency of exported clicks once was one; figures stay figures."""
    out = io.BytesIO()
    columns = [*(f"text{place}" for place in range(len(texts))), "number", "amount"]
    write_table("csv", columns, [[*texts, number, amount]], out)
    *cells, shown_number, shown_amount = list(csv.reader(io.StringIO(out.getvalue().decode(), newline="")))[1]
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in cells)
    assert (int(shown_number), float(shown_amount)) == (number, amount)
