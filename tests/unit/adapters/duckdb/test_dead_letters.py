import attrs
import pytest

from admetrics.adapters.duckdb.dead_letters import DuckDBDeadLetters
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
