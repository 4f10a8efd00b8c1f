"""The file: who has it, whether it is ours, and what is said when it cannot be used."""

import gc
import os
import signal
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import duckdb
import pytest

from admetrics.adapters.duckdb.database import DuckDBDatabase
from admetrics.adapters.duckdb.dead_letters import DuckDBDeadLetters
from admetrics.adapters.duckdb.engine import DuckDBEngine
from admetrics.adapters.duckdb.errors import translated
from admetrics.adapters.duckdb.lake import DuckDBLake
from admetrics.adapters.duckdb.layout import TABLES
from admetrics.domain.errors import InUseError, LayoutError, PermanentError
from admetrics.domain.events.click_flags import ClickFlag
from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.erasure import erased, hashed
from admetrics.domain.events.event import Protection
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.domain.rollup.minutes import MinuteSet
from admetrics.domain.rules.winner import winner
from admetrics.testing.strategies import FEW_HOURS, UID_KEY, click_at, protected

HOLD = """
import sys, time
from pathlib import Path
from admetrics.adapters.duckdb.database import DuckDBDatabase
database = DuckDBDatabase(Path(sys.argv[1]))
print("held", flush=True)
if sys.argv[2] == "until told":
    sys.stdin.readline()
else:
    time.sleep(float(sys.argv[2]))
"""

FULL = """
import resource, sys
from pathlib import Path
from admetrics.adapters.duckdb.database import DuckDBDatabase
from admetrics.adapters.duckdb.lake import DuckDBLake
from admetrics.domain.errors import BackendError
from admetrics.testing.strategies import FEW_HOURS, click_at

lake = DuckDBLake(DuckDBDatabase(Path(sys.argv[1])))
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
for batch in range(100):
    try:
        lake.append([click_at(FEW_HOURS.start, number=1000 * batch + number) for number in range(1000)])
    except BackendError as error:
        print(f"{type(error).__name__}: {error}")
        break
    print(batch + 1)
"""


REWRITE = """
import os, signal, sys
from pathlib import Path
from admetrics.adapters.duckdb import database
from admetrics.adapters.duckdb.lake import DuckDBLake
from admetrics.testing.strategies import FEW_HOURS, click_at

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

opened = database.DuckDBDatabase(Path(sys.argv[1]))
DuckDBLake(opened).append([click_at(FEW_HOURS.start, number=number) for number in range(1000)])
if sys.argv[2] == "before":
    database._put_in_place = die
else:
    really = database._put_in_place
    database._put_in_place = lambda *files: die(really(*files))
exec(sys.argv[3])
"""


def open_at(file, *, seconds=0.2):
    return DuckDBDatabase(file, lock_timeout=timedelta(seconds=seconds))


def write(file, *statements):
    with duckdb.connect(file) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_file_in_use_is_waited_for_and_then_named(file, start):
    process = start(HOLD, file, 60)
    process.stdout.readline()
    with pytest.raises(InUseError) as caught:
        open_at(file)
    told, separator, rest = str(caught.value).partition(", since 20")
    assert told == f"{file} is in use by another command (process {process.pid}, python"
    assert separator
    assert rest.endswith("Z): wait until it is finished, or stop it")


def test_a_file_that_becomes_free_is_opened(file, start):
    process = start(HOLD, file, 0.3)
    process.stdout.readline()
    open_at(file, seconds=60).close()


def test_one_process_may_open_it_several_times(file):
    one, other = open_at(file), open_at(file)
    one.close()
    lake = DuckDBLake(other)
    lake.append([click_at(FEW_HOURS.start, number=1)])
    other.close()


def test_closing_twice_does_nothing_and_a_closed_file_is_free(file, start):
    database = open_at(file)
    database.close()
    database.close()
    assert start(HOLD, file, 0).stdout.readline() == "held\n"


def test_a_file_of_something_else_is_named(file):
    file.parent.mkdir()
    file.write_text("no database\n" * 1000)
    with pytest.raises(PermanentError, match=rf"^{file} is no DuckDB database: name another file$"):
        open_at(file)


def test_a_damaged_file_is_named(file):
    database = open_at(file)
    DuckDBLake(database).append([click_at(FEW_HOURS.start, number=number) for number in range(3000)])
    database.close()
    content = bytearray(file.read_bytes())
    for place in range(12_288, len(content), 1024):
        content[place : place + 64] = bytes(64 * [0xAA])
    file.write_bytes(content)
    with pytest.raises(PermanentError, match=rf"^{file} is damaged: restore it from a backup"):
        list(DuckDBLake(open_at(file)).scan({FEW_HOURS.start: MinuteSet.of(0)}))
    gc.collect()


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(PermanentError, match="cannot create the folder of"):
        open_at(tmp_path / "data" / "lake.duckdb")


