"""Columns of Python values as Arrow arrays, the fastest way into DuckDB.

`pyarrow.array` would do, but its first call imports pandas where that is installed: half a second for each command.
"""

from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pyarrow as pa

from admetrics.adapters.duckdb.database import Connection
from admetrics.domain.times import EPOCH, MICROSECOND


def texts(values: Sequence[str | None]) -> Any:
    """Make a column of texts, None for null."""
    builder = pa.lib.StringBuilder()
    builder.append_values(values)
    return builder.finish()


def integers(values: Sequence[int]) -> Any:
    """Make a column of 32-bit integers, none of them null."""
    return pa.Array.from_buffers(pa.int32(), len(values), [None, pa.py_buffer(array("i", values))])


def flags(values: Sequence[bool]) -> Any:
    """Make a column of truth values, none of them null."""
    return integers(values).cast(pa.bool_())


def times(values: Sequence[datetime]) -> Any:
    """Make a column of aware times, none of them null."""
    microseconds = array("q", [(time - EPOCH) // MICROSECOND for time in values])
    return pa.Array.from_buffers(pa.timestamp("us", "UTC"), len(values), [None, pa.py_buffer(microseconds)])


@contextmanager
def named(connection: Connection, **tables: Any) -> Iterator[None]:
    """Let the statements of a transaction read Arrow tables by name; if it fails, its rollback forgets the names."""
    for name, table in tables.items():
        connection.register(name, table)
    yield
    for name in tables:
        connection.unregister(name)
