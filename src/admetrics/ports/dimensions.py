"""The port to the dimension tables."""

from collections.abc import Collection, Mapping
from typing import Protocol

from admetrics.domain.dimensions import Dimensions


class DimensionStore(Protocol):
    """What the ids stand for; above all, whose job it is."""

    def put(self, dimensions: Dimensions) -> None:
        """Insert or replace rows by id, in one transaction; rows that are not named stay.

        The jobs whose company changed (new jobs with a company included) are noted with the same transaction.
        """
        ...

    def moved_jobs(self) -> Mapping[int, int]:
        """Return the jobs whose company changed and whose hours are not yet known to be dirty.

        Returns:
            For each job the number of its last move; a later move of the same job has another number.
        """
        ...

    def settle(self, moves: Mapping[int, int]) -> None:
        """Forget these moves: the hours of the jobs were made dirty. A job that moved again since stays noted."""
        ...

    def companies(self, jobs: Collection[int]) -> Mapping[int, int]:
        """Return the company of each of the jobs that has one."""
        ...

    def all(self) -> Dimensions:
        """Return all rows of all tables, sorted by id."""
        ...
