"""Records in CSV (RFC 4180), rewritten as JSON lines."""

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from enum import Enum, auto
from json.encoder import encode_basestring
from typing import Final

from admetrics.adapters.files.lines import LONGEST
from admetrics.domain.errors import InputError
from admetrics.domain.events.record import COLUMNS, is_blank
from admetrics.domain.text import ASCII_SPACE

MOST_LINES: Final = 1_000
"""The most lines that a record may have: a quote that is never closed does not swallow the rest of the file."""

_BARE_RETURN: Final = re.compile(r"\r(?!\n)")
_STAND_IN: Final = "\udc0d"  # for a bare return, which is text here but not for the csv module; UTF-8 cannot hold it

_QUOTE: Final = '"'


class _Found(Enum):
    """What is known of a record that could not be read."""

    OPEN = auto()
    """A quote is not closed before the lines end."""
    BROKEN = auto()
    """Its quotes are broken."""
    WHOLE = auto()
    """Nothing but its size."""


_Rewrite = Callable[[Sequence[str]], str]


class CsvRecords:
    """Reads the lines of one CSV file.

    The header comes first: the columns of the raw schema (docs/data-dictionary.md) in any order, at least
    create_time; unknown ones are ignored, missing ones and empty values are null. A record becomes a line of JSON
    with strings. What cannot be a record becomes a line that says why and does not decode: a wrong number of
    fields, bytes that are not UTF-8, broken quoting. Where quoting is broken the record ends with its first line,
    so that a quote too many costs one record and not those after it. Blank lines are no records.

    Args:
        place: the file's name, for messages.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._unfinished: list[str] = []
        self._header: Sequence[str] | None = None
        self._rewrite: _Rewrite = "".join
        csv.field_size_limit(sys.maxsize)  # one for all readers; records are bounded here

    def feed(self, lines: Sequence[bytes]) -> list[bytes]:
        """Take the next lines of the file, without line feeds.

        Returns:
            The records that end in them.

        Raises:
            InputError: the header is missing or wrong.
        """
        texts = list(_texts(lines)) if lines else []
        goes_on = bool(self._unfinished) and all(_is_open(_QUOTE + text) for text in texts)
        return self._records([*self._unfinished, *texts], goes_on=goes_on, last=False)

    def finish(self) -> list[bytes]:
        """Return what is left at the end of the file."""
        return self._records(self._unfinished, goes_on=bool(self._unfinished), last=True)

    def _records(self, lines: list[str], *, goes_on: bool, last: bool) -> list[bytes]:
        """Read records; those lines that may be the beginning of one are kept for later.

        Args:
            lines: what was kept, and the next lines.
            goes_on: whether all of it is known to be one record that has not ended.
            last: whether there are no more.
        """
        records: list[bytes] = []
        self._unfinished = []
        start, found = 0, _Found.OPEN
        end = len(lines) if goes_on else 0
        ahead: list[str | None] = [None] if goes_on else [None, *reversed(lines)]
        while start < len(lines):
            if end <= start:
                start, end, found = self._read(records, lines, start, ahead)
            if start < end:
                start = self._read_again(records, lines, range(start, end), found, last=last)
                ahead = ahead or [None]
                ahead.extend(reversed(lines[start:end]))
                end = start
        return records

    def _read(
        self, records: list[bytes], lines: list[str], start: int, stack: list[str | None]
    ) -> tuple[int, int, "_Found"]:
        """Read records up to the first that is broken, too large or has not ended.

        Args:
            records: where they go.
            lines: all lines.
            start: where the first one starts.
            stack: the lines from there on, the next one last, above None; the csv module pulls them from it.

        Returns:
            Where that one starts and ends, and what is wrong with it.
        """
        rows = csv.reader(iter(stack.pop, None), strict=True)
        while len(stack) > 1:
            try:
                row = next(rows)
            except csv.Error:
                row = None
            end = len(lines) - len(stack) + 1
            if not stack:
                return start, len(lines), _Found.OPEN
            if row is None:
                return start, end, _Found.BROKEN
            if end - start > 1 and _too_large(end - start, sum(map(len, lines[start:end]))):
                return start, end, _Found.WHOLE
            self._add(records, row, lines, start, end)
            start = end
        return start, start, _Found.WHOLE

    def _read_again(self, records: list[bytes], lines: list[str], place: range, found: "_Found", *, last: bool) -> int:
        """Give up the first line of a record, and find where the next one starts.

        All lines but the first begin inside of quotes. So a record that starts in one of them and does not end there
        ends where this one does, and no line is read again for each that stands before it.

        Returns:
            The line with which to go on: at most the last one of the record, behind which another one may begin.
        """
        size = sum(map(len, lines[place.start : place.stop]))
        for start in place if len(place) == 1 else place[:-1]:
            row = None if start == place.start else _row_of(lines[start])
            if (
                row is None
                and (start == place.start or _is_open(lines[start]))
                and not _too_large(place.stop - start, size)
            ):
                if found is _Found.OPEN and not last:
                    self._unfinished = lines[start:]
                    return len(lines)
                if found is _Found.WHOLE:
                    whole = next(csv.reader(lines[start : place.stop], strict=True))
                    self._add(records, whole, lines, start, place.stop)
                    return place.stop
            self._add(records, row, lines, start, start + 1)
            size -= len(lines[start])
        return place[-1] if len(place) > 1 else place.stop

    def _add(self, records: list[bytes], row: Sequence[str] | None, lines: list[str], start: int, end: int) -> None:
        if self._header is None:
            self._begin(row, lines[start:end])
        elif row is not None and len(row) == len(self._header):
            try:
                records.append(self._rewrite(row).encode())
            except UnicodeEncodeError:
                records.append(_broken("it is not UTF-8", lines[start:end]))
        elif end - start > 1 or not is_blank(_raw(lines[start:end])):
            found = "its quotes are broken" if row is None else f"{len(row)} fields, the header has {len(self._header)}"
            records.append(_broken(found, lines[start:end]))

    def _begin(self, row: Sequence[str] | None, lines: Sequence[str]) -> None:
        if row is not None and len(lines) == 1 and is_blank(_raw(lines)):
            return
        header = [name.replace(_STAND_IN, "").strip(ASCII_SPACE) for name in row or ()]
        known = [name for name in header if name in COLUMNS]
        if "create_time" not in known:
            raise InputError(
                f"{self._place} has no header: its first line must name the columns, create_time among them"
            )
        if twice := sorted(name for name, times in Counter(known).items() if times > 1):
            raise InputError(f"the header of {self._place} names twice: {', '.join(twice)}")
        self._header = header
        self._rewrite = _rewriter(header)


def _texts(lines: Sequence[bytes]) -> Iterable[str]:
    """Decode lines; bad bytes become lone surrogates, which cannot be encoded later."""
    text = (b"\n".join(lines) + b"\n").decode("utf-8", "surrogateescape")
    if "\r" in text:
        text = _BARE_RETURN.sub(_STAND_IN, text)
    return io.StringIO(text, newline="\n")


def _rewriter(header: Sequence[str]) -> _Rewrite:
    keys = [f'"{name}":' if name in COLUMNS else "" for name in header]
    all_known = all(keys)

    def rewrite(row: Sequence[str]) -> str:
        if all_known:
            fields = [key + encode_basestring(value) for key, value in zip(keys, row, strict=True) if value]
        else:
            "".join(row).replace(_STAND_IN, "").encode()  # columns that are ignored have to be UTF-8 too
            fields = [key + encode_basestring(value) for key, value in zip(keys, row, strict=True) if value and key]
        text = ",".join(fields)
        return "{" + (text.replace(_STAND_IN, r"\r") if _STAND_IN in text else text) + "}"

    return rewrite


def _row_of(line: str) -> Sequence[str] | None:
    """Return the fields of a line; None if it is broken or no record on its own."""
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error:
        return None


def _is_open(line: str) -> bool:
    """Return whether a record that starts in a line goes on after it."""
    stack = [None, line]
    with suppress(csv.Error):
        next(csv.reader(iter(stack.pop, None), strict=True))
    return not stack


def _too_large(lines: int, size: int) -> bool:
    return lines > MOST_LINES or size > LONGEST


def _raw(lines: Iterable[str]) -> bytes:
    return "".join(lines).replace(_STAND_IN, "\r").encode("utf-8", "surrogateescape").removesuffix(b"\n")


def _broken(why: str, lines: Sequence[str]) -> bytes:
    return f"[no CSV record: {why}] ".encode() + _raw(lines)
