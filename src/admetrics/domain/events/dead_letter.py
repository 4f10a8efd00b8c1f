"""Dead letters: records and messages that could not be used, kept whole wherever their store takes them whole."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Self

import attrs

from admetrics.domain.events.rejection import Reason, Rejection

_SHOWN: Final = 2**10


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

    def shortened(self) -> Self:
        """Return what is kept of it where its store does not take it whole: a text that says so, and its beginning.

        The text is no JSON and no UTF-8, so it is never taken for the record.
        """
        said = f"[{len(self.data)} bytes, too many for the store of dead letters; they begin:] "
        return attrs.evolve(self, data=said.encode() + self.data[:_SHOWN] + b"\xff")


@attrs.frozen
class ReasonSummary:
    """The dead letters of one reason.

    Args:
        letters: how many.
        oldest: when the first of them was first seen.
        newest: when the last of them was.
    """

    letters: int
    oldest: datetime
    newest: datetime


def summarized(letters: Iterable[tuple[Reason, datetime]]) -> Mapping[Reason, ReasonSummary]:
    """Sum up dead letters, told by reason and time, one at a time."""
    found: dict[Reason, ReasonSummary] = {}
    for reason, seen in letters:
        last = found.get(reason, ReasonSummary(0, seen, seen))
        found[reason] = ReasonSummary(last.letters + 1, min(last.oldest, seen), max(last.newest, seen))
    return found
