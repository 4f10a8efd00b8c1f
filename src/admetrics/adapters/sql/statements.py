"""Statements that several tables need, and the pieces they are made of."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import BindParameter, Column, ColumnElement, Connection, Integer, Select, Table, and_, bindparam, or_
from sqlalchemy.dialects import mysql, sqlite

from admetrics.domain.times import Period

ROWS_AT_ONCE: Final = 5_000
"""Rows in one call of the driver: more are hardly faster, and a packet of the server must hold them."""
VALUES_AT_ONCE: Final = 2_000
"""Values in one IN list."""
_ALTERNATIVES_AT_ONCE: Final = 200  # SQLite parses no expression deeper than 1,000
_FIRST_YEAR: Final = 1000
_LAST_YEAR: Final = 9999

_T = TypeVar("_T")


def chunks(values: Iterable[_T], size: int = VALUES_AT_ONCE) -> Iterator[Sequence[_T]]:
    """Cut values into lists of at most `size`."""
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some


def pairs(rows: Iterable[Any]) -> dict[Any, Any]:
    """Make a dictionary of rows of two columns."""
    return {key: value for key, value in rows}  # noqa: C416  dict() does not take rows for what they are


def selected(
    connection: Connection, statement: Select[Any], column: ColumnElement[Any], values: Iterable[Any]
) -> Iterator[Any]:
    """Run a query for the rows whose `column` is one of `values`, however many these are."""
    for some in chunks(values):
        yield from connection.execute(statement.where(column.in_(some)))


def selected_in_hours(
    connection: Connection,
    statement: Select[Any],
    columns: tuple[ColumnElement[Any], ColumnElement[Any]],
    values: Mapping[datetime, Collection[int]],
) -> Iterator[Any]:
    """Run a query for the rows of some hours with some values in each, however many these are.

    Written as hour = ? AND column IN (...), OR the same for the next hour: servers look that up in an index. With
    (hour, column) IN ((?, ?), ...) some read the whole table.

    Args:
        connection: runs it.
        statement: the query.
        columns: that of the hour and that of the values, the first two of an index.
        values: the values by hour.
    """
    hour_column, column = columns
    pieces = ((hour, some) for hour, wanted in values.items() for some in chunks(sorted(wanted)))
    for alternatives in _batches(pieces):
        conditions = [and_(hour_column == hour, column.in_(_literal(some))) for hour, some in alternatives]
        yield from connection.execute(statement.where(or_(*conditions)))


def _literal(integers: Sequence[int]) -> BindParameter[Any]:
    """Write integers into the statement: to bind each of them takes the driver as long as the server for its row."""
    return bindparam(None, integers, type_=Integer(), expanding=True, literal_execute=True)


def _batches(pieces: Iterable[tuple[datetime, Sequence[int]]]) -> Iterator[Sequence[tuple[datetime, Sequence[int]]]]:
    """Gather pieces until they make one statement of a fair size."""
    batch: list[tuple[datetime, Sequence[int]]] = []
    values = 0
    for hour, some in pieces:
        if batch and (len(batch) == _ALTERNATIVES_AT_ONCE or values + len(some) > VALUES_AT_ONCE):
            yield batch
            batch, values = [], 0
        batch.append((hour, some))
        values += len(some)
    if batch:
        yield batch


def within(hour: Column[Any], period: Period) -> list[ColumnElement[bool]]:
    """Write the conditions for an hour of a period; bounds that no server knows, which bound nothing, are left out."""
    conditions = []
    if period.start.year >= _FIRST_YEAR:
        conditions.append(hour >= period.start)
    if period.end.year < _LAST_YEAR:
        conditions.append(hour < period.end)
    return conditions


def put(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows, or replace those with the same primary key."""
    statement = _put_sqlite(table) if connection.dialect.name == "sqlite" else _put_mysql(table)
    for some in chunks(rows, ROWS_AT_ONCE):
        connection.execute(statement, some)


def _put_sqlite(table: Table) -> Any:
    insert = sqlite.insert(table)
    others = _other_columns(table)
    if not others:
        return insert.on_conflict_do_nothing()
    return insert.on_conflict_do_update(
        index_elements=list(table.primary_key), set_={name: insert.excluded[name] for name in others}
    )


def _put_mysql(table: Table) -> Any:
    insert = mysql.insert(table)
    names = _other_columns(table) or [column.name for column in table.primary_key]
    return insert.on_duplicate_key_update([(name, insert.inserted[name]) for name in names])


def _other_columns(table: Table) -> list[str]:
    return [column.name for column in table.columns if not column.primary_key]
