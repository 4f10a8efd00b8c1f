"""Table `events` of a lake as Spark reads it, and the statement that folds it."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from admetrics.domain.events.kind import Kind
from admetrics.domain.metrics.catalog import MEASURES
from admetrics.domain.rules.repeats import since_before_sql
from admetrics.domain.rules.validity import deciding_sql
from admetrics.domain.times import EPOCH, MICROSECOND
from admetrics.ports.lake import Partition

VIEW: Final = "events"

NOTHING: Final[Partition] = (0, 0)
"""A partition without events, of 1970: reading it gives the columns and no rows."""

_MICROSECONDS_PER_HOUR: Final = 3_600_000_000
_MINUTES_PER_SCAN: Final = 60

# Whatever is no click of a known visitor is alone: were it null, all of it would be put in order by one task.
_VISIT: Final = f"if(kind = '{Kind.CLICK.value}' AND uid <> '', concat('u', uid), concat('i', id))"


def fold_sql(partitions: Collection[Partition], hours: Collection[datetime], *, scans: int, window: timedelta) -> str:
    """Write the roll-up fold of some partitions as SQL.

    Both parts of the partition key are compared with constants, so Cassandra is asked for these partitions and no
    others. One scan is one task, which reads its partitions one after the other; each scan takes Spark some time to
    plan.

    Args:
        partitions: which, with all shards of each minute; at least one. Those before the hours are read only for
            the clicks that make others repeats.
        hours: the hours to fold.
        scans: into how many scans they are cut at the most; few minutes are not cut.
        window: how long after a click another of the same visitor on the same job is a repeat.
    """
    minutes = sorted({minute for minute, _ in partitions})
    shards = ", ".join(f"{shard}Y" for shard in sorted({shard for _, shard in partitions}))
    measures = ",\n    ".join(measure.sql() for measure in MEASURES)
    read = "\n            UNION ALL\n".join(_scan_sql(some, shards) for some in _portions(minutes, scans))
    starts = ", ".join(map(str, sorted(times_of(hours).values())))
    return f"""\
SELECT
    hour,
    job,
    publisher,
    campaign,
    group_id,
    {measures}
FROM (
    SELECT *, {deciding_sql("repeat")} AS reason
    FROM (
        SELECT *, {since_before_sql("visit")} < {window // MICROSECOND} AS repeat
        FROM (
{read}
        )
        WHERE job <> 0
          AND kind <> '{Kind.OTHER.value}'
    )
)
WHERE hour IN ({starts})
GROUP BY hour, job, publisher, campaign, group_id
"""


def _scan_sql(minutes: Sequence[int], shards: str) -> str:
    times = ", ".join(f"timestamp_millis({minute})" for minute in minutes)
    return f"""\
            SELECT
                time - pmod(time, {_MICROSECONDS_PER_HOUR}) AS hour, time, kind, job, publisher, campaign, group_id,
                if(bid_given, bid, NULL) AS bid, coalesce(marks, 0) AS marks, {_VISIT} AS visit, id
            FROM {VIEW}
            WHERE minute IN ({times})
              AND shard IN ({shards})"""


def _portions(minutes: Sequence[int], at_most: int) -> Iterator[Sequence[int]]:
    """Cut minutes into portions that differ by one minute at the most."""
    number = max(1, min(at_most, len(minutes) // _MINUTES_PER_SCAN))
    for index in range(number):
        yield minutes[index * len(minutes) // number : (index + 1) * len(minutes) // number]


def hours_at(times: Iterable[int]) -> dict[int, datetime]:
    """Return the hours that Spark names by microseconds since the Unix epoch; they are few, shared by many cells."""
    return {time: EPOCH + time * MICROSECOND for time in set(times)}


def times_of(hours: Iterable[datetime]) -> dict[datetime, int]:
    """Return how Spark names hours."""
    return {hour: (hour - EPOCH) // MICROSECOND for hour in set(hours)}
