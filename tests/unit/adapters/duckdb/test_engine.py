import pytest

from admetrics.adapters.duckdb.engine import DuckDBEngine, fold_sql
from admetrics.adapters.duckdb.lake import DuckDBLake
from admetrics.domain.metrics.catalog import MEASURES
from admetrics.testing.contracts.engine import EngineContract


class TestDuckDBEngine(EngineContract):
    """Its first test is the property: exactly the domain's fold, cell by cell."""

    @pytest.fixture
    def lake(self, database):
        return DuckDBLake(database)

    @pytest.fixture
    def engine(self, database):
        return DuckDBEngine(database)


def test_the_generated_statement_has_every_measure_and_reads_what_it_is_told():
    statement = fold_sql("CHOSEN", "READ")
    for measure in MEASURES:
        assert measure.sql() in statement
        assert f"sum({measure.name})::BIGINT AS {measure.name}" in statement
    assert statement.count("WHERE CHOSEN") == statement.count("WHERE READ") == statement.count("FROM events") / 2 == 2
