import pytest
from sqlalchemy import insert

from admetrics.adapters.sql.bus import SqlBus
from admetrics.adapters.sql.tables import bus as bus_table
from admetrics.testing.contracts.bus import BusContract
from admetrics.testing.examples import HandClock


class TestSqlBus(BusContract):
    @pytest.fixture
    def bus(self, database):
        return SqlBus(database, clock=HandClock())

    @pytest.fixture
    def reopen(self, bus, open_database):
        return lambda: SqlBus(open_database(), clock=HandClock())

    @pytest.fixture
    def put_raw(self, bus, database):
        def put(data):
            database.write(lambda connection: connection.execute(insert(bus_table), {"message": data.decode()}))

        return put


def test_a_message_that_was_committed_late_is_found(database):
    """Two publishers: the one with the lower ids may commit after what the other one sent was loaded."""
    bus = SqlBus(database, clock=HandClock())

    def put(number):
        row = {"id": number, "message": f"no row {number}"}
        database.write(lambda connection: connection.execute(insert(bus_table), row))

    put(5)
    bus.commit(bus.poll(at_most=10))
    put(3)
    (letter,) = bus.poll(at_most=10).unreadable
    assert letter.line == 3


def test_a_message_that_appears_before_those_that_were_polled_is_found(database):
    bus = SqlBus(database, clock=HandClock())
    for number in (5, 6, 3):
        row = {"id": number, "message": f"no row {number}"}
        database.write(lambda connection, row=row: connection.execute(insert(bus_table), row))
        assert [letter.line for letter in bus.poll(at_most=1).unreadable] == [number]


def test_an_id_is_never_used_again(database):
    """A consumer remembers by id what it polled: a new message under an old id would be passed over."""
    bus, other = SqlBus(database, clock=HandClock()), SqlBus(database, clock=HandClock())

    def put(message):
        database.write(lambda connection: connection.execute(insert(bus_table), {"message": message}))

    put("one")
    assert len(bus.poll(at_most=10).unreadable) == 1
    other.commit(other.poll(at_most=10))
    put("two")
    assert [letter.data for letter in bus.poll(at_most=10).unreadable] == [b"two"]


def test_two_consumers_load_each_message_at_least_once(database, open_database):
    bus, other = SqlBus(database, clock=HandClock()), SqlBus(open_database(), clock=HandClock())
    for number in range(4):
        row = {"message": f"no row {number}"}
        database.write(lambda connection, row=row: connection.execute(insert(bus_table), row))
    first, both = bus.poll(at_most=2), other.poll(at_most=10)
    assert (len(first.unreadable), len(both.unreadable)) == (2, 4)
    bus.commit(first)
    other.commit(both)
    assert bus.lag() == 0
    assert not bus.poll(at_most=10).unreadable
