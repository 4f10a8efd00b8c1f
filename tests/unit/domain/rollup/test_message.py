"""Messages on the bus: what is written is read back, and nothing else is taken for a row."""

import json
import re

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from admetrics.domain.errors import PermanentError
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.domain.metrics.catalog import MEASURES
from admetrics.domain.rollup.message import decode_row, encode_row
from admetrics.domain.rollup.row import Row
from admetrics.testing import strategies as some


@given(some.rows())
def test_a_row_survives_the_way(row):
    assert decode_row(encode_row(row)) == row


@given(some.rows(), st.text(max_size=64))
def test_a_message_is_what_a_json_encoder_writes(row, source):
    """Byte by byte, without spaces: rows that other engines write are compared with it."""
    cell = row.cell
    fields = {
        "schema": 2,
        "hour": cell.hour.strftime("%Y-%m-%dT%H:00:00Z"),
        "job": cell.job,
        "publisher": cell.publisher,
        "campaign": cell.campaign,
        "group": cell.group,
        "measures": attrs.asdict(row.measures),
        "company": row.company,
        "version": row.version,
        "source": source,
    }
    assert encode_row(attrs.evolve(row, source=source)) == json.dumps(fields, separators=(",", ":")).encode("ascii")


@given(st.binary(max_size=60) | some.json_values().map(lambda value: json.dumps(value).encode()))
@example(b"[" * 100_000)
@example(b"\xff")
def test_anything_else_is_rejected_and_never_raises(data):
    result = decode_row(data)
    assert isinstance(result, Rejection)
    assert result.reason is Reason.BAD_MESSAGE


@given(some.rows(), st.data())
def test_a_damaged_row_is_rejected_with_the_name_of_the_field(row, data):
    message = json.loads(encode_row(row))
    field = data.draw(st.sampled_from(sorted(set(message) - {"company"})))
    message[field] = data.draw(st.sampled_from([None, True, -1, 1.5, "x\x00", [], {}, 2**70]))
    result = decode_row(json.dumps(message).encode())
    assert isinstance(result, Rejection)
    assert field in result.detail or field == "measures"


@pytest.mark.parametrize(
    "field, value",
    [
        ("schema", 1),
        ("hour", "2026-03-01T10:30:00Z"),
        ("hour", "2026-02-30T10:00:00Z"),
        ("hour", "2026-03-01T10:00:00+00:00"),
        ("job", 0),
        ("job", 2**31),
        ("publisher", -1),
        ("company", 0),
        ("version", 0),
        ("version", 2**63),
        ("source", "x" * 65),
    ],
)
def test_what_a_store_could_not_take_is_refused_here(field, value):
    good = {
        "schema": 2, "hour": "2026-03-01T10:00:00Z", "job": 1, "publisher": 0, "campaign": 0, "group": 0,
        "measures": {measure.name: number for number, measure in enumerate(MEASURES)},
        "company": None, "version": 1, "source": "Memory",
    }  # fmt: skip
    assert isinstance(decode_row(json.dumps(good).encode()), Row)
    assert isinstance(decode_row(json.dumps({**good, "added_later": 1}).encode()), Row)
    for spaces in (None, (",", ":")):
        assert isinstance(decode_row(json.dumps({**good, field: value}, separators=spaces).encode()), Rejection)


@pytest.mark.parametrize(
    "change, detail",
    [
        ({"hour": "soon"}, "hour is no time like 2026-03-01T10:00:00Z"),
        ({"measures": []}, "measures is not an object"),
        ({"source": "x" * 65}, "source is no printable text of at most 64 characters"),
        ({"job": None}, "job is not an integer in 1..2147483647"),
    ],
)
@given(row=some.rows())
def test_a_rejection_says_what_is_wrong_for_those_who_list_dead_letters(row, change, detail):
    assert detail_of(json.dumps({**json.loads(encode_row(row)), **change}).encode()) == detail


