import uuid
from datetime import timedelta
from itertools import permutations

import attrs
import pytest
from hypothesis import strategies as st

from admetrics.adapters.duckdb.lake import DuckDBLake
from admetrics.domain.events.erasure import erased, keyed
from admetrics.domain.events.event import id_of_content
from admetrics.domain.rules.winner import winner
from admetrics.domain.times import HOUR
from admetrics.testing.contracts.lake import LakeContract
from admetrics.testing.examples import for_all, unused_day
from admetrics.testing.strategies import FEW_HOURS, click_at, copies, events, moved

KILLED = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from admetrics.adapters.duckdb.database import DuckDBDatabase
from admetrics.adapters.duckdb.lake import DuckDBLake
from admetrics.testing.strategies import FEW_HOURS, click_at

lake = DuckDBLake(DuckDBDatabase(Path(sys.argv[1])))
for batch in range(100_000):
    lake.append([click_at(FEW_HOURS.start, number=200 * batch + number) for number in range(200)])
    print(batch, flush=True)
"""


class TestDuckDBLake(LakeContract):
    large = 4500

    @pytest.fixture
    def lake(self, database):
        return DuckDBLake(database)

    @pytest.fixture
    def reopen(self, reopened):
        return lambda: DuckDBLake(reopened())


@pytest.fixture
def lake(database):
    return DuckDBLake(database)


def stored(database):
    """What is stored of each event, by id."""
    rows = database.query("SELECT id::VARCHAR, revision, record FROM events")
    assert len(rows) == len({id_ for id_, *_ in rows}), "an event is stored once"
    return {id_: (revision, record) for id_, revision, record in rows}


@pytest.mark.parametrize("size", [1, 63, 64, 65, 200])
def test_fingerprints_and_ids_are_put_under_a_key_as_the_domain_does(database, lake, size):
    """Whatever the length of the key; DuckDB has no HMAC."""
    key = bytes(range(size))
    by_hand = [click_at(FEW_HOURS.start, number=number, uid="u1") for number in range(20)]
    made = [attrs.evolve(event, id=id_of_content(event.record)) for event in by_hand]
    erased_ones = [erased(moved(event, HOUR), "erased-1") for event in by_hand]
    lake.append([*by_hand, *made, *erased_ones])
    lake.key_events(key, on_progress=lambda _: None)
    expected = {keyed(event, key=key) for event in [*by_hand, *made, *erased_ones]}
    found = database.query("SELECT id::VARCHAR, replace(fingerprint::VARCHAR, '-', ''), keyed FROM events")
    assert set(found) == {(event.id, event.original, True) for event in expected}


def test_the_winner_is_chosen_as_the_domain_does(lake, database):
    """Its very record is kept: DuckDB's SHA-256 and order of bytes are the domain's."""

    def check(drawn):
        by = unused_day()
        competitors = [moved(event, by) for event in drawn]
        lake.append(competitors[:1])
        lake.append(competitors[1:])
        best = winner(competitors)
        assert stored(database)[best.id] == (best.revision, best.record)

    some = events().flatmap(lambda event: st.lists(st.just(event) | copies(event), min_size=2, max_size=5))
    for_all(check, some, examples=50)


def test_the_winner_does_not_depend_on_the_order_or_the_split(lake, database):
    event = click_at(FEW_HOURS.start, number=1)
    competitors = [attrs.evolve(event, record=f'["{name}"]') for name in "abc"]
    best = winner(competitors)
    for order in permutations(competitors):
        for split in (1, 2, 3):
            lake.append(order[:split])
            lake.append(order[split:])
            assert stored(database) == {best.id: (best.revision, best.record)}
            with database.transaction() as connection:
                connection.execute("DELETE FROM events")


def test_storing_a_file_again_writes_no_event(lake, database):
    batch = [click_at(FEW_HOURS.start + timedelta(seconds=number), number=number) for number in range(5000)]

    def places():
        return database.query("SELECT rowid, id, record FROM events ORDER BY rowid")

    lake.append(batch)
    before = places()
    lake.append(batch)
    lake.append(batch[::-1])
    assert places() == before


def test_arrivals_that_come_and_go_do_not_make_the_file_grow(file, reopened):
    def come_and_go():
        lake = DuckDBLake(reopened())
        for _ in range(20):
            lake.release(lake.append([click_at(FEW_HOURS.start, number=1)]))
        assert list(lake.arrivals()) == []
        reopened()  # closing it writes everything into the file itself
        return file.stat().st_size

    first = come_and_go()
    assert max(come_and_go() for _ in range(3)) <= first


def test_an_append_that_fails_leaves_nothing(lake, database):
    good = click_at(FEW_HOURS.start, number=1)
    with pytest.raises(Exception, match="refused"):
        lake.append([good, attrs.evolve(good, id="no uuid")])
    assert stored(database) == {}
    assert list(lake.arrivals()) == []
    assert lake.append([good])


def test_a_killed_process_loses_no_confirmed_batch(file, reopened, start):
    process = start(KILLED, file)
    confirmed = 0
    for line in process.stdout:
        confirmed = int(line)
        if confirmed >= 10:
            break
    process.kill()
    confirmed = max([confirmed, *map(int, process.stdout.read().split())])
    process.wait()

    lake = DuckDBLake(reopened())
    clicks = sum(outcome.events for outcome in lake.outcomes(FEW_HOURS))
    assert clicks % 200 == 0, "a batch is stored whole or not at all"
    assert clicks >= 200 * (confirmed + 1)
    assert len(lake.arrivals()) == clicks // 200, "a batch and its arrival are one transaction"
    assert {uuid.UUID(arrival.key.batch).version for arrival in lake.arrivals()} == {4}
    assert list(lake.hours(FEW_HOURS)) == [FEW_HOURS.start]


def test_the_bytes_of_an_erased_visitor_are_in_no_file(file, database, lake):
    """Nor is the record, also where DuckDB keeps what was deleted: in free blocks, in its log, in statistics."""
    for batch in range(3):
        visits = [
            click_at(FEW_HOURS.start + timedelta(seconds=batch), number=number, uid=f"visitor-{number % 10}-end")
            for number in range(3000)
        ]
        lake.append(visits)

    def everything():
        return b"".join(each.read_bytes() for each in file.parent.iterdir())

    assert everything().count(b"visitor-7-end")
    assert lake.erase({"visitor-7-end": "erased"}, on_progress=lambda _: None) == 900
    assert not everything().count(b"visitor-7-end")
    assert everything().count(b"visitor-6-end")
    database.close()
    assert not everything().count(b"visitor-7-end")


def test_an_erased_visitor_has_no_number_of_theirs(lake, database):
    """`visit` is made of the visitor without any secret, so it would tell."""
    lake.append([click_at(FEW_HOURS.start, number=number, uid=uid) for number, uid in enumerate(["u1", "u1", "u2"])])
    before = database.query("SELECT visit FROM events WHERE uid = 'u1'")
    lake.erase({"u1": "erased"}, on_progress=lambda _: None)
    after = database.query("SELECT visit FROM events WHERE uid = 'erased'")
    assert len(set(after)) == len(set(before)) == 1
    assert set(after).isdisjoint(before)
