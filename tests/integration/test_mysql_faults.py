"""What happens when the server is away, refuses, or when two want the same rows."""

import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, event, inspect, text

from admetrics.adapters.sql.bus import SqlBus
from admetrics.adapters.sql.database import Database
from admetrics.adapters.sql.layout import BUS, prepare
from admetrics.domain.errors import PermanentError, TransientError
from admetrics.testing.examples import HandClock
from tests.integration.rows import row
from tests.servers import MariaDB, SecureMariaDB, free_port
from tests.servers.certificates import Certificates

_BOUND = 20  # seconds


@pytest.fixture
def opened():
    """Everything that a test opens, to be closed in the end."""
    things: list = []
    yield things
    for thing in things:
        thing.close()


@pytest.fixture
def open_url(opened):
    def open_one(url, lock_timeout=timedelta(seconds=3)):
        opened.append(Database(url, lock_timeout=lock_timeout))
        return opened[-1]

    return open_one


@pytest.fixture
def counters(open_database):
    """A database with two rows, at 0."""
    database = open_database()
    database.write(lambda connection: connection.execute(text("CREATE TABLE counters (id INT PRIMARY KEY, v INT)")))
    database.write(lambda connection: connection.execute(text("INSERT INTO counters VALUES (1, 0), (2, 0)")))
    return database


def increase(connection, number):
    connection.execute(text("UPDATE counters SET v = v + 1 WHERE id = :number"), {"number": number})


def values(database):
    return database.read(lambda connection: connection.scalars(text("SELECT v FROM counters ORDER BY id")).all())


class TestTransactions:
    def test_both_sides_of_a_deadlock_finish(self, counters, open_database):
        both_hold_one = threading.Barrier(2, timeout=30)
        tries: list[int] = []

        def increase_both(first, second):
            def work(connection):
                tries.append(first)
                increase(connection, first)
                if tries.count(first) == 1:
                    both_hold_one.wait()
                increase(connection, second)

            return work

        one = threading.Thread(target=counters.write, args=[increase_both(1, 2)])
        two = threading.Thread(target=open_database().write, args=[increase_both(2, 1)])
        for thread in (one, two):
            thread.start()
        for thread in (one, two):
            thread.join(60)
        assert values(counters) == [2, 2]
        assert len(tries) == 3  # the server chose one victim, which was tried again

    def test_a_transaction_whose_connection_is_lost_is_run_again_whole(self, mariadb: MariaDB, counters):
        tries: list[int] = []

        def work(connection):
            increase(connection, 1)
            if not tries:
                tries.append(1)
                mariadb.execute(f"KILL {connection.scalar(text('SELECT connection_id()'))}")
            increase(connection, 2)

        counters.write(work)
        assert values(counters) == [1, 1]

    def test_connections_that_died_in_the_pool_are_not_noticed(self, mariadb: MariaDB, counters):
        number = counters.read(lambda connection: connection.scalar(text("SELECT connection_id()")))
        mariadb.execute(f"KILL {number}")
        assert values(counters) == [0, 0]

    def test_a_lock_that_is_held_too_long_is_a_transient_error(self, counters, open_url, mysql_url):
        impatient = open_url(mysql_url, timedelta(seconds=1))

        def hold(connection):
            increase(connection, 1)
            with pytest.raises(TransientError, match="wait too long for a lock"):
                impatient.write(lambda other: increase(other, 1))

        counters.write(hold)
        assert values(counters) == [1, 0]

    def test_processes_that_migrate_at_once_all_succeed(self, mysql_url, open_database):
        program = (
            "import sys; from admetrics.adapters.sql.database import Database\n"
            "from admetrics.adapters.sql.checkpoints import SqlCheckpoints\n"
            "from admetrics.adapters.sql.dimensions import SqlDimensions\n"
            "sys.stdin.readline()\n"
            "database = Database(sys.argv[1])\n"
            "print(SqlDimensions(database).all().jobs, SqlCheckpoints(database).next_version()); database.close()"
        )
        command = [sys.executable, "-c", program, mysql_url]
        racers = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        for racer in racers:
            assert racer.stdin
            racer.stdin.write("go\n")
            racer.stdin.flush()
        said = [racer.communicate(timeout=120) for racer in racers]
        assert [racer.returncode for racer in racers] == [0, 0], said
        assert sorted(out.strip() for out, _ in said) == ["() 1", "() 2"]

    def test_a_migration_keeps_others_out_until_it_is_committed(self, mysql_url, open_url):
        first, second = open_url(mysql_url), open_url(mysql_url)
        with ThreadPoolExecutor() as pool:
            late: Future[BaseException | None] = Future()

            def start_the_second(connection: Connection) -> None:
                if late.running() or late.done() or not inspect(connection).has_table(BUS.revision_table.name):
                    return
                late.set_running_or_notify_cancel()
                pool.submit(prepare, second, BUS).add_done_callback(lambda done: late.set_result(done.exception()))
                time.sleep(1)  # the time that the second has to come in before the commit

            event.listen(Engine, "commit", start_the_second)
            try:
                prepare(first, BUS)
            finally:
                event.remove(Engine, "commit", start_the_second)
            assert late.result(timeout=_BOUND) is None


