"""Dimension tables from CSV files (docs/data-dictionary.md, "Dimension tables")."""

import csv
import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Final

from admetrics.adapters.files.names import printable, reason_of
from admetrics.domain.dimension_tables import DIMENSION_TABLES, DateOrder, Place, Tell, read_rows, tell_nobody
from admetrics.domain.dimensions import Dimensions
from admetrics.domain.errors import InputError
from admetrics.domain.text import ASCII_SPACE

_TABLES: Final = {f"{name}.csv": table for name, table in DIMENSION_TABLES.items()}
_KNOWN: Final = ", ".join(_TABLES)


def read_dimensions(
    paths: Iterable[str | os.PathLike[str]], *, date_order: DateOrder | None = None, tell: Tell = tell_nobody
) -> Dimensions:
    """Read dimension tables.

    Column names are read in any case, missing ones and empty values are None, unknown ones are told.

    Args:
        paths: files named job.csv, campaign.csv, group.csv, company.csv or master_publisher.csv, or folders that
            hold some of them.
        date_order: the order of dates that are not ISO 8601 (`dmy`: 31/12/2026); None: such dates are refused.
        tell: is told in one line for each file which columns are not known.

    Raises:
        InputError: a path is missing or unreadable, a file is none of these, has no id column, or holds a value
            that is not what it should be; the message names file, line and column.
    """
    rows: dict[str, list[object]] = {table.field: [] for table in _TABLES.values()}
    for path in _files(map(Path, paths)):
        rows[_TABLES[path.name].field].extend(_rows(path, date_order=date_order, tell=tell))
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


def _rows(path: Path, *, date_order: DateOrder | None, tell: Tell) -> Iterator[object]:
    lines = _lines(path)
    _, header = next(lines, (1, []))
    place = Place(printable(path), "line", "its first line must name the columns")
    whole = _whole(lines, len(header), path)
    return read_rows(_TABLES[path.name], header, whole, place=place, date_order=date_order, tell=tell)


def _whole(lines: Iterable[tuple[int, list[str]]], width: int, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Refuse a row with more or less fields than the header."""
    for number, values in lines:
        if len(values) != width:
            raise InputError(f"{printable(path)}, line {number}: {len(values)} fields, the header has {width}")
        yield number, values


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
