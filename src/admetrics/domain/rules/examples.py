"""Examples of how events are judged and counted, by name: each tells the rules from one of their nearest neighbours.

The repeat window is the default one, 30 seconds.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import attrs

from admetrics.domain.events.click_flags import ClickFlag
from admetrics.domain.events.kind import Kind
from admetrics.domain.rules.validity import InvalidReason


@attrs.frozen
class Happened:
    """An event of an example; what it does not say is the same for all.

    Args:
        at: seconds after the border between two hours.
        reason: why the click is invalid, judged with the others; None: it is valid, or no click.
        visitor: who; None if unknown.
        job: 0 for none, and then it does not count.
        bid: what a click costs; None if the log has none, as for other kinds.
        kind: what happened.
        flags: what was noted of it.
        number: which comes first of those at one time.
    """

    at: float
    reason: InvalidReason | None = None
    visitor: str | None = attrs.field(default="a", kw_only=True)
    job: int = attrs.field(default=1, kw_only=True)
    bid: int | None = attrs.field(default=5, kw_only=True)
    kind: Kind = attrs.field(default=Kind.CLICK, kw_only=True)
    flags: ClickFlag = attrs.field(default=ClickFlag.NONE, kw_only=True)
    number: int = attrs.field(default=0, kw_only=True)


Example = Sequence[Happened]

_INTERNAL, _ROBOT, _REPEAT = InvalidReason.INTERNAL, InvalidReason.ROBOT, InvalidReason.REPEAT
_MICROSECOND: Final = 1e-6

REPEATS: Final[Mapping[str, Example]] = MappingProxyType(
    {
        "the end of the window does not belong to it": [Happened(0), Happened(30)],
        "the microsecond before its end does": [Happened(0), Happened(30 - _MICROSECOND, _REPEAT)],
        "across a border of hours": [Happened(-20), Happened(9, _REPEAT)],
        "across a border of minutes": [Happened(110), Happened(130, _REPEAT)],
        "compared with the click before, not with the last valid one": [
            Happened(0),
            Happened(20, _REPEAT),
            Happened(40, _REPEAT),
        ],
        "compared with the click before, not with the first one": [Happened(0), Happened(31), Happened(60, _REPEAT)],
        "after an invalid click": [Happened(0, _ROBOT, flags=ClickFlag.ROBOT), Happened(5, _REPEAT)],
        "after a click without a bid": [Happened(0, bid=None), Happened(5, _REPEAT)],
        "at one time the smallest id comes first": [Happened(0, number=1), Happened(0, _REPEAT, number=2, bid=7)],
        "at one time the smallest id comes first, whatever was stored first": [
            Happened(0, _REPEAT, number=2, bid=7),
            Happened(0, number=1),
        ],
        "of another visitor": [Happened(0), Happened(5, visitor="b")],
        "on another job": [Happened(0), Happened(5, job=2)],
        "of unknown visitors": [Happened(0, visitor=None), Happened(5, visitor=None)],
        "without a job": [Happened(0, job=0), Happened(5)],
        "after something that is no click": [Happened(0, kind=Kind.PAGE_VIEW, bid=None), Happened(5)],
        "between clicks on another job": [Happened(0), Happened(5, job=2), Happened(10, _REPEAT)],
        "of two pairs, each on a job": [
            Happened(0),
            Happened(5, job=2),
            Happened(10, _REPEAT),
            Happened(15, _REPEAT, job=2),
        ],
        "of two pairs, each of a visitor": [
            Happened(0),
            Happened(5, visitor="b"),
            Happened(10, _REPEAT),
            Happened(15, _REPEAT, visitor="b"),
        ],
    }
)
"""Which clicks are repeats (`admetrics.domain.rules.repeats`)."""

VALIDITY: Final[Mapping[str, Example]] = MappingProxyType(
    {
        "internal decides over robot": [Happened(0, _INTERNAL, flags=ClickFlag.INTERNAL | ClickFlag.ROBOT)],
        "internal decides over repeat": [Happened(0), Happened(5, _INTERNAL, flags=ClickFlag.INTERNAL)],
        "robot decides over repeat": [Happened(0), Happened(5, _ROBOT, flags=ClickFlag.ROBOT)],
        "a robot": [Happened(0, _ROBOT, flags=ClickFlag.ROBOT)],
        "test traffic": [Happened(0, _INTERNAL, flags=ClickFlag.INTERNAL)],
    }
)
"""Which reason decides over a click (`admetrics.domain.rules.validity`)."""

COUNTED: Final[Mapping[str, Example]] = MappingProxyType(
    {
        "a bid of 0 is paid, none is not": [Happened(0, bid=0), Happened(60, bid=None)],
        "an invalid click costs, gross": [Happened(0, bid=3), Happened(5, _REPEAT, bid=4)],
        "events of other kinds do not count": [Happened(0, kind=Kind.OTHER, bid=None, job=2), Happened(60)],
        "events without a job do not count": [Happened(0, job=0), Happened(60, kind=Kind.CONVERSION, job=0, bid=None)],
        "each kind is counted as what it is": [
            Happened(number * 60, kind=kind, bid=None) for number, kind in enumerate(Kind) if kind is not Kind.OTHER
        ],
    }
)
"""What counts, and what it adds (`admetrics.domain.metrics`)."""

EXAMPLES: Final[Mapping[str, Example]] = MappingProxyType({**REPEATS, **VALIDITY, **COUNTED})
"""All of them: the fixed cases of the contract of engines."""
