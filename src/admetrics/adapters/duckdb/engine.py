"""The engine over the DuckDB lake: SQL generated from the measures."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Self

from admetrics.adapters.duckdb.database import DuckDBDatabase, time_at
from admetrics.domain.events.kind import Kind
from admetrics.domain.metrics.catalog import MEASURES, if_valid
from admetrics.domain.metrics.entries import Measure
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.rollup.fold import Fold
from admetrics.domain.rollup.minutes import MinutesByHour
from admetrics.domain.rollup.row import Cell
from admetrics.domain.rules.repeats import REPEAT_WINDOW, since_before_sql
from admetrics.domain.rules.validity import deciding_sql
from admetrics.domain.times import HOUR, hour_of
from admetrics.ports.adapter import Resources

CONSECUTIVE: Final = ("hour BETWEEN $first AND $last", "hour BETWEEN $before AND $last AND time >= $since")
_SCATTERED: Final = (  # joins, which take a sixth more time on hours that fill a lake
    "hour IN (SELECT unnest($hours))",
    "hour IN (SELECT unnest($read))",
)

_CELL: Final = 'hour, job, publisher, campaign, "group"'
_SIMPLE: Final = [measure for measure in MEASURES if if_valid(measure) is measure]


def fold_sql(chosen: str, read: str) -> str:
    """Write the roll-up fold as SQL.

    Nearly all clicks are valid, and it takes long to look for reasons. So all events are folded as if every click
    were valid; then the invalid ones are taken away again, and added as what they are. Repeats are looked for among
    the clicks of visits with two clicks in a short time, for which only numbers are read.

    Args:
        chosen: the condition for the hours to fold.
        read: the condition for the clicks among which repeats are: those hours, and the repeat window before each.
    """
    simple = ", ".join(measure.sql() for measure in _SIMPLE)
    judged = ", ".join(measure.sql() for measure in MEASURES)
    added, taken = (", ".join(_if_valid(measure, sign) for measure in MEASURES) for sign in ("", "-"))
    sums = ",\n    ".join(f"sum({measure.name})::BIGINT AS {measure.name}" for measure in MEASURES)
    return f"""\
WITH suspects AS (
    SELECT DISTINCT visit
    FROM (
        SELECT visit, visit = lag(visit) OVER in_order AND time - lag(time) OVER in_order < $window AS suspect
        FROM events
        WHERE {read} AND visit IS NOT NULL
        WINDOW in_order AS (ORDER BY visit, time)
    )
    WHERE suspect
),
repeats AS (
    SELECT id
    FROM events
    WHERE {read} AND visit IN (FROM suspects)
    QUALIFY {since_before_sql("uid")} < $window
),
judged AS (
    SELECT {_CELL}, kind, bid, {deciding_sql("id IN (FROM repeats)")} AS reason
    FROM events
    WHERE {chosen} AND kind = '{Kind.CLICK.value}' AND job <> 0 AND (marks <> 0 OR visit IN (FROM suspects))
)
SELECT
    epoch_us(hour), job, publisher, campaign, "group",
    {sums}
FROM (
    SELECT {_CELL}, {added}
    FROM (
        SELECT {_CELL}, {simple}
        FROM events
        WHERE {chosen} AND job <> 0 AND kind <> '{Kind.OTHER.value}'
        GROUP BY ALL
    )
    UNION ALL
    SELECT {_CELL}, {taken}
    FROM (SELECT {_CELL}, {simple} FROM judged WHERE reason IS NOT NULL GROUP BY ALL)
    UNION ALL
    SELECT {_CELL}, {judged}
    FROM judged
    WHERE reason IS NOT NULL
    GROUP BY ALL
)
GROUP BY {_CELL}
"""


def _if_valid(measure: Measure, sign: str) -> str:
    same = if_valid(measure)
    return f"{sign}{same.name} AS {measure.name}" if same else f"0 AS {measure.name}"


class DuckDBEngine:
    """Folds whole hours inside DuckDB; it never reuses an earlier fold, reading is faster than remembering.

    Args:
        database: the file of the lake.
        repeat_window: how long after a click another of the same visitor on the same job is a repeat.
    """

    def __init__(self, database: DuckDBDatabase, *, repeat_window: timedelta = REPEAT_WINDOW) -> None:
        self._database = database
        self._repeat_window = repeat_window

    @classmethod
    def open(cls, _url: str, resources: Resources) -> Self:
        """Open the engine over a lake that offers `duckdb`."""
        return cls(resources.part("lake").database, repeat_window=resources.settings.repeat_window)

    def fold(self, dirty: MinutesByHour) -> Fold:
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
        return self._ask(_SCATTERED, hours=hours, read=sorted(read))

    def _ask(self, conditions: tuple[str, str], **parameters: Any) -> list[tuple[int, ...]]:
        return self._database.query(fold_sql(*conditions), {"window": self._repeat_window, **parameters})

    def claimed(self, version: int, hours: Collection[datetime]) -> None:
        """Do nothing: every fold reads the lake."""

    def forget(self, hours: Collection[datetime]) -> None:
        """Do nothing: there is nothing to forget."""
