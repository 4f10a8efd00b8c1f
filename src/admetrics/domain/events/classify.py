"""Classification: from a raw record to an event, or to the reason why not.

The rules are those of docs/data-dictionary.md, section "Raw records". They are total: whatever JSON values a record
holds, the answer is an event or a rejection, never an exception.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Final

import attrs

from admetrics.domain.events.absent import BEGINNINGS_OF_NOBODY, is_absent, is_nobody
from admetrics.domain.events.click_flags import NO_FLAGS, ClickFlag, ClickFlagger
from admetrics.domain.events.custom_event import NO_CUSTOM_EVENT, custom_event_in, first_id, values_of
from admetrics.domain.events.event import REVISION, Event, JobSource, canonical, digits_of_fingerprint, id_of_content
from admetrics.domain.events.integers import LARGEST, NOT_AN_INTEGER, NotAnInteger, integer
from admetrics.domain.events.kind import COUNTED, NAMELESS, PAGE_VIEW, EventName, Kind, naming_of
from admetrics.domain.events.page_url import JOB_KEYS, PUBLISHER_KEYS, JobPath, ids_in_url
from admetrics.domain.events.record import COLUMNS, JSON, Record
from admetrics.domain.events.redaction import Redaction, redacted_record
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.domain.text import ASCII_SPACE, plain_uuid
from admetrics.domain.times import EPOCH, TICKS_PER_MICROSECOND, TimeLimits, rounded_span, ticks_of_uuid, time_of_ticks

_TEXTS: Final = ("create_time", "custom_track", "dl", "ed", "ts", "ua", "uid")
LARGEST_RECORD: Final = 32 * 2**10
"""The most bytes that a record may have as canonical text, so that many of them fit into any store."""

_INTEGERS: Final = ("bid", "campaign_id", "ev", "group_id", "job_id", "publisher_id")
_columns_that_matter: Final = itemgetter(*map(COLUMNS.index, _TEXTS + _INTEGERS))
_TEXT_OR_NULL: Final = frozenset({str, type(None)})

_NAME_KEYS: Final = frozenset({"customevent", "custom_event"})
_TIMESTAMP: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d+))?(Z|([+-])(\d{2})(?::?([0-5]\d))?)?", re.ASCII
).fullmatch


class _RejectedError(Exception):
    """Carries a rejection out of the depths of one classification; never leaves this module."""

    def __init__(self, reason: Reason, detail: str, *, ahead: timedelta | None = None) -> None:
        super().__init__(detail)
        self.rejection = Rejection(reason, detail, ahead)


def classify(
    record: Record,
    *,
    limits: TimeLimits,
    flagger: ClickFlagger = NO_FLAGS,
    redaction: Redaction = Redaction.OFF,
    job_paths: Sequence[JobPath] = (),
) -> Event | Rejection:
    """Turn a record into an event.

    Args:
        record: any record.
        limits: the times that an event may have.
        flagger: what is noted of clicks.
        redaction: what is cut out of the record when all else is known.
        job_paths: the paths of the site's jobs, where nothing else names one.

    Returns:
        The event, or a rejection that names the column at fault. Never raises.

    >>> limits = TimeLimits.at(datetime(2026, 3, 4, tzinfo=UTC))
    >>> event = classify(
    ...     Record.of({"create_time": "2aa10ec0-16d7-11f1-98f8-ff3f08b10e4b", "custom_track": "click", "job_id": 7}),
    ...     limits=limits,
    ... )
    >>> event.kind.value, event.job, event.time.hour
    ('click', 7, 8)
    >>> classify(Record.of({}), limits=limits).reason.value
    'no_create_time'
    """
    try:
        return _classify(record, limits, flagger, redaction, job_paths)
    except _RejectedError as rejected:
        return rejected.rejection


def _classify(
    record: Record, limits: TimeLimits, flagger: ClickFlagger, redaction: Redaction, paths: Sequence[JobPath]
) -> Event:
    values = _columns_that_matter(record.values)
    unreadable: Collection[str] = ()
    if record.canonical is None:
        values, unreadable = _typed(values)
    create_time, custom_track, dl, ed, ts, ua, uid, bid, campaign, ev, group, job, publisher = values
    own_id, ticks = _identity_and_time(create_time, ts, limits)

    naming = naming_of(custom_track) if custom_track else None
    job_id, publisher_id, job_source = _id(job), _id(publisher), JobSource.COLUMN
    has_both = job_id and publisher_id
    found: Mapping[str, JSON] | None = NO_CUSTOM_EVENT
    if ed is not None and not (naming and has_both):
        found = custom_event_in(ed)
    custom_event = found or NO_CUSTOM_EVENT
    if naming is None:
        naming = _naming_without_column(custom_event, ev)
    if unreadable:
        _refuse_what_matters(unreadable, naming)

    if not has_both:
        job_id, publisher_id, job_source = _ids_elsewhere(job_id, publisher_id, custom_event, dl, paths)
    text = record.canonical or _canonical(record)
    if len(text) > LARGEST_RECORD:
        raise _RejectedError(Reason.TOO_LARGE, f"the record has more than {LARGEST_RECORD} bytes as canonical JSON")
    kept = text if redaction is Redaction.OFF else redacted_record(record, text, redaction)
    visitor = visitor_of(uid)
    is_click = naming.kind is Kind.CLICK
    event = Event(  # by place, as names take as long to pass as all the rest of it
        time_of_ticks(ticks),
        naming.kind,
        job_id,
        publisher_id,
        _id(campaign) if campaign else 0,
        _id(group) if group else 0,
        _bid(bid) if is_click else None,
        flagger.marks(user_agent=ua, url=dl, uid=visitor) if is_click else ClickFlag.NONE,
        visitor,
        own_id or id_of_content(text),
        naming.name,
        job_source,
        REVISION,
        kept,
        None if kept is text else digits_of_fingerprint(text),
    )
    return event if found is not None else attrs.evolve(event, unreadable_ed=True)


def _typed(values: tuple[JSON, ...]) -> tuple[tuple[JSON, ...], Collection[str]]:
    """Check and convert the columns that matter; a record whose canonical text is known has the right types.

    Returns:
        The values, None where an integer cannot be read; and the columns of those.
    """
    create_time, custom_track, dl, ed, ts, ua, uid, *integers = values
    for column, value in (("create_time", create_time), ("custom_track", custom_track), ("dl", dl)):
        if type(value) not in _TEXT_OR_NULL:
            raise _RejectedError(Reason.WRONG_TYPE, f"{column} is neither a string nor null")
    numbers = dict(zip(_INTEGERS, map(_integer, integers), strict=True))
    unreadable = [column for column, number in numbers.items() if number is NOT_AN_INTEGER]
    numbers.update(dict.fromkeys(unreadable))
    return (create_time, custom_track, dl, ed, ts, ua, uid, *numbers.values()), unreadable


def _integer(value: JSON) -> int | NotAnInteger | None:
    number = integer(value)
    return None if number is NOT_AN_INTEGER and isinstance(value, str) and is_absent(value) else number


def _refuse_what_matters(unreadable: Collection[str], naming: EventName) -> None:
    for column in unreadable:
        if _matters(column, naming):
            raise _RejectedError(Reason.WRONG_TYPE, f"{column} is not an integer")


def _matters(column: str, naming: EventName) -> bool:
    """Return whether an event of this name needs an integer column: where it says nothing, it may hold anything."""
    if column == "bid":
        return naming.kind is Kind.CLICK
    return naming is NAMELESS if column == "ev" else naming.kind in COUNTED


def _identity_and_time(create_time: str | None, ts: JSON, limits: TimeLimits) -> tuple[str | None, int]:
    """Find the record's own id, if it has one, and its time in 100 ns ticks; the id stays as the record has it."""
    own_id = create_time
    ticks = ticks_of_uuid(create_time or "")
    if ticks is None:  # as good as never: trackers write it in lower case and with hyphens alone
        own_id, ticks = _identity_and_time_of_others(create_time or "", ts, limits.utc_offset)
    ticks -= limits.utc_offset
    if ticks not in limits:
        raise _out_of_range(ticks, limits)
    return own_id, ticks


