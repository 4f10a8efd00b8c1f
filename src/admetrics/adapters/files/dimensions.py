"""Dimension tables from CSV files (docs/data-dictionary.md, "Dimension tables")."""

import csv
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import attrs

from admetrics.adapters.files.names import printable, reason_of
from admetrics.domain.dimensions import Campaign, Company, Dimensions, Group, Job, Publisher
from admetrics.domain.errors import InputError
from admetrics.domain.events.integers import LARGEST, integer
from admetrics.domain.text import ASCII_SPACE

_AMOUNT: Final = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]+)?", re.ASCII).fullmatch
_MOST_CHARACTERS: Final = 64

_Convert = Callable[[str], object]


def _id(text: str) -> int:
    number = integer(text)
    if type(number) is not int or not 1 <= number <= LARGEST:
        raise ValueError(f"an integer from 1 to {LARGEST}")
    return number


def _reference(text: str) -> int | None:
    """Read the id of something else; 0 stands for none."""
    return None if integer(text) == 0 else _id(text)


def _amount(text: str) -> Decimal:
    if _AMOUNT(text) is None:
        raise ValueError("an amount such as 1000 or 0.25")
    return Decimal(text)


def _day(text: str) -> date:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        raise ValueError("a date such as 2026-03-01") from None


def _short(text: str) -> str:
    if len(text) > _MOST_CHARACTERS:
        raise ValueError(f"at most {_MOST_CHARACTERS} characters")
    return text


@attrs.frozen
class _Column:
    """Where a field comes from.

    Args:
        names: the names that the column may have, the usual one first.
        convert: reads a text that is not empty; its error says what is expected.
    """

    names: tuple[str, ...]
    convert: _Convert


@attrs.frozen
class _Table:
    """A dimension table.

    Args:
        field: its field of `Dimensions`.
        row: the type of its rows.
        columns: the column of each field of `row`, in their order; the first is the id, which must be there.
    """

    field: str
    row: Callable[..., Any]
    columns: tuple[_Column, ...]


def _table(field: str, row: Callable[..., Any], **columns: _Convert) -> _Table:
    """Describe a table; `or` stands between the names that a column may have."""
    return _Table(field, row, tuple(_Column(tuple(names.split("_or_")), read) for names, read in columns.items()))


_TABLES: Final[Mapping[str, _Table]] = {
    "job.csv": _table(
        "jobs", Job,
        id=_id, company_id=_reference, campaign_id=_reference, group_id=_reference, title=str, budget=_amount,
    ),
    "campaign.csv": _table(
        "campaigns", Campaign,
        id=_id, company_id=_reference, name=str, budget_total=_amount, unit_budget=_short,
        start_date=_day, end_date=_day,
    ),
    "group.csv": _table("groups", Group, id=_id, campaign_id=_reference, name=str, budget_group_or_budget=_amount),
    "company.csv": _table("companies", Company, id=_id, name=str),
    "master_publisher.csv": _table(
        "publishers", Publisher,
        id=_id, name=str, currency_or_curency=_short, time_zone=_short,
        cpc_increment=_amount, min_bid=_amount, max_bid=_amount,
    ),
}  # fmt: skip
_KNOWN: Final = ", ".join(_TABLES)


def read_dimensions(paths: Iterable[str | os.PathLike[str]]) -> Dimensions:
    """Read dimension tables.

    Column names are read in any case, unknown ones are ignored, missing ones and empty values are None.

    Args:
        paths: files named job.csv, campaign.csv, group.csv, company.csv or master_publisher.csv, or folders that
            hold some of them.

    Raises:
        InputError: a path is missing or unreadable, a file is none of these, has no id column, or holds a value
            that is not what it should be; the message names file, line and column.
    """
    rows: dict[str, list[object]] = {table.field: [] for table in _TABLES.values()}
    for path in _files(map(Path, paths)):
        table = _TABLES[path.name]
        rows[table.field].extend(_rows(path, table))
    return Dimensions(**rows)  # type: ignore[arg-type]  # each table's field holds its own type


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if (there := _names_in(path)) is not None:
            found = [path / name for name in _TABLES if name in there]
            if not found:
                raise InputError(f"the folder {printable(path)} holds no dimension table: known are {_KNOWN}")
            yield from found
        elif path.name in _TABLES:
            yield path
        else:
            raise InputError(f"{printable(path)} is no dimension table: known are {_KNOWN}")


def _names_in(path: Path) -> Collection[str] | None:
    """Return the names of what is in a folder; None if it is none."""
    try:
        return {file.name for file in path.iterdir()} if path.is_dir() else None
    except OSError as error:
        raise InputError(f"cannot read {printable(path)}: {reason_of(error)}") from None


def _rows(path: Path, table: _Table) -> Iterator[object]:
    lines = _lines(path)
    _, header = next(lines, (1, []))
    places = [_place(path, header, column) for column in table.columns]
    if places[0] is None:
        raise InputError(f"{printable(path)} has no column id: its first line must name the columns")
    for number, values in lines:
        if len(values) != len(header):
            raise InputError(f"{printable(path)}, line {number}: {len(values)} fields, the header has {len(header)}")
        row = table.row(
            *(
                _value(path, number, column, "" if place is None else values[place].strip(ASCII_SPACE))
                for column, place in zip(table.columns, places, strict=True)
            )
        )
        if isinstance(row, Campaign) and _ends_before_it_starts(row):
            raise InputError(
                f"{printable(path)}, line {number}: campaign {row.id} ends ({row.end_date}) before it starts "
                f"({row.start_date}), so none of its clicks would ever be valid: correct start_date or end_date"
            )
        yield row


def _ends_before_it_starts(campaign: Campaign) -> bool:
    start, end = campaign.start_date, campaign.end_date
    return start is not None and end is not None and end < start


def _place(path: Path, header: Sequence[str], column: _Column) -> int | None:
    """Return where a column stands; under its usual name, if it is there under several."""
    names = [name.strip(ASCII_SPACE).lower() for name in header]
    for name in column.names:
        if names.count(name) > 1:
            raise InputError(f"the header of {printable(path)} names {name} twice")
        if name in names:
            return names.index(name)
    return None


def _value(path: Path, number: int, column: _Column, text: str) -> object:
    required = column.convert is _id
    if not text and not required:
        return None
    try:
        return column.convert(text)
    except ValueError as expected:
        raise InputError(f"{printable(path)}, line {number}, column {column.names[0]}: expected {expected}") from None


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, each with the number of its first line."""
    number = 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            for values in reader:
                if len(values) > 1 or "".join(values).strip(ASCII_SPACE):
                    yield number, values
                number = reader.line_num + 1
    except OSError as error:
        raise InputError(f"cannot read {printable(path)}: {reason_of(error)}") from None
    except UnicodeDecodeError:
        raise InputError(f"cannot read {printable(path)}: it is not UTF-8; save it as UTF-8") from None
    except csv.Error as error:
        raise InputError(f"{printable(path)}, line {number}: broken CSV: {error}") from None
