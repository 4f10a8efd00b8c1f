"""Sums of the days that are over, which readers of long periods take in place of the hours.

The sums of a day count only while the day is marked as summed. Every change of rows takes the mark away in the same
transaction, and keeps the day from being summed until that transaction has ended; so sums are never older than rows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, Table, delete, func, insert, literal, or_, select, update

from admetrics.adapters.sql.statements import put, selected, within
from admetrics.adapters.sql.tables import daily_sums, days, events, not_all_zero, sums_of
from admetrics.domain.reporting.hourly_table import MEASURES
from admetrics.domain.times import Period

DAY: Final = timedelta(days=1)
_QUIET: Final = timedelta(minutes=10)
"""How long after a change a day is left alone: late events that trickle in have it summed again now and then only."""

_KEYS: Final = ("job_id", "publisher_id", "campaign_id", "group_id", "company_id")


def invalidate(connection: Connection, hours: Iterable[datetime], now: datetime) -> None:
    """Take back the sums of the days of these hours, and keep them from being summed until the transaction ends."""
    touched = {_day_of(hour) for hour in hours}
    statement = select(days.c.dates, days.c.is_summed)
    known = {day for day, _ in selected(connection, statement, days.c.dates, touched)}
    if new := touched - known:
        put(connection, days, [{"dates": day, "is_summed": False, "changed": now} for day in sorted(new)])
    # Writers share this lock; who sums a day needs it alone.
    found = selected(connection, statement.with_for_update(read=True), days.c.dates, sorted(touched))
    for day in [day for day, is_summed in found if is_summed]:
        connection.execute(update(days).where(days.c.dates == day).values(is_summed=False, changed=now))


def day_to_summarize(connection: Connection, now: datetime) -> datetime | None:
    """Return the latest day that is over, not summed, and has been left alone for a while; None if there is none."""
    waiting = _waiting(now).where(days.c.dates < _day_of(now))
    day: datetime | None = connection.scalar(waiting.order_by(days.c.dates.desc()).limit(1))
    return day


def summarize(connection: Connection, day: datetime, now: datetime) -> datetime | None:
    """Sum up a day, unless it was changed or summed up meanwhile; return it if it was."""
    if connection.scalar(_waiting(now).where(days.c.dates == day).with_for_update()) is None:
        return None
    keys = [events.c[name] for name in _KEYS]
    sums = sums_of(events)
    in_order = func.row_number().over(order_by=keys)
    rows = select(literal(day, days.c.dates.type), in_order, *keys, *sums).where(
        *within(events.c.event_hour, Period(day, day + DAY)), not_all_zero(events)
    )
    connection.execute(delete(daily_sums).where(daily_sums.c.dates == day))
    names = ["dates", "number", *_KEYS, *MEASURES]
    connection.execute(insert(daily_sums).from_select(names, rows.group_by(*keys)))
    connection.execute(update(days).where(days.c.dates == day).values(is_summed=True))
    return day


def plan_reads(connection: Connection, period: Period) -> Iterator[tuple[Table, Sequence[Period]]]:
    """Cut a period into what is read from the sums of days, and what is read hour by hour.

    Yields:
        A table, and the times of it that are read, ascending.
    """
    day = days.c.dates
    overlap = Period(period.start - DAY if period.start > Period.always().start else period.start, period.end)
    found = connection.execute(select(day, days.c.is_summed).where(*within(day, overlap)).order_by(day)).all()
    whole = [start for start, is_summed in found if is_summed and period.start <= start and start + DAY <= period.end]
    rest = sorted({start for start, _ in found}.difference(whole))
    yield daily_sums, _joined(Period(start, start + DAY) for start in whole)
    clipped = ((max(start, period.start), min(start + DAY, period.end)) for start in rest)
    yield events, _joined(Period(start, end) for start, end in clipped if start < end)


def days_that_differ(connection: Connection, period: Period) -> Iterator[datetime]:
    """Yield the days that are marked as summed, and whose sums are not those of their rows."""
    first = period.start - DAY if period.start > Period.always().start else period.start
    summed = select(days.c.dates).where(days.c.is_summed.is_(True), *within(days.c.dates, Period(first, period.end)))
    for day in connection.scalars(summed.order_by(days.c.dates)).all():
        of_rows = _grouped(connection, events, within(events.c.event_hour, Period(day, day + DAY)))
        if of_rows != _grouped(connection, daily_sums, [daily_sums.c.dates == day]):
            yield day


def _grouped(connection: Connection, table: Table, chosen: Iterable[ColumnElement[bool]]) -> Mapping[Any, Any]:
    keys = [table.c[name] for name in _KEYS]
    statement = select(*keys, *sums_of(table)).where(*chosen, not_all_zero(table)).group_by(*keys)
    return {tuple(row[: len(keys)]): tuple(row[len(keys) :]) for row in connection.execute(statement)}


def _waiting(now: datetime) -> Select[Any]:
    """Choose the days that were left alone; one that changed in the future was changed under a clock that was wrong."""
    quiet = or_(days.c.changed <= now - _QUIET, days.c.changed > now + _QUIET)
    return select(days.c.dates).where(days.c.is_summed.is_(False), quiet)


def _joined(pieces: Iterable[Period]) -> Sequence[Period]:
    """Join the pieces, ascending, that follow on each other."""
    joined: list[Period] = []
    for piece in pieces:
        if joined and joined[-1].end == piece.start:
            joined[-1] = Period(joined[-1].start, piece.end)
        else:
            joined.append(piece)
    return joined


def _day_of(time_of_day: datetime) -> datetime:
    return datetime.combine(time_of_day, time(), time_of_day.tzinfo)
