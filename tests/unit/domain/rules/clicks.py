"""Clicks around a border of hours, for the tests of what is said of clicks."""

from datetime import timedelta

from hypothesis import strategies as st

from admetrics.domain.events.event import Event
from admetrics.domain.rules.winner import winner
from admetrics.domain.times import HOUR
from admetrics.testing import strategies as some

WINDOWS = st.integers(0, 120).map(lambda seconds: timedelta(seconds=seconds))
BORDER = some.FEW_HOURS.start + HOUR


def click(after: float, number: int = 0, **columns) -> Event:
    return some.click_at(BORDER + timedelta(seconds=after), number=number, **{"uid": "u1", **columns})


def distinct(batches) -> list[Event]:
    """Return one copy of each event, as a lake holds them."""
    copies: dict[str, Event] = {}
    for event in (event for batch in batches for event in batch):
        copies[event.id] = winner([event, copies.get(event.id, event)])
    return list(copies.values())
