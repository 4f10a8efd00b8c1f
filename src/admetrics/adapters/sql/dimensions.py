"""The dimension tables."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import attrs
from sqlalchemy import Connection, Table, delete, insert, select

from admetrics.adapters.sql.database import Database, reads, writes
from admetrics.adapters.sql.layout import WAREHOUSE, prepare
from admetrics.adapters.sql.statements import chunks, pairs, put, selected
from admetrics.adapters.sql.tables import campaign, company, group, job, moved_jobs, publisher
from admetrics.domain.dimensions import Campaign, Company, Dimensions, Group, Job, Publisher

_TABLES: Final[Mapping[str, tuple[Table, Any]]] = {
    "jobs": (job, Job),
    "campaigns": (campaign, Campaign),
    "groups": (group, Group),
    "companies": (company, Company),
    "publishers": (publisher, Publisher),
}
"""Each field of `Dimensions` with its table and its type; columns stand in the order of the type's fields."""


class SqlDimensions:
    """The dimension tables in a SQL database.

    Args:
        database: holds them; they are created if they are missing.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        prepare(database, WAREHOUSE)

    @writes
    def put(self, connection: Connection, dimensions: Dimensions) -> None:
        """Insert or replace rows, and note the jobs whose company changed."""
        new = {each.id: each.company for each in dimensions.jobs}
        old = _companies(connection, new)
        for field, (table, _) in _TABLES.items():
            put(connection, table, _rows(table, getattr(dimensions, field)))
        _note_moved(connection, sorted(number for number, owner in new.items() if old.get(number) != owner))

    @reads
    def moved_jobs(self, connection: Connection) -> Mapping[int, int]:
        """Return the jobs that moved, with the number of the move."""
        return pairs(connection.execute(select(moved_jobs.c.job, moved_jobs.c.number)))

    @writes
    def settle(self, connection: Connection, moves: Mapping[int, int]) -> None:
        """Forget moves, by number: a later one of the same job has another and stays."""
        for some in chunks(sorted(moves.values())):
            connection.execute(delete(moved_jobs).where(moved_jobs.c.number.in_(some)))

    @reads
    def companies(self, connection: Connection, jobs: Collection[int]) -> Mapping[int, int]:
        """Return the company of each of the jobs that has one."""
        return _companies(connection, jobs)

    @reads
    def all(self, connection: Connection) -> Dimensions:
        """Return all rows, sorted by id."""
        return Dimensions(
            **{
                field: tuple(kind(*row) for row in connection.execute(select(table).order_by(table.c.id)))
                for field, (table, kind) in _TABLES.items()
            }
        )


def _rows(table: Table, dimension: Iterable[Any]) -> Iterable[Mapping[str, Any]]:
    names = [column.name for column in table.columns]
    last = {each.id: each for each in dimension}
    return (dict(zip(names, attrs.astuple(last[number]), strict=True)) for number in sorted(last))


def _companies(connection: Connection, jobs: Iterable[int]) -> dict[int, int]:
    statement = select(job.c.id, job.c.company_id).where(job.c.company_id.is_not(None))
    return pairs(selected(connection, statement, job.c.id, jobs))


def _note_moved(connection: Connection, jobs: Iterable[int]) -> None:
    """Give each move a new number, so that settling an older move of the same job leaves it alone."""
    for some in chunks(jobs):
        connection.execute(delete(moved_jobs).where(moved_jobs.c.job.in_(some)))
        connection.execute(insert(moved_jobs), [{"job": number} for number in some])
