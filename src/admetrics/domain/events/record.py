"""The raw record: one log line, 29 columns, nothing checked yet.

Source of the names: the tracking table of the site (docs/data-dictionary.md).
"""

import json
import math
from collections.abc import Mapping
from typing import Any, Final, NoReturn, Self

import attrs

from admetrics.domain.events.rejection import Reason, Rejection

JSON = Any
"""Any value that JSON can carry: None, bool, int, float, str, list or dict."""

INTEGER_COLUMNS: Final = frozenset({"bid", "campaign_id", "cd", "ev", "group_id", "job_id", "publisher_id", "tz", "v"})
COLUMNS: Final = (
    "create_time", "bid", "bn", "campaign_id", "cd", "custom_track", "de", "dl", "dt", "ed",
    "ev", "group_id", "id", "job_id", "md", "publisher_id", "rl", "sr", "ts", "tz",
    "ua", "uid", "utm_campaign", "utm_content", "utm_medium", "utm_source", "utm_term", "v", "vp",
)  # fmt: skip

_BLANK: Final = b" \t\r\n"
MOST_DIGITS: Final = 4300
"""The interpreter's own limit for text to integer (`sys.int_info.default_max_str_digits`)."""
_TOO_LONG: Final = 10**MOST_DIGITS  # made once: that takes longer than all else that is done to an integer


@attrs.frozen(repr=False, slots=False)  # made by the million: without slots, making one takes half the time
class Record:
    """One raw log line; it may hold personal data, so it is not shown.

    Args:
        values: those of the 29 columns in the order of `COLUMNS`, None where absent.
        canonical: what `canonical` makes of them (domain/events/event.py), if the decoder knows it; it says nothing
            new, but where it stands, the values have the types of the schema: integers or texts, or None.
    """

    values: tuple[JSON, ...]
    canonical: str | None = attrs.field(default=None, eq=False)

    @classmethod
    def of(cls, columns: Mapping[str, JSON]) -> Self:
        """Build a record from named columns; unknown names are ignored, absent ones are None.

        >>> Record.of({"custom_track": "click", "colour": "red"})["custom_track"]
        'click'
        """
        return cls(tuple(map(columns.get, COLUMNS)))

    def __getitem__(self, column: str) -> JSON:
        """Return the value of a column."""
        return self.values[COLUMNS.index(column)]


def decode(line: bytes) -> Record | Rejection:
    """Read one line of JSON: the meaning of the `Decoder` port.

    Args:
        line: strict JSON of an object in UTF-8 (RFC 8259), without its line feed.

    Returns:
        The record, or a rejection for `not_json` or `not_an_object`. Never raises.

    >>> decode(b'{"custom_track": "click"}')["custom_track"]
    'click'
    >>> decode(b"[1]").reason.value
    'not_an_object'
    """
    try:
        value = parse_json(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return Rejection(Reason.NOT_JSON, "the line is not strict JSON in UTF-8")
    if not isinstance(value, dict):
        return Rejection(Reason.NOT_AN_OBJECT, "the line is JSON, but not an object")
    return Record.of(value)


def is_blank(line: bytes) -> bool:
    """Return whether a line is blank, which is no record at all."""
    return not line.strip(_BLANK)


def parse_json(text: str) -> JSON:
    """Parse strict JSON.

    An integer too long for the interpreter counts as infinite: it is an integer outside every range.

    Raises:
        ValueError: `text` is not strict JSON.
        RecursionError: it is nested too deeply.
    """
    return _strict.decode(text)


def as_parsed(value: JSON) -> JSON:
    """Return what `parse_json` would have made of a value: an integer too long for the interpreter is infinite."""
    if type(value) is int:
        return value if abs(value) < _TOO_LONG else (math.inf if value > 0 else -math.inf)
    if isinstance(value, list):
        return [as_parsed(each) for each in value]
    if isinstance(value, dict):
        return {key: as_parsed(each) for key, each in value.items()}
    return value


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise ValueError(message)


def _parse_int(text: str) -> int | float:
    if len(text.removeprefix("-")) <= MOST_DIGITS:
        return int(text)
    return -math.inf if text.startswith("-") else math.inf


_strict: Final = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_parse_int)
