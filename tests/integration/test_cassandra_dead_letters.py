from collections.abc import Callable, Iterator
from datetime import UTC, datetime

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


def test_letters_of_a_release_that_did_not_note_their_size_are_read(dead_letters, keyspace):
    letter = _letter("of before", b"{")
    dead_letters.put([letter])
    statement = f"UPDATE {keyspace.table('dead_letters')} SET size = NULL WHERE part = ? AND id = ?"
    keyspace.execute(keyspace.bound(statement, int(letter.id[:2], 16) % 64, letter.id))
    assert list(dead_letters.get([letter.id])) == [letter]
    dead_letters.remove([letter.id])
