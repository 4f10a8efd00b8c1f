"""The reader: what can be read while another process has the lake. It opens the warehouse, and no more than that."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo

import attrs

from admetrics.app.budgets import LEVELS, belongs, budgets
from admetrics.app.report import UTC, report
from admetrics.domain.dimensions import Dimensions
from admetrics.domain.errors import BackendError
from admetrics.domain.reporting.axis import Axis
from admetrics.domain.reporting.budgets import BudgetUse, Level
from admetrics.domain.reporting.query import ReportPage, ReportQuery
from admetrics.domain.reporting.report import Report
from admetrics.domain.times import Period
from admetrics.ports.clock import Clock
from admetrics.ports.dead_letters import DeadLetters
from admetrics.ports.dimensions import DimensionStore
from admetrics.ports.lake import Lake
from admetrics.ports.warehouse import EVERYWHERE, Warehouse, Where

Books = tuple[Lake, DeadLetters]
"""What the figures can be compared with."""

_STALE_AFTER: Final = timedelta(minutes=1)
"""Names and currencies may change without any figure: an answer is good for so long."""
_SELDOM: Final = 20
"""Budgets need all hours that there are: they are kept for as long, or for so many times the time that it took."""


@attrs.frozen(kw_only=True)
class Reader:
    """The services that only read; a context manager that closes what was opened for them.

    Args:
        warehouse: holds the figures.
        dimensions: what the ids stand for.
        open_books: opens the lake and the dead letters for a moment, and fails at once if another process has them.
        clock: tells the time.
    """

    warehouse: Warehouse
    dimensions: DimensionStore
    open_books: Callable[[], AbstractContextManager[Books]]
    clock: Clock
    _resources: ExitStack = attrs.field(factory=ExitStack, repr=False, eq=False)
    _kept: dict[int, Dimensions] = attrs.field(factory=dict, init=False, repr=False, eq=False)
    _uses: dict[Period, Sequence[BudgetUse]] = attrs.field(factory=dict, init=False, repr=False, eq=False)

    def __enter__(self) -> Self:
        """Return the reader."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close what was opened."""
        self._resources.close()

    def report(self, *, period: Period | None = None, by: Axis = Axis.COMPANY, zone: ZoneInfo = UTC) -> Report:
        """Collect the figures of a period; if the lake cannot be had, the report says so and has all else.

        Args:
            period: which hours; None: the last days that have figures.
            by: what the figures are broken down by.
            zone: the time zone in which days are grouped.
        """
        with ExitStack() as stack:
            lake, dead_letters, unseen = self._books(stack)
            known, now = self.dimensions.all(), self.clock.now()
            return report(
                warehouse=self.warehouse,
                known=known,
                lake=lake,
                dead_letters=dead_letters,
                now=now,
                period=period,
                by=by,
                zone=zone,
                budgets=budgets(warehouse=self.warehouse, known=known, now=now),
                unseen=unseen,
            )

    def budgets(self, *, levels: Sequence[Level] = LEVELS, where: Where = EVERYWHERE) -> Sequence[BudgetUse]:
        """Say how budgets stand to date.

        Args:
            levels: whose budgets.
            where: which of them, by company, campaign, group or job.
        """
        return budgets(
            warehouse=self.warehouse, known=self.dimensions.all(), now=self.clock.now(), levels=levels, where=where
        )

    def _books(self, stack: ExitStack) -> tuple[Lake | None, DeadLetters | None, str | None]:
        try:
            return *stack.enter_context(self.open_books()), None
        except BackendError as error:
            return None, None, f"not available: {error}"

    def answer(self, question: ReportQuery, *, zone: ZoneInfo = UTC) -> ReportPage:
        """Answer a question from the warehouse alone: frequent questions must not keep others from the lake."""
        version = self.version()  # first: what changes from here on has another version
        known = self._known()
        return ReportPage(
            question=question,
            report=report(
                warehouse=self.warehouse,
                known=known,
                now=self.clock.now(),
                period=question.period(),
                length=question.length,
                by=question.by,
                ranked=[question.by],
                where=question.keys,
                zone=zone,
                budgets=[use for use in self._known_budgets(known) if belongs(use.budget, question.keys)],
                unseen="not compared on this page, which reads the warehouse alone; admetrics report compares them",
            ),
            known=known,
            version=version,
        )

    def version(self) -> str:
        """Return what changes whenever an answer may: cheap, so that it can be asked for all the time."""
        updated = self.warehouse.last_update()
        return f"{updated.timestamp() if updated else 0:.6f}-{self._age()}"

    def _known(self) -> Dimensions:
        """Return the dimensions, which may be many and change rarely: as they were when the version was a new one."""
        age = self._age()
        known = self._kept.get(age)
        if known is None:
            known = self.dimensions.all()
            self._kept.clear()
            self._kept[age] = known
        return known

    def _known_budgets(self, known: Dimensions) -> Sequence[BudgetUse]:
        """Return how all budgets stand, or stood not long ago."""
        now = self.clock.now()
        for good, uses in self._uses.items():
            if now in good:  # and not before: the clock may have been ahead
                return uses
        uses = budgets(warehouse=self.warehouse, known=known, now=now)
        done = self.clock.now()
        self._uses.clear()
        self._uses[Period(done, done + max(_STALE_AFTER, _SELDOM * (done - now)))] = uses
        return uses

    def _age(self) -> int:
        """Count the spans of time after which all is read again."""
        return int(self.clock.now().timestamp() // _STALE_AFTER.total_seconds())