def test_a_folder_in_place_of_the_file_is_said_so(tmp_path):
    with pytest.raises(PermanentError, match="cannot be read"):
        open_at(tmp_path)


def test_a_full_disk_is_said_so_and_what_was_confirmed_is_there(file, start, reopened):
    *confirmed, error = start(FULL, file).communicate(timeout=60)[0].splitlines()
    assert error == f"PermanentError: {file} has no room on its disk: make room and try again"
    lake = DuckDBLake(reopened())
    assert sum(outcome.events for outcome in lake.outcomes(FEW_HOURS)) == 1000 * len(confirmed)


@pytest.mark.parametrize(
    "change, says",
    [
        ("ALTER TABLE events DROP COLUMN uid", "another layout .*: uid"),
        ("ALTER TABLE events ADD COLUMN colour INTEGER", "another layout .*: colour"),
        ("ALTER TABLE arrivals ALTER minutes TYPE VARCHAR", "another layout .*: minutes"),
        ("DROP TABLE dead_letters", "table dead_letters of .* is missing"),
        ("UPDATE admetrics_layout SET version = 99", "another release"),
        ("DELETE FROM admetrics_layout", "another release"),
    ],
)
def test_another_layout_is_refused_and_left_alone(file, change, says):
    open_at(file).close()
    write(file, change)
    before = file.read_bytes()
    with pytest.raises(LayoutError, match=says):
        open_at(file)
    assert file.read_bytes() == before


def to_version(connection, version):
    """Make the tables what an older release made them."""
    connection.execute("ALTER TABLE events DROP COLUMN keyed")
    connection.execute("ALTER TABLE dead_letters DROP COLUMN pieces")
    connection.execute("DROP TABLE dead_letter_pieces")
    connection.execute("DROP TABLE identity")
    connection.execute(f"UPDATE admetrics_layout SET version = {version}")
    if version == 3:
        return
    for column in ("fingerprint", "protection"):
        connection.execute(f"ALTER TABLE events DROP COLUMN {column}")
    connection.execute("DROP TABLE erased")
    if version == 1:
        connection.execute("ALTER TABLE events DROP COLUMN marks")
        connection.execute("ALTER TABLE events DROP COLUMN visit")


def test_tables_of_the_release_before_are_brought_up_to_date_and_keep_their_rows(file):
    database = open_at(file)
    click = click_at(FEW_HOURS.start, number=1, user_agent="robot")
    DuckDBLake(database).append([click])
    database.close()
    with duckdb.connect(str(file)) as connection:
        to_version(connection, 1)
    lake = DuckDBLake(open_at(file))
    assert list(lake.scan({FEW_HOURS.start: MinuteSet.of(0)})) == [
        attrs.evolve(click, marks=ClickFlag.NONE).interaction()
    ]
    later = attrs.evolve(click, revision=2)
    lake.append([later])
    assert list(lake.scan({FEW_HOURS.start: MinuteSet.of(0)})) == [later.interaction()], "read again, it is judged"


def test_large_dead_letters_of_the_release_before_are_whole(file):
    database = open_at(file)
    with database.transaction() as connection:
        connection.execute(
            "INSERT INTO dead_letters VALUES ('00', 'a'::BLOB, 1, repeat('x', 100_000)::BLOB, 'bad_bid', '', now(), 0)"
        )
    database.close()
    with duckdb.connect(str(file)) as connection:
        to_version(connection, 3)
    (letter,) = DuckDBDeadLetters(open_at(file)).all()
    assert letter.data == b"x" * 100_000


def test_clicks_of_the_release_before_are_known_as_repeats(file):
    database = open_at(file)
    clicks = [click_at(FEW_HOURS.start, number=number, uid="u1") for number in range(2)]
    DuckDBLake(database).append(clicks)
    before = DuckDBEngine(database).fold({FEW_HOURS.start: MinuteSet.of(0)}).cells
    database.close()
    with duckdb.connect(str(file)) as connection:
        to_version(connection, 1)
    assert DuckDBEngine(open_at(file)).fold({FEW_HOURS.start: MinuteSet.of(0)}).cells == before
    assert [measures.repeat_clicks for measures in before.values()] == [1]


def test_records_stored_by_the_release_before_decide_by_their_own_fingerprint(file):
    """What was stored before there was a column for it is as it came."""
    stored, other = (click_at(FEW_HOURS.start, number=1, bid=bid) for bid in (1, 2))
    if winner([stored, other]) is other:
        stored, other = other, stored
    database = open_at(file)
    DuckDBLake(database).append([stored])
    database.close()
    with duckdb.connect(str(file)) as connection:
        to_version(connection, 2)
    lake = DuckDBLake(open_at(file))
    lake.append([protected(other, Protection.ERASED)])
    assert list(lake.scan({FEW_HOURS.start: MinuteSet.of(0)})) == [stored.interaction()]
    lake.append([protected(stored, Protection.HASHED)])
    assert list(lake.scan({FEW_HOURS.start: MinuteSet.of(0)})) == [protected(stored, Protection.HASHED).interaction()]


