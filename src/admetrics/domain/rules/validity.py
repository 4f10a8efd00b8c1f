"""Validity of clicks: every click is counted, and an invalid one carries the reason that decides.

Gross figures stay what they are; net figures leave out what an employer need not pay for. The rules and their
sources: docs/spend.md.
"""

from enum import Enum
from typing import Final

from admetrics.domain.events.click_flags import ClickFlag


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
