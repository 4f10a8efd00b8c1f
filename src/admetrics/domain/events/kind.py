"""The kinds of events, and how a name in the log becomes a kind."""

import re
from enum import Enum
from functools import lru_cache
from typing import Final

import attrs

from admetrics.domain.events.absent import is_absent
from admetrics.domain.text import ASCII_SPACE


class Kind(Enum):
    """What happened; `value` is how lakes, accounting and SQL spell it."""

    IMPRESSION = "impression"
    PAGE_VIEW = "page_view"
    CLICK = "click"
    CONVERSION = "conversion"
    QUALIFIED = "qualified"
    DISQUALIFIED = "disqualified"
    OTHER = "other"
    """Known or unknown names that are kept but not counted."""


COUNTED: Final = frozenset(Kind) - {Kind.OTHER}

KIND_OF_NAME: Final = {
    "impression": Kind.IMPRESSION,
    "click": Kind.CLICK,
    "conversion": Kind.CONVERSION,
    "qualified": Kind.QUALIFIED,
    "unqualified": Kind.DISQUALIFIED,
    "disqualified": Kind.DISQUALIFIED,
}
"""The names that are counted. `page_view` is not among them: a page view has no name, only `ev` = 1.

A page view is not an impression: nearly every view of a job page follows a click on its ad, so counting it as
one would give click-through rates above 100 %.
"""

_UNNAMED: Final = "unnamed"
UNKNOWN: Final = "unknown"
_LONGEST_SHOWN: Final = 64
_SHOWABLE: Final = re.compile(rf"[a-z0-9_]{{1,{_LONGEST_SHOWN}}}", re.ASCII).fullmatch


@attrs.frozen
class EventName:
    """A kind, and the name under which the accounting shows it (for counted kinds, the kind's own)."""

    kind: Kind
    name: str


PAGE_VIEW: Final = EventName(Kind.PAGE_VIEW, Kind.PAGE_VIEW.value)
NAMELESS: Final = EventName(Kind.OTHER, _UNNAMED)


def naming_of(text: str) -> EventName | None:
    """Turn the name written in a record into a kind.

    Names are user text: one that is not `[a-z0-9_]{1,64}` is shown as `unknown`. Trimming and lower case are of
    ASCII only, so that no other character can pass for a letter (KELVIN SIGN is no k).

    Returns:
        None if the name is blank, or written as absent.

    >>> naming_of(" Click ").kind.value, naming_of("alive").name, naming_of("<b>").name
    ('click', 'alive', 'unknown')
    """
    return _naming_of(text if len(text) <= _LONGEST_SHOWN else text.strip(ASCII_SPACE)[: _LONGEST_SHOWN + 1])


@lru_cache(maxsize=4096)  # a handful of names makes up nearly all traffic
def _naming_of(name: str) -> EventName | None:
    name = name.strip(ASCII_SPACE)
    if is_absent(name):
        return None
    if name.isascii():
        name = name.lower()
    kind = KIND_OF_NAME.get(name)
    if kind is not None:
        return EventName(kind, kind.value)
    return EventName(Kind.OTHER, name if _SHOWABLE(name) else UNKNOWN)
