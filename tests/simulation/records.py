"""Few records that collide in every way: ids, hours, minutes, cells, conflicting copies, and bad ones."""

import json
from datetime import timedelta
from functools import cache, lru_cache
from typing import Final

from admetrics.domain.events.classify import classify
from admetrics.domain.events.event import Event
from admetrics.domain.events.record import Record, decode
from admetrics.domain.events.rejection import Rejection
from admetrics.domain.times import HOUR, ticks_of
from admetrics.testing.strategies import FEW_HOURS, LIMITS, uuid_at

HOURS: Final = (FEW_HOURS.start, FEW_HOURS.start + HOUR)
MINUTES: Final = (0, 5, 45, 59)
SECONDS: Final = {59: 50}
"""Clicks late in an hour are less than the repeat window before those early in the next."""
SECRET: Final = "8c1f0e-visitor"
"""Stands in the columns uid, ua and dl of every record: it must not get further than the lake."""

cached_decode = lru_cache(maxsize=None)(decode)
"""Decodes a line; there are few, and they are read again and again."""


def line(number: int, *, hour: int = 0, minute: int = 5, **columns: object) -> bytes:
    """Write a record; the same `number`, `hour` and `minute` make the same id."""
    time = HOURS[hour] + timedelta(minutes=minute, seconds=SECONDS.get(minute, 5))
    fields = {
        "create_time": uuid_at(ticks_of(time), node=number),
        "custom_track": "click",
        "uid": SECRET,
        "ua": SECRET,
        "dl": f"https://careers.example.com/job?token={SECRET}",
        **columns,
    }
    return json.dumps(fields).encode()


def _copies(number: int, hour: int, minute: int) -> list[bytes]:
    """Write three records of one id that contradict each other: another job, or nothing that counts."""
    return [
        line(number, hour=hour, minute=minute, job_id=1, publisher_id=number % 3, campaign_id=1, bid=number + 1),
        line(number, hour=hour, minute=minute, job_id=2, bid=1),
        line(number, hour=hour, minute=minute, custom_track="alive"),
    ]


def _lines(hour: int, minute: int) -> list[bytes]:
    return [record for number in range(8) for record in _copies(number, hour, minute)]


BAD: Final = (b"{", line(7, job_id=1, bid=-1), b'{"create_time": null}')

ONE_MINUTE: Final = tuple(_lines(0, MINUTES[0]))
ONE_HOUR: Final = tuple(record for minute in MINUTES for record in _lines(0, minute))
TWO_HOURS: Final = (
    *BAD,
    *(record for hour in range(len(HOURS)) for minute in MINUTES for record in _lines(hour, minute)),
)


@cache
def event_of(record: bytes) -> Event | None:
    """Return the event that a line becomes; None for a dead letter."""
    decoded = decode(record)
    assert isinstance(decoded, Record | Rejection)
    event = decoded if isinstance(decoded, Rejection) else classify(decoded, limits=LIMITS)
    return None if isinstance(event, Rejection) else event
