import attrs
import pytest

from admetrics.adapters.duckdb.dead_letters import DuckDBDeadLetters
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.testing.contracts.dead_letters import DeadLettersContract, _letter


class TestDuckDBDeadLetters(DeadLettersContract):
    @pytest.fixture
    def dead_letters(self, database):
        return DuckDBDeadLetters(database)

    @pytest.fixture
    def reopen(self, reopened):
        return lambda: DuckDBDeadLetters(reopened())

    def test_a_source_that_is_no_text_comes_back_as_it_was(self, dead_letters):
        """A file's name may be any bytes; Python shows them as lone surrogates."""
        letter = attrs.evolve(_letter(1), source="logs/\udcff.jsonl")
        dead_letters.put([letter])
        assert list(dead_letters.all()) == [letter]

    @pytest.mark.parametrize("change", ["replace", "remove"])
    def test_letters_are_read_once_over_many_transactions_while_they_change(self, dead_letters, monkeypatch, change):
        """One transaction over five million letters kept in memory what each had been before it was replaced."""
        monkeypatch.setattr("admetrics.adapters.duckdb.dead_letters._ROWS_AT_ONCE", 2)
        monkeypatch.setattr("admetrics.adapters.duckdb.dead_letters._ROWS_OF_A_SNAPSHOT", 4)
        letters = [_letter(number) for number in range(11)]
        dead_letters.put(letters)
        found = []
        for letter in dead_letters.all():
            found.append(letter)
            if change == "remove":
                dead_letters.remove([letter.id])
            else:
                dead_letters.replace([attrs.evolve(letter, rejection=Rejection(Reason.TOO_LARGE, "a newer reason"))])
        assert found == letters
        left = list(dead_letters.all())
        assert [letter.rejection.reason for letter in left] == [Reason.TOO_LARGE] * (11 if change == "replace" else 0)

    def test_letters_that_have_moved_are_found_again(self, dead_letters, monkeypatch):
        """A checkpoint between two transactions closes the gaps that deleted rows left."""
        monkeypatch.setattr("admetrics.adapters.duckdb.dead_letters._ROWS_OF_A_SNAPSHOT", 64 * 2048)
        count = 150_000
        letters = [attrs.evolve(_letter(1), line=number) for number in range(count)]
        for start in range(0, count, 10_000):
            dead_letters.put(letters[start : start + 10_000])
        lines, read = [], []
        for letter in dead_letters.all():
            lines.append(letter.line)
            if letter.line % 10:
                read.append(letter.id)
            if len(read) == 9_000:
                dead_letters.remove(read)
                read = []
        assert lines == list(range(count))
