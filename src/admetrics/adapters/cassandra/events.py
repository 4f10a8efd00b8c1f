"""Events as rows of table `events`, and back."""

import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from admetrics.adapters.cassandra.schema import EVENTS
from admetrics.domain.events.click_flags import CLICK_FLAGS
from admetrics.domain.events.erasure import keyed_beginning
from admetrics.domain.events.event import Event, Interaction
from admetrics.domain.events.kind import Kind
from admetrics.domain.rollup.minutes import MinutesByHour
from admetrics.domain.times import EPOCH, MICROSECOND

SHARDS: Final = 4
"""Into how many partitions a minute is cut. Rows are found by it: it cannot change while a keyspace holds events."""

COLUMNS: Final = (*EVENTS.partition, *EVENTS.clustering, *EVENTS.values)
INTERACTION_COLUMNS: Final = (
    "time", "kind", "job", "publisher", "campaign", "group_id", "bid", "bid_given", "marks", "uid",
    "CAST(id AS text)",  # the driver would make an object of each, which takes as long as all the rest of a row
)  # fmt: skip

Partition = tuple[int, int]
"""A minute, as milliseconds since the Unix epoch (what Cassandra calls a timestamp), and a shard."""

KEYED_RANK: Final = 16
"""How many revisions a key is worth: more than there are."""

_FINGERPRINT_BITS: Final = 32
_FINGERPRINT_DIGITS: Final = _FINGERPRINT_BITS // 4
_MICROSECONDS_PER_MINUTE: Final = 60_000_000
_MILLISECONDS_PER_MINUTE: Final = 60_000
_KINDS: Final[Mapping[str, Kind]] = {kind.value: kind for kind in Kind}


def milliseconds(time: datetime) -> int:
    """Count the milliseconds since the Unix epoch, which the driver takes for a timestamp, and faster than a time."""
    return (time - EPOCH) // timedelta(milliseconds=1)


def aware(time: datetime) -> datetime:
    """Make a time of the driver, which is UTC but does not say so, a time of the domain."""
    return time.replace(tzinfo=UTC)


def shard_of(own_id: str) -> int:
    """Return the shard of an id: copies of an event lie in one partition, as their time is in the id or hashed into it.

    >>> shard_of("2aa10ec0-16d7-11f1-98f8-ff3f08b10e4b")
    1
    """
    return zlib.crc32(own_id.encode("ascii")) % SHARDS


def partitions(minutes: MinutesByHour) -> Iterator[Partition]:
    """Return the partitions of some minutes."""
    for hour, some in minutes.items():
        start = milliseconds(hour)
        for minute in some:
            for shard in range(SHARDS):
                yield start + minute * _MILLISECONDS_PER_MINUTE, shard


def write_timestamp(event: Event, microseconds: int) -> int:
    """Return the write timestamp of an event: of the copies of one event, that of the winner is the highest.

    It is the event's time, plus 2^32 µs (72 minutes) for each revision, and for 16 more if it is keyed, less what the
    first 32 bits of the fingerprint say, plus the protection of the visitor, which is less than 3. So a keyed copy
    beats any other, then a higher revision beats any fingerprint, then the smaller fingerprint wins, and of copies of
    one record the best protected, in whatever order the copies are written: `admetrics.domain.events.event.winner`.

    Args:
        event: the event.
        microseconds: its time since the Unix epoch.
    """
    rank = event.revision + KEYED_RANK if event.keyed else event.revision
    beginning = int(event.fingerprint_digits[:_FINGERPRINT_DIGITS], 16)
    return _of_beginning(microseconds, rank) - beginning + event.protection


def _of_beginning(microseconds: int, rank: int) -> int:
    """Return the write timestamp of an unprotected copy whose fingerprint begins with zeros."""
    return microseconds + ((rank + 1) << _FINGERPRINT_BITS) - 1


def last_of_plain(microseconds: int) -> int:
    """Return a write timestamp between those of the copies of an event that are not keyed and those that are.

    Args:
        microseconds: the time of the event since the Unix epoch.
    """
    return microseconds + (KEYED_RANK << _FINGERPRINT_BITS)


def keyed_timestamp(written: int, microseconds: int, revision: int, protection: int, *, key: bytes) -> int:
    """Return the write timestamp that a stored copy has under a key, which is the one that it has when read again.

    Args:
        written: its write timestamp without a key: of its fingerprint, this is all that is left.
        microseconds: its time since the Unix epoch.
        revision: of the rules that classified it.
        protection: of its visitor.
        key: the secret.
    """
    beginning = _of_beginning(microseconds, revision) + protection - written
    digits = f"{beginning % (1 << _FINGERPRINT_BITS):0{_FINGERPRINT_DIGITS}x}"
    code = int(keyed_beginning(digits, key=key), 16)
    return _of_beginning(microseconds, revision + KEYED_RANK) - code + protection


def insert_into(table: str) -> str:
    """Write the statement that takes what `values_of` returns."""
    return f"INSERT INTO {table} ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) USING TIMESTAMP ?"


def values_of(event: Event) -> tuple[Any, ...]:
    """Return the values of `COLUMNS`, none of them None, and the write timestamp.

    `_value_` is the documented attribute behind `value`, which takes three times as long to read.
    """
    microseconds = (event.time - EPOCH) // MICROSECOND
    return (
        microseconds // _MICROSECONDS_PER_MINUTE * _MILLISECONDS_PER_MINUTE,
        shard_of(event.id),
        event.id,
        event.revision,
        microseconds,
        event.kind._value_,
        event.name,
        event.job,
        event.job_source._value_,
        event.publisher,
        event.campaign,
        event.group,
        event.bid or 0,
        event.bid is not None,
        int(event.marks),
        event.uid or "",
        event.record,
        write_timestamp(event, microseconds),
    )


def interaction_of(row: tuple[Any, ...]) -> Interaction:
    """Make an interaction of the values of `INTERACTION_COLUMNS`."""
    microseconds, kind, job, publisher, campaign, group, bid, bid_given, marks, uid, own_id = row
    return Interaction(
        EPOCH + timedelta(microseconds=microseconds), _KINDS[kind], job, publisher, campaign, group,
        bid if bid_given else None, CLICK_FLAGS[marks or 0], uid or None, own_id,
    )  # fmt: skip
