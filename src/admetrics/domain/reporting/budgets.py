"""Budgets and pacing: how much of a budget is spent, and whether that is what its flight would let one expect.

All of it is exact: amounts are integers and decimals, shares are fractions. See docs/spend.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Final

import attrs

from admetrics.domain.dimensions import Campaign, Dimensions
from admetrics.domain.reporting.figures import Figures
from admetrics.domain.rules.budget_unit import SpendRule, rule_of
from admetrics.domain.rules.currency import Currency
from admetrics.domain.rules.flight import ALWAYS, Flight
from admetrics.domain.times import MICROSECOND

TOLERANCE: Final = Fraction(1, 10)
"""How far share / expected share may be from 1 on pace.

Nobody spends evenly: nights are quiet and weekends slow, which moves even a perfect campaign of a month by half a day
to a day from its straight line, a tenth of its share after the first third. In the first days of a flight less is
known than the words say.
"""


class Level(Enum):
    """Whose budget it is."""

    CAMPAIGN = "campaign"
    GROUP = "group"
    JOB = "job"


class Status(Enum):
    """How a budget stands; in words, as people read them."""

    UNKNOWN_UNIT = "unknown unit"
    """What was spent of it cannot be said."""
    BACKWARDS = "ends before it starts"
    """The dates of the flight are wrong: nothing can be expected of it."""
    NOT_STARTED = "not started"
    ENDED = "ended"
    """The flight is over, and not all of the budget was spent."""
    UNKNOWN = "unknown"
    """The flight has no start or no end, so there is nothing to expect."""
    BEHIND = "behind"
    ON_PACE = "on pace"
    AHEAD = "ahead"
    EXHAUSTED = "exhausted"
    """Exactly all of it is spent."""
    OVERSPENT = "overspent"


@attrs.frozen(kw_only=True)
class Budget:
    """A budget, as the dimension tables have it.

    Args:
        level: whose it is.
        id: of the campaign, the group or the job.
        name: what the tables call it; user text.
        company: whose campaign or job it is; None if that is unknown.
        campaign: whose unit and flight it has; None if a group or a job has none.
        group: the group of a job, or the group itself; None if there is none.
        total: how much it is.
        rule: what it is spent on, chosen by the campaign's unit.
        flight: of the campaign.
    """

    level: Level
    id: int
    name: str | None = None
    company: int | None = None
    campaign: int | None = None
    group: int | None = None
    total: Decimal
    rule: SpendRule
    flight: Flight = ALWAYS


@attrs.frozen(kw_only=True)
class BudgetUse:
    """How a budget stands at a time.

    Args:
        budget: the budget.
        spent: in its unit, over all hours; None if the unit is unknown.
        beside: the money that is not in `spent`, each currency apart.
        share: spent / budget; None if the unit is unknown, or the budget is not above 0.
        expected: which share would be spent by now if each moment of the flight spent the same; None without a start
            or an end.
        projected_end: when the budget will be used up at the mean pace since the start, or was; None without a start,
            before it and after the flight, if nothing was spent, or if it lies beyond the calendar.
        status: all of that in a word.
    """

    budget: Budget
    spent: int | None
    beside: Mapping[Currency, int]
    share: Fraction | None
    expected: Fraction | None
    projected_end: datetime | None
    status: Status

    @property
    def pacing_index(self) -> Fraction | None:
        """Share / expected share: 1 is on pace, more is ahead; None where one of them is, or nothing is expected."""
        return self.share / self.expected if self.share is not None and self.expected else None


URGENCY: Final = (
    Status.OVERSPENT, Status.EXHAUSTED, Status.AHEAD, Status.BEHIND, Status.UNKNOWN_UNIT, Status.BACKWARDS,
    Status.UNKNOWN, Status.ON_PACE, Status.NOT_STARTED, Status.ENDED,
)  # fmt: skip
"""What somebody should look at first."""


def most_urgent_first(uses: Iterable[BudgetUse]) -> Sequence[BudgetUse]:
    """Sort by urgency, the largest share first among those of one status."""
    return sorted(uses, key=lambda use: (URGENCY.index(use.status), -(use.share or 0), use.budget.id))


def budgets_of(known: Dimensions, level: Level) -> Sequence[Budget]:
    """Return the budgets of a level, by id; groups and jobs have the unit and the flight of their campaign."""
    owners = {campaign.id: campaign for campaign in known.campaigns}
    if level is Level.CAMPAIGN:
        found = [_budget(level, each.id, each.budget_total, name=each.name, owner=each) for each in known.campaigns]
    elif level is Level.GROUP:
        found = [
            _budget(level, each.id, each.budget, name=each.name, owner=owners.get(each.campaign or 0), group=each.id)
            for each in known.groups
        ]
    else:
        found = [
            _budget(
                level, each.id, each.budget, name=each.title, owner=owners.get(each.campaign or 0),
                company=each.company, group=each.group,
            )
            for each in known.jobs
        ]  # fmt: skip
    return sorted((budget for budget in found if budget is not None), key=lambda budget: budget.id)


def _budget(
    level: Level,
    key: int,
    total: Decimal | None,
    *,
    name: str | None,
    owner: Campaign | None,
    company: int | None = None,
    group: int | None = None,
) -> Budget | None:
    if total is None:
        return None
    campaign = owner or Campaign(0)
    return Budget(
        level=level,
        id=key,
        name=name,
        company=company or campaign.company,
        campaign=campaign.id or None,
        group=group,
        total=total,
        rule=rule_of(campaign.unit_budget),
        flight=campaign.flight,
    )


def use_of(budget: Budget, figures: Figures, now: datetime) -> BudgetUse:
    """Say how a budget stands.

    Args:
        budget: the budget.
        figures: of all rows that spend it.
        now: the time, aware.

    A budget of USD 1,000 for ten days, of which USD 400 are spent after three and a half, is ahead: 40% / 35% is 1.14.

    >>> from datetime import UTC, date
    >>> flight = Flight(date(2026, 3, 1), date(2026, 3, 10))
    >>> budget = Budget(level=Level.CAMPAIGN, id=1, total=Decimal(1000), rule=rule_of("USD"), flight=flight)
    >>> from admetrics.domain.metrics.measures import Measures
    >>> from admetrics.domain.rules.budget_unit import COST
    >>> figures = Figures({Currency("USD"): Measures(**{COST: 400})})
    >>> use = use_of(budget, figures, datetime(2026, 3, 4, 12, tzinfo=UTC))
    >>> use.share, use.expected, use.status.value, f"{use.projected_end:%d %b, %H:%M}"
    (Fraction(2, 5), Fraction(7, 20), 'ahead', '09 Mar, 18:00')
    """
    spent = budget.rule.spent(figures)
    share = Fraction(spent.amount) / Fraction(budget.total) if spent.amount is not None and budget.total > 0 else None
    expected = budget.flight.expected_share(now)
    return BudgetUse(
        budget=budget,
        spent=spent.amount,
        beside=spent.beside,
        share=share,
        expected=expected,
        projected_end=_projected_end(budget.flight, share, now),
        status=_status(budget, spent.amount, share, expected, now),
    )


def _projected_end(flight: Flight, share: Fraction | None, now: datetime) -> datetime | None:
    if not share or flight.begins is None or now <= flight.begins or (flight.is_over and now >= flight.is_over):
        return None
    needed = Fraction((now - flight.begins) // MICROSECOND) / share
    try:
        return flight.begins + timedelta(microseconds=int(needed))
    except OverflowError:
        return None


def _status(
    budget: Budget, spent: int | None, share: Fraction | None, expected: Fraction | None, now: datetime
) -> Status:
    if spent is None:
        return Status.UNKNOWN_UNIT
    if spent >= budget.total:
        return Status.OVERSPENT if spent > budget.total else Status.EXHAUSTED
    if outside := _outside(budget.flight, now):
        return outside
    if share is None or expected is None:
        return Status.UNKNOWN
    return _pace(share, expected)


def _outside(flight: Flight, now: datetime) -> Status | None:
    begins, is_over = flight.begins, flight.is_over
    if begins and is_over and is_over <= begins:
        return Status.BACKWARDS
    if begins and now < begins:
        return Status.NOT_STARTED
    return Status.ENDED if is_over and now >= is_over else None


def _pace(share: Fraction, expected: Fraction) -> Status:
    """Compare without dividing: at the first instant of a flight nothing is expected yet."""
    if share > expected * (1 + TOLERANCE):
        return Status.AHEAD
    return Status.BEHIND if share < expected * (1 - TOLERANCE) else Status.ON_PACE
