"""What is done to visitors: hashed for whoever reads the lake, erased for good. Their events count as before.

docs/decisions/0020-personal-data.md says why.
"""

import hmac
import json
import re
from collections.abc import Callable, Collection
from typing import Final

import attrs

from admetrics.domain.classify import visitor_of
from admetrics.domain.dead_letter import DeadLetter
from admetrics.domain.event import Event, Protection, canonical
from admetrics.domain.record import COLUMNS, Record
from admetrics.domain.rejection import Reason, Rejection

NOBODY: Final = ""
"""No visitor has this name: its pseudonym tells whether pseudonyms were made with the same secret."""

_BYTES: Final = 16
_UID: Final = COLUMNS.index("uid")
_WORDS: Final = re.compile(rb"[^\s\"',;:{}\[\]()&=?#\\]+")


def pseudonym(uid: str, *, key: bytes) -> str:
    """Name an erased visitor: HMAC-SHA-256 (RFC 2104), the first 128 bits.

    The same visitor always gets the same pseudonym, so that repeats stay repeats; without the key nobody can compute
    it, or test a guess.

    Args:
        uid: the visitor, as the lake knew it; `NOBODY` for the pseudonym that only tells the key.
        key: the secret.
    """
    return f"erased-{_code(uid, key)}"


def hashed_uid(uid: str, *, key: bytes) -> str:
    """Hash a visitor with a key: HMAC-SHA-256, the first 128 bits; equal visitors stay equal."""
    return f"hashed-{_code(uid, key)}"


def _code(uid: str, key: bytes) -> str:
    return hmac.digest(key, uid.encode("utf-8"), "sha256")[:_BYTES].hex()


def hashed(event: Event, *, key: bytes) -> Event:
    """Return an event with its visitor hashed, also in its record."""
    if event.uid is None:
        return event
    name = hashed_uid(event.uid, key=key)
    record = _with_uid(event.record, name)
    return attrs.evolve(event, uid=name, record=record, original=event.fingerprint.hex, protection=Protection.HASHED)


def _with_uid(record: str, name: str) -> str:
    try:
        values = json.loads(record)
        values[_UID] = name
        return canonical(Record(tuple(values)))
    except RecursionError:
        return ""  # a value is nested so deeply that it could just be written: nothing needs the record


def erased(event: Event, name: str) -> Event:
    """Return what is left of an event whose visitor was erased: what figures need, with a pseudonym."""
    return attrs.evolve(event, uid=name, record="", original=event.fingerprint.hex, protection=Protection.ERASED)


def visitors_in(letter: DeadLetter, decode: Callable[[bytes], Record | Rejection]) -> Collection[str]:
    """Return who may be the visitor of a dead letter: column `uid`; any of its words, if it cannot be decoded.

    Args:
        letter: the letter; messages of the bus have no visitor.
        decode: reads a line.
    """
    if letter.rejection.reason is Reason.BAD_MESSAGE:
        return ()
    record = decode(letter.data)
    if isinstance(record, Record):
        visitor = visitor_of(record["uid"])
        return () if visitor is None else (visitor,)
    return {word.decode("utf-8", "replace") for word in _WORDS.findall(letter.data)}
