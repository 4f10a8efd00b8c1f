"""Rows as the text of an INSERT, for MySQL and MariaDB.

Their driver writes value by value, in Python, which takes twice as long as all that the server does. Here a column is
written at once, and only what cannot be taken for anything else: numbers and times. Texts are bound.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, Final, TypeVar

from sqlalchemy import Column, Connection, Double, Integer
from sqlalchemy.engine import Dialect

from admetrics.adapters.sql.statements import chunks
from admetrics.adapters.sql.tables import Utc, without_zone

_ROWS_AT_ONCE: Final = 250
"""Rows in one statement: what a server makes of the text of more does not stay in a processor's cache."""

_T = TypeVar("_T")


def insert_rows(
    connection: Connection, statement: Any, columns: Sequence[Column[Any]], rows: Iterable[Sequence[Any]]
) -> None:
    """Run an INSERT for many rows.

    Args:
        connection: to MySQL or MariaDB.
        statement: the INSERT of all columns of a table, with whatever follows its VALUES.
        columns: these columns, in the order of the table.
        rows: a value for each of them.
    """
    before, after = around(statement, columns, connection.dialect)
    for text, bound in _one_ahead(written(columns, some) for some in chunks(rows, _ROWS_AT_ONCE)):
        connection.exec_driver_sql(f"{before}{text}{after}", bound)


def around(statement: Any, columns: Sequence[Column[Any]], dialect: Dialect) -> tuple[str, str]:
    """Write an INSERT as the server at hand takes it: what stands before its row, and what stands after it."""
    places = ", ".join(f"%({column.name})s" for column in columns)
    before, after = str(statement.compile(dialect=dialect)).split(f"({places})")
    return before, after


def written(columns: Sequence[Column[Any]], rows: Sequence[Sequence[Any]]) -> tuple[str, Mapping[str, str]]:
    """Write what follows VALUES.

    Returns:
        The rows, with names in the places of texts; and these texts by name.
    """
    texts: dict[str, str] = {}
    by_column = zip(*rows, strict=True)
    literals = [map(_writer(column, texts), values) for column, values in zip(columns, by_column, strict=True)]
    text = "), (".join(map(",".join, zip(*literals, strict=True)))
    return f"({text})", {name: value for value, name in texts.items()}


def _writer(column: Column[Any], texts: dict[str, str]) -> Callable[[Any], str]:
    """Return what writes a value of a column; a value of another type is refused, not written."""
    if isinstance(column.type, Double):
        return float.__repr__  # the shortest text that means exactly this double
    if isinstance(column.type, Integer):
        return _integer_or_null if column.nullable else int.__repr__
    if isinstance(column.type, Utc):
        return cache(lambda time: f"'{without_zone(time)}'")
    return lambda value: f"%({texts.setdefault(value, f'text{len(texts)}')})s"


def _integer_or_null(value: int | None) -> str:
    return "NULL" if value is None else int.__repr__(value)


def _one_ahead(values: Iterator[_T]) -> Iterator[_T]:
    """Have the next value made while the server works on the one before."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, values, None)
        while (value := coming.result()) is not None:
            coming = pool.submit(next, values, None)
            yield value