def _out_of_range(ticks: int, limits: TimeLimits) -> _RejectedError:
    ahead = limits.ahead(ticks)
    if ticks > limits.latest:
        detail = f"the time is {rounded_span(ahead)} ahead of now, more than max_clock_skew allows"
        return _RejectedError(Reason.TIME_OUT_OF_RANGE, detail, ahead=ahead)
    detail = f"the time is {rounded_span(ahead)} behind now, more than earliest and max_age allow"
    return _RejectedError(Reason.TIME_OUT_OF_RANGE, detail)


def _identity_and_time_of_others(create_time: str, ts: JSON, utc_offset: int) -> tuple[str | None, int]:
    own_id = plain_uuid(create_time)
    ticks = ticks_of_uuid(own_id or "")
    if ticks is not None:
        return own_id, ticks
    if is_absent(create_time):
        raise _RejectedError(Reason.NO_CREATE_TIME, "create_time is missing or blank")
    ticks = _ticks_of_timestamp(ts, utc_offset)  # only now: ts is often damaged, so it is never preferred
    if ticks is None:
        detail = "create_time is no version-1 UUID and ts is no time like YYYY-MM-DD HH:MM:SS"
        raise _RejectedError(Reason.NO_TIME, detail)
    return None, ticks


def _ticks_of_timestamp(ts: JSON, utc_offset: int) -> int | None:
    """Read `YYYY-MM-DD HH:MM:SS`, of the source's clock unless it carries an offset.

    T for the space and a fraction may be there.
    """
    match = _TIMESTAMP(ts.strip(ASCII_SPACE)) if isinstance(ts, str) else None
    if match is None:
        return None
    day, time, fraction, zone, sign, offset_hours, offset_minutes = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=UTC)
    except ValueError:
        return None
    offset = timedelta(hours=int(offset_hours or 0), minutes=int(offset_minutes or 0))
    if offset >= timedelta(days=1):
        return None
    since_epoch = moment - EPOCH + (offset if sign == "-" else -offset)
    whole = since_epoch // timedelta(microseconds=1) * TICKS_PER_MICROSECOND
    return whole + int((fraction or "")[:7].ljust(7, "0")) + (utc_offset if zone else 0)


