"""Redaction of URLs: what a page's address tells besides the page, cut out on the way into the lake.

Total and idempotent: any text is a URL here, and what is not recognised stays as it is.
"""

import re
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from operator import itemgetter
from string import ascii_letters, digits
from typing import Final
from urllib.parse import unquote

from admetrics.domain.events.record import COLUMNS, Record

_MASK: Final = "***"


class Redaction(Enum):
    """How much of the URLs of a record is cut out."""

    OFF = "off"
    """Nothing."""
    TOKENS = "tokens"
    """The values of parameters with a name of `_WORDS` or `_PARTS`; e-mail addresses, JSON Web Tokens, passwords."""
    ALL = "all"
    """Everything from the first `?` or `#` on, and what `TOKENS` cuts out of the rest."""


_DELIMITER: Final = re.compile(r'([?&;#=:"]|%(?:25)*(?:2[236]|3[ABDFabdf]))')
"""What stands around names and values in a query, and in JSON; also percent-encoded, and encoded again."""
_MEANINGS: Final = {each: each for each in '?&;#=:"'} | {
    "22": '"', "23": "#", "26": "&", "3A": ":", "3B": ";", "3D": "=", "3F": "?", "3a": ":", "3b": ";", "3d": "=",
    "3f": "?",
}  # fmt: skip
_BEFORE_NAMES: Final = {"=": frozenset('?&;#"'), ":": frozenset('?&;#="')}
_ENDS: Final = ("&", "#")
_SPACE: Final = " +%250"  # also percent-encoded, and encoded again

_USER: Final = re.compile(r"(?<=//)[^/?#@&;]*(?=@)")
_AT: Final = re.compile(r"(@|%(?:25)*40)(?=[A-Z0-9-]+\.[A-Z0-9.-])", re.IGNORECASE)
_DOMAIN: Final = ascii_letters + digits + ".-"
_MAILBOX: Final = _DOMAIN + "_+%"
_BASE64_OF_JSON: Final = re.compile(r"eyJ[\w.-]{5,}", re.ASCII)
_BEARER: Final = re.compile(r"([Bb]earer(?:[ +]|%(?:25)*20)+)[^&#]+")

_ESCAPES: Final = re.compile("%(?:25)+")
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_WORDS: Final = frozenset({
    "assertion", "auth", "authentication", "authorization", "bearer", "code", "csrf", "jwt", "key", "login", "mail",
    "mobile", "oauth", "otp", "pass", "phone", "pin", "pwd", "sid", "sig", "tel", "ticket", "uid", "user", "username",
    "visitor", "xsrf",
})  # fmt: skip
_PARTS: Final = (
    "apikey", "authcode", "authkey", "credential", "email", "passcode", "passw", "secret", "sessid", "session",
    "signature", "token", "userid",
)  # fmt: skip
_LONG: Final = 2_000  # characters: longer names are not remembered, which would take much memory
_urls_of: Final = itemgetter(COLUMNS.index("dl"), COLUMNS.index("rl"))


def redacted(url: str, how: Redaction = Redaction.TOKENS) -> str:
    """Cut out of a URL what it tells besides the page.

    Args:
        url: any text.
        how: how much.

    Returns:
        The very same text, if there is nothing to cut out.

    >>> redacted("https://jobs.example/ad?jobId=7&accessToken=e7c1&next=%2Fme%3Fsid%3D4#key=9")
    'https://jobs.example/ad?jobId=7&accessToken=***&next=%2Fme%3Fsid%3D***#key=***'
    >>> redacted("https://jobs.example/ad?jobId=7&lang=vi", Redaction.ALL)
    'https://jobs.example/ad'
    """
    if how is Redaction.OFF:
        return url
    left = url[: _first_of(url, "?#")] if how is Redaction.ALL else url
    escaped = "%" in left  # one character is found several times faster than two: these come first
    if "@" in left or (escaped and "40" in left):
        left = _without_addresses(_USER.sub(_masked_once, left))
    if "J" in left and "eyJ" in left:
        left = _BASE64_OF_JSON.sub(_MASK, left)
    if (escaped or "+" in left or " " in left) and "earer" in left:
        left = _BEARER.sub(rf"\1{_MASK}", left)
    # At last: all else may change what counts as the name of a parameter.
    head, _, query = left.partition("?")
    if escaped or "#" in left or ";" in left or '"' in left or ":" in query or "?" in query or len(left) > _LONG:
        left = _without_parameters_anywhere(left)
    else:
        left = _without_parameters_of_query(left, head, query)
    return url if left == url else left


