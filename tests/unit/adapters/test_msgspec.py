import pytest

from admetrics.adapters.msgspec import decode
from admetrics.testing.contracts.decoder import DecoderContract


class TestMsgspecDecoder(DecoderContract):
    examples = 1000

    @pytest.fixture
    def decode(self):
        return decode
