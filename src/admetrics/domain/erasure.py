"""What is done to visitors: hashed for whoever reads the lake, erased for good. Their events count as before.

docs/decisions/0020-personal-data.md says why.
"""

import hmac
import json
import re
from collections.abc import Callable, Collection, Iterator
from collections.abc import Set as AbstractSet
from typing import Final
from urllib.parse import unquote, unquote_plus

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
    """Say whether a dead letter is, or may be, one of some visitors'.

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
    """Say whether a visitor stands in a text, and not as a part of a longer word."""
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
