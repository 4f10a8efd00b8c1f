"""Migrations, and the check that the tables are ours."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, text
from sqlalchemy.dialects import mysql
from sqlalchemy.schema import CreateTable

from admetrics.adapters.sql.database import Database
from admetrics.adapters.sql.layout import BUS, CHECKPOINTS, MIGRATIONS, WAREHOUSE, prepare
from admetrics.adapters.sql.warehouse import SqlWarehouse
from admetrics.domain.errors import LayoutError
from admetrics.testing.examples import HandClock

PARTS = pytest.mark.parametrize("part", [WAREHOUSE, BUS, CHECKPOINTS], ids=lambda part: part.name)

PARTS_OF_STATEMENT = re.compile(r"(?:[^,()]|\([^()]*\))+").findall
"""The columns, the constraints and the options: columns that were added later stand behind the key."""


def run(database, *statements):
    def work(connection):
        return [connection.execute(text(statement)) for statement in statements]

    database.write(work)


def schema(database):
    """What SQLite keeps of each table and index: the parts of the statement that made it, apart from their spelling."""
    statement = text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
    found = database.read(lambda connection: connection.execute(statement).all())
    return {name: sorted(PARTS_OF_STATEMENT("".join(sql.replace('"', "").split()).lower())) for name, sql in found}


def copy_of(part):
    metadata = MetaData()
    for table in part.tables:
        table.to_metadata(metadata)
    return metadata


@PARTS
def test_an_empty_database_gets_the_tables(database, part):
    prepare(database, part)
    assert {table.name for table in part.tables} <= set(schema(database))
    revision = text(f"SELECT version_num FROM {part.revision_table.name}")
    assert database.read(lambda connection: connection.scalar(revision)) == part.revision


@PARTS
def test_preparing_again_changes_nothing(database, part):
    prepare(database, part)
    before = schema(database)
    prepare(database, part)
    assert schema(database) == before


@PARTS
def test_migrations_leave_the_tables_as_they_are_described(database, part):
    prepare(database, part)

    def differences(connection):
        names = {table.name for table in part.tables}
        options = {
            "compare_type": True,
            "include_object": lambda item, name, kind, _reflected, _other: kind != "table" or name in names,
        }
        return compare_metadata(MigrationContext.configure(connection, opts=options), copy_of(part))

    assert database.read(differences) == []


@PARTS
def test_migrations_leave_the_statements_that_describe_the_tables(tmp_path, database, part):
    prepare(database, part)
    other = Database(f"sqlite:///{tmp_path}/other.sqlite")
    try:
        other.write(copy_of(part).create_all)
        expected = schema(other)
    finally:
        other.close()
    found = schema(database)
    assert {name: found[name] for name in expected} == expected


@PARTS
def test_the_newest_revision_is_that_of_the_newest_migration(part):
    newest = max((MIGRATIONS / part.name).glob("[0-9]*.py")).read_text()
    assert f'revision = "{part.revision}"' in newest


@PARTS
def test_a_layout_of_a_newer_release_is_refused(database, part):
    prepare(database, part)
    run(database, f"UPDATE {part.revision_table.name} SET version_num = '{part.name}_9999'")
    with pytest.raises(LayoutError, match="were made by a newer release: install that one"):
        prepare(database, part)
    assert (
        database.read(lambda connection: connection.scalar(text(f"SELECT version_num FROM {part.revision_table.name}")))
        == f"{part.name}_9999"
    )


def test_a_table_of_somebody_else_is_left_alone(database):
    run(database, "CREATE TABLE events (id INTEGER, job_id INTEGER)", "INSERT INTO events VALUES (7, 8)")
    with pytest.raises(LayoutError) as caught:
        prepare(database, WAREHOUSE)
    message = str(caught.value)
    assert message.startswith(f"table events of {database.name} has another layout (missing: bid_set, ")
    assert message.endswith("; unknown: id): name another database, or move that table away")
    assert set(schema(database)) == {"events"}


def test_a_column_that_was_dropped_is_named(database):
    prepare(database, WAREHOUSE)
    run(database, "ALTER TABLE events DROP COLUMN sources")
    with pytest.raises(LayoutError, match=r"table events of .* has another layout \(missing: sources\)"):
        prepare(database, WAREHOUSE)


def test_a_table_that_was_dropped_is_named(database):
    prepare(database, CHECKPOINTS)
    run(database, "DROP TABLE checkpoint_cells")
    with pytest.raises(LayoutError, match=r"table checkpoint_cells of .* is missing: restore it from a backup"):
        prepare(database, CHECKPOINTS)


@PARTS
def test_a_migration_that_was_interrupted_goes_on(database, part):
    """A server that cannot roll back a CREATE TABLE is left with some of the tables, and no revision."""
    prepare(database, part)
    before = schema(database)
    last = part.tables[-1].name
    run(database, f"DROP TABLE {part.revision_table.name}", f"DROP TABLE {last}")
    prepare(database, part)
    assert schema(database) == before


def test_a_migration_that_was_interrupted_keeps_what_was_stored(database):
    prepare(database, CHECKPOINTS)
    run(database, "UPDATE checkpoint_counter SET version = 7", f"DROP TABLE {CHECKPOINTS.revision_table.name}")
    prepare(database, CHECKPOINTS)
    counter = text("SELECT version FROM checkpoint_counter")
    assert database.read(lambda connection: connection.execute(counter).scalars().all()) == [7]


def test_all_parts_fit_into_one_database(database):
    for part in (WAREHOUSE, BUS, CHECKPOINTS):
        prepare(database, part)
    for part in (WAREHOUSE, BUS, CHECKPOINTS):
        prepare(database, part)


def test_two_commands_may_begin_at_once(open_database):
    databases = [open_database() for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda database: prepare(database, WAREHOUSE), databases))
    assert schema(databases[0]) == schema(databases[1])


def test_a_database_that_is_up_to_date_is_opened_without_alembic(file, database):
    """Alembic takes a third of a second, which every command would wait."""
    SqlWarehouse(database, clock=HandClock())
    program = (
        "import sys; from admetrics.adapters.sql import database, layout; "
        f"opened = database.Database('sqlite:///{file}'); layout.prepare(opened, layout.WAREHOUSE); opened.close(); "
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@PARTS
def test_tables_on_mysql_compare_text_byte_by_byte_and_keep_microseconds(part):
    for table in part.tables:
        statement = str(CreateTable(table).compile(dialect=mysql.dialect()))
        assert "ENGINE=InnoDB" in statement
        assert "COLLATE utf8mb4_bin" in statement
        assert "DATETIME(6)" in statement or "DATETIME" not in statement
        assert "AUTO_INCREMENT" not in statement or table.name in {"bus", "moved_jobs", "moved_campaigns"}
