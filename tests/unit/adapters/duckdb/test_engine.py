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
        fold_sql(CONSECUTIVE)
        == """\
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
    coalesce(sum(bid) FILTER (WHERE kind = 'click'), 0) AS spend
FROM events
WHERE hour BETWEEN $first AND $last
  AND job <> 0
  AND kind <> 'other'
GROUP BY hour, job, publisher, campaign, "group"
"""
    )
