"""Records in CSV (RFC 4180), rewritten as JSON lines."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from json.encoder import encode_basestring
from typing import Final

from admetrics.adapters.files.lines import LONGEST
from admetrics.domain.errors import InputError
from admetrics.domain.record import COLUMNS, is_blank
from admetrics.domain.text import ASCII_SPACE

MOST_LINES: Final = 1_000
"""The most lines that a record may have: a quote that is never closed does not swallow the rest of the file."""

_BARE_RETURN: Final = re.compile(r"\r(?!\n)")
_STAND_IN: Final = "\udc0d"  # for a bare return, which is text here but not for the csv module; UTF-8 cannot hold it

Rewrite = Callable[[Sequence[str]], str]


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
        self._rewrite: Rewrite = "".join
        csv.field_size_limit(max(csv.field_size_limit(), LONGEST))  # one for all readers; records are bounded here

    def feed(self, lines: Sequence[bytes]) -> list[bytes]:
        """Take the next lines of the file, without line feeds.

        Returns:
            The records that end in them.

        Raises:
            InputError: the header is missing or wrong.
        """
        return self._records([*self._unfinished, *_texts(lines)], last=False) if lines else []

    def finish(self) -> list[bytes]:
        """Return what is left at the end of the file."""
        return self._records(self._unfinished, last=True)

    def _records(self, lines: list[str], *, last: bool) -> list[bytes]:
        """Read records; those lines that may be the beginning of one are kept for later.

        The csv module pulls lines from a stack, so that lines can be put back.
        """
        records: list[bytes] = []
        self._unfinished = []
        start = 0
        while start < len(lines):
            stack: list[str | None] = [None, *reversed(lines[start:])]
            rows = csv.reader(iter(stack.pop, None), strict=True)
            while len(stack) > 1:
                try:
                    row = next(rows)
                except csv.Error:
                    row = None
                if not stack:
                    break
                end = len(lines) - len(stack) + 1
                if row is None or (end - start > 1 and _too_large(lines[start:end])):
                    stack.extend(reversed(lines[start + 1 : end]))
                    end = start + 1
                    row = None
                self._add(records, row, lines, start, end)
                start = end
            if stack:
                break
            if not last and not _too_large(lines[start:]):  # the record goes on after these lines
                self._unfinished = lines[start:]
                break
            self._add(records, None, lines, start, start + 1)
            start += 1
        return records

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
        if len(known) != len(set(known)):
            twice = sorted({name for name in known if known.count(name) > 1})
            raise InputError(f"the header of {self._place} names twice: {', '.join(twice)}")
        self._header = header
        self._rewrite = _rewriter(header)


def _texts(lines: Sequence[bytes]) -> Iterable[str]:
    """Decode lines; bad bytes become lone surrogates, which cannot be encoded later."""
    text = (b"\n".join(lines) + b"\n").decode("utf-8", "surrogateescape")
    if "\r" in text:
        text = _BARE_RETURN.sub(_STAND_IN, text)
    return io.StringIO(text, newline="\n")


def _rewriter(header: Sequence[str]) -> Rewrite:
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


def _too_large(lines: Sequence[str]) -> bool:
    return len(lines) > MOST_LINES or sum(map(len, lines)) > LONGEST


def _raw(lines: Iterable[str]) -> bytes:
    return "".join(lines).replace(_STAND_IN, "\r").encode("utf-8", "surrogateescape").removesuffix(b"\n")


def _broken(why: str, lines: Sequence[str]) -> bytes:
    return f"[no CSV record: {why}] ".encode() + _raw(lines)
