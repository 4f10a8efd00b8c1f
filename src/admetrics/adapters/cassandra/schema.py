"""The tables of the keyspace. docs/decisions/0010-cassandra-partitions.md says why they are cut like this."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import attrs

from admetrics.adapters.cassandra.cluster import CassandraKeyspace
from admetrics.domain.errors import AbsentError, ConfigurationError, LayoutError

_DEFAULT_REPLICATION: Final = 3

Columns = Mapping[str, str]
"""The type of each column, as CQL writes it."""


@attrs.frozen
class Table:
    """A table.

    Args:
        name: its name.
        partition: the columns of the partition key.
        clustering: the columns that order the rows of a partition.
        values: the other columns.
        comment: what `DESCRIBE TABLE` shows.
        gc_grace: for how many seconds queries pass over what was deleted; None: as Cassandra has it, ten days. A
            replica that missed a deletion for longer may bring back what was deleted.
    """

    name: str
    partition: Columns
    clustering: Columns
    values: Columns
    comment: str
    gc_grace: int | None = None

    def create(self, keyspace: CassandraKeyspace) -> str:
        """Write the statement that creates the table if it is missing."""
        columns = {**self.partition, **self.clustering, **self.values}
        key = f"({', '.join(self.partition)})"
        grace = "" if self.gc_grace is None else f" AND gc_grace_seconds = {self.gc_grace}"
        return "\n".join(
            [
                f"CREATE TABLE IF NOT EXISTS {keyspace.table(self.name)} (",
                *(f"    {name} {kind}," for name, kind in columns.items()),
                f"    PRIMARY KEY ({', '.join([key, *self.clustering])})",
                f") WITH comment = '{self.comment}'{grace}",
            ]
        )

    def add(self, keyspace: CassandraKeyspace, names: Iterable[str]) -> str:
        """Write the statement that adds columns, unless another process was faster."""
        columns = ", ".join(f"{name} {self.values[name]}" for name in names)
        return f"ALTER TABLE {keyspace.table(self.name)} ADD IF NOT EXISTS ({columns})"

    def shorten_grace(self, keyspace: CassandraKeyspace) -> str:
        """Write the statement that lets what is deleted go earlier."""
        return f"ALTER TABLE {keyspace.table(self.name)} WITH gc_grace_seconds = {self.gc_grace}"

    def columns(self) -> dict[str, tuple[str, str, int]]:
        """Describe every column as `system_schema.columns` does: type, kind, and position in the key."""
        parts = ((self.partition, "partition_key"), (self.clustering, "clustering"))
        key = {
            name: (kind, part, position)
            for columns, part in parts
            for position, (name, kind) in enumerate(columns.items())
        }
        return key | {name: (kind, "regular", -1) for name, kind in self.values.items()}


EVENTS: Final = Table(
    "events",
    partition={"minute": "timestamp", "shard": "tinyint"},
    clustering={"id": "uuid"},
    values={
        "revision": "int",
        "time": "bigint",
        "kind": "text",
        "name": "text",
        "job": "int",
        "job_source": "text",
        "publisher": "int",
        "campaign": "int",
        "group_id": "int",
        "bid": "int",
        "bid_given": "boolean",
        "marks": "int",
        "uid": "text",
        "record": "text",
    },
    comment="every accepted event, once; no column is ever null; time: microseconds since 1970",
)
"""A column that were null in the winner would show the value of a copy that lost: so none is ever null.

