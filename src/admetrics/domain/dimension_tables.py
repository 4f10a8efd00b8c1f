"""Dimension tables as sites keep them: which columns they have, under which names, and how values are read."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from functools import partial
from typing import Any, Final, Literal

import attrs

from admetrics.domain.dimensions import Campaign, Company, Group, Job, Publisher
from admetrics.domain.errors import InputError
from admetrics.domain.events.integers import LARGEST, integer
from admetrics.domain.text import ASCII_SPACE

DateOrder = Literal["ymd", "dmy", "mdy"]
"""In which order a date names year, month and day, where it is not ISO 8601."""
Tell = Callable[[str], None]
"""Is told in one line what was not read."""

_AMOUNT: Final = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]+)?", re.ASCII).fullmatch
_DATE: Final = re.compile(
    r"(\d{1,4})([/.\- ])(\d{1,2})([/.\- ])(\d{1,4})(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AP]M)?)?",
    re.ASCII | re.IGNORECASE,
).fullmatch
_DIGITS_OF_A_YEAR: Final = 4
_MOST_CHARACTERS: Final = 64

_Convert = Callable[[str], object]


def tell_nobody(_told: str) -> None:
    """Leave untold what was not read."""


def _id(text: str) -> int:
    number = integer(text)
    if type(number) is not int or not 1 <= number <= LARGEST:
        raise ValueError(f"an integer from 1 to {LARGEST}")
    return number


def _reference(text: str) -> int | None:
    """Read the id of something else; 0 stands for none."""
    return None if integer(text) == 0 else _id(text)


def _amount(text: str) -> Decimal:
    if _AMOUNT(text) is None:
        raise ValueError("an amount such as 1000 or 0.25, without a currency and without separators")
    return Decimal(text)


def _day(text: str, *, order: DateOrder | None = None) -> date:
    """Read a date: in ISO 8601, or in the order that is told; a time after it is ignored."""
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        found = _day_in_order(text, order) if order else None
    if found is None:
        others = f"in the order {order}" if order else "--date-format dmy reads 31/12/2026, mdy reads 12/31/2026"
        raise ValueError(f"a date such as 2026-03-01 ({others})")
    return found


def _day_in_order(text: str, order: DateOrder) -> date | None:
    match = _DATE(text)
    parts = dict(zip(order, match.group(1, 3, 5), strict=True)) if match and match[2] == match[4] else {}
    if len(parts.get("y", "")) != _DIGITS_OF_A_YEAR:
        return None
    try:
        return date(int(parts["y"]), int(parts["m"]), int(parts["d"]))
    except ValueError:
        return None


def _short(text: str) -> str:
    if len(text) > _MOST_CHARACTERS:
        raise ValueError(f"at most {_MOST_CHARACTERS} characters")
    return text


@attrs.frozen
class _Column:
    """Where a field comes from.

    Args:
        names: the names that the column may have, the usual one first.
        convert: reads a text that is not empty; its error says what is expected.
    """

    names: tuple[str, ...]
    convert: _Convert


@attrs.frozen
class DimensionTable:
    """A dimension table.

    Args:
        field: its field of `Dimensions`.
        row: the type of its rows.
        columns: the column of each field of `row`, in their order; the first is the id, which must be there.
    """

    field: str
    row: Callable[..., Any]
    columns: tuple[_Column, ...]


@attrs.frozen
class Place:
    """Where rows come from, as messages name it.

    Args:
        name: of the file or table.
        unit: what numbers count there.
        hint: what to do if there is no column id.
    """

    name: str
    unit: str
    hint: str


def _table(field: str, row: Callable[..., Any], **columns: _Convert) -> DimensionTable:
    """Describe a table; `or` stands between the names that a column may have.

    Each may also begin with what a row is: `publisher_name`, and `publisher_id` of a publisher.
    """
    prefix = row.__name__.lower()
    spelled = ((names.split("_or_"), read) for names, read in columns.items())
    return DimensionTable(
        field, row, tuple(_Column((*names, *(f"{prefix}_{name}" for name in names)), read) for names, read in spelled)
    )


DIMENSION_TABLES: Final[Mapping[str, DimensionTable]] = {
    "job": _table(
        "jobs", Job,
        id=_id, company_id=_reference, campaign_id=_reference, group_id=_reference, title=str, budget=_amount,
    ),
    "campaign": _table(
        "campaigns", Campaign,
        id=_id, company_id=_reference, name=str, budget_total=_amount, unit_budget=_short,
        start_date=_day, end_date=_day,
    ),
    "group": _table("groups", Group, id=_id, campaign_id=_reference, name=str, budget_group_or_budget=_amount),
    "company": _table("companies", Company, id=_id, name=str),
    "master_publisher": _table(
        "publishers", Publisher,
        id=_id, name=str, currency_or_curency=_short, time_zone=_short,
        cpc_increment=_amount, min_bid=_amount, max_bid=_amount,
    ),
}  # fmt: skip


def read_rows(
    table: DimensionTable,
    header: Sequence[str],
    rows: Iterable[tuple[int, Sequence[str]]],
    *,
    place: Place,
    date_order: DateOrder | None = None,
    tell: Tell,
) -> Iterator[object]:
    """Read the rows of a table.

    Args:
        table: which.
        header: the names of the columns: spaces around them and their case do not matter.
        rows: the values as texts, as many as the header has names, and the number of each row.
        place: names them in messages.
        date_order: the order of dates that are not ISO 8601; None: such dates are refused.
        tell: is told of columns that are not known, if there are any.

    Raises:
        InputError: there is no id, or a value is not what it should be; the message names row and column, no value.
    """
    names = [name.strip(ASCII_SPACE).lower() for name in header]
    places = [_place_of(place, names, column) for column in table.columns]
    if places[0] is None:
        raise InputError(f"{place.name} has no column id: {place.hint}")
    _tell_unknown(table, names, place=place, tell=tell)
    converts = [partial(_day, order=date_order) if each.convert is _day else each.convert for each in table.columns]
    for number, values in rows:
        row = table.row(
            *(
                None if at is None else _value(values[at], convert, f"{place.name}, {place.unit} {number}", names[at])
                for at, convert in zip(places, converts, strict=True)
            )
        )
        if isinstance(row, Campaign) and _ends_before_it_starts(row):
            raise InputError(
                f"{place.name}, {place.unit} {number}: campaign {row.id} ends ({row.end_date}) before it starts "
                f"({row.start_date}), so none of its clicks would ever be valid: correct start_date or end_date"
            )
        yield row


def _ends_before_it_starts(campaign: Campaign) -> bool:
    start, end = campaign.start_date, campaign.end_date
    return start is not None and end is not None and end < start


def _place_of(place: Place, names: Sequence[str], column: _Column) -> int | None:
    """Return where a column stands; under its usual name, if it is there under several."""
    for name in column.names:
        if names.count(name) > 1:
            raise InputError(f"the header of {place.name} names {name} twice")
        if name in names:
            return names.index(name)
    return None


def _tell_unknown(table: DimensionTable, names: Iterable[str], *, place: Place, tell: Tell) -> None:
    known = [name for column in table.columns for name in column.names]
    unknown = [_with_nearest(name, known) for name in names if name and name not in known]
    if unknown:
        tell(f"{place.name}: columns that are not known are not read: {', '.join(unknown)}")


def _with_nearest(name: str, known: Sequence[str]) -> str:
    nearest = get_close_matches(name[:_MOST_CHARACTERS], known, n=1, cutoff=0.7)
    return f"{name[:_MOST_CHARACTERS]} (did you mean {nearest[0]}?)" if nearest else name[:_MOST_CHARACTERS]


def _value(raw: str, convert: _Convert, where: str, name: str) -> object:
    text = raw.strip(ASCII_SPACE)
    if not text and convert is not _id:
        return None
    try:
        return convert(text)
    except ValueError as expected:
        raise InputError(f"{where}, column {name}: expected {expected}") from None
