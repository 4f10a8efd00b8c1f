"""The dimension tables in memory."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, TypeVar

from admetrics.domain.dimensions import DimensionChange, Dimensions, Subject
from admetrics.domain.rules.flight import ALWAYS, Flight


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


_T = TypeVar("_T", bound=_Numbered)


class MemoryDimensions:
    """The dimension tables, and what moved."""

    def __init__(self) -> None:
        self._all = Dimensions()
        self._moves: dict[DimensionChange, int] = {}
        self._moved = 0

    def put(self, dimensions: Dimensions) -> None:
        """Insert or replace rows, and note what changed."""
        old = _states(self._all)
        self._all = Dimensions(
            jobs=_replaced(self._all.jobs, dimensions.jobs),
            campaigns=_replaced(self._all.campaigns, dimensions.campaigns),
            groups=_replaced(self._all.groups, dimensions.groups),
            companies=_replaced(self._all.companies, dimensions.companies),
            publishers=_replaced(self._all.publishers, dimensions.publishers),
        )
        new = _states(self._all)
        for moved in sorted(old.keys() | new.keys()):
            if old.get(moved) != new.get(moved):
                self._moved += 1
                self._moves[moved] = self._moved

    def pending_changes(self) -> Mapping[DimensionChange, int]:
        """Return what moved, with the number of the move."""
        return dict(self._moves)

    def acknowledge(self, moves: Mapping[DimensionChange, int]) -> None:
        """Forget moves, unless the same moved again since."""
        self._moves = {moved: number for moved, number in self._moves.items() if moves.get(moved) != number}

    def companies(self, jobs: Collection[int]) -> Mapping[int, int]:
        """Return the company of each of the jobs that has one."""
        return {job.id: job.company for job in self._all.jobs if job.company is not None and job.id in jobs}

    def flights(self, campaigns: Collection[int]) -> Mapping[int, Flight]:
        """Return the flight of each of the campaigns that is known."""
        return {campaign.id: campaign.flight for campaign in self._all.campaigns if campaign.id in campaigns}

    def all(self) -> Dimensions:
        """Return all rows, sorted by id."""
        return self._all


def _replaced(old: Sequence[_T], new: Sequence[_T]) -> Sequence[_T]:
    rows = {row.id: row for row in (*old, *new)}
    return tuple(rows[number] for number in sorted(rows))


def _states(dimensions: Dimensions) -> dict[DimensionChange, int | Flight]:
    """Return what rows of table `events` depend on, as far as it says anything."""
    states: dict[DimensionChange, int | Flight] = {
        DimensionChange(Subject.JOB, job.id): job.company for job in dimensions.jobs if job.company is not None
    }
    return states | {
        DimensionChange(Subject.CAMPAIGN, campaign.id): campaign.flight
        for campaign in dimensions.campaigns
        if campaign.flight != ALWAYS
    }
