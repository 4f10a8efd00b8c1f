"""Decodes raw lines as `admetrics.domain.events.record.decode` does, only faster."""

from typing import Any, Final

import msgspec

from admetrics.domain.events import record
from admetrics.domain.events.record import COLUMNS, INTEGER_COLUMNS, Record
from admetrics.domain.events.rejection import Rejection

_TYPED: Final = [(column, int | None if column in INTEGER_COLUMNS else str | None, None) for column in COLUMNS]
_typed: Final = msgspec.json.Decoder(msgspec.defstruct("_Typed", _TYPED))
_any: Final = msgspec.json.Decoder(msgspec.defstruct("_Any", [(column, Any, None) for column in COLUMNS]))
_encode: Final = msgspec.json.Encoder().encode
_values_of: Final = msgspec.structs.astuple


def decode(line: bytes) -> Record | Rejection:
    """Read one line.

    Most lines hold the types of the schema, and then their canonical text comes nearly for free. Other types are
    decoded as they are. Whatever msgspec refuses is left to the reference, which knows why.
    """
    try:
        text = line.decode("utf-8")  # as bytes, those of unknown columns would not be checked
        try:
            return _with_canonical_text(_values_of(_typed.decode(text)))
        except (msgspec.ValidationError, OverflowError):
            return Record(_values_of(_any.decode(text)))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return record.decode(line)


def _with_canonical_text(values: tuple[int | str | None, ...]) -> Record:
    """Encode as `canonical` does; the one ASCII character that is written otherwise is DEL.

    Raises:
        OverflowError: an integer has more than 64 bits.
    """
    encoded = _encode(values)
    if encoded.isascii() and b"\x7f" not in encoded:
        return Record(values, encoded.decode("ascii"))
    return Record(values)
