"""The report: every figure that its readers see, whatever shows it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import attrs

from admetrics.domain.metrics.catalog import FUNNEL, SPEND
from admetrics.domain.reporting.axis import Axis
from admetrics.domain.reporting.budgets import BudgetUse
from admetrics.domain.reporting.figures import Figures
from admetrics.domain.rules.currency import Currency
from admetrics.domain.rules.ranking import Ranking
from admetrics.domain.times import Period


@attrs.frozen
class Point:
    """The figures of one hour or one day of a series.

    Args:
        start: when it starts, aware, in the report's time zone.
        figures: the sums of its hours.
        whole: whether all of it lies in the period: a day at either end may be cut.
    """

    start: datetime
    figures: Figures
    whole: bool = True


@attrs.frozen
class Entry:
    """One line of the breakdown.

    Args:
        key: the id; 0 for none, None for the unknown company.
        name: what the dimension tables call it; None if they do not. It is user text.
        figures: its sums.
        before: its sums in the period before.
    """

    key: int | None
    name: str | None
    figures: Figures
    before: Figures


@attrs.frozen
class Health:
    """Whether the figures can be trusted.

    Args:
        updated: when any row of the warehouse last changed; None if it has none.
        newest_hour: the newest hour of the warehouse; None if it has none.
        dead_letters: records that could not be used, of all times, by reason; None if nobody looked.
        accounting: the events of the period in the lake, by outcome; None if nobody looked.
        missing: by how much the lake has more (or, below 0, less) than the warehouse for the period, by outcome;
            only what differs, so it is empty when the warehouse has caught up; None if nobody looked.
        unseen: why nobody looked, as a sentence without its full stop; None if somebody did.
    """

    updated: datetime | None
    newest_hour: datetime | None
    dead_letters: Mapping[str, int] | None
    accounting: Mapping[str, int] | None
    missing: Mapping[str, int] | None
    unseen: str | None = None


@attrs.frozen(kw_only=True)
class Report:
    """What happened in a period, and in the one before it.

    Args:
        made: when it was made.
        period: what it is about.
        period_before: the same length, just before.
        zone: the name of the time zone in which days are grouped.
        whole_hours: whether that zone is whole hours from UTC in the period. If not, an hour (which is one of UTC)
            belongs to the local day in which it starts.
        by: what the breakdown is by: `company`, `campaign`, `group`, `publisher` or `job`.
        figures: the sums of the period.
        before: the sums of the period before.
        days: the days of the period from the first to the last one with figures; days without any have zeros.
        hours: its hours, in the same way; none if the period is longer than `admetrics.app.report.LONGEST_HOURLY`.
        entries: the breakdown, most clicks first; the figures of all entries add up to those of the period.
        health: whether the figures can be trusted.
        rankings: the best and the worst by cost per qualified application; none of what has too few to compare.
        budgets: how the budgets stand to date, whatever the period; none if none are known.
    """

    made: datetime
    period: Period
    period_before: Period
    zone: str
    whole_hours: bool
    by: Axis
    figures: Figures
    before: Figures
    days: Sequence[Point]
    hours: Sequence[Point]
    entries: Sequence[Entry]
    health: Health
    rankings: Sequence[Ranking] = ()
    budgets: Sequence[BudgetUse] = ()

    @property
    def currencies(self) -> Sequence[Currency]:
        """The currencies in which anything was spent in either period."""
        both = {*self.figures.currencies, *self.before.currencies}
        spent = (self.figures, self.before)
        return sorted(each for each in both if any(SPEND.of(figures.measures(each)) for figures in spent))


COUNTED_OUTCOMES: Final = {step.kind.value: step.name for step in FUNNEL}
"""The outcomes of the accounting that table `events` counts, with the measure that counts them."""
