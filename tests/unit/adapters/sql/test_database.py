"""What happens when a database is locked, damaged, full, read-only or not there."""

import re
import socket
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pymysql
import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.exc import OperationalError

from admetrics.adapters.sql.database import Database
from admetrics.adapters.sql.errors import translated
from admetrics.adapters.sql.tables import accounting
from admetrics.adapters.sql.warehouse import SqlWarehouse
from admetrics.domain.errors import ConfigurationError, LayoutError, MissingExtraError, PermanentError, TransientError
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.rules.outcome import Outcome
from admetrics.domain.times import Period
from admetrics.testing.examples import HandClock
from admetrics.testing.strategies import FEW_HOURS

SHORT = timedelta(milliseconds=300)
HOUR = FEW_HOURS.start
ROWS = [Row(Cell(HOUR, job, 0, 0, 0), Measures(clicks=1), None, 1, "Test") for job in range(1, 2001)]


@pytest.fixture
def warehouse(database):
    return SqlWarehouse(database, clock=HandClock())


@pytest.fixture
def open_url():
    opened = []

    def open_url(url, **options):
        opened.append(Database(url, **options))
        return opened[-1]

    yield open_url
    for database in opened:
        database.close()


@pytest.fixture
def lock(file, warehouse):
    """Another command that is in the middle of a write."""
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


# Locks


def test_a_locked_database_is_a_transient_error_that_says_so(file, open_url, lock):
    database = open_url(f"sqlite:///{file}", lock_timeout=SHORT)
    with pytest.raises(TransientError) as caught:
        database.write(lambda connection: connection.execute(text("DELETE FROM events")))
    assert str(caught.value) == (
        f"sqlite+pysqlite:///{file} is locked by another command: wait until it is finished, or stop it"
    )


def test_a_lock_is_waited_for(warehouse, lock):
    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(warehouse.upsert, ROWS[:1])
        assert not written.done()
        lock.execute("COMMIT")
        assert written.result(timeout=60) == 1


def test_readers_do_not_wait_for_a_writer(warehouse, lock):
    lock.execute("DELETE FROM events")
    assert list(warehouse.rows(Period.always())) == []


def test_a_reading_transaction_sees_one_moment(warehouse, database):
    def read(connection):
        before = connection.scalar(text("SELECT count(*) FROM events"))
        warehouse.upsert(ROWS[:3])
        return before, connection.scalar(text("SELECT count(*) FROM events"))

    assert database.read(read) == (0, 0)
    assert len(list(warehouse.rows(Period.always()))) == 3


def test_a_transaction_that_fails_leaves_nothing(warehouse, database):
    class StopError(Exception):
        pass

    def stop(connection):
        connection.execute(text("INSERT INTO accounting VALUES ('2026-03-01 22:00:00.000000', 'click', 1)"))
        raise StopError

    with pytest.raises(StopError):
        database.write(stop)
    assert list(warehouse.accounting(Period.always())) == []


# Broken files


def test_a_file_that_is_no_database_is_named(file, open_url):
    file.write_text("no database\n" * 1000)
    with pytest.raises(PermanentError, match=f"^sqlite.*{file} is no SQLite database: name another file$"):
        SqlWarehouse(open_url(f"sqlite:///{file}"), clock=HandClock())


def test_a_damaged_file_is_named(file, database, open_database, warehouse):
    warehouse.upsert(ROWS)
    database.close()
    content = bytearray(file.read_bytes())
    page = 4096
    content[page:] = b"\xa5" * (len(content) - page)
    file.write_bytes(content)
    with pytest.raises(PermanentError, match=r"is damaged: restore it from a backup, or move it away and rebuild$"):
        list(SqlWarehouse(open_database(), clock=HandClock()).rows(Period.always()))


def test_a_read_only_database_is_named(file, database, warehouse, open_url):
    database.close()
    read_only = open_url(f"sqlite:///file:{file}?mode=ro&uri=true")
    again = SqlWarehouse(read_only, clock=HandClock())
    with pytest.raises(PermanentError, match=r"is read-only: check the rights of the file and its folder$"):
        again.upsert(ROWS[:1])


def test_a_full_disk_is_named_and_leaves_nothing_half_written(database, warehouse):
    def limit(connection, _record):
        connection.execute("PRAGMA max_page_count = 60")

    database.close()
    event.listen(database._writing, "connect", limit)
    with pytest.raises(PermanentError, match=r"has no room on its disk: make room and try again$"):
        warehouse.upsert(ROWS)
    assert list(warehouse.rows(Period.always())) == []
    assert warehouse.upsert(ROWS[:10]) == 10


def test_a_folder_is_created(tmp_path, open_url):
    SqlWarehouse(open_url(f"sqlite:///{tmp_path}/a/b/store.sqlite"), clock=HandClock())
    assert (tmp_path / "a" / "b" / "store.sqlite").exists()


def test_a_folder_that_cannot_be_created_is_named(file, open_url):
    file.touch()
    with pytest.raises(PermanentError, match=f"^cannot create the folder of sqlite.*{file}/in/it: "):
        open_url(f"sqlite:///{file}/in/it")


def test_a_folder_in_the_place_of_the_file_is_named(file, open_url):
    file.mkdir()
    with pytest.raises(PermanentError, match=r"cannot be opened: check that its folder exists and may be written to$"):
        SqlWarehouse(open_url(f"sqlite:///{file}"), clock=HandClock())


