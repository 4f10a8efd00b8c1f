"""The contract of a decoder."""

import json
from typing import ClassVar

import pytest
from hypothesis import strategies as st

from admetrics.domain.events import record
from admetrics.domain.events.event import canonical
from admetrics.domain.events.record import COLUMNS, INTEGER_COLUMNS, Record, is_blank
from admetrics.domain.events.rejection import Rejection
from admetrics.ports.decoder import Decoder
from admetrics.testing.examples import for_all
from admetrics.testing.strategies import lines

_EDGES = (
    b"{}", b" {} ", b"\t{}\r", b"[]", b"7", b"null", b'""', b"{", b"}", b"{} {}", b"{},", b'{"bid": 1,}', b"{'bid': 1}",
    b'{"bid": NaN}', b'{"bid": Infinity}', b'{"bid": -Infinity}', b'{"colour": NaN}', b'{"colour": 1,}',
    b'{"bid": 01}', b'{"bid": +1}', b'{"bid": 1.}', b'{"bid": .5}', b'{"bid": 0x1}', b'{"bid": 1_000}', b'{"bid": -}',
    b'{"bid": 1.0}', b'{"bid": 1e3}', b'{"bid": 1E400}', b'{"bid": -1e999}', b'{"bid": 1e-999}', b'{"bid": -0}',
    b'{"bid": -0.0}', b'{"bid": 0.1}', b'{"bid": 5e-324}', b'{"bid": 1.7976931348623157e308}',
    b'{"bid": 2.2250738585072011e-308}', b'{"bid": 9007199254740993}', b'{"bid": 9007199254740993.0}',
    b'{"bid": 18446744073709551615}', b'{"bid": 18446744073709551616}', b'{"bid": -9223372036854775809}',
    b'{"bid": ' + b"9" * 400 + b"}", b'{"bid": ' + b"9" * 4300 + b"}", b'{"bid": ' + b"9" * 4301 + b"}",
    b'{"bid": -' + b"9" * 5000 + b"}", b'{"colour": ' + b"9" * 5000 + b"}", b'{"ed": {"jobId": ' + b"9" * 5000 + b"}}",
    b'{"bid": ' + b"0" * 5000 + b"}", b'{"bid": 0.' + b"3" * 5000 + b"}", b'{"bid": true}', b'{"bid": True}',
    b'{"bid": null}', b'{"bid": nul}', b'{"bid": 1, "bid": 2}', b'{"bid": 1, "bid": null}', b'{"bid": 1, "bid": }',
    b'{"ed": {"a": 1, "a": 2, "A": 3}}', b'{"\\u0062id": 1}', b'{"BID": 1}', b'{"": 1}', b'{"bid ": 1}',
    b'{"uid": "\\ud800"}', b'{"uid": "\\udc00\\ud800"}', b'{"uid": "\\ud83d\\ude00"}', b'{"\\ud800": 1}',
    b'{"uid": "\\ud800\\u0041"}', b'{"ed": {"\\ud800": "\\udfff"}}', b'{"uid": "\\u0000"}', b'{"uid": "\x00"}',
    b'{"uid": "\t"}', b'{"uid": "\x1f"}', b'{"uid": "\x7f"}', b'{"uid": "\\x41"}', b'{"uid": "\\u004"}',
    b'{"uid": "\\/\\b\\f\\n\\r\\t\\"\\\\"}', b'{"uid": "a', b'{"uid": "\xff"}', b'{"uid": "\xc3\x28"}',
    b'{"uid": "\xed\xa0\x80"}', b'{"uid": "\xc0\x80"}', b'{"uid": "\xf4\x90\x80\x80"}', b'{"colour": "\xff"}',
    b'{"\xff": 1}', b'{"uid": "\xc3\xa9"}', b'{"uid": "\xe2\x80\xa8"}', b'{"uid": "\xf0\x9f\x98\x80"}',
    b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00", b"\xc2\xa0{}", b"\x0b{}", b"\x00{}", b"{}\x00", b"{} // a", b"/* */ {}",
    b"[" * 200 + b"]" * 200, b'{"ed": ' + b"[" * 200 + b"]" * 200 + b"}", b"[" * 100_000, b'{"ed": ' + b"[" * 100_000,
    b'{"ed": ' * 100_000, b'{"ed": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"colour": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", b"{" + b'"a":1,' * 10_000 + b'"bid":7}',
    b'{"ed": "{\\"jobId\\": 1}"}', b'{"ed": {"jobId": 1.0, "x": [1, 1.0, true, null, "1"]}}',
)  # fmt: skip
"""Lines at the edges of JSON."""


class DecoderContract:
    """What every decoder keeps: it means what `decode` means (domain/events/record.py), to the type of every value.

    Fixtures to supply:
        decode: the decoder.
    """

    examples: ClassVar[int] = 300

    def test_it_means_what_the_reference_means(self, decode: Decoder) -> None:
        """Whatever a line holds, the record or the rejection is the same."""

        def check(line: bytes) -> None:
            _check(decode(line), line)

        for_all(check, lines().filter(lambda line: not is_blank(line)), examples=self.examples)

    def test_it_means_what_the_reference_means_for_bytes_that_are_nearly_json(self, decode: Decoder) -> None:
        """Bytes that JSON is made of, in any order."""
        tokens = st.sampled_from(
            [b"{", b"}", b"[", b"]", b",", b":", b'"', b'"bid"', b'"ed"', b"1", b"-", b".", b"e", b"\\u", b"d800", b" "]
        )

        def check(pieces: list[bytes]) -> None:
            line = b"".join(pieces)
            if not is_blank(line):
                _check(decode(line), line)

        for_all(check, st.lists(tokens, min_size=1, max_size=12), examples=self.examples)

    @pytest.mark.parametrize("line", [pytest.param(line, id=f"edge-{number}") for number, line in enumerate(_EDGES)])
    def test_it_means_what_the_reference_means_at_the_edges_of_json(self, decode: Decoder, line: bytes) -> None:
        """Odd numbers, escapes, bytes and depths are where parsers differ."""
        _check(decode(line), line)

    def test_every_column_is_read(self, decode: Decoder) -> None:
        """Each name leads to its own place in the record."""
        expected = Record(tuple(range(len(COLUMNS))))
        line = json.dumps(dict(zip(COLUMNS, expected.values, strict=True))).encode()
        assert decode(line) == expected


def _check(decoded: Record | Rejection, line: bytes) -> None:
    assert _exactly(decoded) == _exactly(record.decode(line)), line[:80]
    if isinstance(decoded, Record) and decoded.canonical is not None:
        assert decoded.canonical == canonical(Record(decoded.values)), line[:80]
        assert _has_types_of_schema(decoded), line[:80]


def _has_types_of_schema(decoded: Record) -> bool:
    expected = (int if column in INTEGER_COLUMNS else str for column in COLUMNS)
    return all(value is None or type(value) is type_ for value, type_ in zip(decoded.values, expected, strict=True))


def _exactly(decoded: Record | Rejection) -> object:
    """Tell apart what `==` does not: 1, 1.0 and True."""
    if isinstance(decoded, Rejection):
        return decoded
    try:
        return json.dumps(decoded.values, sort_keys=True)
    except RecursionError:
        return "nested deeply"
