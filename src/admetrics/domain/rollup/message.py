"""The messages on the bus: a row as JSON, schema version 2. `row.schema.json` beside this file describes them.

{"schema": 2, "hour": "2026-03-01T10:00:00Z", "job": 1, "publisher": 2, "campaign": 3, "group": 0,
"measures": {... one for each of the catalog ...}, "company": null, "version": 7, "source": "DuckDB"}
"""

import json
import re
from datetime import datetime
from functools import lru_cache
from operator import gt
from typing import Final

from admetrics.domain.errors import PermanentError
from admetrics.domain.events.integers import LARGEST
from admetrics.domain.events.record import JSON, parse_json
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.domain.metrics.catalog import MEASURES
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.rollup.row import Cell, Row

SCHEMA: Final = 2

_NAMES: Final = tuple(measure.name for measure in MEASURES)
_LARGEST_VALUES: Final = tuple(measure.largest for measure in MEASURES)
_LARGEST_VERSION: Final = 2**63 - 1
_LONGEST_SOURCE: Final = 64
_HOUR: Final = re.compile(r"[1-9]\d{3}-\d{2}-\d{2}T\d{2}:00:00Z", re.ASCII).fullmatch
_MESSAGE: Final = "".join(  # filled in by hand: a JSON encoder takes three times as long
    [
        f'{{"schema":{SCHEMA},"hour":"%s","job":%s,"publisher":%s,"campaign":%s,"group":%s,"measures":{{',
        ",".join(f'"{name}":%s' for name in _NAMES),
        '},"company":%s,"version":%s,"source":%s}',
    ]
)
# A message as this library writes it, with values that are in range for having so few digits.
_ORDINARY: Final = re.compile(
    re.escape(_MESSAGE)
    % (
        '([^"]{20})', "([1-9][0-9]{0,8})", *["(0|[1-9][0-9]{0,8})"] * 3,
        *[f"(0|[1-9][0-9]{{0,{len(str(measure.largest)) - 2}}})" for measure in MEASURES],
        "(?:null|([1-9][0-9]{0,8}))", "([1-9][0-9]{0,17})", rf'"([ !#-\[\]-~]{{0,{_LONGEST_SOURCE}}})"',
    )
).fullmatch  # fmt: skip


def encode_row(row: Row) -> bytes:
    """Write a row as a message, in ASCII.

    Raises:
        PermanentError: a figure is too large for a message, which nobody could read.
    """
    cell, values = row.cell, row.measures.values
    if max(values) > LARGEST and any(map(gt, values, _LARGEST_VALUES)):  # no bound is lower
        raise PermanentError(_too_large(row))
    company = "null" if row.company is None else row.company
    text = _MESSAGE % (
        hour_text(cell.hour), cell.job, cell.publisher, cell.campaign, cell.group,
        *values,
        company, row.version, _source_text(row.source),
    )  # fmt: skip
    return text.encode("ascii")


def _too_large(row: Row) -> str:
    name, value, most = next(
        each for each in zip(_NAMES, row.measures.values, _LARGEST_VALUES, strict=True) if each[1] > each[2]
    )
    return (
        f"{name} of job {row.cell.job} in the hour {hour_text(row.cell.hour)} is {value:,}, beyond {most:,}: "
        "look for wrong bids in the log of that hour"
    )


@lru_cache(maxsize=1024)
def hour_text(hour: datetime) -> str:
    """Write an hour as messages show it.

    >>> from datetime import UTC
    >>> hour_text(datetime(2026, 3, 1, 10, tzinfo=UTC))
    '2026-03-01T10:00:00Z'
    """
    return f"{hour.isoformat()[:13]}:00:00Z"


@lru_cache(maxsize=16)
def _source_text(source: str) -> str:
    return json.dumps(source)


def decode_row(data: bytes) -> Row | Rejection:
    """Read a message.

    Unknown fields and measures are ignored, and a measure that is missing is 0: releases that know another catalog
    understand each other, so neither needs a new schema version.

    Returns:
        The row, or a rejection that names the field at fault: whatever a store could not take is refused here, so
        that no message can fail a statement later. Never raises.

    >>> decode_row(b"{}").detail
    'schema is not 2: another release wrote the message'
    """
    try:
        text = data.decode("utf-8")
        return _ordinary_row(text) or _row(parse_json(text))
    except _UnfitError as error:
        return Rejection(Reason.BAD_MESSAGE, str(error))
    except (ValueError, RecursionError):
        return Rejection(Reason.BAD_MESSAGE, "the message is not strict JSON in UTF-8")


class _UnfitError(Exception):
    """A field is missing or has another type or range; the text names it, and shows no value."""


def _ordinary_row(text: str) -> Row | None:
    """Read an ordinary message, in half the time that any JSON takes; None if it is another one."""
    found = _ORDINARY(text)
    if found is None:
        return None
    hour_given, job, publisher, campaign, group, *measures, company, version, source = found.groups()
    hour = _hour_at(hour_given)
    if hour is None:
        return None
    cell = Cell(hour, int(job), int(publisher), int(campaign), int(group))
    return Row(cell, Measures(*map(int, measures)), None if company is None else int(company), int(version), source)


def _row(message: JSON) -> Row:
    if not isinstance(message, dict):
        raise _UnfitError("the message is not an object")
    schema = message.get("schema")
    if type(schema) is not int or schema != SCHEMA:
        raise _UnfitError(f"schema is not {SCHEMA}: another release wrote the message")
    cell = Cell(
        _hour(message),
        _integer(message, "job", 1, LARGEST),
        _integer(message, "publisher", 0, LARGEST),
        _integer(message, "campaign", 0, LARGEST),
        _integer(message, "group", 0, LARGEST),
    )
    company = None if _field(message, "company") is None else _integer(message, "company", 1, LARGEST)
    return Row(cell, _measures(message), company, _integer(message, "version", 1, _LARGEST_VERSION), _source(message))


def _field(fields: dict[str, JSON], name: str) -> JSON:
    if name not in fields:
        raise _UnfitError(f"{name} is missing")
    return fields[name]


def _integer(fields: dict[str, JSON], name: str, least: int, most: int) -> int:
    value = fields.get(name)
    if type(value) is int and least <= value <= most:
        return value
    raise _UnfitError(f"{name} is not an integer in {least}..{most}")


def _measures(message: dict[str, JSON]) -> Measures:
    measures = message.get("measures")
    if not isinstance(measures, dict):
        raise _UnfitError("measures is not an object")
    if measures.keys().isdisjoint(_NAMES):  # zeros would erase the row
        raise _UnfitError("measures has none that is known")
    return Measures(
        *[_integer(measures, each.name, 0, each.largest) if each.name in measures else 0 for each in MEASURES]
    )


def _hour(message: dict[str, JSON]) -> datetime:
    text = message.get("hour")
    if isinstance(text, str) and (hour := _hour_at(text)):
        return hour
    raise _UnfitError("hour is no time like 2026-03-01T10:00:00Z")


@lru_cache(maxsize=1024)
def _hour_at(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if _HOUR(text) else None
    except ValueError:  # 30 February
        return None


def _source(message: dict[str, JSON]) -> str:
    source = message.get("source")
    if isinstance(source, str) and len(source) <= _LONGEST_SOURCE and source.isprintable():
        return source
    raise _UnfitError(f"source is no printable text of at most {_LONGEST_SOURCE} characters")
