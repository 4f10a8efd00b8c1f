import pytest
from sqlalchemy import insert

from admetrics.adapters.sql.bus import SqlBus
from admetrics.adapters.sql.tables import bus as bus_table
from admetrics.testing.contracts.bus import BusContract
from admetrics.testing.examples import HandClock


class TestMysqlBus(BusContract):
    examples = 10

    @pytest.fixture
    def bus(self, open_database):
        return SqlBus(open_database(), clock=HandClock())

    @pytest.fixture
    def reopen(self, bus, open_database):
        return lambda: SqlBus(open_database(), clock=HandClock())

    @pytest.fixture
    def put_raw(self, bus, open_database):
        database = open_database()

        def put(data):
            database.write(lambda connection: connection.execute(insert(bus_table), {"message": data.decode()}))

        return put
