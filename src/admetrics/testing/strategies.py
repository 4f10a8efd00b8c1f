"""Hypothesis strategies for everything that crosses a port.

Times lie within a few hours by default (`FEW_HOURS`) and ids are small, so that cells, minutes and ids collide.
What is generated is what real logs hold: docs/data-dictionary.md, section "Raw records".
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Final
from urllib.parse import quote
from uuid import UUID

import attrs
from hypothesis import strategies as st

from admetrics.domain.dimensions import Campaign, Company, Dimensions, Group, Job, Publisher
from admetrics.domain.events.classify import classify
from admetrics.domain.events.click_flags import CLICK_FLAGS, ClickFlagger
from admetrics.domain.events.erasure import keyed
from admetrics.domain.events.event import Event, Protection, canonical, id_of_content
from admetrics.domain.events.integers import LARGEST
from admetrics.domain.events.kind import Kind
from admetrics.domain.events.record import COLUMNS, JSON, Record
from admetrics.domain.events.rejection import Rejection
from admetrics.domain.metrics.catalog import MEASURES
from admetrics.domain.metrics.entries import Aggregate
from admetrics.domain.metrics.measures import ZERO, Measures
from admetrics.domain.rollup.minutes import ALL_MINUTES, MinuteSet
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.times import EPOCH, HOUR, TICK_OF_EPOCH, Period, TimeLimits, ticks_of, ticks_of_uuid

FEW_HOURS: Final = Period(datetime(2026, 3, 1, 22, tzinfo=UTC), datetime(2026, 3, 2, 1, tzinfo=UTC))
"""Three hours around a midnight: where everything happens unless another period is given."""

LIMITS: Final = TimeLimits.at(datetime(2026, 4, 1, tzinfo=UTC))
"""Limits that accept every time of `FEW_HOURS`, and every good record."""

FLAGGER: Final = ClickFlagger(is_robot="robot".__eq__, internal_uids=["tester"])
"""Which clicks are marked: those of user agent `robot` and of visitor `tester`."""

UID_KEY: Final = b"a secret of the tests"
"""The key that some copies are under."""

Columns = dict[str, JSON]

_LARGEST_SPEND: Final = 2**40

HOSTILE: Final = (
    "", " ", "\t\r", "null", "\x00", "\ud800", "\u2028", "\u0085", "\U0001f600", "e\u0301", "\u202e",
    "'; DROP TABLE events; --", '"quoted"', "back\\slash", "%s {} $x", "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0", "1,2,3", "nan", "Infinity", "x" * 5000,
)  # fmt: skip
"""Texts that have broken programs before."""


def uuid_at(ticks: int, *, clock_sequence: int = 0, node: int = 0) -> str:
    """Write the version-1 UUID of a time (RFC 9562, section 5.1).

    Args:
        ticks: 100 ns intervals since the Unix epoch.
        clock_sequence: 14 bits that tell UUIDs of one time apart.
        node: 48 bits that do the same.

    Returns:
        36 characters in lower case.

    >>> uuid_at(0)
    '13814000-1dd2-11b2-8000-000000000000'
    """
    stamp = ticks + TICK_OF_EPOCH
    low, middle, high = stamp & 0xFFFFFFFF, stamp >> 32 & 0xFFFF, stamp >> 48 & 0x0FFF
    return str(UUID(int=low << 96 | middle << 80 | 1 << 76 | high << 64 | 0b10 << 62 | clock_sequence << 48 | node))


# Values
#
# Strategies that are asked for again and again are cached: making one takes longer than drawing from it.


@cache
def texts() -> st.SearchStrategy[str]:
    """Return a strategy for texts of all kinds, lone surrogates and hostile ones included."""
    return st.sampled_from(HOSTILE) | st.text(st.characters(), max_size=20)


@cache
def json_values() -> st.SearchStrategy[JSON]:
    """Return a strategy for any value that a JSON parser can return."""
    scalars = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.sampled_from([2**31 - 1, 2**31, -(2**31), 2**63, -(2**63) - 1, 10**400])
        | st.floats(allow_nan=False)
        | texts()
    )
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(), inner, max_size=3),
        max_leaves=6,
    )


@cache
def minute_sets() -> st.SearchStrategy[MinuteSet]:
    """Return a strategy for some minutes of an hour: often none, all, or one at an end."""
    ends = MinuteSet.of(0), MinuteSet.of(59), ALL_MINUTES - MinuteSet.of(0)
    edges = st.sampled_from([MinuteSet(), ALL_MINUTES, *ends])
    return edges | st.sets(st.integers(0, 59)).map(lambda minutes: MinuteSet.of(*minutes))


@cache
def times(within: Period = FEW_HOURS) -> st.SearchStrategy[datetime]:
    """Return a strategy for aware UTC times of a period, often on the edges of minutes and hours."""
    last = within.end - timedelta(microseconds=1)
    anywhere = st.datetimes(within.start.replace(tzinfo=None), last.replace(tzinfo=None), timezones=st.just(UTC))
    minutes = (within.end - within.start) // timedelta(minutes=1)
    on_edges = st.integers(0, minutes - 1).map(lambda minute: within.start + timedelta(minutes=minute))
    before_edges = on_edges.map(lambda time: time + timedelta(minutes=1, microseconds=-1))
    return anywhere | on_edges | before_edges


@cache
def hours(within: Period = FEW_HOURS) -> st.SearchStrategy[datetime]:
    """Return a strategy for the hours that begin in a period, which begins at a full hour itself."""
    return st.integers(0, (within.end - within.start - timedelta(microseconds=1)) // HOUR).map(
        lambda number: within.start + number * HOUR
    )


@cache
def job_ids() -> st.SearchStrategy[int]:
    """Return a strategy for usable ids: nearly always one of four."""
    return st.integers(1, 4) | st.sampled_from([1, 2, 3, LARGEST])


@cache
def optional_ids() -> st.SearchStrategy[int]:
    """Return a strategy for ids of publishers, campaigns and groups, 0 for none."""
    return st.integers(0, 2) | st.sampled_from([0, 1, LARGEST])


# Records


_UNUSABLE_NUMBERS: Final = (
    0, -1, -LARGEST, LARGEST + 1, 2**63, 10**30, 10**4000, math.inf, float(2**31), "0", "-7", "9" * 5000,
)  # fmt: skip
_NO_INTEGERS: Final[Sequence[JSON]] = (
    True, False, 1.5, "abc", "1e3", "1_000", "1,2,3", "0x10", "+1", "1.", "\u0661", "\uff11", "--1",
    [], [1], {}, {"id": 1},
)  # fmt: skip


@cache
def spellings(number: int) -> st.SearchStrategy[JSON]:
    """Return a strategy for the ways in which logs write an integer, plain ones most often."""
    others = [str(number), f" {number}\n", f"{number}.0", f"{number}.000", float(number)]
    if number >= 0:
        others.append(f"00{number}")
    return st.just(number) | st.sampled_from([number, *others])


@cache
def _numbers(usable: st.SearchStrategy[int]) -> st.SearchStrategy[JSON]:
    """Return a strategy for integer columns of records that are accepted."""
    return st.none() | usable.flatmap(spellings) | st.sampled_from(["", "  ", *_UNUSABLE_NUMBERS])


@cache
def _any_case(text: str) -> st.SearchStrategy[str]:
    return st.sampled_from([text, text, text.upper(), text.lower(), text.swapcase(), text.title()])


_NAMES: Final = ("click", "conversion", "qualified", "unqualified", "disqualified", "impression")
_PLAIN_NAMES: Final = ("click", "click", "conversion", "qualified", "disqualified", "impression", "alive", None)
_OTHER_NAMES: Final = (
    "alive", "redirect", "interview_scheduled", "superpixel", "page_view", "unknown", "unnamed",
    "clic\u212a", "click click", "<b>", "a" * 64, "a" * 65, "caf\u00e9", "\u0130", "0",
)  # fmt: skip


@cache
def track_names() -> st.SearchStrategy[str]:
    """Return a strategy for names of kinds as they are written: any case, padded, known or not."""
    known = st.sampled_from(_NAMES)
    written = known.flatmap(_any_case) | known.map(lambda name: f" {name}\t")
    return known | written | st.sampled_from(_OTHER_NAMES)


@cache
def _custom_tracks() -> st.SearchStrategy[JSON]:
    return track_names() | st.sampled_from([None, None, "", "  "]) | texts()


@st.composite
def custom_events(draw: st.DrawFn) -> JSON:
    """Draw a value of column `ed`: absent, an object, its JSON as a string, or broken JSON (which counts as absent)."""
    if draw(st.booleans()):
        return draw(
            st.sampled_from([None, None, "", "{", '{"jobId": 1,}', '{"jobId": NaN}', "[1]", "7", "null", "\x00"])
        )
    user = st.sampled_from(["u1", 7, {"email": "someone@example.com", "jobId": 3}])
    drawn = {
        "customEvent": draw(track_names() | st.sampled_from([None, "", 7, ["click"]])),
        "jobId": draw(_numbers(job_ids()) | st.sampled_from(_NO_INTEGERS)),
        "publisherId": draw(_numbers(optional_ids()) | st.sampled_from(_NO_INTEGERS)),
        "userId": draw(user),
        "detail": draw(st.sampled_from([None, {"jobId": 4}, [{"customEvent": "click"}]]) | texts()),
    }
    kept = draw(st.lists(st.sampled_from(sorted(drawn)), unique=True))
    value = {draw(_any_case(key)): drawn[key] for key in kept}
    return value if draw(st.booleans()) else json.dumps(value, ensure_ascii=draw(st.booleans()))


@st.composite
def urls(draw: st.DrawFn) -> str | None:
    """Draw a value of column `dl`: null, or the URL of a page, with or without the job among its parameters."""
    if draw(st.booleans()):
        return draw(
            st.sampled_from([None, "", "https://careers.example.com/job", "not a url", "?", "a?b#c?d"]) | texts()
        )
    job = draw(job_ids())
    value = draw(st.sampled_from([str(job), "0", "", "abc", f"%3{job % 10}", f"{job}%20", "1%2C2", str(2**31)]))
    other = quote(f"https://other.example.com/?jobId={job}", safe=draw(st.sampled_from(["", "/:?="])))
    parameters = [
        f"{draw(st.sampled_from(['jobId', 'job_id', 'jobid', 'JOBID', 'Job_Id', 'job%49d', 'xjobid']))}={value}",
        "token=0123456789abcdef",
        f"next={other}",
        "jobId",
    ]
    chosen = draw(st.lists(st.sampled_from(parameters), max_size=4))
    return f"https://careers.example.com/job?{'&'.join(chosen)}{draw(st.sampled_from(['', '#top', '#?jobId=9']))}"


_DAMAGED_TIMES: Final[Sequence[JSON]] = (
    None, "", "12:34.5", "1/14/2026 21:55", "2026-03-01", "2026-02-30 10:00:00", "2026-03-01 24:00:00",
    "2026-03-01 10:00:60", "2026-03-01 10:00:00 UTC", "2026-03-01 10:00:00+25:00", 1772359200, 1.5, True, [], {},
    "\u0662026-03-01 10:00:00", "2026-03-01 10:00", "2026-03-01  10:00:00",
)  # fmt: skip


@st.composite
def timestamps(draw: st.DrawFn, within: Period = FEW_HOURS) -> str:
    """Draw a usable value of column `ts`, in any of its spellings."""
    time = draw(times(within))
    offset = draw(st.sampled_from([None, "Z", "+07:00", "-0330", "+00"]))
    if offset not in {None, "Z"}:
        zone = datetime.fromisoformat(f"2026-01-01T00:00:00{offset}").tzinfo
        time = time.astimezone(zone)
    fraction = draw(st.sampled_from(["", f".{time.microsecond:06}", f".{time.microsecond // 100_000}", ".1234567890"]))
    pad = draw(st.sampled_from(["", " "]))
    return f"{pad}{time:%Y-%m-%d}{draw(st.sampled_from(' T'))}{time:%H:%M:%S}{fraction}{offset or ''}{pad}"


@st.composite
def _moments(draw: st.DrawFn, within: Period) -> Columns:
    """Draw create_time and ts of a good record."""
    ts = draw(timestamps(within) | st.sampled_from(_DAMAGED_TIMES))
    if draw(st.integers(0, 9)) == 0:  # not a version-1 UUID: the time comes from ts
        other = draw(st.sampled_from(["evt-1", "evt-2", "a8098c1a-f86e-41da-bd1a-00112444be1e", "\ud800", "'; --"]))
        return {"create_time": other, "ts": draw(timestamps(within))}
    own_id = draw(_ids(within))
    written = draw(st.sampled_from([own_id, own_id, own_id.upper(), f" {own_id}\n"]))
    return {"create_time": written, "ts": ts}


@cache
def _ids(within: Period) -> st.SearchStrategy[str]:
    return st.builds(
        lambda time, rest, sequence, node: uuid_at(ticks_of(time) + rest, clock_sequence=sequence, node=node),
        times(within),
        st.sampled_from([0, 9]),
        st.integers(0, 2**14 - 1),
        st.integers(0, 2) | st.integers(0, 2**48 - 1),
    )


@st.composite
def _good_columns(draw: st.DrawFn, within: Period, moments: st.SearchStrategy[Columns] | None = None) -> Columns:
    columns = {
        **draw(_moments(within) if moments is None else moments),
        "custom_track": draw(_custom_tracks()),
        "ed": draw(custom_events()),
        "dl": draw(urls()),
        "bid": draw(st.none() | st.integers(0, 9).flatmap(spellings) | st.sampled_from([LARGEST, "", "0"])),
        "ev": draw(st.sampled_from([None, 1, 1, 2, "1", 1.0, "", -5, 10**30])),
        "job_id": draw(_numbers(job_ids())),
        "publisher_id": draw(_numbers(optional_ids())),
        "campaign_id": draw(_numbers(optional_ids())),
        "group_id": draw(_numbers(optional_ids())),
        "uid": draw(st.none() | texts() | st.integers() | st.sampled_from(["u1", "u2"])),
    }
    return {**columns, **draw(_columns_of_no_account())}


@cache
def _columns_of_no_account() -> st.SearchStrategy[Columns]:
    names = sorted(set(COLUMNS) - {"create_time", "ts", "custom_track", "ed", "dl", "uid", *_INTEGERS_THAT_MATTER})
    return st.dictionaries(st.sampled_from(names), json_values(), max_size=2)


_INTEGERS_THAT_MATTER: Final = ("bid", "campaign_id", "ev", "group_id", "job_id", "publisher_id")
_TEXTS_THAT_MATTER: Final = ("create_time", "custom_track", "dl", "ed")


@st.composite
def _bad_columns(draw: st.DrawFn, within: Period) -> Columns:
    """Draw a good record and put one fault into it."""
    columns = draw(_good_columns(within))
    fault = draw(st.sampled_from(_FAULTS))
    return {**columns, **draw(fault)}


def _each(names: Sequence[str], values: Sequence[JSON]) -> st.SearchStrategy[Columns]:
    return st.builds(lambda name, value: {name: value}, st.sampled_from(names), st.sampled_from(values))


_FAULTS: Final[Sequence[st.SearchStrategy[Columns]]] = (
    _each(_INTEGERS_THAT_MATTER, _NO_INTEGERS),
    _each(_TEXTS_THAT_MATTER, (7, 1.5, True, ["click"])),
    _each(("create_time",), (None, "", " \t")),
    st.sampled_from(_DAMAGED_TIMES).map(lambda ts: {"create_time": "evt-1", "ts": ts}),
    st.sampled_from([datetime(1999, 12, 31, 23, 59, 59, 999999, UTC), datetime(2099, 1, 1, tzinfo=UTC)]).map(
        lambda time: {"create_time": uuid_at(ticks_of(time))}
    ),
    st.sampled_from([-1, "-1", 2**31, 10**30, "9" * 30]).map(lambda bid: {"custom_track": "click", "bid": bid}),
)


def _wild_columns() -> st.SearchStrategy[Columns]:
    return st.dictionaries(st.sampled_from(COLUMNS), json_values(), max_size=8)


def good_records(within: Period = FEW_HOURS) -> st.SearchStrategy[Record]:
    """Return a strategy for records that become events (under `LIMITS`), in every spelling that is accepted.

    Args:
        within: the times of the events.
    """
    return _good_columns(within).map(Record.of)


def bad_records(within: Period = FEW_HOURS) -> st.SearchStrategy[Record]:
    """Return a strategy for records with one fault each, which become dead letters (under `LIMITS`)."""
    return _bad_columns(within).map(Record.of)


def records(within: Period = FEW_HOURS) -> st.SearchStrategy[Record]:
    """Return a strategy for records good and bad, and wild ones: any JSON value in any column."""
    return good_records(within) | bad_records(within) | _wild_columns().map(Record.of)


@st.composite
def encodings(draw: st.DrawFn, record: Record) -> bytes:
    """Draw a line of JSON that means a record: any order of keys, spacing, escapes, nulls and unknown keys."""
    fields = [(name, value) for name, value in zip(COLUMNS, record.values, strict=True)]
    kept = [(name, value) for name, value in fields if value is not None or draw(st.booleans())]
    unknown: list[tuple[str, JSON]] = draw(st.sampled_from([[], [("colour", "red")], [("Job_Id", 9), ("", None)]]))
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", " :\r")]))
    encode = json.JSONEncoder(separators=separators, ensure_ascii=True).encode
    return strict(encode(dict(draw(st.permutations(kept + unknown))))).encode("ascii")


def strict(text: str) -> str:
    """Write the infinities in a JSON text as strict JSON can: as numbers beyond the range of doubles.

    >>> strict('{"Infinity": -Infinity}')
    '{"Infinity": -1e999}'
    """
    return _TEXT_OR_INFINITY.sub(lambda found: "1e999" if found[0] == "Infinity" else found[0], text)


_TEXT_OR_INFINITY: Final = re.compile(r'"(?:[^"\\]|\\.)*"?|Infinity')


def lines(within: Period = FEW_HOURS) -> st.SearchStrategy[bytes]:
    """Return a strategy for raw lines without line feed: records, broken JSON, other JSON, blanks, any bytes."""
    encoded = records(within).flatmap(encodings)
    torn = st.builds(lambda line, end: line[:end], encoded, st.integers(0, 60))
    other_json = json_values().map(lambda value: strict(json.dumps(value)).encode("ascii"))
    odd = st.sampled_from([b"", b" \t\r", b"{}", b"{} {}", b'{"bid": NaN}', b"\xff", b"\xef\xbb\xbf{}", b"[" * 100_000])
    anything = st.binary(max_size=40).map(lambda data: data.replace(b"\n", b""))
    return encoded | torn | other_json | odd | anything


# Events


def events(within: Period = FEW_HOURS, *, revisions: int = 2) -> st.SearchStrategy[Event]:
    """Return a strategy for events as classification makes them: id, time and record agree.

    Most are plain, so that cells and minutes collide and examples stay cheap; the others come from `good_records`.

    Args:
        within: the times of the events.
        revisions: how many revisions of the rules may have classified them; 1 for the present one only.
    """
    plain = _plain_records(within)
    return st.builds(_event, st.one_of(plain, plain, good_records(within)), st.integers(1, revisions))


def _plain_records(within: Period) -> st.SearchStrategy[Record]:
    """Return a strategy for records without surprises."""
    columns = st.fixed_dictionaries(
        {
            "create_time": _ids(within),
            "custom_track": st.sampled_from(_PLAIN_NAMES),
            "ev": st.sampled_from([None, 1]),
            "job_id": st.sampled_from([1, 1, 2, 3, LARGEST, None]),
            "publisher_id": st.sampled_from([None, 1, LARGEST]),
            "campaign_id": st.sampled_from([None, 1]),
            "group_id": st.sampled_from([None, 1]),
            "bid": st.sampled_from([None, 0, 1, 7, LARGEST]),
            "uid": st.sampled_from([None, "u1", "u2", "tester"]),
            "ua": st.sampled_from([None, "browser", "robot"]),
        }
    )
    return columns.map(Record.of)


def _event(record: Record, revision: int) -> Event:
    event = classify(record, limits=LIMITS, flagger=FLAGGER)
    if isinstance(event, Rejection):
        raise AssertionError(f"the strategy for good records made one that is rejected: {event.detail}")  # noqa: TRY004
    return _reclassified(event, revision)


def _reclassified(event: Event, revision: int) -> Event:
    """Pretend that later rules found another publisher: a function of record and revision only, as rules are."""
    if revision == 1:
        return attrs.evolve(event, revision=1)
    return attrs.evolve(event, revision=revision, publisher=event.publisher % 1000 + revision)


def copies(event: Event, *, revisions: int = 2) -> st.SearchStrategy[Event]:
    """Return a strategy for copies of an event that contradict it: same id and time, something else differs.

    A copy has another record (so another fingerprint, and perhaps another kind, job or bid), was classified by
    another revision of the rules, marked by another configuration, its visitor is protected in another way, or it is
    under a key. An event whose id is made from its record has no copies of the first sort.

    Args:
        event: from `events`, or made by classification.
        revisions: how many revisions of the rules may have classified the copy; 1 for what records alone make of it.
    """
    record = record_of(event)
    again = st.integers(1, revisions).map(lambda revision: _event(record, revision))
    if event.kind is Kind.CLICK:
        again |= st.sampled_from(CLICK_FLAGS).map(lambda marks: attrs.evolve(event, marks=marks))
    if UUID(event.id).version == 1:
        kept = {"create_time": record["create_time"], "ts": record["ts"]}
        others = _good_columns(FEW_HOURS, st.just(kept)).map(Record.of)
        again |= st.builds(_event, others, st.integers(1, revisions))
    if revisions == 1:
        return again
    some = again | st.builds(protected, again, st.sampled_from(Protection))
    return some | some.map(lambda copy: keyed(copy, key=UID_KEY)) if UUID(event.id).version == 1 else some


def protected(event: Event, protection: Protection) -> Event:
    """Return an event as if its visitor were protected: a function of both only, as the true one is.

    What stands for the rest of the record is the record itself with some space behind it, so that it can be moved.
    """
    if protection is Protection.OPEN:
        return event
    return attrs.evolve(
        event,
        uid=event.uid and f"{protection.name} {event.uid}",
        record=event.record + " " * protection,
        original=event.fingerprint.hex,
        protection=protection,
    )


def record_of(event: Event) -> Record:
    """Return the record that an event was made from."""
    return Record(tuple(json.loads(event.record)))


@st.composite
def batches(
    draw: st.DrawFn, within: Period = FEW_HOURS, *, max_events: int = 8, revisions: int = 2
) -> list[list[Event]]:
    """Draw ingest batches: some events with repeats and conflicting copies, shuffled and split.

    Args:
        draw: given by Hypothesis.
        within: the times of the events.
        max_events: how many different ids at the most.
        revisions: how many revisions of the rules may have classified them.
    """
    originals = draw(st.lists(events(within, revisions=revisions), max_size=max_events))
    repeated = draw(st.lists(st.sampled_from(originals), max_size=4)) if originals else []
    disputed = draw(st.lists(st.sampled_from(originals), max_size=4)) if originals else []
    conflicting = [draw(copies(event, revisions=revisions)) for event in disputed]
    return draw(splits(draw(st.permutations(originals + repeated + conflicting))))


@st.composite
def splits(draw: st.DrawFn, items: Sequence[Event]) -> list[list[Event]]:
    """Draw a way to cut a sequence into batches; empty ones are possible."""
    cuts = sorted(draw(st.lists(st.integers(0, len(items)), max_size=4)))
    return [list(items[start:end]) for start, end in zip([0, *cuts], [*cuts, len(items)], strict=True)]


# Rows and dimensions


def cells(within: Period = FEW_HOURS) -> st.SearchStrategy[Cell]:
    """Return a strategy for cells of a period that begins at a full hour."""
    return st.builds(Cell, hours(within), job_ids(), optional_ids(), optional_ids(), optional_ids())


@cache
def measures() -> st.SearchStrategy[Measures]:
    """Return a strategy for measures: small counts, some all zero, some spends beyond 32 bits."""
    counts = st.integers(0, 3)
    spends = st.integers(0, 9) | st.integers(0, _LARGEST_SPEND)
    drawn = [spends if measure.quantity is Aggregate.BID else counts for measure in MEASURES]
    return st.builds(Measures, *drawn) | st.just(ZERO)


@cache
def companies() -> st.SearchStrategy[int | None]:
    """Return a strategy for the company of a job, None if it has none."""
    return st.none() | st.integers(1, 3) | st.just(LARGEST)


@st.composite
def rows(draw: st.DrawFn, within: Period = FEW_HOURS, *, max_version: int = 20) -> Row:
    """Draw a row as a roll-up publishes it; one of a vanished cell has no company.

    Args:
        draw: given by Hypothesis.
        within: the period of its hour.
        max_version: its version is 1 to this.
    """
    figures = draw(measures())
    company = draw(companies()) if figures else None
    return Row(draw(cells(within)), figures, company, draw(st.integers(1, max_version)), "Memory")


_amounts: Final = st.none() | st.integers(0, 10**8).map(lambda cents: Decimal(cents).scaleb(-2))
_labels: Final = (
    st.none()
    | st.sampled_from(["Nguy\u1ec5n & S\u00f8n", "a, b", 'say "x"', " ", "\U0001f600"])
    | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
)
_dates: Final = st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31))
_codes: Final = st.none() | st.sampled_from(["EUR", "USD", "VND", "eur"])
_zones: Final = st.none() | st.sampled_from(["UTC", "Asia/Ho_Chi_Minh"])

_TABLES: Final[Mapping[str, st.SearchStrategy[object]]] = {
    "jobs": st.builds(Job, job_ids(), companies(), companies(), companies(), _labels, _amounts),
    "campaigns": st.builds(Campaign, job_ids(), companies(), _labels, _amounts, _codes, _dates, _dates),
    "groups": st.builds(Group, job_ids(), companies(), _labels, _amounts),
    "companies": st.builds(Company, job_ids(), _labels),
    "publishers": st.builds(Publisher, job_ids(), _labels, _codes, _zones, _amounts, _amounts, _amounts),
}


def dimensions() -> st.SearchStrategy[Dimensions]:
    """Return a strategy for imports of dimensions: few ids, some of them twice, in any order."""
    return st.builds(Dimensions, **{name: st.lists(row, max_size=4).map(tuple) for name, row in _TABLES.items()})


@st.composite
def visits(draw: st.DrawFn, border: datetime = FEW_HOURS.start + HOUR) -> list[list[Event]]:
    """Draw clicks of few visitors on few jobs around a border of hours, so near that many are repeats; in batches.

    Args:
        draw: given by Hypothesis.
        border: the border.
    """
    seconds = st.sampled_from([-61, -60, -31, -30, -29.999999, -10, -1e-6, 0, 1e-6, 5, 20, 29.999999, 30, 45, 60, 90])
    clicks = st.builds(
        lambda after, number, **columns: click_at(border + timedelta(seconds=after), number=number, **columns),
        seconds,
        st.integers(0, 2),
        job=st.sampled_from([0, 1, 1, 2]),
        bid=st.sampled_from([None, 0, 5]),
        uid=st.sampled_from([None, "u1", "u1", "u2", "tester"]),
        user_agent=st.sampled_from([None, None, "robot"]),
    )
    return draw(st.lists(clicks, max_size=12).flatmap(splits))


def click_at(
    time: datetime,
    *,
    number: int,
    job: int = 1,
    bid: int | None = None,
    uid: str | None = None,
    user_agent: str | None = None,
) -> Event:
    """Make a click by hand.

    Args:
        time: when, aware UTC.
        number: tells clicks of one time apart.
        job: its job, 0 for none.
        bid: what it costs.
        uid: the visitor, None if unknown.
        user_agent: of the visitor's browser; `robot` is one.
    """
    own_id = uuid_at(ticks_of(time), node=number)
    columns = {"create_time": own_id, "custom_track": "click", "job_id": job, "bid": bid, "uid": uid, "ua": user_agent}
    return _event(Record.of(columns), revision=1)


def moved(event: Event, by: timedelta) -> Event:
    """Return the event that would have happened at another time, all else being equal.

    Its id, its time and its record agree again. Suites move what was drawn to a day that no other example uses.

    Args:
        event: from `events`, or made by classification.
        by: how much later.
    """
    columns = dict(zip(COLUMNS, record_of(event).values, strict=True))
    own_id, time = UUID(event.id), event.time + by
    if own_id.version != 1:
        text = canonical(Record.of({**columns, "ts": f"{time:%Y-%m-%d %H:%M:%S.%f}"}))
        new_id = id_of_content(text)
    else:
        ticks = (ticks_of_uuid(event.id) or 0) + ticks_of(EPOCH + by)
        new_id = uuid_at(ticks, clock_sequence=own_id.clock_seq, node=own_id.node)
        text = canonical(Record.of({**columns, "create_time": new_id}))
    there = attrs.evolve(event, id=new_id, time=time, record=text, original=None, keyed=False)
    if event.keyed:
        there = keyed(there, key=UID_KEY)
    original = there.fingerprint_digits if event.protection else there.original
    return attrs.evolve(there, record=text + " " * event.protection, original=original)


def arrangements(events: Sequence[Event]) -> st.SearchStrategy[list[list[Event]]]:
    """Return a strategy for ways to order events and cut them into batches."""
    return st.permutations(events).flatmap(splits)
