"""Dead letters: records and messages that could not be used, kept whole."""

import hashlib
from datetime import datetime

import attrs

from admetrics.domain.rejection import Rejection


@attrs.frozen
class DeadLetter:
    """A record (or bus message) that could not be used.

    The same bytes from the same place are the same dead letter, however often they are read.

    Args:
        source: where it came from: a file, `stdin`, a topic and partition, the bus.
        line: its position there: a line number from 1, or an offset.
        data: its bytes; they may hold personal data.
        rejection: why it could not be used.
        seen: when it was first met, aware UTC.
    """

    source: str
    line: int
    data: bytes = attrs.field(repr=False)
    rejection: Rejection
    seen: datetime

    @property
    def id(self) -> str:
        """The identity: a hash of source, line and bytes; 32 hexadecimal digits."""
        place = f"{self.source}\n{self.line}\n".encode("utf-8", "surrogateescape")
        return hashlib.sha256(place + self.data).hexdigest()[:32]
