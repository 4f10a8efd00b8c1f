"""Tables as files: CSV, JSON lines, Parquet."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import BinaryIO

from admetrics.domain.errors import ConfigurationError
from admetrics.domain.reporting.formatting import inert


def write_table(file_format: str, columns: Sequence[str], rows: Iterable[Sequence[object]], out: BinaryIO) -> None:
    r"""Write a table, row by row.

    In CSV and JSON lines times are ISO 8601 in UTC, with fractions only where there are any, and doubles read back
    exactly; null is empty in CSV, and a text that a spreadsheet would compute has an apostrophe in front. In Parquet
    times are timestamps in UTC, also in a table without rows.

    Args:
        file_format: `csv` (with a header), `jsonl` or `parquet`.
        columns: the names, those of `admetrics.app.export`.
        rows: values in the order of `columns`: times (aware), ints, floats, texts, None.
        out: takes the bytes; it stays open.

    Raises:
        ConfigurationError: the format is unknown.

    >>> rows = [(datetime(2026, 3, 1, 10, tzinfo=UTC), "click", 2)]
    >>> write_table("csv", ("event_hour", "outcome", "events"), rows, out := io.BytesIO())
    >>> out.getvalue()
    b'event_hour,outcome,events\n2026-03-01T10:00:00Z,click,2\n'
    """
    if file_format == "csv":
        _write_csv(columns, rows, out)
    elif file_format == "jsonl":
        _write_json_lines(columns, rows, out)
    elif file_format == "parquet":
        from admetrics.adapters.files.parquet import write_parquet  # noqa: PLC0415  half a second that others spare

        write_parquet(columns, rows, out)
    else:
        raise ConfigurationError(f"{file_format!r} is no format of tables: known are csv, jsonl, parquet")


def _write_csv(columns: Sequence[str], rows: Iterable[Sequence[object]], out: BinaryIO) -> None:
    text = io.TextIOWrapper(out, encoding="utf-8", newline="")
    try:
        writer = csv.writer(text, lineterminator="\n")  # writes null as nothing, doubles with all their digits
        writer.writerow(columns)
        writer.writerows(inert(_plain(row)) for row in rows)
    finally:
        text.detach()


def _write_json_lines(columns: Sequence[str], rows: Iterable[Sequence[object]], out: BinaryIO) -> None:
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    out.writelines(f"{encode(dict(zip(columns, _plain(row), strict=True)))}\n".encode() for row in rows)


def _plain(row: Sequence[object]) -> Iterator[object]:
    return (_text_of(value) if isinstance(value, datetime) else value for value in row)


@lru_cache(maxsize=1024)  # many rows share their hour
def _text_of(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
