import json
from importlib.resources import files

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

from admetrics.domain.events.integers import LARGEST
from admetrics.domain.events.rejection import Rejection
from admetrics.domain.metrics.catalog import MEASURES
from admetrics.domain.rollup.message import decode_row, encode_row
from admetrics.domain.rollup.row import Row
from admetrics.testing.strategies import rows

SCHEMA = json.loads(files("admetrics.domain.rollup").joinpath("row.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
FIELDS = list(SCHEMA["properties"])

_AROUND_BOUNDS = [
    bound + step
    for bound in (0, 1, LARGEST, 2**53, 2**63 - 1)
    for step in (-1, 0, 1)
]  # fmt: skip
_TEXTS = [
    "", "DuckDB", "x" * 64, "x" * 65, "a\nb", "a\x00", "a\x85", "\u2028", "\u00e9" * 64, "2026-03-01T10:00:00Z",
    "2026-03-01T10:00:01Z", "2026-03-01T24:00:00Z", "2026-13-01T10:00:00Z", "0999-03-01T10:00:00Z",
    "2026-03-01T10:00:00+00:00", "2026-03-01 10:00:00Z", "\u0662026-03-01T10:00:00Z",
]  # fmt: skip
values = (
    st.none() | st.booleans() | st.integers() | st.sampled_from(_AROUND_BOUNDS) | st.sampled_from([0.5, 1.5, -1.5])
    | st.sampled_from(_TEXTS) | st.text(max_size=70) | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.sampled_from(["clicks", "x"]), st.integers(), max_size=2)
)  # fmt: skip


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_names_every_measure():
    assert list(SCHEMA["properties"]["measures"]["properties"]) == [measure.name for measure in MEASURES]


@given(rows())
def test_every_message_that_is_written_fits_the_schema(row: Row):
    VALIDATOR.validate(json.loads(encode_row(row)))


@given(rows(), st.sampled_from(FIELDS), values)
def test_what_the_schema_refuses_is_not_read(row, field, value):
    refused_alike({**json.loads(encode_row(row)), field: value})


@given(rows(), st.sampled_from([measure.name for measure in MEASURES]), values)
def test_measures_that_the_schema_refuses_are_not_read(row, name, value):
    message = json.loads(encode_row(row))
    refused_alike({**message, "measures": {**message["measures"], name: value}})


@given(rows(), st.sampled_from(FIELDS))
def test_no_field_may_be_missing(row, field):
    message = json.loads(encode_row(row))
    del message[field]
    assert not VALIDATOR.is_valid(message)
    refused_alike(message)


@given(rows(), values)
def test_fields_that_the_schema_does_not_name_are_ignored(row, value):
    message = {**json.loads(encode_row(row)), "colour": value}
    assert VALIDATOR.is_valid(message)
    assert decode_row(json.dumps(message).encode()) == row


@given(values)
def test_what_is_no_object_is_not_read(value):
    refused_alike(value)


def refused_alike(message: object) -> None:
    decoded = decode_row(json.dumps(message).encode())
    assert VALIDATOR.is_valid(message) or isinstance(decoded, Rejection)
