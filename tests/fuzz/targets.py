"""What is fed with arbitrary bytes, and what must hold whatever they are."""

from collections.abc import Callable, Mapping
from typing import Final

from admetrics.adapters.duckdb.lake import table_of
from admetrics.adapters.msgspec import decode
from admetrics.domain.events import record
from admetrics.domain.events.classify import classify
from admetrics.domain.events.erasure import erased, hashed, keyed
from admetrics.domain.events.event import Event, canonical
from admetrics.domain.events.record import Record
from admetrics.domain.events.redaction import Redaction
from admetrics.domain.rollup.message import decode_row, encode_row
from admetrics.domain.rollup.row import Row
from admetrics.domain.times import TimeLimits, ticks_of
from tests import samples

_LIMITS: Final = TimeLimits.at(samples.NOW)


def line(data: bytes) -> None:
    """A line of a log: both decoders agree, and what is accepted can be stored, whole or less personal."""
    decoded, reference = decode(data), record.decode(data)
    assert type(decoded) is type(reference)
    if not isinstance(decoded, Record) or not isinstance(reference, Record):
        assert decoded == reference
        return
    event, expected = classify(decoded, limits=_LIMITS), classify(reference, limits=_LIMITS)
    assert event == expected
    if isinstance(event, Event):
        assert event.record == canonical(reference)
        assert ticks_of(event.time) <= _LIMITS.latest
        left = classify(decoded, limits=_LIMITS, redaction=Redaction.TOKENS)
        assert isinstance(left, Event)
        protected = [event, erased(left, "erased"), hashed(left, key=b"a secret"), keyed(event, key=b"a secret")]
        plain, without_visitor, with_hash, under_key = (each.fingerprint for each in protected)
        assert plain == without_visitor != with_hash == under_key
        assert table_of(protected).num_rows == len(protected)


def message(data: bytes) -> None:
    """A message on the bus: what is read as a row is written as the same row, and spaces change nothing."""
    row = decode_row(data)
    assert decode_row(data + b" ") == row
    if isinstance(row, Row):
        assert decode_row(encode_row(row)) == row


TARGETS: Final[Mapping[str, Callable[[bytes], None]]] = {"line": line, "message": message}
