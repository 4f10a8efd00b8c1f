"""Report: the figures of a period, beside those of the period before."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from admetrics.domain.dimensions import Dimensions
from admetrics.domain.events.rejection import Reason
from admetrics.domain.metrics.catalog import CLICKS, IMPRESSIONS, SPEND
from admetrics.domain.metrics.measures import Counts, Measures
from admetrics.domain.reporting.axis import Axis
from admetrics.domain.reporting.budgets import BudgetUse
from admetrics.domain.reporting.figures import Figures
from admetrics.domain.reporting.report import COUNTED_OUTCOMES, Entry, Health, Point, Report
from admetrics.domain.rules.currency import Currency
from admetrics.domain.rules.ranking import Ranked, Ranking, ranking
from admetrics.domain.times import CLOCK_SKEW, EPOCH, HOUR, Period, hour_of
from admetrics.ports.dead_letters import DeadLetters
from admetrics.ports.lake import Lake
from admetrics.ports.warehouse import EVERYWHERE, Key, Total, Warehouse, Where

UTC: Final = ZoneInfo("UTC")
_DEFAULT_LENGTH: Final = timedelta(days=7)
RANKED: Final = (Axis.CAMPAIGN, Axis.JOB, Axis.PUBLISHER)
"""What is compared by cost per qualified application."""
LONGEST_HOURLY: Final = timedelta(days=35)
"""The longest period that has an hourly series: beyond, no eye could follow it."""

_MOST_RANKED: Final = 5
_FAR: Final = datetime(9000, 1, 1, tzinfo=UTC)  # before the end of the calendar, which time zones must not cross


def report(
    *,
    warehouse: Warehouse,
    known: Dimensions,
    lake: Lake | None = None,
    dead_letters: DeadLetters | None = None,
    now: datetime,
    period: Period | None = None,
    length: timedelta = _DEFAULT_LENGTH,
    by: Axis = Axis.COMPANY,
    ranked: Sequence[Axis] = RANKED,
    where: Where = EVERYWHERE,
    zone: ZoneInfo = UTC,
    budgets: Sequence[BudgetUse] = (),
    unseen: str | None = None,
) -> Report:
    """Collect the figures of a period.

    Only sums are read, so what is held in memory depends on the hours, publishers and keys of the period and not on
    its rows. Amounts are grouped by the currency of their publisher and never added across currencies.

    Args:
        warehouse: holds the figures.
        known: the names, and the currencies of the publishers.
        lake: is asked for the accounting of the period; None, or only some rows: the report has none.
        dead_letters: are counted by reason; None: the report does not show them.
        now: the current time.
        period: the hours that start in it are shown; an open end is replaced by the end of the data, as far as the
            clock has come. None: those that end with the newest hour.
        length: of that period.
        by: the axis of the breakdown, one of `AXES`.
        ranked: what is compared by cost per qualified application.
        where: which rows; the figures of others are left out.
        zone: the time zone of the days. Hours stay hours of UTC: in a zone that is not whole hours from UTC, an hour
            belongs to the local day in which it starts.
        budgets: how the budgets stand (`admetrics.app.budgets`).
        unseen: why there is no lake and there are no dead letters to look at; None if there are.
    """
    span = warehouse.span(Period.always())
    # Hours ahead of the clock come from a clock that was wrong: what happens now must not stand behind them.
    past = warehouse.span(Period(Period.always().start, now + CLOCK_SKEW)) or span
    period = _closed(period, length, past, now)
    before = _before(period)
    currencies = Currencies(known)

    hours = _by_first_key(warehouse.totals(period, [Axis.HOUR, Axis.PUBLISHER], where), currencies)
    sums = {
        axis: _by_first_key(warehouse.totals(period, _axes(axis), where), currencies)
        for axis in dict.fromkeys([by, *ranked])
    }
    sums_before = _by_first_key(warehouse.totals(before, _axes(by), where), currencies)
    entries = _entries(sums[by], sums_before, names=known.names(by))
    figures = _sum(hours.values())
    return Report(
        made=now,
        period=period,
        period_before=before,
        zone=zone.key,
        whole_hours=_is_whole_hours(zone, period),
        by=by,
        figures=figures,
        before=_sum(entry.before for entry in entries),
        days=_days(hours, period, zone),
        hours=_hours(hours, zone) if period.end - period.start <= LONGEST_HOURLY else (),
        entries=entries,
        rankings=[ranking for axis in ranked for ranking in _rankings(axis, sums[axis], names=known.names(axis))],
        budgets=budgets,
        health=Health(
            updated=warehouse.last_update(),
            newest_hour=span[1] if span else None,
            dead_letters=_by_reason(dead_letters) if dead_letters else None,
            **_books(None if where else lake, period, figures.counts),
            unseen=unseen,
        ),
    )


def _closed(period: Period | None, length: timedelta, span: tuple[datetime, datetime] | None, now: datetime) -> Period:
    """Give the period two ends, both at full hours: it then holds the same hours for every store."""
    end_of_data = span[1] + HOUR if span else hour_of(now) + HOUR
    if period is None:
        return Period(end_of_data - length, end_of_data)
    always = Period.always()
    start, end = period.start, period.end
    if end == always.end:
        end = max(start, end_of_data)
    if start == always.start:
        start = min(end, span[0] if span else max(end, EPOCH + length) - length)
    return Period(*(_next_hour(min(max(time, EPOCH), _FAR)) for time in (start, end)))


def _next_hour(time: datetime) -> datetime:
    """Return the first full hour that is not before a time."""
    hour = hour_of(time)
    return hour if hour == time else hour + HOUR


def _before(period: Period) -> Period:
    """Return the period before: of the same length, as far as time goes back."""
    length = min(period.end - period.start, period.start - EPOCH)
    return Period(period.start - length, period.start)


def _is_whole_hours(zone: ZoneInfo, period: Period) -> bool:
    offsets = (time.astimezone(zone).utcoffset() for time in (period.start, period.end))
    return not any((offset or timedelta()) % HOUR for offset in offsets)


class Currencies:
    """The currency of each publisher."""

    def __init__(self, dimensions: Dimensions) -> None:
        self._codes = {publisher.id: publisher.currency for publisher in dimensions.publishers}

    def of(self, total: Total) -> Currency:
        """Return the currency of a sum whose last key is the publisher."""
        return self.of_publisher(total.keys[-1])

    def of_publisher(self, publisher: Key) -> Currency:
        """Return the currency of a publisher."""
        if not isinstance(publisher, int):
            raise TypeError(publisher)  # the column is never null
        return Currency.of(publisher, self._codes.get(publisher))


def _axes(by: Axis) -> Sequence[Axis]:
    return [by] if by is Axis.PUBLISHER else [by, Axis.PUBLISHER]


def _by_first_key(totals: Sequence[Total], currencies: Currencies) -> Mapping[Any, Figures]:
    """Group sums by their first key, each currency apart."""
    parts: defaultdict[Any, list[tuple[Currency, Measures]]] = defaultdict(list)
    for total in totals:
        parts[total.keys[0]].append((currencies.of(total), total.measures))
    return {key: Figures.of(some) for key, some in parts.items()}


def _sum(parts: Iterable[Figures]) -> Figures:
    return Figures.of(pair for figures in parts for pair in figures.currencies.items())


def _entries(
    now: Mapping[int | None, Figures], before: Mapping[int | None, Figures], *, names: Mapping[int | None, str | None]
) -> Sequence[Entry]:
    entries = [
        Entry(key, names.get(key), now.get(key, Figures()), before.get(key, Figures())) for key in {**now, **before}
    ]
    return sorted(entries, key=_most_clicks_first)


def _rankings(
    axis: Axis, figures: Mapping[int | None, Figures], *, names: Mapping[int | None, str | None]
) -> Iterator[Ranking]:
    """Compare in each currency."""
    spent = {currency for each in figures.values() for currency, sums in each.currencies.items() if SPEND.of(sums)}
    for currency in sorted(spent):
        lines = [Ranked(key, names.get(key), each.measures(currency)) for key, each in figures.items() if key]
        if found := ranking(axis, currency, lines, at_most=_MOST_RANKED):
            yield found


def _most_clicks_first(entry: Entry) -> tuple[int, int, int]:
    counts = entry.figures.counts
    return -CLICKS.of(counts), -IMPRESSIONS.of(counts), entry.key or 0


def _hours(figures: Mapping[datetime, Figures], zone: ZoneInfo) -> Sequence[Point]:
    """Return the series of hours, those without figures between the first and the last included."""
    if not figures:
        return ()
    first, last = min(figures), max(figures)
    every = (first + HOUR * number for number in range((last - first) // HOUR + 1))
    return [Point(hour.astimezone(zone), figures.get(hour, Figures())) for hour in every]


def _days(figures: Mapping[datetime, Figures], period: Period, zone: ZoneInfo) -> Sequence[Point]:
    """Return the series of local days, those without figures between the first and the last included."""
    parts: defaultdict[date, list[Figures]] = defaultdict(list)
    for hour, each in figures.items():
        parts[hour.astimezone(zone).date()].append(each)
    if not parts:
        return ()
    first, last = min(parts), max(parts)
    every = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [_day(day, _sum(parts.get(day, ())), period, zone) for day in every]


def _day(day: date, figures: Figures, period: Period, zone: ZoneInfo) -> Point:
    start, end = (datetime.combine(each, time(), zone) for each in (day, day + timedelta(days=1)))
    # compared in UTC: between two times of one zone Python compares the clocks on the wall
    return Point(start, figures, whole=period.start <= start.astimezone(UTC) and end.astimezone(UTC) <= period.end)


def _by_reason(dead_letters: DeadLetters) -> Mapping[str, int]:
    return {reason.value: count for reason, count in sorted(dead_letters.count().items(), key=_most_first)}


def _most_first(counted: tuple[Reason, int]) -> tuple[int, str]:
    reason, count = counted
    return -count, reason.value


def _books(lake: Lake | None, period: Period, counts: Counts) -> Mapping[str, Any]:
    """Close the books of the period: what the lake holds, and what of it the warehouse lacks."""
    if lake is None:
        return {"accounting": None, "missing": None}
    found: Counter[str] = Counter()
    for outcome in lake.outcomes(period):
        found[outcome.outcome] += outcome.events
    missing = {outcome: found[outcome] - getattr(counts, measure) for outcome, measure in COUNTED_OUTCOMES.items()}
    return {
        "accounting": dict(sorted(found.items())),
        "missing": {outcome: count for outcome, count in missing.items() if count},
    }
