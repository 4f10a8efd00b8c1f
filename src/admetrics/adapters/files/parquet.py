"""Tables in Parquet, by PyArrow."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, BinaryIO, Final

import pyarrow as pa
from pyarrow import parquet

from admetrics.domain.metrics.catalog import MEASURES
from admetrics.domain.metrics.entries import Unit

_TIME: Final = pa.timestamp("us", tz="UTC")
_DOUBLE: Final = pa.float64()
_TEXT: Final = pa.string()
_TYPES: Final[Mapping[str, Any]] = {
    "dates": _TIME,
    "latest_update_time": _TIME,
    "event_hour": _TIME,
    "bid_set": _DOUBLE,
    **{measure.column: _DOUBLE for measure in MEASURES if measure.unit is Unit.MONEY},
    "sources": _TEXT,
    "outcome": _TEXT,
    "event_time": _TIME,
    "click_id": _TEXT,
    "cost": _TEXT,  # exact
    "currency": _TEXT,
    "reason": _TEXT,
    "reasons": _TEXT,
}
"""The type of each column that is no integer (docs/data-dictionary.md)."""

_ROWS_AT_ONCE: Final = 50_000


def write_parquet(columns: Sequence[str], rows: Iterable[Sequence[object]], out: BinaryIO) -> None:
    """Write a table, some rows at once; the types follow from the names, so that no rows are a table too."""
    schema = pa.schema([(name, _TYPES.get(name, pa.int64())) for name in columns])
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        for some in _batches(rows):
            values = zip(*some, strict=True)
            arrays = [pa.array(column, field.type) for column, field in zip(values, schema, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def _batches(rows: Iterable[Sequence[object]]) -> Iterator[list[Sequence[object]]]:
    remaining = iter(rows)
    while some := list(islice(remaining, _ROWS_AT_ONCE)):
        yield some
