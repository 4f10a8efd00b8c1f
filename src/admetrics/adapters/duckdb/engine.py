"""The engine over the DuckDB lake: SQL generated from the measures."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from admetrics.adapters.duckdb.database import DuckDBDatabase, time_at
from admetrics.domain.fold import Fold
from admetrics.domain.kind import Kind
from admetrics.domain.measures import MEASURES, Measures
from admetrics.domain.row import Cell
from admetrics.domain.times import HOUR, hour_of
from admetrics.domain.validity import REPEAT_WINDOW, deciding_sql

CONSECUTIVE: Final = ("hour BETWEEN $first AND $last", "hour BETWEEN $before AND $last AND time >= $since")
SCATTERED: Final = (  # joins, which take a sixth more time on hours that fill a lake
    "hour IN (SELECT unnest($hours))",
    "hour IN (SELECT unnest($read))",
)

_CELL: Final = 'hour, job, publisher, campaign, "group"'
_CAN_REPEAT: Final = f"kind = '{Kind.CLICK.value}' AND uid IS NOT NULL"


def fold_sql(chosen: str, read: str) -> str:
    """Write the roll-up fold as SQL.

    Clicks that can be repeats are put in order, with those before the chosen hours; all else is read as it is.

    Args:
        chosen: the condition for the hours to fold.
        read: the condition for the clicks to put in order: those hours, and the repeat window before each of them.
    """
    measures = ",\n    ".join(measure.sql() for measure in MEASURES)
    return f"""\
WITH in_order AS (
    SELECT {_CELL}, kind, bid, marks,
        time - lag(time) OVER (PARTITION BY uid, job ORDER BY time, id) < $window AS repeat
    FROM events
    WHERE {read}
      AND job <> 0
      AND {_CAN_REPEAT}
)
SELECT
    epoch_us(hour),
    job,
    publisher,
    campaign,
    "group",
    {measures}
FROM (
    SELECT {_CELL}, kind, bid, {deciding_sql("repeat")} AS reason
    FROM in_order
    WHERE {chosen}
    UNION ALL
    SELECT {_CELL}, kind, bid, {deciding_sql("false")} AS reason
    FROM events
    WHERE {chosen}
      AND job <> 0
      AND kind <> '{Kind.OTHER.value}'
      AND NOT ({_CAN_REPEAT})
)
GROUP BY {_CELL}
"""


class DuckDBEngine:
    """Folds whole hours inside DuckDB; it never reuses an earlier fold, reading is faster than remembering.

    Args:
        database: the file of the lake.
        repeat_window: how long after a click another of the same visitor on the same job is a repeat.
    """

    def __init__(self, database: DuckDBDatabase, *, repeat_window: timedelta = REPEAT_WINDOW) -> None:
        self._database = database
        self._repeat_window = repeat_window

    def fold(self, dirty: Mapping[datetime, int]) -> Fold:
        """Compute every cell of some hours."""
        if not dirty:
            return Fold({})
        found = self._query(sorted(dirty))
        hours = {hour: time_at(hour) for hour in {row[0] for row in found}}  # few, shared by many cells
        return Fold(
            {
                Cell(hours[hour], job, publisher, campaign, group): Measures(*measures)
                for hour, job, publisher, campaign, group, *measures in found
            }
        )

    def _query(self, hours: Sequence[datetime]) -> list[tuple[int, ...]]:
        first, last = hours[0], hours[-1]
        if last - first == (len(hours) - 1) * HOUR:
            since = first - self._repeat_window
            return self._ask(CONSECUTIVE, first=first, last=last, before=hour_of(since), since=since)
        read = {hour - back for hour in hours for back in (timedelta(), HOUR)}
        return self._ask(SCATTERED, hours=hours, read=sorted(read))

    def _ask(self, conditions: tuple[str, str], **parameters: Any) -> list[tuple[int, ...]]:
        return self._database.query(fold_sql(*conditions), {"window": self._repeat_window, **parameters})

    def claimed(self, version: int, hours: Collection[datetime]) -> None:
        """Do nothing: every fold reads the lake."""
