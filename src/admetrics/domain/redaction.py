"""Redaction of URLs: what a page's address tells besides the page, cut out on the way into the lake.

Total and idempotent: any text is a URL here, and what is not recognised stays as it is.
"""

import re
from enum import Enum
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from operator import itemgetter
from typing import Final
from urllib.parse import unquote

from admetrics.domain.record import COLUMNS, Record

MASK: Final = "***"


class Redaction(Enum):
    """How much of the URLs of a record is cut out."""

    OFF = "off"
    """Nothing."""
    TOKENS = "tokens"
    """The values of parameters with a name of `_WORDS` or `_PARTS`; e-mail addresses, JSON Web Tokens, passwords."""
    ALL = "all"
    """Everything from the first `?` or `#` on, and what `TOKENS` cuts out of the rest."""


_PARAMETER: Final = re.compile(r"[?&;#]([^=&;#?]{1,200})=")
# ... or of a URL that is itself the value of a parameter, percent-encoded: several times slower to look for.
_ENCODED_PARAMETER: Final = re.compile(
    r"(?:[?&;#]|%(?:3F|26|3B|23))((?:[^=&;#?%]|%(?!3D|3F|26|3B|23)[0-9A-F]{2}){1,200})(?:=|%3D)", re.IGNORECASE
)
_END_OF_VALUE: Final = re.compile("[&#]|$")
_USER: Final = re.compile(r"(?<=//)[^/?#@]*(?=@)")
_EMAIL: Final = re.compile(
    r"(?:[A-Z0-9._+-]|%(?!40)[0-9A-F]{2}){1,64}(?:@|%40)[A-Z0-9-]{1,63}\.[A-Z0-9.-]{1,190}", re.IGNORECASE
)
_JWT: Final = re.compile(r"eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)*", re.ASCII)

_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_WORDS: Final = frozenset({
    "assertion", "auth", "bearer", "code", "csrf", "jwt", "key", "login", "mail", "mobile", "oauth", "otp", "pass",
    "phone", "pin", "pwd", "sid", "sig", "tel", "ticket", "uid", "user", "username", "visitor", "xsrf",
})  # fmt: skip
_PARTS: Final = (
    "apikey", "authcode", "authkey", "credential", "email", "passcode", "passw", "secret", "sessid", "session",
    "signature", "token", "userid",
)  # fmt: skip
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
    if how is Redaction.ALL:
        url = url[: _first_of(url, "?#")]
    elif "=" in url or "%3" in url:
        url = _without_parameters(url)
    if "@" in url or "%40" in url:
        url = _EMAIL.sub(MASK, _USER.sub(MASK, url))
    return _JWT.sub(MASK, url) if "eyJ" in url else url


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
        if type(url) is str and (left := redacted(url, how)) is not url and left != url:
            canonical = canonical.replace(encode_basestring_ascii(url), encode_basestring_ascii(left))
    return canonical


def _first_of(text: str, characters: str) -> int:
    return min((place for each in characters if (place := text.find(each)) >= 0), default=len(text))


def _without_parameters(url: str) -> str:
    head, _, query = url.partition("?")
    if "%" in url or "#" in url or ";" in url or "?" in query:
        return _without_parameters_anywhere(url)
    return _without_parameters_of_query(url, head, query)


def _without_parameters_of_query(url: str, head: str, query: str) -> str:
    """Do the same for a plain query, several times faster: nearly all URLs have one."""
    pairs = query.split("&")
    found = False
    for number, pair in enumerate(pairs):
        name, given, _ = pair.partition("=")
        if given and _is_sensitive(name):
            pairs[number] = f"{name}={MASK}"
            found = True
    return f"{head}?{'&'.join(pairs)}" if found else url


def _without_parameters_anywhere(url: str) -> str:
    parameter = _ENCODED_PARAMETER if "%" in url else _PARAMETER
    parts: list[str] = []
    done = 0
    for found in parameter.finditer(url):
        if found.start() >= done and _is_sensitive(found[1]):
            parts += (url[done : found.end()], MASK)
            done = _end_of_value(url, found.end())
    return "".join((*parts, url[done:])) if parts else url


def _end_of_value(url: str, start: int) -> int:
    end = _END_OF_VALUE.search(url, start)
    return end.start() if end else len(url)


@lru_cache(maxsize=4096)
def _is_sensitive(name: str) -> bool:
    """Say whether the name of a parameter promises a secret or a person.

    >>> [_is_sensitive(name) for name in ("api_key", "X-Auth-Token", "PHPSESSID", "tok%65n", "keyword", "author")]
    [True, True, True, True, False, False]
    """
    name = unquote(name)
    lower = name.lower()
    return any(part in lower for part in _PARTS) or not _WORDS.isdisjoint(map(str.lower, _WORD.findall(name)))
