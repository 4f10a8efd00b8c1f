"""The dimension tables in memory."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, TypeVar

from admetrics.domain.dimensions import Dimensions, Job


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


_T = TypeVar("_T", bound=_Numbered)


class MemoryDimensions:
    """The dimension tables, and the jobs that moved to another company."""

    def __init__(self) -> None:
        self._all = Dimensions()
        self._moves: dict[int, int] = {}
        self._moved = 0

    def put(self, dimensions: Dimensions) -> None:
        """Insert or replace rows, and note the jobs whose company changed."""
        old = _companies(self._all.jobs)
        self._all = Dimensions(
            jobs=_replaced(self._all.jobs, dimensions.jobs),
            campaigns=_replaced(self._all.campaigns, dimensions.campaigns),
            groups=_replaced(self._all.groups, dimensions.groups),
            companies=_replaced(self._all.companies, dimensions.companies),
            publishers=_replaced(self._all.publishers, dimensions.publishers),
        )
        new = _companies(self._all.jobs)
        for job in sorted(old.keys() | new.keys()):
            if old.get(job) != new.get(job):
                self._moved += 1
                self._moves[job] = self._moved

    def moved_jobs(self) -> Mapping[int, int]:
        """Return the jobs that moved, with the number of the move."""
        return dict(self._moves)

    def settle(self, moves: Mapping[int, int]) -> None:
        """Forget moves, unless the job moved again since."""
        self._moves = {job: number for job, number in self._moves.items() if moves.get(job) != number}

    def companies(self, jobs: Collection[int]) -> Mapping[int, int]:
        """Return the company of each of the jobs that has one."""
        return {job: company for job, company in _companies(self._all.jobs).items() if job in jobs}

    def all(self) -> Dimensions:
        """Return all rows, sorted by id."""
        return self._all


def _replaced(old: Sequence[_T], new: Sequence[_T]) -> Sequence[_T]:
    rows = {row.id: row for row in (*old, *new)}
    return tuple(rows[number] for number in sorted(rows))


def _companies(jobs: Sequence[Job]) -> dict[int, int]:
    return {job.id: job.company for job in jobs if job.company is not None}
