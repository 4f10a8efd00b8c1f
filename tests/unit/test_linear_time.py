"""Text from outside takes time in proportion to its length, whatever it holds: nobody can stop the product with it.

What is measured is the processor's time of this thread, of an input and of one that is 16 times as long. Twice the
time and a half is left for caches and a busy machine; quadratic time would be 16 times as much.
"""

import gc
import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from time import thread_time
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import pytest
import zstandard
from starlette.datastructures import QueryParams

from admetrics.adapters import crawlers as robots
from admetrics.adapters import msgspec as decoder
from admetrics.adapters.files.blocks import decompressor
from admetrics.adapters.files.csv_records import CsvRecords
from admetrics.adapters.files.lines import LineSplitter
from admetrics.configuration import duration, masked
from admetrics.domain.errors import ConfigurationError, InputError
from admetrics.domain.events import record
from admetrics.domain.events.absent import is_nobody
from admetrics.domain.events.classify import classify
from admetrics.domain.events.click_flags import ClickFlagger
from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.erasure import visitors_in
from admetrics.domain.events.integers import usable_id
from admetrics.domain.events.kind import naming_of
from admetrics.domain.events.page_url import JobPath
from admetrics.domain.events.record import Record
from admetrics.domain.events.redaction import Redaction, redacted
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.domain.reporting.formatting import printable
from admetrics.domain.reporting.query import ReportQuery
from admetrics.domain.rollup.message import decode_row
from admetrics.domain.text import plain_uuid
from admetrics.domain.times import TimeLimits, ticks_of_uuid
from tests import samples

T = TypeVar("T")

TIMES_AS_LONG: Final = 16
MOST_GROWTH: Final = 4 * TIMES_AS_LONG  # linear is 16, quadratic 256: as far from both
SHORTEST: Final = 1 << 10
LONGEST: Final = 1 << 15
LONG_ENOUGH: Final = 0.0002
ATTEMPTS: Final = 6

ID: Final = "2aa10ec0-16d7-11f1-98f8-ff3f08b10e4b"
LIMITS: Final = TimeLimits.at(samples.NOW)
FLAGGER: Final = ClickFlagger(
    is_robot=robots.is_robot, internal_hosts=[".intern.example", "tests.example"], internal_uids=["tester"]
)


def growth(read: Callable[[T], object], make: Callable[[int], T]) -> float:
    """Return how many times as long an input takes that is 16 times as long, at the best of several attempts."""
    size = SHORTEST
    short_input = make(size)
    while (short := _seconds(read, short_input)) < LONG_ENOUGH and size < LONGEST:
        size *= 2
        short_input = make(size)
    long_input = make(TIMES_AS_LONG * size)
    found = float("inf")
    for _ in range(ATTEMPTS):
        found = min(found, _seconds(read, long_input) / max(short, LONG_ENOUGH / 4))
        if found <= MOST_GROWTH:
            break
        short = max(short, _seconds(read, short_input))
    return found


def _seconds(read: Callable[[T], object], given: T) -> float:
    before = thread_time()
    read(given)
    return thread_time() - before


