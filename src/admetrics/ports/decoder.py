"""The port to a parser of raw lines."""

from typing import Protocol

from admetrics.domain.events.record import Record
from admetrics.domain.events.rejection import Rejection


class Decoder(Protocol):
    """Reads a raw line; `admetrics.domain.events.record.decode` is the meaning, others are only faster."""

    def __call__(self, line: bytes, /) -> Record | Rejection:
        """Read one line.

        Args:
            line: the bytes of one record, not blank, without line feed.

        Returns:
            Exactly what `admetrics.domain.events.record.decode` returns. Never raises.
        """
        ...
