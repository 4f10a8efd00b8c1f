from decimal import Decimal

import pytest
from sqlalchemy import text

from admetrics.adapters.sql.dimensions import SqlDimensions
from admetrics.domain.dimensions import Dimensions, Group, Job, Publisher
from admetrics.domain.errors import InputError
from admetrics.testing.contracts.dimensions import DimensionStoreContract


class TestSqlDimensions(DimensionStoreContract):
    @pytest.fixture
    def store(self, database):
        return SqlDimensions(database)

    @pytest.fixture
    def reopen(self, store, open_database):
        return lambda: SqlDimensions(open_database())


def test_an_import_that_fails_leaves_nothing(database):
    """Neither rows nor moves: the import can be repeated once it is corrected."""
    store = SqlDimensions(database)
    good, bad = Job(1, company=2, budget=Decimal("1.5")), Publisher(1, min_bid=Decimal("0.00000000001"))
    with pytest.raises(InputError, match=r"correct it$"):
        store.put(Dimensions(jobs=[good], publishers=[bad]))
    assert store.all() == Dimensions()
    assert store.pending_changes() == {}


def test_names_of_columns_are_those_of_the_files(database):
    """Dashboards join the tables by hand."""
    SqlDimensions(database).put(Dimensions(groups=[Group(7, 8, "name", Decimal("9.5"))]))
    statement = text('SELECT id, campaign_id, name, budget_group FROM "group"')
    assert database.read(lambda connection: connection.execute(statement).all()) == [(7, 8, "name", "9.5")]
