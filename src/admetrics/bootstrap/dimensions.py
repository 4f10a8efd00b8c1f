"""Where dimension tables come from."""

import os
from collections.abc import Iterable, Sequence

from admetrics.adapters.files.dimensions import read_dimensions as read_files
from admetrics.domain.dimension_tables import DateOrder, Tell, tell_nobody
from admetrics.domain.dimensions import Dimensions


def read_dimensions(
    sources: Iterable[str | os.PathLike[str]],
    *,
    tables: Sequence[str] = (),
    date_order: DateOrder | None = None,
    tell: Tell = tell_nobody,
) -> Dimensions:
    """Read dimension tables.

    Args:
        sources: CSV files of their names, folders that hold some, or URLs of SQL databases.
        tables: which tables to read of the databases, as `job` or, if it has another name there, `job=ads`.
        date_order: the order of dates that are not ISO 8601 (`dmy`: 31/12/2026); None: such dates are refused.
        tell: is told in one line for each table which columns are not known.

    Raises:
        ConfigurationError: a URL or the name of a table makes no sense.
        InputError: something is missing, or not what it should be; the message says where, and shows no value.
        BackendError: a database cannot be read.
    """
    rows: dict[str, list[object]] = {}
    for source in sources:
        found = _read(source, tables=tables, date_order=date_order, tell=tell)
        for name in Dimensions.__annotations__:
            rows.setdefault(name, []).extend(getattr(found, name))
    return Dimensions(**rows)  # type: ignore[arg-type]  # each field holds its own type


def _read(
    source: str | os.PathLike[str], *, tables: Sequence[str], date_order: DateOrder | None, tell: Tell
) -> Dimensions:
    if isinstance(source, str) and "://" in source:
        from admetrics.adapters.sql.dimension_source import read_dimensions_of_database

        return read_dimensions_of_database(source, tables, date_order=date_order, tell=tell)
    return read_files([source], date_order=date_order, tell=tell)