@pytest.mark.parametrize("when", ["never", "before", "after"])
def test_fingerprints_of_the_release_before_leave_the_file_when_there_is_a_key(file, start, when):
    """Those of hashed and of erased visitors, also if it is killed before or after the new file is in place."""
    clicks = [click_at(FEW_HOURS.start, number=number, uid=str(number)) for number in (7, 8)]
    lefts = hashed(clicks[0], key=UID_KEY), erased(clicks[1], "erased-8")
    database = open_at(file)
    DuckDBLake(database).append(
        [
            attrs.evolve(left, keyed=False, original=click.fingerprint_digits)
            for left, click in zip(lefts, clicks, strict=True)
        ]
    )
    database.close()
    with duckdb.connect(str(file)) as connection:
        to_version(connection, 3)
    assert all(holds_fingerprint(file, click) for click in clicks)
    if when != "never":
        work = f"DuckDBLake(opened).key_events({UID_KEY!r}, on_progress=lambda _: None)"
        assert start(REWRITE, file, when, work).wait(60) == -signal.SIGKILL
    database = open_at(file)
    DuckDBLake(database).key_events(UID_KEY, on_progress=lambda _: None)
    assert database.query("SELECT DISTINCT keyed FROM events") == [(True,)]
    database.close()
    assert not any(holds_fingerprint(file, click) for click in clicks)
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def holds_fingerprint(file, event):
    """Whether the bytes of the file hold it; DuckDB turns the first bit of a UUID over, to sort it as a number."""
    return (event.fingerprint.int ^ 1 << 127).to_bytes(16, "little") in file.read_bytes()


def test_tables_of_somebody_else_are_refused(file):
    file.parent.mkdir()
    write(file, "CREATE TABLE events (a INTEGER)")
    with pytest.raises(LayoutError, match="name another file"):
        open_at(file)


def test_other_tables_beside_ours_are_nobodys_business(file):
    file.parent.mkdir()
    write(file, "CREATE TABLE notes (a INTEGER)")
    open_at(file).close()
    open_at(file).close()


def test_the_statements_that_create_the_tables_are_readable():
    assert TABLES[2].sql() == (
        "CREATE TABLE arrivals (\n"
        "    batch VARCHAR NOT NULL,\n"
        "    hour TIMESTAMP WITH TIME ZONE NOT NULL,\n"
        "    minutes BIGINT NOT NULL\n"
        ")"
    )


def test_a_refused_statement_shows_no_value(file):
    database = open_at(file)
    with pytest.raises(PermanentError) as caught:
        database.query("SELECT CAST('someone@example.com' AS INTEGER)")
    assert "someone" not in str(caught.value)
    database.close()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_while_the_file_is_written_again_loses_nothing(file, start, when):
    """Either the old file is there, or the new one, and nothing that belongs to the other."""
    assert start(REWRITE, file, when, "opened.rewrite()").wait(60) == -signal.SIGKILL
    database = open_at(file)
    assert len(list(DuckDBLake(database).scan({FEW_HOURS.start: MinuteSet.of(0)}))) == 1000
    database.rewrite()
    assert len(list(DuckDBLake(database).scan({FEW_HOURS.start: MinuteSet.of(0)}))) == 1000
    database.close()
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_file_that_cannot_be_written_again_stays_as_it_was(file, monkeypatch):
    database = open_at(file)
    lake = DuckDBLake(database)
    lake.append([click_at(FEW_HOURS.start, number=1)])
    monkeypatch.setattr(Path, "replace", _refuse)
    with pytest.raises(PermanentError, match=r"cannot put the new .* into the place of the old one: No room"):
        database.rewrite()
    monkeypatch.undo()
    assert len(list(lake.scan({FEW_HOURS.start: MinuteSet.of(0)}))) == 1
    assert not list(file.parent.glob("*.new*"))
    database.rewrite()
    assert len(list(lake.scan({FEW_HOURS.start: MinuteSet.of(0)}))) == 1


def _refuse(*_):
    raise OSError(28, "No room")


def test_a_file_that_was_written_again_is_free_for_others_and_only_then(file, start):
    """Whoever waits gets the new file, never the old one."""
    database = open_at(file)
    waiting = start(HOLD, file, "0")
    database.rewrite()
    assert waiting.stdout.readline() == "held\n"
    waiting.wait(60)
    with database.transaction() as connection:
        connection.execute("DELETE FROM events")


def test_names_of_files_are_quoted(tmp_path):
    database = open_at(tmp_path / 'o\'clock "lake".duckdb')
    database.rewrite()
    assert database.query("SELECT count(*) FROM events") == [(0,)]