`bid` is 0 where `bid_given` is false, so that its sum is right as it stands; `uid` is empty if unknown. Only `marks`
is null, which means none, in events that were stored before there was this column: copies of them that are stored now
are of a higher revision, so they win.
"""

_LATER_COLUMNS: Final = {"events": ("marks",), "dead_letters": ("size",)}
"""The columns that tables of older releases lack; they are added."""

HOURS: Final = Table(
    "hours",
    partition={"month": "int"},
    clustering={"hour": "timestamp"},
    values={"minutes": "set<tinyint>"},
    comment="which minutes hold events; month: e.g. 202603",
)

ARRIVALS: Final = Table(
    "arrivals",
    partition={"bucket": "timestamp"},
    clustering={"name": "text"},
    values={"hours": "frozen<map<timestamp, bigint>>"},
    comment="what reached the lake and was not rolled up, by wall clock; hours: bit mask of the minutes of each",
    gc_grace=3600,
)
"""A query of all buckets passes over every arrival that was released within `gc_grace`, and Cassandra ends queries that
pass over 100,000. An arrival that comes back is only handled again.
"""

MARKS: Final = Table(
    "marks",
    partition={"name": "text"},
    clustering={},
    values={"time": "timestamp"},
    comment="where reading begins: no older bucket of arrivals holds anything",
)

DEAD_LETTERS: Final = Table(
    "dead_letters",
    partition={"part": "tinyint"},
    clustering={"id": "text"},
    values={
        "source": "text",
        "line": "bigint",
        "data": "blob",
        "reason": "text",
        "detail": "text",
        "seen": "bigint",
        "size": "int",
    },
    comment="what could not be used; source: as JSON; seen: microseconds since 1970; size: bytes of data",
)

ERASED: Final = Table(
    "erased",
    partition={"part": "tinyint"},
    clustering={"pseudonym": "text"},
    values={},
    comment="the pseudonyms of visitors that were erased; part: 0",
)

IDENTITY: Final = Table(
    "identity",
    partition={"part": "tinyint"},
    clustering={},
    values={"identity": "text"},
    comment="what tells this lake from all others; part: 0",
)

LAKE_TABLES: Final = (EVENTS, HOURS, ARRIVALS, MARKS, ERASED, IDENTITY)


def prepare(keyspace: CassandraKeyspace, tables: Sequence[Table]) -> None:
    """Create the keyspace and the tables that are missing, and check those that are there.

    Where everything is there, nothing but reading is needed, so a user without the right to create will do.

    Raises:
        AbsentError: there is none of them, and they may not be created.
        ConfigurationError: the URL names a table.
        LayoutError: a table has another layout.
    """
    if keyspace.url.table is not None:
        raise ConfigurationError(f"{keyspace.name} names a table: a lake is a whole keyspace, so leave it out")
    found = {table.name: described(keyspace, table.name) for table in tables}
    if not keyspace.may_create and not any(found.values()):
        raise AbsentError.of(f"table {tables[0].name} of {keyspace.name}")
    if not exists(keyspace):
        keyspace.execute(_create_keyspace(keyspace))
    for table in tables:
        if not found[table.name]:
            keyspace.execute(table.create(keyspace))
            found[table.name] = described(keyspace, table.name)
    for table in tables:
        if missing := [name for name in _LATER_COLUMNS.get(table.name, ()) if name not in found[table.name]]:
            keyspace.execute(table.add(keyspace, missing))
            found[table.name] = described(keyspace, table.name)
        _check(keyspace, table, found[table.name])
        if table.gc_grace is not None and _gc_grace(keyspace, table.name) > table.gc_grace:
            keyspace.execute(table.shorten_grace(keyspace))


def exists(keyspace: CassandraKeyspace) -> bool:
    """Return whether the keyspace is there."""
    statement = "SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?"
    return bool(keyspace.execute(keyspace.bound(statement, keyspace.url.keyspace)))


def described(keyspace: CassandraKeyspace, table: str) -> dict[str, tuple[str, str, int]]:
    """Describe the columns of a table as `Table.columns` does; nothing if there is no such table."""
    statement = """
        SELECT column_name, type, kind, position
        FROM system_schema.columns
        WHERE keyspace_name = ? AND table_name = ?
    """
    rows = keyspace.execute(keyspace.bound(statement, keyspace.url.keyspace, table))
    return {name: (kind, part, position) for name, kind, part, position in rows}


def _gc_grace(keyspace: CassandraKeyspace, table: str) -> int:
    statement = "SELECT gc_grace_seconds FROM system_schema.tables WHERE keyspace_name = ? AND table_name = ?"
    ((seconds,),) = keyspace.execute(keyspace.bound(statement, keyspace.url.keyspace, table))
    return int(seconds)


def _create_keyspace(keyspace: CassandraKeyspace) -> str:
    url = keyspace.url
    factor = url.replication or min(_DEFAULT_REPLICATION, keyspace.nodes())
    data_centre = url.local_dc.replace("'", "''")
    return (
        f'CREATE KEYSPACE IF NOT EXISTS "{url.keyspace}"\n'
        f"WITH replication = {{'class': 'NetworkTopologyStrategy', '{data_centre}': {factor}}}"
    )


def _check(keyspace: CassandraKeyspace, table: Table, found: Mapping[str, tuple[str, str, int]]) -> None:
    """Compare column by column; columns that others added do no harm, unless they are part of the key."""
    if differences := list(_differences(table.columns(), found)):
        raise LayoutError(
            f"table {table.name} of {keyspace.name} has another layout ({'; '.join(differences)}): "
            "name another keyspace, or move that table away"
        )


def _differences(
    expected: Mapping[str, tuple[str, str, int]], found: Mapping[str, tuple[str, str, int]]
) -> Iterator[str]:
    for name, column in expected.items():
        if name not in found:
            yield f"{name} is missing"
        elif found[name] != column:
            yield f"{name} is {_words(found[name])} instead of {_words(column)}"
    for name in sorted(found.keys() - expected.keys()):
        if found[name][1] in {"partition_key", "clustering"}:
            yield f"{name} is unknown and {_words(found[name])}"


def _words(column: tuple[str, str, int]) -> str:
    kind, part, position = column
    return kind if part == "regular" else f"{kind}, {part} {position + 1}"
