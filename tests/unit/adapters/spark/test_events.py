from datetime import UTC, datetime

import pytest

from admetrics.adapters.spark.events import fold_sql
from admetrics.domain.metrics.catalog import MEASURES
from admetrics.domain.rules.repeats import REPEAT_WINDOW
from admetrics.domain.times import EPOCH, HOUR

MINUTE = 60_000


def partitions(minutes: int) -> list[tuple[int, int]]:
    return [(number * MINUTE, shard) for number in range(minutes) for shard in range(2)]


MEASURED = ",\n    ".join(measure.sql() for measure in MEASURES)


def test_the_generated_statement_reads_as_if_written_by_hand():
    assert (
        fold_sql([(0, 0), (MINUTE, 1), (0, 1), (MINUTE, 0)], [EPOCH, EPOCH + HOUR], scans=4, window=REPEAT_WINDOW)
        == f"""\
SELECT
    hour,
    job,
    publisher,
    campaign,
    group_id,
    {MEASURED}
FROM (
    SELECT *, CASE WHEN marks & 2 <> 0 THEN 'internal' WHEN marks & 1 <> 0 THEN 'robot' \
WHEN repeat THEN 'repeat' END AS reason
    FROM (
        SELECT *, time - lag(time) OVER (PARTITION BY visit, job ORDER BY time, id) < 30000000 AS repeat
        FROM (
            SELECT
                time - pmod(time, 3600000000) AS hour, time, kind, job, publisher, campaign, group_id,
                if(bid_given, bid, NULL) AS bid, coalesce(marks, 0) AS marks, \
if(kind = 'click' AND uid <> '', concat('u', uid), concat('i', id)) AS visit, id
            FROM events
            WHERE minute IN (timestamp_millis(0), timestamp_millis(60000))
              AND shard IN (0Y, 1Y)
        )
        WHERE job <> 0
          AND kind <> 'other'
    )
)
WHERE hour IN (0, 3600000000)
GROUP BY hour, job, publisher, campaign, group_id
"""
    )


@pytest.mark.parametrize(
    "minutes,scans,expected",
    [(1, 4, 1), (60, 4, 1), (119, 4, 1), (120, 4, 2), (2880, 4, 4), (2880, 100, 48), (2880, 1, 1)],
)
def test_few_minutes_are_one_scan_and_many_as_many_as_spark_can_do_at_once(minutes, scans, expected):
    statement = fold_sql(partitions(minutes), [EPOCH], scans=scans, window=REPEAT_WINDOW)
    assert statement.count("UNION ALL") == expected - 1
    sizes = [part.count("timestamp_millis(") for part in statement.split("UNION ALL")]
    assert max(sizes) - min(sizes) <= 1
    assert statement.count("timestamp_millis(") == minutes
    for minute, _ in partitions(minutes):
        assert statement.count(f"timestamp_millis({minute})") == 1, "no minute is read twice"


def test_times_before_1970_have_their_own_minute():
    before = int(datetime(1969, 12, 31, 23, 59, tzinfo=UTC).timestamp()) * 1000
    assert f"timestamp_millis({before})" in fold_sql([(before, 0)], [EPOCH], scans=1, window=REPEAT_WINDOW)
