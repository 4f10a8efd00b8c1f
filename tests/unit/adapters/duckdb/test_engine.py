import pytest

from admetrics.adapters.duckdb.engine import CONSECUTIVE, DuckDBEngine, fold_sql
from admetrics.adapters.duckdb.lake import DuckDBLake
from admetrics.testing.contracts.engine import EngineContract


class TestDuckDBEngine(EngineContract):
    """Its first test is the property: exactly the domain's fold, cell by cell."""

    @pytest.fixture
    def lake(self, database):
        return DuckDBLake(database)

    @pytest.fixture
    def engine(self, database):
        return DuckDBEngine(database)


def test_the_generated_statement_reads_as_if_written_by_hand():
    assert (
        fold_sql(*CONSECUTIVE)
        == """\
WITH in_order AS (
    SELECT hour, job, publisher, campaign, "group", kind, bid, marks,
        time - lag(time) OVER (PARTITION BY uid, job ORDER BY time, id) < $window AS repeat
    FROM events
    WHERE hour BETWEEN $before AND $last AND time >= $since
      AND job <> 0
      AND kind = 'click' AND uid IS NOT NULL
)
SELECT
    epoch_us(hour),
    job,
    publisher,
    campaign,
    "group",
    count(*) FILTER (WHERE kind = 'impression') AS impressions,
    count(*) FILTER (WHERE kind = 'page_view') AS page_views,
    count(*) FILTER (WHERE kind = 'click') AS clicks,
    count(*) FILTER (WHERE kind = 'conversion') AS conversions,
    count(*) FILTER (WHERE kind = 'qualified') AS qualified,
    count(*) FILTER (WHERE kind = 'disqualified') AS disqualified,
    coalesce(sum(bid) FILTER (WHERE kind = 'click'), 0) AS spend,
    count(*) FILTER (WHERE kind = 'click' AND bid IS NOT NULL) AS paid_clicks,
    count(*) FILTER (WHERE kind = 'click' AND reason IS NULL) AS valid_clicks,
    coalesce(sum(bid) FILTER (WHERE kind = 'click' AND reason IS NULL), 0) AS valid_spend,
    count(*) FILTER (WHERE kind = 'click' AND reason = 'internal') AS internal_clicks,
    count(*) FILTER (WHERE kind = 'click' AND reason = 'robot') AS robot_clicks,
    count(*) FILTER (WHERE kind = 'click' AND reason = 'repeat') AS repeat_clicks,
    count(*) FILTER (WHERE kind = 'click' AND reason = 'out_of_flight') AS out_of_flight_clicks
FROM (
    SELECT hour, job, publisher, campaign, "group", kind, bid, CASE WHEN marks & 2 <> 0 THEN 'internal' \
WHEN marks & 1 <> 0 THEN 'robot' WHEN repeat THEN 'repeat' END AS reason
    FROM in_order
    WHERE hour BETWEEN $first AND $last
    UNION ALL
    SELECT hour, job, publisher, campaign, "group", kind, bid, CASE WHEN marks & 2 <> 0 THEN 'internal' \
WHEN marks & 1 <> 0 THEN 'robot' WHEN false THEN 'repeat' END AS reason
    FROM events
    WHERE hour BETWEEN $first AND $last
      AND job <> 0
      AND kind <> 'other'
      AND NOT (kind = 'click' AND uid IS NOT NULL)
)
GROUP BY hour, job, publisher, campaign, "group"
"""
    )