@given(some.rows(), st.data())
def test_spaces_between_fields_change_nothing_however_a_message_is_damaged(row, data):
    """Without them it may be taken for an ordinary one, which is read in another way."""
    message = encode_row(row)
    place = data.draw(st.integers(0, len(message) - 1))
    damaged = (
        message[:place] + data.draw(st.binary(max_size=3) | st.sampled_from([b"0", b"99", b"-"])) + message[place:]
    )
    for each in (message, damaged):
        assert decode_row(each) == decode_row(each + b" ")


@pytest.mark.parametrize("name", ["job", "publisher", "campaign", "group", "company", "version", "impressions"])
@pytest.mark.parametrize("digits", range(1, 25))
@given(row=some.rows())
@settings(max_examples=5)
def test_so_do_they_whatever_the_size_of_a_number(row, name, digits):
    for number in (10 ** (digits - 1), 10**digits - 1):
        message = re.sub(rf'"{name}":(\d+|null)'.encode(), f'"{name}":{number}'.encode(), encode_row(row))
        assert decode_row(message) == decode_row(message + b" ")


@given(some.rows())
def test_a_field_that_is_missing_is_named(row):
    message = json.loads(encode_row(row))
    del message["company"]
    assert detail_of(json.dumps(message).encode()) == "company is missing"
    assert detail_of(b"[]") == "the message is not an object"
    assert detail_of(b"{") == "the message is not strict JSON in UTF-8"


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
@given(row=some.rows())
@settings(max_examples=3)
def test_what_nobody_could_read_is_not_written(measure, row):
    """Up to the bound of each measure it can be read, ordinary message or not; beyond, neither side takes it."""
    bound = measure.largest
    largest = attrs.evolve(row, measures=attrs.evolve(row.measures, **{measure.name: bound}))
    assert decode_row(encode_row(largest)) == largest
    beyond = encode_row(largest).replace(f'"{measure.name}":{bound}'.encode(), f'"{measure.name}":{bound + 1}'.encode())
    assert decode_row(beyond) == Rejection(Reason.BAD_MESSAGE, f"{measure.name} is not an integer in 0..{bound}")
    with pytest.raises(
        PermanentError, match=rf"^{measure.name} of job {row.cell.job} in the hour .* look for wrong bids"
    ):
        encode_row(attrs.evolve(row, measures=attrs.evolve(row.measures, **{measure.name: bound + 1})))


@given(some.rows())
def test_the_longest_source_is_accepted(row):
    longest = attrs.evolve(row, source="x" * 64)
    assert decode_row(encode_row(longest)) == longest


def detail_of(data: bytes) -> str:
    rejection = decode_row(data)
    assert isinstance(rejection, Rejection)
    return rejection.detail


def _is_strict(value):
    """Return whether strict JSON can carry a value: a parser makes an infinity of 1e400, but nothing writes it."""
    return "Infinity" not in json.dumps(value)


@given(some.rows(), st.data())
def test_releases_with_another_catalog_understand_each_other(row, data):
    """What an older one does not send is 0, and what a newer one sends beside is ignored."""
    message = json.loads(encode_row(row))
    names = data.draw(st.sets(st.sampled_from([measure.name for measure in MEASURES]), max_size=len(MEASURES) - 1))
    for name in names:
        del message["measures"][name]
    message["measures"]["added_later"] = data.draw(some.json_values().filter(_is_strict))
    expected = attrs.evolve(row, measures=attrs.evolve(row.measures, **dict.fromkeys(names, 0)))
    for spaces in (None, (",", ":")):
        assert decode_row(json.dumps(message, separators=spaces).encode()) == expected


@given(some.rows())
def test_a_message_without_any_measure_would_erase_a_row_and_is_rejected(row):
    for measures in ({}, {"added_later": 1}):
        message = {**json.loads(encode_row(row)), "measures": measures}
        assert detail_of(json.dumps(message).encode()) == "measures has none that is known"
