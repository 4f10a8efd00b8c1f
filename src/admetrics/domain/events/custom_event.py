"""The data of a custom event: column `ed`, in every form in which sites write it."""

import re
from collections.abc import Collection, Mapping
from json.encoder import encode_basestring_ascii
from typing import Final

from admetrics.domain.events.absent import is_absent
from admetrics.domain.events.integers import usable_id
from admetrics.domain.events.record import JSON, parse_json

NO_CUSTOM_EVENT: Final[Mapping[str, JSON]] = {}
_UNREADABLE: Final = False  # what no form of `ed` means

_PYTHON: Final = re.compile(
    r"""[uU]?(?:'((?:[^'\\]|\\.)*+)'?|"((?:[^"\\]|\\.)*+)"?)|\b(True|False|None)\b""", re.DOTALL
)
"""Strings, without an end if torn, so that no search begins again; and words."""
_ESCAPES: Final = re.compile(r'\\(?:x([0-9a-f]{2})|U(00(?:0[0-9a-f]|10)[0-9a-f]{4})|(.))|"', re.DOTALL)
_JSON_OF_WORDS: Final = {"True": "true", "False": "false", "None": "null"}


def custom_event_in(ed: JSON) -> Mapping[str, JSON] | None:
    r"""Read column `ed`.

    Args:
        ed: an object; its JSON as text; that text encoded once more; or a Python dict as text. Null, an empty list (of
            PHP, which writes empty objects so) and what says nothing as text are no custom event.

    Returns:
        The object, empty if there is none; None if `ed` is anything else.

    >>> (
    ...     custom_event_in("{'jobId': 7}"),
    ...     custom_event_in(r'"{\"jobId\": 7}"'),
    ...     custom_event_in([]),
    ...     custom_event_in("{"),
    ... )
    ({'jobId': 7}, {'jobId': 7}, {}, None)
    """
    value = _decoded(ed) if isinstance(ed, str) else ed
    if isinstance(value, str):
        value = _decoded(value)
    if isinstance(value, dict):
        return value
    return NO_CUSTOM_EVENT if value is None or value == [] else None


def values_of(custom_event: Mapping[str, JSON], names: Collection[str]) -> list[JSON]:
    """Return the values under a key written in any case; sorted, so that the order of keys does not matter."""
    return [custom_event[key] for key in sorted(custom_event) if key.lower() in names]


def first_id(custom_event: Mapping[str, JSON], names: Collection[str]) -> int:
    """Return the first usable id under a key written in any case, 0 if there is none."""
    for key in sorted(custom_event) if custom_event else ():
        if key.lower() in names and (number := usable_id(custom_event[key])):
            return number
    return 0


def _decoded(text: str) -> JSON:
    try:
        return parse_json(text)
    except (ValueError, RecursionError):
        return None if is_absent(text) else _of_python(text)


def _of_python(text: str) -> JSON:
    """Read what Python writes of a dict: as JSON, once its strings and words are those of JSON.

    The parser of Python itself would run out of memory, or of its stack, over what a log may hold.
    """
    try:
        return parse_json(_PYTHON.sub(_as_json, text))
    except (ValueError, RecursionError):
        return _UNREADABLE


def _as_json(found: re.Match[str]) -> str:
    single, double, word = found.groups()
    if word:
        return _JSON_OF_WORDS[word]
    return f'"{_ESCAPES.sub(_escape, single or double or "")}"'


def _escape(found: re.Match[str]) -> str:
    """Write a character as JSON does; what neither Python nor JSON escapes so stays, and is refused."""
    byte, character, other = found.groups()
    if byte:
        return f"\\u00{byte}"
    if character:
        return encode_basestring_ascii(chr(int(character, 16)))[1:-1]
    return "'" if other == "'" else '\\"' if other is None else found[0]