def _naming_without_column(custom_event: Mapping[str, JSON], ev: int | None) -> EventName:
    for name in values_of(custom_event, _NAME_KEYS):
        naming = naming_of(name) if isinstance(name, str) else None
        if naming is not None:
            return naming
    return PAGE_VIEW if ev == 1 else NAMELESS


def _ids_elsewhere(
    job: int, publisher: int, custom_event: Mapping[str, JSON], dl: str | None, paths: Sequence[JobPath]
) -> tuple[int, int, JobSource]:
    """Resolve what the columns of job and publisher leave open: more than half of real clicks have no job there."""
    source = JobSource.COLUMN
    if not job:
        job, source = first_id(custom_event, JOB_KEYS), JobSource.CUSTOM_EVENT
    publisher = publisher or first_id(custom_event, PUBLISHER_KEYS)
    if dl and not (job and publisher):
        source = source if job else JobSource.URL
        job, publisher = ids_in_url(dl, paths, job=job, publisher=publisher)
    return job, publisher, source if job else JobSource.NONE


def _id(number: int | None) -> int:
    return number if number is not None and 1 <= number <= LARGEST else 0


def _bid(number: int | None) -> int | None:
    if number is not None and not 0 <= number <= LARGEST:
        raise _RejectedError(Reason.BAD_BID, f"bid of a click is outside 0..{LARGEST}")
    return number


def visitor_of(value: JSON) -> str | None:
    """Return column `uid` as text, None if it says nothing; whatever cannot be stored as UTF-8 is replaced."""
    text = value if isinstance(value, str) else str(value)
    if (text is not value or text[:1] in BEGINNINGS_OF_NOBODY) and is_nobody(value):
        return None
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _canonical(record: Record) -> str:
    try:
        return canonical(record)
    except RecursionError:
        raise _RejectedError(Reason.WRONG_TYPE, "a value is nested too deeply") from None
