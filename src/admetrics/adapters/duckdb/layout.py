"""The tables of the file, and a check that those found there are ours."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs
import duckdb

from admetrics.domain.errors import LayoutError

_VERSION: Final = 4
"""Raise it with every change of the tables, and say in `_UPGRADES` how they come from the version before."""


@attrs.frozen
class Table:
    """A table.

    Args:
        name: its name.
        columns: the type of each column, and what is asked of it.
    """

    name: str
    columns: Mapping[str, str]

    def sql(self) -> str:
        """Write the statement that creates it."""
        columns = ",\n    ".join(f"{name} {definition}" for name, definition in self.columns.items())
        return f"CREATE TABLE {self.name} (\n    {columns}\n)"

    @property
    def types(self) -> dict[str, str]:
        """The bare type of each column."""
        return {
            name.strip('"'): definition.partition(" NOT NULL")[0].partition(" USING")[0]
            for name, definition in self.columns.items()
        }


VISIT: Final = """\
CASE WHEN kind = 'click' AND job <> 0 AND uid IS NOT NULL THEN md5_number_lower(concat(uid, ' ', job)) END"""
"""A number for the visitor and the job of a click that can be a repeat; another visit hardly ever has the same."""

_LAYOUT: Final = Table("admetrics_layout", {"version": "INTEGER NOT NULL"})

# An hour is found by DuckDB's zone maps, for which rows of one hour must lie together; so they mostly do, as events
# arrive by time. There is no index and no primary key: they cost more than all the rest of an insert.
EVENTS: Final = Table(
    "events",
    {
        "id": "UUID NOT NULL",
        "hour": "TIMESTAMP WITH TIME ZONE NOT NULL",
        "time": "TIMESTAMP WITH TIME ZONE NOT NULL",
        "kind": "VARCHAR NOT NULL",
        "name": "VARCHAR NOT NULL",
        "job": "INTEGER NOT NULL",
        "job_source": "VARCHAR NOT NULL",
        "publisher": "INTEGER NOT NULL",
        "campaign": "INTEGER NOT NULL",
        '"group"': "INTEGER NOT NULL",
        "bid": "INTEGER",
        "marks": "INTEGER NOT NULL",
        "uid": "VARCHAR",
        "visit": "UBIGINT",  # `VISIT`: clicks with one are read as quickly as numbers are, and not as text
        "revision": "INTEGER NOT NULL",
        "record": "VARCHAR NOT NULL USING COMPRESSION zstd",  # read only when copies contradict each other
        "fingerprint": "UUID",  # of the record as it came; null where that is the one that is stored, and not keyed
        "protection": "INTEGER NOT NULL",
        "keyed": "BOOLEAN NOT NULL",  # whether fingerprint and id are under the key of visitors
    },
)
ARRIVALS: Final = Table(
    "arrivals",
    {
        "batch": "VARCHAR NOT NULL",
        "hour": "TIMESTAMP WITH TIME ZONE NOT NULL",
        "minutes": "BIGINT NOT NULL",
    },
)
DEAD_LETTERS: Final = Table(
    "dead_letters",
    {
        "id": "VARCHAR NOT NULL",
        "source": "BLOB NOT NULL",  # a file's name need not be text
        "line": "BIGINT NOT NULL",
        "data": "BLOB NOT NULL",
        "reason": "VARCHAR NOT NULL",
        "detail": "VARCHAR NOT NULL",
        "seen": "TIMESTAMP WITH TIME ZONE NOT NULL",
        "pieces": "INTEGER NOT NULL",  # how many more of its data lie in `PIECES`
    },
)
# DuckDB takes 2,048 rows at a time: if large data were whole, a few dozen letters would not fit into memory.
PIECES: Final = Table(
    "dead_letter_pieces",
    {
        "id": "VARCHAR NOT NULL",
        "piece": "INTEGER NOT NULL",
        "data": "BLOB NOT NULL",
    },
)
ERASED: Final = Table("erased", {"pseudonym": "VARCHAR NOT NULL"})
IDENTITY: Final = Table("identity", {"identity": "UUID NOT NULL"})
_MAKE_IDENTITY: Final = f"INSERT INTO {IDENTITY.name} VALUES (uuid())"
TABLES: Final = (_LAYOUT, EVENTS, ARRIVALS, DEAD_LETTERS, PIECES, ERASED, IDENTITY)

_UPGRADES: Final[Mapping[int, Sequence[str]]] = {
    1: (
        f"ALTER TABLE {EVENTS.name} ADD COLUMN marks INTEGER DEFAULT 0",
        f"ALTER TABLE {EVENTS.name} ADD COLUMN visit UBIGINT",
        f"UPDATE {EVENTS.name} SET visit = {VISIT} WHERE kind = 'click'",
    ),
    2: (
        f"ALTER TABLE {EVENTS.name} ADD COLUMN fingerprint UUID",
        f"ALTER TABLE {EVENTS.name} ADD COLUMN protection INTEGER DEFAULT 0",
        ERASED.sql(),
    ),
    3: (
        f"ALTER TABLE {EVENTS.name} ADD COLUMN keyed BOOLEAN DEFAULT false",
        f"ALTER TABLE {DEAD_LETTERS.name} ADD COLUMN pieces INTEGER DEFAULT 0",
        PIECES.sql(),
        IDENTITY.sql(),
        _MAKE_IDENTITY,
    ),
}
"""The statements that lead from a version to the next one."""


def prepare(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Create the tables if there are none; call it in a transaction.

    Raises:
        LayoutError: a table is missing, is not ours, or was made by another release.
    """
    found = _types(connection)
    if not found:
        for table in TABLES:
            connection.execute(table.sql())
        connection.execute(f"INSERT INTO {_LAYOUT.name} VALUES ({_VERSION})")
        connection.execute(_MAKE_IDENTITY)
        return
    if _LAYOUT.name not in found:
        raise LayoutError(
            f"{name} has tables of somebody else ({', '.join(sorted(found))}): name another file, or move those away"
        )
    _upgrade(connection, name)
    found = _types(connection)
    for table in TABLES:
        if table.name not in found:
            raise LayoutError(f"table {table.name} of {name} is missing: restore it from a backup")
        _check(table, found[table.name], name)


def _types(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Return the columns of every table that has a name of ours, with their types."""
    rows = connection.execute(
        """
        SELECT table_name, column_name, data_type
        FROM duckdb_columns()
        WHERE NOT internal AND database_name = current_database() AND schema_name = 'main'
        """
    ).fetchall()
    ours = {table.name for table in TABLES}
    found: dict[str, dict[str, str]] = {}
    for table, column, data_type in rows:
        if table in ours:
            found.setdefault(table, {})[column] = data_type
    return found


def _upgrade(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Bring the tables of an older version to this one, in the transaction of the caller."""
    versions = connection.execute(f"SELECT * FROM {_LAYOUT.name}").fetchall()
    version: int = versions[0][0] if len(versions) == 1 else 0
    if version not in {*_UPGRADES, _VERSION}:
        raise LayoutError(f"the tables of {name} were made by another release: install that one")
    for older in range(version, _VERSION):
        for statement in _UPGRADES[older]:
            connection.execute(statement)
        connection.execute(f"UPDATE {_LAYOUT.name} SET version = {older + 1}")


def _check(table: Table, found: Mapping[str, str], name: str) -> None:
    wrong = sorted(column for column in table.types.keys() | found if table.types.get(column) != found.get(column))
    if wrong:
        raise LayoutError(
            f"table {table.name} of {name} has another layout (missing, unknown or of another type: "
            f"{', '.join(wrong)}): name another file, or move that one away"
        )
