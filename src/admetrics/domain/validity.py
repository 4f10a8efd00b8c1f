"""Validity of clicks: every click is counted, and an invalid one carries its reason.

Gross figures stay what they are; net figures leave out what an employer need not pay for. The rules and their
sources: docs/spend.md.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Final

import attrs

from admetrics.domain.events.event import Interaction
from admetrics.domain.events.kind import Kind
from admetrics.domain.marks import ClickFlag

REPEAT_WINDOW: Final = timedelta(seconds=30)
"""How long after a click on a job another click of the same visitor on it is a repeat, unless configured."""


class InvalidReason(Enum):
    """Why a click is invalid, in the order in which reasons decide: what is certain comes first."""

    INTERNAL = "internal"
    """Test traffic: the host of the page or the visitor is configured as internal."""
    ROBOT = "robot"
    """The user agent is a known robot, crawler or automation tool."""
    REPEAT = "repeat"
    """The same visitor clicked the same job less than the repeat window before."""
    OUT_OF_FLIGHT = "out_of_flight"
    """It happened before the campaign's first day or after its last one."""


_MARKED: Final = {ClickFlag.INTERNAL: InvalidReason.INTERNAL, ClickFlag.ROBOT: InvalidReason.ROBOT}


def reasons_of(marks: ClickFlag, *, repeat: bool, in_flight: bool = True) -> tuple[InvalidReason, ...]:
    """Return every reason why a click with some marks is invalid, the one that decides first; none if it is valid."""
    found = [reason for mark, reason in _MARKED.items() if mark in marks]
    if repeat:
        found.append(InvalidReason.REPEAT)
    if not in_flight:
        found.append(InvalidReason.OUT_OF_FLIGHT)
    return tuple(found)


def deciding_sql(repeat: str) -> str:
    """Write as SQL which reason decides over an event with `marks`, null for none; flights are judged later.

    Args:
        repeat: the condition for a repeat.

    >>> print(deciding_sql("repeat"))
    CASE WHEN marks & 2 <> 0 THEN 'internal' WHEN marks & 1 <> 0 THEN 'robot' WHEN repeat THEN 'repeat' END
    """
    marked = " ".join(f"WHEN marks & {mark.value} <> 0 THEN '{reason.value}'" for mark, reason in _MARKED.items())
    return f"CASE {marked} WHEN {repeat} THEN '{InvalidReason.REPEAT.value}' END"


def can_repeat(interaction: Interaction) -> bool:
    """Return whether it is a click that can be a repeat, or make another one a repeat: an unknown visitor's cannot."""
    return interaction.kind is Kind.CLICK and interaction.job != 0 and interaction.uid is not None


def repeats_among(interactions: Iterable[Interaction], *, window: timedelta) -> frozenset[str]:
    """Find the repeats: clicks less than `window` after the click before, of the same visitor on the same job.

    Of two clicks at the same time, the one with the smaller id comes first.

    Args:
        interactions: of distinct events, any order; those up to `window` before the ones of interest included.
        window: 0 for no repeats.

    Returns:
        The ids of the repeats.
    """
    last: dict[tuple[str | None, int], datetime] = {}
    repeats: set[str] = set()
    for click in sorted(filter(can_repeat, interactions), key=lambda click: (click.time, click.id)):
        visit = (click.uid, click.job)
        if visit in last and click.time - last[visit] < window:
            repeats.add(click.id)
        last[visit] = click.time
    return frozenset(repeats)


def last_of_visits(interactions: Iterable[Interaction], *, since: datetime) -> Sequence[Interaction]:
    """Return what of some interactions can make later clicks repeats: the last click of each visitor on each job.

    Args:
        interactions: of distinct events, any order.
        since: those before are left out.
    """
    late = (each for each in interactions if each.time >= since and can_repeat(each))
    return list({(click.uid, click.job): click for click in sorted(late, key=lambda click: click.time)}.values())


@attrs.frozen
class Flight:
    """The days on which a campaign runs, in UTC; None: it is open on that side.

    Args:
        first: the first day.
        last: the last day, which still belongs to it.
    """

    first: date | None = None
    last: date | None = None

    def __contains__(self, time: datetime) -> bool:
        """Return whether the campaign runs at that time.

        >>> from datetime import UTC
        >>> datetime(2026, 3, 2, 23, 59, tzinfo=UTC) in Flight(last=date(2026, 3, 2))
        True
        """
        day = time.date()
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


ALWAYS: Final = Flight()
"""The flight of a campaign without dates, and of one that is not known."""
