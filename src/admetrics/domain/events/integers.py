"""Integers as logs spell them: numbers, integral floats, or strings of digits."""

import math
from enum import Enum, auto
from typing import Final

from admetrics.domain.events.record import JSON, MOST_DIGITS
from admetrics.domain.text import ASCII_SPACE

LARGEST: Final = 2**31 - 1
"""The largest id and the largest bid: what a signed 32-bit column holds."""

_OUT_OF_RANGE: Final = 2**63
"""Stands for every integer too long to convert: outside each range that matters."""


class NotAnInteger(Enum):
    """The mark of a value that is no integer in any spelling."""

    NOT_AN_INTEGER = auto()


NOT_AN_INTEGER: Final = NotAnInteger.NOT_AN_INTEGER


def integer(value: JSON) -> int | NotAnInteger | None:
    """Read an integer in any accepted spelling.

    Args:
        value: any JSON value.

    Returns:
        The integer; None for null and for blank strings; `NOT_AN_INTEGER` for anything else.

    >>> integer("12.0"), integer(3.0), integer(" "), integer("1e3")
    (12, 3, None, <NotAnInteger.NOT_AN_INTEGER: 1>)
    """
    if value is None or type(value) is int:
        return value
    if type(value) is float:
        return _of_float(value)
    if type(value) is str:
        return _of_text(value.strip(ASCII_SPACE))
    return NOT_AN_INTEGER


def usable_id(value: JSON) -> int:
    """Read an id; 0 ("none") for anything outside 1..2^31-1, which must never fail a statement later.

    >>> usable_id("4"), usable_id("1,2,3"), usable_id(2**31), usable_id(-1)
    (4, 0, 0, 0)
    """
    number = integer(value)
    return number if type(number) is int and 1 <= number <= LARGEST else 0


def _of_float(value: float) -> int | NotAnInteger:
    if math.isinf(value):
        return _OUT_OF_RANGE if value > 0 else -_OUT_OF_RANGE
    return int(value) if value.is_integer() else NOT_AN_INTEGER


def _of_text(text: str) -> int | NotAnInteger | None:
    if not text:
        return None
    whole, point, fraction = text.removeprefix("-").partition(".")
    if not (whole.isascii() and whole.isdigit()) or (point and not fraction) or fraction.strip("0"):
        return NOT_AN_INTEGER
    digits = whole.lstrip("0") or "0"
    size = int(digits) if len(digits) <= MOST_DIGITS else _OUT_OF_RANGE
    return -size if text.startswith("-") else size
