"""The port to the dimension tables."""

from collections.abc import Collection, Mapping
from typing import Protocol

from admetrics.domain.dimensions import DimensionChange, Dimensions
from admetrics.domain.rules.flight import Flight


class DimensionStore(Protocol):
    """What the ids stand for; above all, whose job it is and when a campaign runs."""

    def put(self, dimensions: Dimensions) -> None:
        """Insert or replace rows by id, in one transaction; rows that are not named stay.

        The jobs whose company changed (new jobs with a company included) and the campaigns whose flight changed (new
        ones with a date included) are noted with the same transaction.
        """
        ...

    def pending_changes(self) -> Mapping[DimensionChange, int]:
        """Return what changed and whose hours are not yet known to be dirty.

        Returns:
            For each job or campaign the number of its last move; a later move of the same one has another number.
        """
        ...

    def acknowledge(self, moves: Mapping[DimensionChange, int]) -> None:
        """Forget these moves: the hours were made dirty. What moved again since stays noted."""
        ...

    def companies(self, jobs: Collection[int]) -> Mapping[int, int]:
        """Return the company of each of the jobs that has one."""
        ...

    def flights(self, campaigns: Collection[int]) -> Mapping[int, Flight]:
        """Return the flight of each of the campaigns that is known."""
        ...

    def all(self) -> Dimensions:
        """Return all rows of all tables, sorted by id."""
        ...
