"""What a reader of the live page asks, as the query of its address; and what is answered."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final, Self
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import attrs

from admetrics.domain.dimensions import Dimensions
from admetrics.domain.errors import ConfigurationError
from admetrics.domain.events.integers import LARGEST
from admetrics.domain.reporting.axis import AXES, Axis
from admetrics.domain.reporting.formatting import printable, shortened
from admetrics.domain.reporting.report import Report
from admetrics.domain.times import Period

LENGTHS: Final[Mapping[str, timedelta | None]] = MappingProxyType(
    {
        "24h": timedelta(days=1),
        "7d": timedelta(days=7),
        "30d": timedelta(days=30),
        "90d": timedelta(days=90),
        "all": None,
    }
)
"""How far a period goes back from the newest hour; None: to the oldest."""

UNKNOWN: Final = "none"
"""How the key of an unknown company is written."""

_PARAMETERS: Final = ("last", "from", "to", "by", *AXES)
_KEY: Final = re.compile(r"[0-9]{1,10}", re.ASCII).fullmatch
_FIRST_YEAR, _LAST_YEAR = 1971, 8999  # so that no time zone leads out of the calendar
_LONGEST_SHOWN: Final = 40


@attrs.frozen(kw_only=True)
class ReportQuery:
    """Which figures are to be shown.

    Args:
        last: one of `LENGTHS`: how far back the period goes; only if it has no ends of its own.
        start: the first hour, aware; None: the oldest hour, if there is an end.
        end: the end, exclusive, aware; None: the newest hour.
        by: one of `AXES`: what the figures are broken down by.
        keys: which figures: for some of `AXES` a key, 0 for none, None for the unknown company.
    """

    last: str = "7d"
    start: datetime | None = None
    end: datetime | None = None
    by: Axis = Axis.COMPANY
    keys: Mapping[Axis, int | None] = attrs.field(factory=dict)

    @classmethod
    def read(cls, parameters: Iterable[tuple[str, str]], *, zone: ZoneInfo) -> Self:
        """Read the parameters of a query; those that are empty are not there.

        Args:
            parameters: names and values, decoded.
            zone: the time zone of times that name none.

        Raises:
            ConfigurationError: a name is unknown or comes twice, or a value makes no sense.

        >>> ReportQuery.read([("by", "job"), ("company", "none"), ("job", "")], zone=ZoneInfo("UTC")).keys
        {<Axis.COMPANY: 'company'>: None}
        """
        given: dict[str, str] = {}
        for name, value in parameters:
            if name not in _PARAMETERS:
                raise ConfigurationError(f"{_shown(name)} cannot be asked for: known are {', '.join(_PARAMETERS)}")
            if value and name in given:
                raise ConfigurationError(f"{name} is given twice: choose one")
            if value:
                given[name] = value
        question = cls(
            last=_one_of(LENGTHS, "last", given.get("last", "7d")),
            start=_time("from", given.get("from"), zone),
            end=_time("to", given.get("to"), zone),
            by=Axis(_one_of(AXES, "by", given.get("by", Axis.COMPANY))),
            keys={axis: _key(axis, given[axis]) for axis in AXES if axis in given},
        )
        question.period()
        return question

    def period(self) -> Period | None:
        """Return the period, one or both ends of which may be open; None if it is counted from the newest hour.

        Raises:
            ConfigurationError: it ends before it starts.
        """
        always = Period.always()
        if self.start or self.end:
            return Period(self.start or always.start, self.end or always.end)
        return None if LENGTHS[self.last] else always

    @property
    def length(self) -> timedelta:
        """How far back the period goes, if it has no ends of its own."""
        return LENGTHS[self.last] or timedelta()

    def query(self) -> str:
        """Write the question as a query that is read as the same.

        >>> ReportQuery(keys={Axis.COMPANY: None, Axis.JOB: 7}, by=Axis.PUBLISHER).query()
        'last=7d&by=publisher&company=none&job=7'
        """
        ends = [(name, _written(time)) for name, time in (("from", self.start), ("to", self.end)) if time]
        keys = [(axis, UNKNOWN if key is None else str(key)) for axis, key in self.keys.items()]
        return urlencode([*(ends or [("last", self.last)]), ("by", self.by), *keys])

    def drill_down(self, axis: Axis, key: int | None) -> "ReportQuery":
        """Return the question that goes into one line of a breakdown, broken down by the next axis of interest."""
        keys = {**self.keys, axis: key}
        ahead = [_INTO[axis], Axis.PUBLISHER, Axis.CAMPAIGN, *AXES]
        return attrs.evolve(self, keys=keys, by=next((each for each in ahead if each not in keys), axis))

    def drill_up(self, axis: Axis) -> "ReportQuery":
        """Return the question that does not choose by an axis, and shows its lines instead."""
        return attrs.evolve(self, keys={name: key for name, key in self.keys.items() if name != axis}, by=axis)


_INTO: Final[Mapping[Axis, Axis]] = {
    Axis.COMPANY: Axis.CAMPAIGN,
    Axis.CAMPAIGN: Axis.JOB,
    Axis.GROUP: Axis.JOB,
    Axis.PUBLISHER: Axis.CAMPAIGN,
    Axis.JOB: Axis.PUBLISHER,
}


@attrs.frozen(kw_only=True)
class ReportPage:
    """What the live page shows.

    Args:
        question: what was asked.
        report: the figures.
        known: the names of what can be chosen.
        version: changes when the figures do.
    """

    question: ReportQuery
    report: Report
    known: Dimensions
    version: str


def _one_of(choices: Iterable[str], name: str, value: str) -> str:
    if value not in choices:
        raise ConfigurationError(f"{name} = {_shown(value)} is unknown: choose {', '.join(choices)}")
    return value


def _time(name: str, text: str | None, zone: ZoneInfo) -> datetime | None:
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(
            f"{name} = {_shown(text)} is not a time: write ISO 8601, e.g. 2026-03-01 or 2026-03-01T14:00"
        ) from None
    if not _FIRST_YEAR <= time.year <= _LAST_YEAR:
        raise ConfigurationError(f"{name} = {_shown(text)} is not between the years {_FIRST_YEAR} and {_LAST_YEAR}")
    time = time.replace(microsecond=0)  # what `query` writes
    return (time.replace(tzinfo=zone) if time.tzinfo is None else time).astimezone(UTC)


def _written(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def _key(axis: Axis, text: str) -> int | None:
    if axis is Axis.COMPANY and text == UNKNOWN:
        return None
    if not _KEY(text) or int(text) > LARGEST:
        raise ConfigurationError(f"{axis} = {_shown(text)} is no id: write a whole number up to {LARGEST}")
    return int(text)


def _shown(text: str) -> str:
    """Quote what was asked: it may be anything, and of any length."""
    return f"'{shortened(printable(text), _LONGEST_SHOWN)}'"
