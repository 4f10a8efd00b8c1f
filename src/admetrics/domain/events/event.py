"""The event: a record that the domain accepted and classified."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from enum import Enum, IntEnum
from operator import itemgetter
from typing import Final
from uuid import UUID

import attrs

from admetrics.domain.events.click_flags import ClickFlag
from admetrics.domain.events.integers import NOT_AN_INTEGER, integer
from admetrics.domain.events.kind import COUNTED, Kind
from admetrics.domain.events.record import COLUMNS, INTEGER_COLUMNS, JSON, Record, as_parsed

REVISION: Final = 3
"""The revision of the classification rules: raise it with every change that can classify a record differently.

A newer list of robots is such a change: that of `ROBOTS` belongs to this revision.
"""

ROBOTS: Final = "1.67.0"
"""The release of the list of robots (package crawler-user-agents)."""


class JobSource(Enum):
    """Where the job of an event was found."""

    COLUMN = "job_id"
    CUSTOM_EVENT = "ed"
    URL = "dl"
    NONE = "none"


class Protection(IntEnum):
    """What was done to the visitor of an event; of copies that are equal else, the one that tells less wins."""

    OPEN = 0
    """`uid` is as it came."""
    HASHED = 1
    """`uid` is a keyed hash (`admetrics.domain.events.erasure`)."""
    ERASED = 2
    """`uid` is a pseudonym, and the record is gone (`admetrics.domain.events.erasure`)."""


@attrs.frozen(slots=False)  # made by the million: without slots, making one takes half the time
class Interaction:
    """What the figures need to know of an event.

    Args:
        time: when it happened, aware UTC, rounded down to microseconds.
        kind: what happened.
        job: its job, 0 for none.
        publisher: its publisher, 0 for none.
        campaign: its campaign, 0 for none (organic traffic).
        group: its group, 0 for none.
        bid: what a click costs, in the publisher's currency unit; None if the log says nothing; None on other kinds.
        marks: what was noted of a click; none on other kinds.
        uid: the visitor, personal data; None if unknown. It never leaves the lake and its engine.
        id: a UUID in lower case: the record's own (version 1), or else made from its content (version 8).
    """

    time: datetime
    kind: Kind
    job: int
    publisher: int
    campaign: int
    group: int
    bid: int | None
    marks: ClickFlag
    uid: str | None = attrs.field(repr=False)
    id: str

    @property
    def counts(self) -> bool:
        """Whether it makes a row in table `events`."""
        return self.job != 0 and self.kind in COUNTED


@attrs.frozen(slots=False)
class Event(Interaction):
    """One interaction with a job ad, and all that is known of it.

    Args:
        name: how the accounting shows it; for counted kinds the kind's own name.
        job_source: where the job was found.
        revision: the revision of the rules that classified it.
        record: the record it was made from, as `canonical` text, or what is kept of it; personal data.
        original: the fingerprint of the record as it came, in hexadecimal digits, if `record` is not as it came, or
            if it is keyed.
        protection: what was done to the visitor.
        keyed: whether fingerprint and id were put under the key of visitors (`admetrics.domain.events.erasure.keyed`).
        unreadable_ed: whether its custom event was needed and could not be read; for the figures of ingest, not stored.
    """

    name: str
    job_source: JobSource
    revision: int
    record: str = attrs.field(repr=False)
    original: str | None = attrs.field(default=None, repr=False)
    protection: Protection = Protection.OPEN
    keyed: bool = False
    unreadable_ed: bool = attrs.field(default=False, eq=False, repr=False)

    def interaction(self) -> Interaction:
        """Leave out what the figures do not need."""
        return Interaction(
            self.time, self.kind, self.job, self.publisher, self.campaign, self.group,
            self.bid, self.marks, self.uid, self.id,
        )  # fmt: skip

    @property
    def fingerprint(self) -> UUID:
        """The hash of the record as it came: SHA-256, its first 128 bits; if it is keyed, what the key makes of it."""
        return UUID(self.fingerprint_digits)

    @property
    def fingerprint_digits(self) -> str:
        """The fingerprint in hexadecimal digits."""
        return digits_of_fingerprint(self.record) if self.original is None else self.original


def fingerprint(canonical_record: str) -> UUID:
    """Hash the canonical text of a record: SHA-256, its first 128 bits."""
    return UUID(digits_of_fingerprint(canonical_record))


def digits_of_fingerprint(canonical_record: str) -> str:
    """Write the fingerprint of a record in hexadecimal digits, as `Event.original` has it."""
    return hashlib.sha256(canonical_record.encode("ascii")).hexdigest()[:32]


def id_of_content(canonical_record: str) -> str:
    """Make an id from the content of a record: its fingerprint as a version-8 UUID (RFC 9562, section 5.8)."""
    return version_8(digits_of_fingerprint(canonical_record))


def version_8(digits: str) -> str:
    """Make a version-8 UUID of 32 hexadecimal digits; six of the bits say that it is one."""
    bits = int(digits, 16)
    bits = bits & ~(0xF << 76) | (8 << 76)
    bits = bits & ~(0x3 << 62) | (0x2 << 62)
    return str(UUID(int=bits))


def canonical(record: Record) -> str:
    """Write a record so that equal records give equal text, whatever their key order, spacing or spelling.

    Returns:
        ASCII JSON: an array of the 29 values in the order of `COLUMNS`, integer columns typed by the schema.

    Raises:
        RecursionError: a value is nested too deeply.
    """
    if record.canonical is not None:
        return record.canonical
    values = record.values
    if not _INTEGER_OR_NULL.issuperset(map(type, _integer_columns(values))):
        values = tuple(map(_typed, COLUMNS, values))
    try:
        return _encode(values)
    except ValueError:  # an integer too long to be written; a parser would have read it as infinite
        return canonical(Record(tuple(map(as_parsed, record.values))))


def _typed(column: str, value: JSON) -> JSON:
    if column not in INTEGER_COLUMNS:
        return value
    number = integer(value)
    return value if number is NOT_AN_INTEGER else number


def _canonical_encoder() -> Callable[[JSON], str]:
    encoder = json.JSONEncoder(separators=(",", ":"), sort_keys=True, check_circular=False)
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # not CPython
        return encoder.encode
    # JSONEncoder.encode makes this very object again in every call, which takes as long as its work.
    write = make(
        None, encoder.default, json.encoder.encode_basestring_ascii, None,
        encoder.key_separator, encoder.item_separator, encoder.sort_keys, encoder.skipkeys, encoder.allow_nan,
    )  # fmt: skip
    return lambda value: "".join(write(value, 0))


_integer_columns: Final = itemgetter(*map(COLUMNS.index, sorted(INTEGER_COLUMNS)))
_INTEGER_OR_NULL: Final = frozenset({int, type(None)})
_encode: Final = _canonical_encoder()
