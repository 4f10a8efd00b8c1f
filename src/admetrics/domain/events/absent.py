"""What logs write where they mean nothing: the one list of such spellings, for every column that matters."""

from typing import Final

from admetrics.domain.events.record import JSON
from admetrics.domain.text import ASCII_SPACE, plain_uuid

_ABSENT: Final = frozenset({
    "", "-", "\\n", "null", "(null)", "<null>", "nil", "<nil>", "none", "undefined", "nan", "na", "n/a", "<na>",
})  # fmt: skip
"""In lower case. Databases write `\\N`, Python `None`, JavaScript `undefined` and `NaN`, R and pandas `NA`."""

_NOBODY: Final = _ABSENT | {"0", "false", "[]", "{}", "[object object]"}
"""The same for visitors: also what a script makes of a value that is not there."""
_NIL: Final = "00000000-0000-0000-0000-000000000000"  # RFC 9562, section 5.9
BEGINNINGS_OF_NOBODY: Final = frozenset({"", *"({", *ASCII_SPACE, *(each[:1] for each in _NOBODY), *"FNU"})
"""How names of visitors who are nobody begin: one look at it tells nearly all others from them."""


def is_absent(text: str) -> bool:
    r"""Return whether a text says that there is nothing, in any case.

    >>> [is_absent(text) for text in ("NULL", r"\N", " ", "0", "nullable")]
    [True, True, True, False, False]
    """
    return text.strip(ASCII_SPACE).lower() in _ABSENT


def is_nobody(visitor: JSON) -> bool:
    """Return whether a value of column `uid` says that the visitor is unknown.

    >>> [is_nobody(value) for value in ("undefined", 0, "0", {}, "00000000000000000000000000000000", "7", 7)]
    [True, True, True, True, True, False, False]
    """
    if not isinstance(visitor, str):
        return not visitor
    return visitor[:1] in BEGINNINGS_OF_NOBODY and (
        visitor.strip(ASCII_SPACE).lower() in _NOBODY or plain_uuid(visitor) == _NIL
    )
