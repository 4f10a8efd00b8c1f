"""Dimension tables of a SQL database that is not ours: read once, as they are at that moment, and left alone."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, MetaData, NullPool, Table, create_engine, inspect, select
from sqlalchemy.engine import URL

from admetrics.adapters.sql.database import parse_url
from admetrics.adapters.sql.errors import translated
from admetrics.domain.dimension_tables import DIMENSION_TABLES, DateOrder, Place, Tell, read_rows
from admetrics.domain.dimensions import Dimensions
from admetrics.domain.errors import ConfigurationError, InputError, MissingExtraError

_KNOWN: Final = ", ".join(DIMENSION_TABLES)


def read_dimensions_of_database(
    url: str, tables: Iterable[str], *, date_order: DateOrder | None = None, tell: Tell
) -> Dimensions:
    """Read dimension tables of a SQL database.

    Args:
        url: `mysql+pymysql://user:password@host:3306/database`, `mariadb+pymysql://...` or `sqlite:///folder/file`.
        tables: which tables: `job`, `campaign`, `group`, `company` or `master_publisher`; one that has another name
            there as `job=ads` or `job=schema.ads`.
        date_order: the order of dates that are kept as text and are not ISO 8601; None: such dates are refused.
        tell: is told in one line for each table which columns are not known.

    Raises:
        ConfigurationError: the URL or a name of a table makes no sense.
        MissingExtraError: the driver is not installed.
        InputError: a table is missing, has no id, or holds a value that is not what it should be.
        BackendError: the database cannot be read.
    """
    names = _names_of(tables)
    parsed = parse_url(url)
    name = parsed.set(query={}).render_as_string(hide_password=True)
    rows: dict[str, list[object]] = {table.field: [] for table in DIMENSION_TABLES.values()}
    with translated(name), _connected(parsed, name) as connection:
        for known, there in names.items():
            place = Place(f"table {there} of {name}", "row", "name another table")
            header, values = _read(connection, there, name)
            rows[DIMENSION_TABLES[known].field].extend(
                read_rows(DIMENSION_TABLES[known], header, values, place=place, date_order=date_order, tell=tell)
            )
    return Dimensions(**rows)  # type: ignore[arg-type]  # each table's field holds its own type


def _names_of(tables: Iterable[str]) -> Mapping[str, str]:
    names = {known: there or known for known, _, there in (each.partition("=") for each in tables)}
    if not names or not names.keys() <= DIMENSION_TABLES.keys():
        raise ConfigurationError(f"name the tables of the database: some of {_KNOWN}, or e.g. job=name_of_the_table")
    return names


def _connected(url: URL, name: str) -> Connection:
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise InputError(f"cannot read {name}: there is no such file")
    try:
        return create_engine(url, poolclass=NullPool, hide_parameters=True).connect()
    except ImportError as error:
        raise MissingExtraError(f"{name} needs a driver: pip install 'admetrics[mysql]'") from error
    except (AttributeError, OSError, TypeError, ValueError) as error:
        parameters = ", ".join(sorted(url.query)) or "none"
        raise ConfigurationError(f"{name} cannot be opened with the parameters of its URL: {parameters}") from error


def _read(connection: Connection, there: str, name: str) -> tuple[list[str], Iterable[tuple[int, list[str]]]]:
    schema, _, table_name = there.rpartition(".")
    if not inspect(connection).has_table(table_name, schema=schema or None):
        raise InputError(f"{name} has no table {there}: name it as it is there, e.g. job=name_of_the_table")
    table = Table(table_name, MetaData(), schema=schema or None, autoload_with=connection, resolve_fks=False)
    found = connection.execute(select(table))
    return list(found.keys()), ((number, list(map(_text, row))) for number, row in enumerate(found, start=1))


def _text(value: Any) -> str:
    """Write a value as a CSV would have it."""
    if value is None:
        return ""
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.isoformat() if isinstance(value, date) else str(value)
