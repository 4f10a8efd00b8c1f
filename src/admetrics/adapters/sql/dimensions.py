"""The dimension tables."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, Self

import attrs
from sqlalchemy import Connection, Table, delete, insert, select

from admetrics.adapters.sql.database import Database, reads, writes
from admetrics.adapters.sql.layout import WAREHOUSE, prepare
from admetrics.adapters.sql.statements import chunks, pairs, put, selected
from admetrics.adapters.sql.tables import campaign, company, group, job, moved_campaigns, moved_jobs, publisher
from admetrics.domain.dimensions import Campaign, Company, DimensionChange, Dimensions, Group, Job, Publisher, Subject
from admetrics.domain.rules.flight import ALWAYS, Flight
from admetrics.ports.adapter import Resources

_TABLES: Final[Mapping[str, tuple[Table, Any]]] = {
    "jobs": (job, Job),
    "campaigns": (campaign, Campaign),
    "groups": (group, Group),
    "companies": (company, Company),
    "publishers": (publisher, Publisher),
}
"""Each field of `Dimensions` with its table and its type; columns stand in the order of the type's fields."""

_MOVED: Final = {Subject.JOB: moved_jobs, Subject.CAMPAIGN: moved_campaigns}


class SqlDimensions:
    """The dimension tables in a SQL database.

    Args:
        database: holds them; they are created if they are missing.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        prepare(database, WAREHOUSE)

    @classmethod
    def open(cls, url: str, resources: Resources) -> Self:
        """Open the tables in the database of a URL."""
        return cls(resources.shared(Database.open, url))

    @writes
    def put(self, connection: Connection, dimensions: Dimensions) -> None:
        """Insert or replace rows, and note what changed."""
        owners = {each.id: each.company for each in dimensions.jobs}
        flights = {each.id: each.flight for each in dimensions.campaigns}
        old_owners, old_flights = _companies(connection, owners), _flights(connection, flights)
        for field, (table, _) in _TABLES.items():
            put(connection, table, _rows(table, getattr(dimensions, field)))
        _note(connection, Subject.JOB, (each for each, owner in owners.items() if old_owners.get(each) != owner))
        moved = (each for each, flight in flights.items() if old_flights.get(each, ALWAYS) != flight)
        _note(connection, Subject.CAMPAIGN, moved)

    @reads
    def pending_changes(self, connection: Connection) -> Mapping[DimensionChange, int]:
        """Return what moved, with the number of the move."""
        return {
            DimensionChange(subject, own_id): number
            for subject, table in _MOVED.items()
            for number, own_id in connection.execute(select(table))
        }

    @writes
    def acknowledge(self, connection: Connection, moves: Mapping[DimensionChange, int]) -> None:
        """Forget moves, by number: a later one of the same job or campaign has another and stays."""
        for subject, table in _MOVED.items():
            for some in chunks(sorted(number for moved, number in moves.items() if moved.subject is subject)):
                connection.execute(delete(table).where(table.c.number.in_(some)))

    @reads
    def companies(self, connection: Connection, jobs: Collection[int]) -> Mapping[int, int]:
        """Return the company of each of the jobs that has one."""
        return _companies(connection, jobs)

    @reads
    def flights(self, connection: Connection, campaigns: Collection[int]) -> Mapping[int, Flight]:
        """Return the flight of each of the campaigns that is known."""
        return _flights(connection, campaigns)

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


def _flights(connection: Connection, campaigns: Iterable[int]) -> dict[int, Flight]:
    statement = select(campaign.c.id, campaign.c.start_date, campaign.c.end_date)
    found = selected(connection, statement, campaign.c.id, campaigns)
    return {number: Flight(first, last) for number, first, last in found}


def _note(connection: Connection, subject: Subject, moved: Iterable[int]) -> None:
    """Give each move a new number, so that settling an older move of the same one leaves it alone."""
    table = _MOVED[subject]
    column = table.c[subject.value]
    for some in chunks(sorted(moved)):
        connection.execute(delete(table).where(column.in_(some)))
        connection.execute(insert(table), [{subject.value: number} for number in some])
