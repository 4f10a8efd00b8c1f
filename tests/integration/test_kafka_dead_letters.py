import pytest

from admetrics.adapters.kafka.dead_letters import KafkaDeadLetters
from admetrics.testing.contracts.dead_letters import DeadLettersContract


@pytest.fixture
def open_letters(kafka_url):
    """Opens the dead letters of the test, as often as asked; all are closed in the end."""
    opened = []

    def open_again():
        opened.append(KafkaDeadLetters(kafka_url))
        return opened[-1]

    yield open_again
    for letters in opened:
        letters.close()


class TestKafkaDeadLetters(DeadLettersContract):
    examples = 10

    @pytest.fixture
    def dead_letters(self, open_letters):
        return open_letters()

    @pytest.fixture
    def reopen(self, dead_letters, open_letters):
        return open_letters