@pytest.fixture(autouse=True)
def _no_collections() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def of_size(shape: tuple[str, str, str], size: int) -> str:
    """Repeat the middle of a shape."""
    before, again, after = shape
    return before + again * (size // len(again)) + after


def bytes_of_size(shape: tuple[str, str, str], size: int) -> bytes:
    return of_size(shape, size).encode()


AGAIN: Final = [
    "0", "9", "-", ".", "0.", "eyJ", "eyJa.", "%", "%25", "25", "%2", "%40", "%2540", "%3D", "%253D", "%26", "%22",
    "%3F", "@", "a@", "@a.b", "a@b.", "/", "//", "//a@", "?", "&", "=", "#", ";", ":", '"', '":', "'", "\\", '\\"', "[",
    "{", "{}", '{"a":', ",", " ", "\t", "+", "_", "*", "***", "a", "A", "Aa", "aA", "é", "\u0300\u0316", "\U0001f600",
    "a=", "a=1&", "token", "token=", "token=1&", "?token=", '"token":', "%22token%22%3A", "sid:", "Bearer ", "Bearer+",
    "Bearer%20", "jobId=", "jobId=0&", "&jobid", "http://", "https://a.", "x.y", "Mozilla/5.0 ", "bot", "Spider",
    "2026-", "T", "1e",
]  # fmt: skip
AROUND: Final = [
    ("", ""), ("https://jobs.example/?", "!"), ("https://", "@a.b"), ("?jobId=", "x"), ("?token", "="), ("-", ".0"),
    ("//a%40", "?token=a%20"), ('?a={"', '"}&@%'),
]  # fmt: skip
URL_SHAPES: Final = [(before, again, after) for again in AGAIN for before, after in AROUND]
QUERY_SHAPES: Final = [("?jobId=", again, after) for again in AGAIN for after in ("x", "&token=")]
TEXT_SHAPES: Final = [("", again, after) for again in AGAIN for after in ("", "!")]


def _marks(url: str) -> object:
    return FLAGGER.marks(user_agent=None, url=url, uid=url)


def _is_robot(user_agent: str) -> object:
    robots._is_listed.cache_clear()
    return robots.is_robot(user_agent)


JOB_PATHS: Final = [
    JobPath.parse(each) for each in ("/*/{publisher_id}/*-{job_id}", "/{job_id}-*/*/*", "/*a{job_id}/*-{publisher_id}a")
]


def _job_of(url: str) -> object:
    return classify(Record.of({"create_time": ID, "dl": url}), limits=LIMITS, job_paths=JOB_PATHS)


def _time_of(text: str) -> object:
    return classify(Record.of({"create_time": text, "ts": text}), limits=LIMITS)


def _job_in(custom_event: str) -> object:
    return classify(Record.of({"create_time": ID, "ed": custom_event}), limits=LIMITS)


def _question(query: str) -> object:
    try:
        return ReportQuery.read(QueryParams(query).multi_items(), zone=ZoneInfo("UTC"))
    except ConfigurationError as error:
        return error


def _duration(text: str) -> object:
    try:
        return duration(text)
    except ConfigurationError as error:
        return error


PATH_SHAPES: Final = [
    (f"{route}/{before}", again, after)
    for route in ("https://a.example", "https://a.example/#", "?&#")
    for before in ("", "a/", "a/1/", "a1a1/")
    for again in ("1", "-", "-1", "a1", "a", "1-", "/", "1-a", "&#", "&#0", "&amp;", "a-1/", "!/")
    for after in ("", "/a", "-x")
]

ED_SHAPES: Final = [
    (before, again, after)
    for before in ("{", "{'", "{'a': \"", '"{')
    for again in ("'", "\\'", "\\", "u'", "'a': ", "True ", "\\x41", "\\U0001f600", "{'a': ", '\\"', "''", "(")
    for after in ("", "}", "'}", '"')
]

TEXTS: Final[Sequence[tuple[str, Callable[[str], object], Sequence[tuple[str, str, str]]]]] = [
    ("redacted", redacted, URL_SHAPES),
    ("redacted all", lambda url: redacted(url, Redaction.ALL), URL_SHAPES),
    ("marks", _marks, URL_SHAPES),
    ("masked", masked, QUERY_SHAPES),
    ("job in URL", _job_of, [*QUERY_SHAPES, *URL_SHAPES, *PATH_SHAPES]),
    ("id", usable_id, [*TEXT_SHAPES, ("-", "0", "."), ("", "0", ".0x"), ("1.", "0", "1")]),
    ("robot", _is_robot, TEXT_SHAPES),
    ("name", naming_of, TEXT_SHAPES),
    ("time", _time_of, [*TEXT_SHAPES, ("2026-03-01 10:00:00.", "0", "x"), ("2026-03-01 10:00:00", " ", "x")]),
    ("UUID", ticks_of_uuid, TEXT_SHAPES),
    ("spelling of a UUID", plain_uuid, [*TEXT_SHAPES, ("urn:uuid:", "urn:uuid:", ""), ("{", "{", "}")]),
    ("nobody", is_nobody, [*TEXT_SHAPES, ("{", " ", "}"), (" ", " ", "null")]),
    ("job in ed", _job_in, [*TEXT_SHAPES, ("{", '"jobId":"x",', '"a":1}'), ('{"jobId":"', "0", 'x"}'), *ED_SHAPES]),
    ("question", _question, QUERY_SHAPES),
    ("duration", _duration, TEXT_SHAPES),
    ("printable", printable, TEXT_SHAPES),
]


@pytest.mark.parametrize("name,read,shapes", TEXTS, ids=[name for name, _, _ in TEXTS])
def test_any_text_is_read_in_linear_time(name, read, shapes):
    slow = {}
    for shape in shapes:
        times = growth(read, partial(of_size, shape))
        if times > MOST_GROWTH:
            slow[shape] = times
    assert not slow


def _line(data: bytes) -> object:
    """Read a line as ingest does, by both decoders; of a dead letter, find the visitors as `erase` does."""
    for decode in (decoder.decode, record.decode):
        decoded = decode(data)
        if isinstance(decoded, Record):
            classify(decoded, limits=LIMITS, flagger=FLAGGER, redaction=Redaction.TOKENS)
    letter = DeadLetter("a", 1, data, Rejection(Reason.NOT_JSON, ""), samples.NOW)
    return visitors_in(letter, record.decode)


def _csv(data: bytes) -> object:
    """Read a file in small blocks, as if it were followed while it is written; and as a whole."""
    read = []
    for size in (512, len(data)):
        splitter, records = LineSplitter(), CsvRecords("a")
        for start in range(0, len(data), size):
            records.feed(splitter.feed(data[start : start + size]))
        read = [records.feed(splitter.finish()), records.finish()]
    return read


def _csv_header(data: bytes) -> object:
    try:
        return _csv(data)
    except InputError as error:
        return error


def _lines_of(data: bytes) -> object:
    splitter = LineSplitter(longest=1 << 14)
    return [splitter.feed(data[start : start + 64]) for start in range(0, len(data), 64)]


def _decompressed(data: bytes, suffix: str) -> object:
    try:
        return list(decompressor(f"a.{suffix}").feed(data))
    except InputError as error:
        return error


COLUMNS_OF_TEXT: Final = ("dl", "ed", "uid")
CLICK: Final = f'{{"create_time":"{ID}","custom_track":"click"'
URL: Final = "https://jobs.example/?token=1"
LINE_SHAPES: Final = [
    *((f'{CLICK},"{column}":"', json.dumps(again)[1:-1], '"}') for column in COLUMNS_OF_TEXT for again in AGAIN),
    *((f'{CLICK},"{column}":', "9", "}") for column in ("job_id", "bid", "uid", "tz", "colour")),
    *((f'{CLICK},"job_id":"{before}', "0", f'{after}"}}') for before in ("", "-", "1.") for after in ("", "1", "x")),
    *((f'{CLICK},"ed":{{', f'"{key}":"x",', '"a":1}}') for key in ("jobId", "publisherId", "customEvent", "a")),
    *((f'{CLICK},"dl":"{URL}","{column}":[', f'"{URL}",', "1]}") for column in ("dt", "uid", "ua")),
    (f'{CLICK},"dl":"{URL}","rl":"{URL}","ed":{{"a":[', f'"{URL}",', "1]}}"),
    (f'{CLICK},"ed":{{"a":[', "9" * 5000 + ",", "1]}}"),
    (f'{CLICK},"uid":[', "9" * 5000 + ",", "1]}"),
    (CLICK, ',"dl":"https://jobs.example/?jobId=x"', "}"),
    (CLICK, ',"job_id":"00x"', "}"),
    (CLICK, ',"ed":"{\\"jobId\\":0}"', "}"),
    *((before, again, after) for before in ("", '{"a":', '{"uid":"') for again in AGAIN for after in ("", "}")),
    *(("", opening, "") for opening in ("[", '{"a":', '[{"a":')),
]  # fmt: skip
MESSAGE: Final = '{"schema":2,"hour":"2026-03-01T10:00:00Z","job":1'
BYTES: Final[Sequence[tuple[str, Callable[[bytes], object], Sequence[tuple[str, str, str]]]]] = [
    ("line", _line, LINE_SHAPES),
    (
        "message",
        decode_row,
        [
            *TEXT_SHAPES,
            (f'{MESSAGE},"version":', "9", "}"),
            (f'{MESSAGE},"source":"', "a", '"}'),
            ('{"schema":2,"hour":"', "0", '"}'),
            (MESSAGE, ',"job":1', "}"),
            (f'{MESSAGE},"measures":{{', '"a":1,', "}}"),
        ],
    ),
    (
        "CSV",
        _csv,
        [
            ("create_time,ua\n", again, after)
            for again in [
                *AGAIN, 'a","b\n', '"a\n', '","\n', '"a"b\n', '""\n', '"\n', 'x""\n', '"a,b"\n', "a\n", ",\n", "\n",
                '"\n"', '"a\n\n\n\n', f'"{"a" * 100}\n', f'a","{"b" * 100}\n', "a\r", '"\r', '"a\r"\n', '"""\n',
            ]
            for after in ("", '"', '"x\n')
        ],
    ),
    ("CSV header", _csv_header, [("create_time", f",{name}", "\n") for name in ("ua", "a", "create_time", '"', '"a"')]),
    ("lines", _lines_of, [("", again, "") for again in ("a", "\n", "a\n", "\r", " ", "\ufeff", "a" * 999 + "\n")]),
]  # fmt: skip


@pytest.mark.parametrize("name,read,shapes", BYTES, ids=[name for name, _, _ in BYTES])
def test_any_bytes_are_read_in_linear_time(name, read, shapes):
    slow = {}
    for shape in shapes:
        times = growth(read, partial(bytes_of_size, shape))
        if times > MOST_GROWTH:
            slow[shape] = times
    assert not slow


@pytest.mark.parametrize("suffix,compress", [("gz", gzip.compress), ("zst", zstandard.compress)])
@pytest.mark.parametrize("unit", [b"", b"a", bytes(1000)])
def test_compressed_files_are_read_in_linear_time(suffix, compress, unit):
    """However many frames they are made of."""
    frame = compress(unit)
    assert growth(lambda data: _decompressed(data, suffix), lambda size: frame * (size // len(frame))) <= MOST_GROWTH
