"""What is done to visitors: hashed for whoever reads the lake, erased for good. Their events count as before.

docs/decisions/0020-personal-data.md says why.
"""

import hmac
import json
import re
from collections.abc import Callable, Collection
from typing import Any, Final

import attrs

from admetrics.domain.classify import visitor_of
from admetrics.domain.dead_letter import DeadLetter
from admetrics.domain.event import Event, Protection, canonical, version_8
from admetrics.domain.record import COLUMNS, Record
from admetrics.domain.rejection import Reason, Rejection

NOBODY: Final = ""
"""No visitor has this name: its pseudonym tells whether pseudonyms were made with the same secret."""

HASHED: Final = "hashed-"
"""How the names of hashed visitors begin."""
ERASED: Final = "erased-"
"""How pseudonyms begin."""
FINGERPRINT: Final = b"\xff"
"""Begins what is hashed of a fingerprint: no visitor's name does, which is UTF-8, so no name can ask for it."""
ID: Final = b"\xfe"
"""Begins what is hashed of an id."""

_BYTES: Final = 16
_VERSION: Final = len("00000000-0000-")
_PREFIX_DIGITS: Final = 8
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
    return ERASED + _code(uid.encode("utf-8"), key)


def hashed_uid(uid: str, *, key: bytes) -> str:
    """Hash a visitor with a key: HMAC-SHA-256, the first 128 bits; equal visitors stay equal."""
    return HASHED + _code(uid.encode("utf-8"), key)


def _code(message: bytes, key: bytes) -> str:
    return hmac.digest(key, message, "sha256")[:_BYTES].hex()


def keyed_fingerprint(digits: str, *, key: bytes) -> str:
    """Put a fingerprint under a key, so that nobody without the key can test a guess of the record.

    The first 32 bits follow from the first 32 bits alone: a store that keeps no more of a fingerprint can do it too.

    Args:
        digits: the fingerprint, in hexadecimal digits.
        key: the secret.
    """
    beginning = keyed_beginning(digits[:_PREFIX_DIGITS], key=key)
    return beginning + _code(FINGERPRINT + bytes.fromhex(digits), key)[_PREFIX_DIGITS:]


def keyed_beginning(digits: str, *, key: bytes) -> str:
    """Put the first 32 bits of a fingerprint, in hexadecimal digits, under a key."""
    return _code(FINGERPRINT + bytes.fromhex(digits), key)[:_PREFIX_DIGITS]


def keyed_id(own_id: str, *, key: bytes) -> str:
    """Put an id that was made of a record (version 8) under a key; the record's own id says nothing of its visitor."""
    if own_id[_VERSION] != "8":
        return own_id
    return version_8(_code(ID + bytes.fromhex(own_id.replace("-", "")), key))


def keyed(event: Event, *, key: bytes) -> Event:
    """Return an event with fingerprint and id under a key; its visitor and its record stay. Once is enough."""
    return event if event.keyed else _keyed(event, key)


def _keyed(event: Event, key: bytes, **changes: Any) -> Event:
    """Return a keyed event with further changes, in one step: making an event takes as long as its codes."""
    original = keyed_fingerprint(event.fingerprint_digits, key=key)
    return attrs.evolve(event, id=keyed_id(event.id, key=key), original=original, keyed=True, **changes)


def hashed(event: Event, *, key: bytes) -> Event:
    """Return an event as it enters a lake with hashed visitors: keyed, its visitor hashed, also in its record.

    Args:
        event: as it was classified, not keyed.
        key: the secret.
    """
    if event.uid is None:
        return keyed(event, key=key)
    name = hashed_uid(event.uid, key=key)
    return _keyed(event, key, uid=name, record=_with_uid(event.record, name), protection=Protection.HASHED)


def _with_uid(record: str, name: str) -> str:
    try:
        values = json.loads(record)
        values[_UID] = name
        return canonical(Record(tuple(values)))
    except RecursionError:
        return ""  # a value is nested so deeply that it could just be written: nothing needs the record


def erased(event: Event, name: str) -> Event:
    """Return what is left of an event whose visitor was erased: what figures need, with a pseudonym."""
    return attrs.evolve(event, uid=name, record="", original=event.fingerprint_digits, protection=Protection.ERASED)


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