def test_tables_of_others_are_kept_when_the_file_is_written_again(file):
    database = open_at(file)
    with database.transaction() as connection:
        connection.execute("CREATE TABLE notes AS SELECT 'mine' AS note")
    database.rewrite()
    assert database.query("SELECT note FROM notes") == [("mine",)]


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def clicks(count):
    return [click_at(FEW_HOURS.start, number=number, uid="u1") for number in range(count)]


def erase(database):
    return DuckDBLake(database).erase({"u1": "erased"}, on_progress=lambda _part: None)


def test_a_new_file_and_its_log_are_their_owners_alone_and_stay_so(file):
    before = os.umask(0o022)
    try:
        database = open_at(file)
        for _ in range(2):  # each checkpoint removes the log
            DuckDBLake(database).append(clicks(10))
            assert {mode_of(each) for each in file.parent.iterdir()} == {0o600}
            assert (file.parent / f"{file.name}.wal").exists()
            with database.snapshot() as reader:
                reader.execute("CHECKPOINT")
        erase(database)
        assert os.umask(0o022) == 0o022, "nothing else changed"
    finally:
        os.umask(before)
    assert {mode_of(each) for each in file.parent.iterdir()} == {0o600}
    assert mode_of(file.parent) == 0o700


def test_a_file_that_is_written_again_keeps_its_permissions_and_what_a_link_points_to_is_replaced(file, tmp_path):
    database = open_at(file)
    DuckDBLake(database).append(clicks(1000))
    database.close()
    file.chmod(0o640)
    link = tmp_path / "link.duckdb"
    link.symlink_to(file)
    database = open_at(link)
    inode = file.stat().st_ino
    assert erase(database) == 1000
    database.close()
    assert link.is_symlink()
    assert (file.stat().st_ino != inode, mode_of(file)) == (True, 0o640)
    assert list(tmp_path.glob("link.duckdb*")) == [link]
    assert b"u1" not in file.read_bytes()


def test_what_was_left_of_a_rewriting_that_was_killed_is_not_taken_for_a_part_of_the_next(file):
    database = open_at(file)
    DuckDBLake(database).append(clicks(10))
    for name in (f"{file.name}.new", f"{file.name}.new.wal"):
        (file.parent / name).write_bytes(b"of a process that was killed" * 1000)
    assert erase(database) == 10
    database.close()
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_visitor_with_more_events_than_fit_into_memory_is_erased(file):
    database = DuckDBDatabase(file, memory_limit="24MB")
    lake = DuckDBLake(database)
    lake.append(clicks(1))
    changes = "uuid() AS id, md5(number::VARCHAR) || record AS record"
    with database.transaction() as connection:
        connection.execute(
            f"INSERT INTO events BY NAME SELECT events.* REPLACE ({changes}) FROM events, range(150_000) AS r(number)"
        )
    parts: list[float] = []
    assert lake.erase({"u1": "erased"}, on_progress=parts.append) == 150_001
    assert database.query("SELECT DISTINCT uid, record FROM events") == [("erased", "")]
    assert (parts == sorted(parts), parts[-1]) == (True, 1)


def test_dead_letters_that_do_not_fit_into_memory_are_kept_read_and_removed(file):
    database = DuckDBDatabase(file, memory_limit="48MB")
    store = DuckDBDeadLetters(database)
    large = [letter(number, bytes([number]) * 5_000_000) for number in range(12)]
    small = [letter(100 + number, b"%d" % number + bytes(1000)) for number in range(20_000)]
    for some in (*([each] for each in large), small):
        store.put(some)
    assert sum(len(each.data) for each in store.all()) == sum(len(each.data) for each in (*large, *small))
    assert [each.data for each in store.get([each.id for each in large[3:5]])] == [each.data for each in large[3:5]]
    erase(database)
    assert store.count() == {Reason.NOT_JSON: len(large) + len(small)}
    store.remove([each.id for each in large[:6]])
    assert store.prune(datetime.max.replace(tzinfo=UTC)) == 6 + len(small)
    assert database.query("SELECT count(*) FROM dead_letter_pieces") == [(0,)]


def letter(line, data):
    return DeadLetter("a", line, data, Rejection(Reason.NOT_JSON, "for a test"), FEW_HOURS.start)


@pytest.mark.parametrize(
    "error",
    [
        duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate data"),
        duckdb.TransactionException(
            "TransactionContext Error: Failed to commit: could not allocate block of size 2 KiB"
        ),
        duckdb.FatalException("FATAL Error: the autocheckpoint failed because of error: failed to pin block of size 8"),
        MemoryError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_too_little_memory_is_told_as_that_and_not_as_something_that_passes(error):
    with pytest.raises(PermanentError, match="needs more memory than is set aside"), translated("lake"):
        raise error