class TestOutages:
    def test_what_was_confirmed_survives_a_killed_server(self, own_mariadb: MariaDB, open_url):
        bus = SqlBus(open_url(f"{own_mariadb.url}/admetrics"), clock=HandClock())
        bus.publish([row(job) for job in range(1, 101)])
        own_mariadb.kill()
        own_mariadb.start()
        delivery = bus.poll(at_most=1000)
        assert set(delivery.rows) == {row(job) for job in range(1, 101)}
        bus.commit(delivery)

    def test_without_a_server_every_call_fails_in_time_and_works_again_later(self, own_mariadb: MariaDB, open_url):
        bus = SqlBus(open_url(f"{own_mariadb.url}/admetrics"), clock=HandClock())
        own_mariadb.stop()
        try:
            for call in (lambda: bus.publish([row(1)]), lambda: bus.poll(at_most=1), bus.lag):
                started = time.monotonic()
                with pytest.raises(TransientError, match=r"cannot be reached|closed the connection"):
                    call()
                assert time.monotonic() - started < _BOUND
        finally:
            own_mariadb.start()
        bus.publish([row(1)])
        assert bus.poll(at_most=1).rows == [row(1)]

    def test_a_frozen_server_is_noticed(self, own_mariadb: MariaDB, open_url):
        database = open_url(f"{own_mariadb.url}/admetrics?read_timeout=1&connect_timeout=1")
        assert database.read(lambda connection: connection.scalar(text("SELECT 1"))) == 1
        own_mariadb.pause()
        try:
            started = time.monotonic()
            with pytest.raises(TransientError):
                database.read(lambda connection: connection.scalar(text("SELECT 1")))
            assert time.monotonic() - started < _BOUND
        finally:
            own_mariadb.resume()
        assert database.read(lambda connection: connection.scalar(text("SELECT 1"))) == 1


@pytest.fixture
def open_address(secure_mariadb: SecureMariaDB, mariadb: MariaDB, open_url, tmp_path):
    """Fills the places of servers and files into a URL, and opens it."""
    Certificates(tmp_path).make()

    def open_one(url):
        address = url.format(
            host=f"127.0.0.1:{mariadb.port}",
            tls=f"127.0.0.1:{secure_mariadb.port}",
            nobody=free_port(),
            ca=secure_mariadb.certificates.authority,
            other=tmp_path / "authority.pem",
        )
        return open_url(f"mysql+pymysql://{address}", timedelta(seconds=1))

    return open_one


class TestSecurity:
    def test_rows_travel_over_tls(self, secure_mariadb: SecureMariaDB, open_url):
        database = open_url(f"{secure_mariadb.url}/mysql?ssl_ca={secure_mariadb.certificates.authority}")
        cipher = database.read(lambda connection: connection.execute(text("SHOW STATUS LIKE 'Ssl_cipher'")).one()[1])
        assert cipher

    @pytest.mark.parametrize(
        "url,error,said",
        [
            ("user:wrong-one@{host}/mysql", PermanentError, "refuses the user name or the password"),
            ("nobody:secret@{host}/mysql", PermanentError, "refuses the user name or the password"),
            ("user:secret@{host}/no_such_database", PermanentError, "has no such database"),
            ("user:secret@127.0.0.1:{nobody}/mysql", TransientError, "cannot be reached"),
            ("user:secret@no-such-host.invalid/mysql", TransientError, "cannot be reached"),
            ("user:secret@{tls}/mysql?ssl_disabled=true", PermanentError, "by TLS only: add"),
            ("user:secret@{tls}/mysql?ssl_ca={other}", PermanentError, "certificate that is not trusted"),
            ("user:secret@{host}/mysql?ssl_ca={ca}", PermanentError, "does not speak TLS"),
            ("user:wrong-one@{tls}/mysql?ssl_ca={ca}", PermanentError, "refuses the user name or the password"),
        ],
    )
    def test_what_is_wrong_is_said_without_the_secret(self, open_address, heard, url, error, said):
        database = open_address(url)
        with pytest.raises(error, match=said) as raised:
            database.read(lambda connection: connection.scalar(text("SELECT 1")))
        shown = f"{raised.value}{raised.value!r}{database!r}{heard()}"
        assert not any(secret in shown for secret in (":secret", "wrong-one"))