def redacted_record(record: Record, canonical: str, how: Redaction) -> str:
    """Cut out of the canonical text of a record what its URLs (`dl`, `rl`) tell besides the page.

    Args:
        record: the record.
        canonical: its canonical text.
        how: how much.

    Returns:
        The very same text, if there is nothing to cut out.
    """
    for url in _urls_of(record.values):
        if type(url) is str and (left := redacted(url, how)) is not url:
            canonical = canonical.replace(encode_basestring_ascii(url), encode_basestring_ascii(left))
    return canonical


def _first_of(text: str, characters: str) -> int:
    return min((place for each in characters if (place := text.find(each)) >= 0), default=len(text))


def _masked_once(found: re.Match[str]) -> str:
    return found[0] if _MASK in found[0] else _MASK


def _without_addresses(url: str) -> str:
    text, *rest = _AT.split(url)
    parts: list[str] = []
    for at, following in zip(rest[::2], rest[1::2], strict=True):
        mailbox = _mailbox_at_end(text)
        parts += (text.removesuffix(mailbox), _MASK if mailbox else at)
        text = following.lstrip(_DOMAIN) if mailbox else following
    return "".join((*parts, text))


def _mailbox_at_end(text: str) -> str:
    return _DELIMITER.split(text[len(text.rstrip(_MAILBOX)) :])[-1]


def _without_parameters_of_query(url: str, head: str, query: str) -> str:
    """Cut out what follows the sensitive names of a plain query: nearly all URLs have one."""
    pairs = query.split("&")
    found = False
    for number, pair in enumerate(pairs):
        name, given, _ = pair.partition("=")
        if given and _is_sensitive(name):
            pairs[number] = f"{name}={_MASK}"
            found = True
    return f"{head}?{'&'.join(pairs)}" if found else url


def _without_parameters_anywhere(url: str) -> str:
    """Cut out what follows the sensitive names `name=`, `name:` and `"name":`, up to the next `&` or `#`."""
    pieces = _DELIMITER.split(url)
    texts = pieces[::2]
    delimiters = [_MEANINGS[each[-2:]] for each in pieces[1::2]]
    parts: list[str] = []
    done = 0
    for place, delimiter in enumerate(delimiters):
        value = 2 * place + 2
        if delimiter in _BEFORE_NAMES and value > done and _promises(_name_before(delimiters, place, texts)):
            parts += (*pieces[done:value], _MASK)
            done = next((end for end in range(value, len(pieces)) if pieces[end] in _ENDS), len(pieces))
    return "".join((*parts, *pieces[done:])) if parts else url


def _name_before(delimiters: Sequence[str], place: int, texts: Sequence[str]) -> str:
    """Return the name to which a delimiter gives a value; nothing, if it gives none.

    Args:
        delimiters: those of the whole URL, decoded.
        place: that of the delimiter.
        texts: what stands before each delimiter, and after the last one.
    """
    before, delimiter = delimiters[place - 1] if place else "", delimiters[place]
    if before == '"' and delimiter == ":" and not texts[place].strip(_SPACE):
        return texts[place - 1]
    if before not in _BEFORE_NAMES[delimiter] or (delimiter == ":" and "/" in texts[place]):
        return ""
    return texts[place]


def _promises(name: str) -> bool:
    return _is_sensitive(name) if len(name) <= _LONG else _is_sensitive.__wrapped__(name)


@lru_cache(maxsize=4096)
def _is_sensitive(name: str) -> bool:
    """Return whether the name of a parameter promises a secret or a person.

    >>> [_is_sensitive(name) for name in ("api_key", "X-Auth-Token", "PHPSESSID", "tok%65n", "keyword", "author")]
    [True, True, True, True, False, False]
    """
    name = unquote(_ESCAPES.sub("%", name))
    lower = name.lower()
    return any(part in lower for part in _PARTS) or not _WORDS.isdisjoint(map(str.lower, _WORD.findall(name)))
