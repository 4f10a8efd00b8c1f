"""The layout of a database: versioned migrations, and a check that the tables are ours."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import attrs
from sqlalchemy import Column, Connection, MetaData, String, Table, func, inspect, select

from admetrics.adapters.sql import tables
from admetrics.adapters.sql.database import Database
from admetrics.domain.errors import AbsentError, LayoutError, TransientError

MIGRATIONS: Final = Path(__file__).parent / "migrations"
_LOCK_TIMEOUT: Final = 30


@attrs.frozen
class Part:
    """Tables that lie in one database and change together.

    Args:
        name: the folder of its migrations.
        tables: its tables, as that one leaves them.
    """

    name: str
    tables: tuple[Table, ...]

    @property
    def revision(self) -> str:
        """The newest migration: scripts are named by their numbers."""
        return f"{self.name}_{max((MIGRATIONS / self.name).glob('[0-9]*.py')).name[:4]}"

    @property
    def revision_table(self) -> Table:
        """The table that holds the revision of the layout."""
        return Table(f"admetrics_{self.name}_revision", MetaData(), Column("version_num", String(32)))


WAREHOUSE: Final = Part(
    "warehouse",
    (
        tables.events, tables.days, tables.daily_sums, tables.accounting, tables.reconciliations,
        tables.job, tables.campaign, tables.group, tables.company, tables.publisher,
        tables.moved_jobs, tables.moved_campaigns,
    ),
)  # fmt: skip
BUS: Final = Part("bus", (tables.bus,))
CHECKPOINTS: Final = Part(
    "checkpoints",
    (
        tables.counter,
        tables.adopted_lake,
        tables.hour_claims,
        tables.minute_claims,
        tables.cells,
        tables.handled,
        tables.requests,
    ),
)


def prepare(database: Database, part: Part) -> None:
    """Create the tables that are missing, and bring older ones up to date.

    Raises:
        AbsentError: there are none, and the database says that none may be created.
        LayoutError: a table is not ours, or was made by a newer release.
    """
    if database.read(lambda connection: _is_current(connection, part, database.name, may_create=database.may_create)):
        return
    _alone(database, lambda: database.write(lambda connection: _migrate(connection, part, database.name)))


def _is_current(connection: Connection, part: Part, name: str, *, may_create: bool = True) -> bool:
    """Return whether nothing is to be done; this is asked at every start, so it does not import alembic."""
    if not inspect(connection).has_table(part.revision_table.name):
        _check(connection, part, name, partly=True)
        if not may_create:
            raise AbsentError.of(f"the {part.name} in {name}")
        return False
    if connection.scalar(select(part.revision_table.c.version_num)) != part.revision:
        return False
    _check(connection, part, name)
    return True


def _migrate(connection: Connection, part: Part, name: str) -> None:
    from alembic import command  # noqa: PLC0415  0.3 s, needed once
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    if _is_current(connection, part, name):  # another process was faster
        return
    config = Config(attributes={"connection": connection, "version_table": part.revision_table.name})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(MIGRATIONS / part.name).replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise LayoutError(
            f"the tables of {name} were made by a newer release: install that one ({part.name}: {error})"
        ) from error
    _check(connection, part, name)


def _alone(database: Database, work: Callable[[], None]) -> None:
    """Run a migration while no other process runs one; on SQLite every writing transaction is alone.

    The lock lies on a connection of its own, so it is held until the migration is committed: another process that
    came in between would start at the old revision.
    """
    if database.is_sqlite:
        work()
        return
    lock = func.concat("admetrics ", func.left(func.database(), 50))

    def hold(connection: Connection) -> None:
        if connection.scalar(select(func.get_lock(lock, _LOCK_TIMEOUT))) != 1:
            raise TransientError(f"another command is changing the layout of {database.name}: try again")
        try:
            work()
        finally:
            connection.scalar(select(func.release_lock(lock)))

    database.read(hold)


def _check(connection: Connection, part: Part, name: str, *, partly: bool = False) -> None:
    """Compare the columns of the tables.

    Args:
        connection: to the database.
        part: the tables.
        name: the database, for the message.
        partly: whether tables may be missing.
    """
    inspector = inspect(connection)
    for table in part.tables:
        if not inspector.has_table(table.name):
            if partly:
                continue
            raise LayoutError(f"table {table.name} of {name} is missing: restore it from a backup")
        found = {str(column["name"]) for column in inspector.get_columns(table.name)}
        expected = {column.name for column in table.columns}
        if found != expected:
            raise LayoutError(
                f"table {table.name} of {name} has another layout ({_difference(expected, found)}): "
                "name another database, or move that table away"
            )


def _difference(expected: set[str], found: set[str]) -> str:
    said = (("missing", expected - found), ("unknown", found - expected))
    return "; ".join(f"{word}: {', '.join(sorted(names))}" for word, names in said if names)
