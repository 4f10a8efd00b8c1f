"""What is done to visitors: hashed in the lake, or erased for good. Their events count as before.

docs/decisions/0020-personal-data.md says why.
"""

import hmac
import json
import re
from collections.abc import Callable, Collection, Iterator
from collections.abc import Set as AbstractSet
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

import attrs

from admetrics.domain.events.classify import visitor_of
from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.event import Event, Protection, canonical, version_8
from admetrics.domain.events.record import COLUMNS, Record
from admetrics.domain.events.rejection import Reason, Rejection

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
_WORDS: Final = re.compile(r"[\w.-]+")
_PARTS: Final = (
    _WORDS,
    re.compile(r"[^\s\"',;:{}\[\]()&=?#\\]+"),  # longer words, such as addresses
    re.compile(r'"((?:[^"\\]|\\.)*+)', re.DOTALL),  # strings of JSON, without an end if torn: so no search begins again
    re.compile(r'"((?:[^"]|"")*+)'),  # fields of CSV with quotes
    re.compile(r"[^,;\t\r\n]+"),  # and without
    re.compile(r"[^?&=#\s\"]+"),  # parameters of URLs
)
"""What may be a visitor's name in a line that cannot be decoded."""
_SHORT_ESCAPES: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_JSON_ESCAPES: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)


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


Decode = Callable[[bytes], Record | Rejection]
"""Reads a line."""


def visitors_in(letter: DeadLetter, decode: Decode) -> Collection[str]:
    """Return who may be the visitor of a dead letter, where nobody is known by name.

    Args:
        letter: the letter; messages of the bus have no visitor.
        decode: reads a line.

    Returns:
        Column `uid`; of a letter that cannot be decoded every word, and whatever stands between quotes or commas.
    """
    known = _visitor_of(letter, decode)
    if known is not None:
        return known
    found = {
        reading
        for text in _texts(letter.data)
        for pattern in _PARTS
        for part in pattern.findall(text)
        for reading in _readings(part.strip())
    }
    return found - {NOBODY}


def names_one_of(visitors: Collection[str], letter: DeadLetter, decode: Decode) -> bool:
    """Return whether a dead letter is, or may be, one of some visitors'.

    Args:
        visitors: as column `uid` has them.
        letter: the letter; messages of the bus have no visitor.
        decode: reads a line.

    Returns:
        Whether column `uid` is one of them; if it cannot be decoded, whether one of them stands in it as a whole word,
        whatever its characters, as they are or escaped: in JSON, in a URL, or as a quotation in CSV.
    """
    known = _visitor_of(letter, decode)
    if known is not None:
        return not known.isdisjoint(visitors)
    plain = {visitor for visitor in visitors if _WORDS.fullmatch(visitor)}
    others = [visitor for visitor in visitors if visitor not in plain]
    return any(
        not plain.isdisjoint(_WORDS.findall(text)) or any(_stands_in(text, visitor) for visitor in others)
        for raw in _texts(letter.data)
        for text in _readings(raw)
    )


def _visitor_of(letter: DeadLetter, decode: Decode) -> AbstractSet[str] | None:
    """Return the visitor of a letter, if it has one; None if it cannot be decoded."""
    if letter.rejection.reason is Reason.BAD_MESSAGE:
        return frozenset()
    record = decode(letter.data)
    if not isinstance(record, Record):
        return None
    visitor = visitor_of(record["uid"])
    return frozenset() if visitor is None else {visitor}


def _stands_in(text: str, visitor: str) -> bool:
    """Return whether a visitor stands in a text, and not as a part of a longer word."""
    start = text.find(visitor)
    while start >= 0:
        end = start + len(visitor)
        around = (text[start - 1 : start] + visitor[:1], visitor[-1:] + text[end : end + 1])
        if not any(len(pair) > 1 and _WORDS.fullmatch(pair) for pair in around):
            return True
        start = text.find(visitor, end)
    return False


def _texts(data: bytes) -> Iterator[str]:
    """Return the text of a letter; of one that is no UTF-8 also what older systems may have meant."""
    text = data.decode("utf-8", "replace")
    yield text
    if "\ufffd" in text:
        yield data.decode("latin-1")


def _readings(text: str) -> Iterator[str]:
    """Return what a text may mean: as it is, and as JSON, a URL, or CSV escapes it."""
    unescaped = _whole(_JSON_ESCAPES.sub(_character, text)) if "\\" in text else text
    for each in dict.fromkeys((text, unescaped)):
        unquoted = each.replace('""', '"')
        for form in dict.fromkeys((each, unquoted)):
            yield form
            if "%" in form or "+" in form:
                yield unquote(form)
                yield unquote_plus(form)


def _whole(text: str) -> str:
    """Join the halves of characters that JSON escapes in two."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _character(escape: re.Match[str]) -> str:
    code, other = escape.groups()
    return chr(int(code, 16)) if code else _SHORT_ESCAPES.get(other, other)
