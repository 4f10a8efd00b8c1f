"""Why a record or a message cannot be used: a value, not an exception."""

from datetime import timedelta
from enum import Enum

import attrs


class Reason(Enum):
    """The classes of reasons; `value` is what dead letters and reports show."""

    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    WRONG_TYPE = "wrong_type"
    NO_CREATE_TIME = "no_create_time"
    NO_TIME = "no_time"
    TIME_OUT_OF_RANGE = "time_out_of_range"
    BAD_BID = "bad_bid"
    TOO_LARGE = "too_large"
    BAD_MESSAGE = "bad_message"
    """A message on the bus that is no row."""


@attrs.frozen
class Rejection:
    """A reason and what exactly was wrong.

    Args:
        reason: the class, for counting.
        detail: one sentence that names columns and rules, never a value: values may be personal data.
        ahead: by how much the time is ahead of now, if that is why; for the figures of ingest, not stored.
    """

    reason: Reason
    detail: str
    ahead: timedelta | None = attrs.field(default=None, eq=False, repr=False)
