import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}


@pytest.fixture
def compressed():
    """Compress bytes as a file of some suffix is."""

    def compressed(data: bytes, suffix: str) -> bytes:
        return next(COMPRESS[end](data) for end in (".gz", ".zst", "") if suffix.endswith(end))

    return compressed


@pytest.fixture
def samples() -> Path:
    return Path(__file__).parents[3] / "data" / "samples"


@pytest.fixture
def not_root():
    """Give up, until the test ends, what only root may do."""
    user = os.geteuid()
    yield lambda: os.seteuid(user or 65534)
    os.seteuid(user)
