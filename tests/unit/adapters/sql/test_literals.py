"""Rows as text; that servers read the same values out of it is shown in tests/integration/test_mysql_warehouse.py."""

import sqlite3

import pytest
from sqlalchemy import BigInteger, Column, Double, Integer, String, create_engine

from admetrics.adapters.sql.literals import around, written
from admetrics.adapters.sql.tables import Utc, events
from admetrics.adapters.sql.warehouse import _upsert_mysql
from admetrics.domain.reporting import hourly_table as events_table
from admetrics.testing.strategies import FEW_HOURS

COLUMNS = [
    Column("id", BigInteger, nullable=False),
    Column("some", Integer, nullable=True),
    Column("mean", Double, nullable=False),
    Column("time", Utc, nullable=False),
    Column("text", String(64), nullable=False),
]
TIME = FEW_HOURS.start


def test_numbers_and_times_are_written_and_texts_are_bound_once_each():
    rows = [(1, None, 0.1, TIME, "it's"), (2, -3, 1e-5, TIME, "%"), (2**63 - 1, 0, 1e16, TIME, "it's")]
    text, bound = written(COLUMNS, rows)
    assert text.split(", ") == [
        "(1,NULL,0.1,'2026-03-01 22:00:00',%(text0)s)",
        "(2,-3,1e-05,'2026-03-01 22:00:00',%(text1)s)",
        "(9223372036854775807,0,1e+16,'2026-03-01 22:00:00',%(text0)s)",
    ]
    assert bound == {"text0": "it's", "text1": "%"}


@pytest.mark.parametrize("place", range(4))
def test_a_text_in_the_place_of_anything_else_is_refused(place):
    """It could end the statement and begin another."""
    row = [1, None, 0.1, TIME, ""]
    row[place] = "1); DROP TABLE events"
    with pytest.raises((AttributeError, TypeError)):
        written(COLUMNS, [row])


def test_what_is_written_is_sql():
    """For any parser: here that of SQLite."""
    text, bound = written(COLUMNS, [(1, None, 0.5, TIME, "it's"), (2, 3, 4.0, TIME, '"')])
    places = {name: f":{name}" for name in bound}
    found = sqlite3.connect(":memory:").execute(f"VALUES {text % places}", bound).fetchall()
    time = "2026-03-01 22:00:00"
    assert found == [(1, None, 0.5, time, "it's"), (2, 3, 4.0, time, '"')]


@pytest.mark.parametrize(
    "names_new_rows, after",
    [
        (False, " ON DUPLICATE KEY UPDATE latest_update_time = if(VALUES(version) > events.version, "),
        (True, " AS new ON DUPLICATE KEY UPDATE latest_update_time = if(new.version > events.version, "),
    ],
    ids=["MariaDB", "MySQL 8.0.20"],
)
def test_rows_stand_where_the_statement_of_either_server_wants_them(monkeypatch, names_new_rows, after):
    dialect = create_engine("mysql+pymysql://host/database").dialect
    monkeypatch.setattr(dialect, "_requires_alias_for_on_duplicate_key", names_new_rows)  # by the server's version
    found = around(_upsert_mysql(), events.columns.values(), dialect)
    assert found[0].startswith("INSERT INTO events (job_id, dates, ")
    assert found[0].endswith(f", {events_table.COLUMNS[-1]}) VALUES ")
    assert found[1].startswith(after)
