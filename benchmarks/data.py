"""The data that is measured with: simulated traffic as a file, or events put into a lake by SQL."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import chain, islice
from pathlib import Path

from admetrics.adapters.duckdb.database import DuckDBDatabase
from admetrics.adapters.duckdb.layout import VISIT
from admetrics.domain.times import Period
from admetrics.simulation.simulate import Scenario, lines

END = datetime(2026, 3, 15, tzinfo=UTC)


def traffic(events: int) -> Iterator[bytes]:
    """Realistic blocks of lines, faults, repeats and late events included: two days' worth."""
    return lines(Scenario(seed=1, events=events, end=END, days=2))


def traffic_file(folder: Path, events: int, *, of: int | None = None) -> Path:
    """Write traffic.

    Args:
        folder: takes the file.
        events: how many lines.
        of: how many the two days have, of which these are the first; None: these are all.
    """
    file = folder / f"traffic-{events}-of-{of or events}.jsonl"
    with file.open("wb") as output:
        output.writelines(islice(chain.from_iterable(map(BytesIO, traffic(of or events))), events))
    return file


def fill(database: DuckDBDatabase, period: Period, events: int) -> None:
    """Put made-up events into a lake, spread over a period in order of time, one in a hundred of them late.

    200 jobs, half of the events without campaign and group, 8 publishers: as concentrated as real traffic is.
    """
    parameters = {
        "start": period.start,
        "step": (period.end - period.start) // timedelta(microseconds=1) / events,
    }
    at_once = 1_000_000  # one transaction each
    for first in range(0, events, at_once):
        with database.transaction() as connection:
            connection.execute(_FILL, {**parameters, "first": first, "last": min(events, first + at_once)})


_FILL = f"""
INSERT INTO events BY NAME
SELECT
    uuid() AS id,
    date_trunc('hour', time) AS hour,
    time,
    kind,
    kind AS name,
    job,
    'job_id' AS job_source,
    1 + job % 8 AS publisher,
    CASE WHEN number % 2 = 0 THEN 1 + job % 20 ELSE 0 END AS campaign,
    CASE WHEN number % 2 = 0 THEN 1 + job % 40 ELSE 0 END AS "group",
    CASE WHEN kind = 'click' THEN 1 + job % 30 END AS bid,
    CASE WHEN kind = 'click' AND number % 25 = 0 THEN 1 ELSE 0 END AS marks,
    '1-' || number % 100000 AS uid,
    {VISIT} AS visit,
    1 AS revision,
    '["' || number || '"]' AS record,
    0 AS protection
FROM (
    SELECT
        number,
        $start + to_microseconds((CASE WHEN chance < 0.01 THEN number * chance * 100 ELSE number END * $step)::BIGINT)
            AS time,
        CASE
            WHEN number % 100 < 70 THEN 'impression'
            WHEN number % 100 < 84 THEN 'click'
            WHEN number % 100 < 95 THEN 'page_view'
            WHEN number % 100 < 97 THEN 'other'
            WHEN number % 100 < 98 THEN 'conversion'
            WHEN number % 100 < 99 THEN 'qualified'
            ELSE 'disqualified'
        END AS kind,
        1 + (200 * job_chance * job_chance)::INTEGER AS job
    FROM (
        SELECT range AS number, random() AS chance, random() AS job_chance
        FROM range($first, $last)
    )
)
ORDER BY time
"""