def test_a_table_that_was_dropped_later_is_refused(database, warehouse):
    database.write(lambda connection: connection.execute(text("DROP TABLE accounting")))
    with pytest.raises(PermanentError):
        warehouse.put_accounting([HOUR], [Outcome(HOUR, "click", 1)])


def test_a_refused_value_is_not_shown(database, warehouse):
    row = {"event_hour": HOUR, "outcome": "secret", "events": None}
    with pytest.raises(PermanentError) as caught:
        database.write(lambda connection: connection.execute(insert(accounting), row))
    assert "refused a statement" in str(caught.value)
    assert "secret" not in str(caught.value)


# Servers


@pytest.fixture
def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_a_server_that_does_not_answer_is_a_transient_error_without_secrets(closed_port, open_url):
    url = f"mysql+pymysql://someone:s3cret@127.0.0.1:{closed_port}/warehouse?program_name=p4th"
    database = open_url(url, lock_timeout=SHORT)
    with pytest.raises(TransientError) as caught:
        database.read(lambda connection: connection.execute(select(1)))
    assert str(caught.value) == (
        f"mysql+pymysql://someone:***@127.0.0.1:{closed_port}/warehouse "
        "cannot be reached: check that it runs, and its host and port"
    )


@pytest.mark.parametrize("code", [1040, 1053, 1205, 1213, 1927, 2002, 2003, 2006, 2013])
def test_errors_of_a_server_that_may_pass_are_transient(code):
    with pytest.raises(TransientError), translated("mysql://host"):
        raise OperationalError("SELECT 1", {}, pymysql.err.OperationalError(code, "s3cret"))


@pytest.mark.parametrize("code", [1021, 1044, 1045, 1049, 1114, 1142, 1146, 1227, 1264, 1406, 1698])
def test_errors_of_a_server_that_stay_are_permanent_and_show_no_value(code):
    original = pymysql.err.OperationalError(code, "Data too long for column 'sources' at row 's3cret'")
    with pytest.raises(PermanentError) as caught, translated("mysql://host"):
        raise OperationalError("SELECT 1", {}, original)
    assert "s3cret" not in str(caught.value)


def test_a_connection_that_was_lost_is_a_transient_error():
    lost = OperationalError("SELECT 1", {}, pymysql.err.InterfaceError(0, ""), connection_invalidated=True)
    with pytest.raises(TransientError), translated("mysql://host"):
        raise lost


def test_a_missing_table_is_a_layout_error(database):
    from sqlalchemy import MetaData, Table

    with pytest.raises(LayoutError, match=r"has no table nowhere: run `admetrics init`$"):
        database.read(lambda connection: Table("nowhere", MetaData(), autoload_with=connection))


# URLs


@pytest.mark.parametrize(
    "url",
    [
        "", "warehouse.sqlite", "postgresql://someone:s3cret@host/db", "mysql+oursql://someone:s3cret@host/db",
        "mysql://someone:s3cret@host:port/db", "://s3cret", "sqlite", "duckdb:///a",
    ],
)  # fmt: skip
def test_other_urls_are_refused_without_showing_them(url, open_url):
    with pytest.raises(
        ConfigurationError, match=r"must look like sqlite:///folder/file\.sqlite or mysql\+pymysql"
    ) as caught:
        open_url(url)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "parameters, names",
    [
        ("ssl_ca=/n0where", "ssl_ca"),
        ("connect_timeout=n0where", "connect_timeout"),
        ("charset=n0where", "charset"),
        ("read_timeout=-1&colour=n0where", "colour, read_timeout"),
        ("colour=n0where", "colour"),
    ],
)
def test_parameters_that_cannot_be_used_are_named_without_their_values(closed_port, open_url, parameters, names):
    with pytest.raises(ConfigurationError) as caught:
        open_url(f"mysql://someone:s3cret@127.0.0.1:{closed_port}/db?{parameters}").read(lambda _connection: None)
    assert f"/db cannot be opened with the parameters of its URL ({names}): check" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "n0where" not in str(caught.value)


@pytest.mark.parametrize("parameters", ["colour=red", "timeout=long"])
def test_parameters_that_sqlite_does_not_know_are_named(file, open_url, parameters):
    with pytest.raises(ConfigurationError, match=r"store\.sqlite cannot be opened with the parameters of its URL"):
        open_url(f"sqlite:///{file}?{parameters}")


def test_a_password_with_an_at_sign_is_not_taken_for_a_host(open_url):
    with pytest.raises(ConfigurationError, match=r"more than one @: in a password, write it as %40$"):
        open_url("mysql://someone:s3@cret@host/db")
    assert open_url("mysql://someone:s3%40cret@host/db").name == "mysql+pymysql://someone:***@host/db"


@pytest.mark.parametrize("scheme", ["mysql", "mariadb", "mysql+pymysql", "mariadb+pymysql"])
def test_a_password_is_never_shown(scheme, open_url):
    database = open_url(f"{scheme}://someone:s3cret@host:3306/warehouse?ssl_key=/p4th&password=s3cret")
    assert re.fullmatch(r"(mysql|mariadb)\+pymysql://someone:\*\*\*@host:3306/warehouse", database.name)
    assert repr(database) == f"Database({database.name!r})"


def test_a_missing_driver_is_named_with_the_extra_that_brings_it(open_url, monkeypatch):
    monkeypatch.setitem(sys.modules, "pymysql", None)
    with pytest.raises(MissingExtraError) as caught:
        open_url("mysql://someone:s3cret@host/db")
    assert str(caught.value) == "mysql+pymysql://someone:***@host/db needs a driver: pip install 'admetrics[mysql]'"
