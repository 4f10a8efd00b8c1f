from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import attrs
import pytest

from admetrics.adapters.cassandra.cluster import CassandraKeyspace
from admetrics.adapters.cassandra.dead_letters import CassandraDeadLetters
from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.testing.contracts.dead_letters import DeadLettersContract


@pytest.fixture(scope="module")
def keyspace(module_keyspace_url) -> Iterator[CassandraKeyspace]:
    keyspace = CassandraKeyspace(module_keyspace_url)
    yield keyspace
    keyspace.close()


@pytest.fixture
def dead_letters(keyspace) -> CassandraDeadLetters:
    return CassandraDeadLetters(keyspace)


class TestCassandraDeadLetters(DeadLettersContract):
    examples = 8

    @pytest.fixture
    def reopen(self, module_keyspace_url) -> Iterator[Callable[[], CassandraDeadLetters]]:
        opened = []

        def reopen() -> CassandraDeadLetters:
            opened.append(CassandraKeyspace(module_keyspace_url))
            return CassandraDeadLetters(opened[-1])

        yield reopen
        for each in opened:
            each.close()


def _letter(source: str, data: bytes) -> DeadLetter:
    return DeadLetter(source, 1, data, Rejection(Reason.NOT_JSON, "no JSON"), datetime(2026, 3, 1, 10, 0, 0, 7, UTC))


def test_the_path_of_a_file_may_be_no_unicode(dead_letters):
    letter = _letter("logs/\udcff\udc80.jsonl", b"{")
    dead_letters.put([letter])
    assert list(dead_letters.get([letter.id])) == [letter]


def test_letters_larger_than_a_request_are_kept_whole(dead_letters):
    letters = [_letter(f"large {number}", bytes([number]) * 3_000_000) for number in range(4)]
    dead_letters.put(letters)
    found = dead_letters.get([letter.id for letter in letters])
    assert sorted(found, key=lambda letter: letter.source) == letters
    dead_letters.remove([letter.id for letter in letters])


def test_letters_written_while_the_clocks_of_the_servers_were_ahead_can_be_replaced_and_removed(dead_letters, keyspace):
    """Cassandra lets the latest time win, so an ordinary write or delete would not be seen for years."""
    letters = [_letter(f"ahead {number}", b"secret") for number in range(3)]
    dead_letters.put(letters)
    ids = [letter.id for letter in letters]
    ahead = int(datetime(2035, 1, 1, tzinfo=UTC).timestamp() * 1_000_000)
    set_seen = f"UPDATE {keyspace.table('dead_letters')} USING TIMESTAMP ? SET {{}} = ? WHERE part = ? AND id = ?"
    for own_id in ids:
        for column, value in (("data", b"secret"), ("seen", 1_772_359_200_000_007)):
            keyspace.execute(keyspace.bound(set_seen.format(column), ahead, value, int(own_id[:2], 16) % 64, own_id))
    redacted = [attrs.evolve(letter, rejection=Rejection(Reason.NOT_JSON, "other")) for letter in letters]
    dead_letters.replace(redacted)
    assert sorted(dead_letters.get(ids), key=lambda letter: letter.source) == redacted
    dead_letters.remove(ids[:2])
    assert [letter.id for letter in dead_letters.get(ids)] == ids[2:]
    dead_letters.prune(datetime(2026, 3, 2, tzinfo=UTC))
    assert not list(dead_letters.get(ids))


def test_letters_of_a_release_that_did_not_note_their_size_are_read(dead_letters, keyspace):
    letter = _letter("of before", b"{")
    dead_letters.put([letter])
    statement = f"UPDATE {keyspace.table('dead_letters')} SET size = NULL WHERE part = ? AND id = ?"
    keyspace.execute(keyspace.bound(statement, int(letter.id[:2], 16) % 64, letter.id))
    assert list(dead_letters.get([letter.id])) == [letter]
    dead_letters.remove([letter.id])
