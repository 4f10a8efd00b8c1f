"""An existing table of raw records as a source: for backfill, since a table has no order of arrival."""

import json
import math
import os
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Final, Self
from uuid import UUID

import attrs

from admetrics.adapters.cassandra.cluster import CassandraKeyspace
from admetrics.adapters.cassandra.schema import described
from admetrics.domain.errors import ConfigurationError, InputError, LayoutError
from admetrics.domain.events.record import COLUMNS, INTEGER_COLUMNS, JSON, MOST_DIGITS
from admetrics.domain.times import EPOCH
from admetrics.ports.adapter import Resources
from admetrics.ports.source import MOST_BYTES, Batch, Chunk

RANGES: Final = 256
"""Into how many ranges the ring is cut. Dead letters carry the number of theirs: another cut would make new ones."""

_FIRST_TOKEN: Final = -(2**63)
_TOKENS_PER_RANGE: Final = 2**64 // RANGES
_ROWS_PER_PAGE: Final = 500
_PARTITIONER: Final = "org.apache.cassandra.dht.Murmur3Partitioner"

_TEXTS: Final = frozenset({"ascii", "text", "varchar"})
_NUMBERS: Final = frozenset({"tinyint", "smallint", "int", "bigint", "varint", "decimal", "double", "float"})
_UUIDS: Final = frozenset({"timeuuid", "uuid"})
_TIMES: Final = frozenset({"timestamp"})
_LARGEST_INTEGER: Final[int] = 10**MOST_DIGITS - 1


@attrs.frozen(order=True)
class _Position:
    """How far a table was read, in the order of its tokens.

    Args:
        token: all rows with a smaller token were read.
        rows: so many rows with this very token were read too.
    """

    token: int = _FIRST_TOKEN
    rows: int = 0

    @property
    def range(self) -> int:
        """The number of the range, from 0; `RANGES` at the end."""
        return (self.token - _FIRST_TOKEN) // _TOKENS_PER_RANGE

    def after(self, token: int) -> "_Position":
        """Return the position after one more row."""
        return _Position(token, self.rows + 1 if token == self.token else 1)


_END: Final = _Position(_FIRST_TOKEN + RANGES * _TOKENS_PER_RANGE)


@attrs.frozen
class _Line:
    """A row as a line of JSON, with its token, and the position after it."""

    token: int
    position: _Position
    text: bytes = attrs.field(repr=False)


class CassandraSource:
    """The rows of a table with the 29 raw columns, by ranges of tokens.

    Numbers may be of any type, `create_time` a UUID, and `ts` a timestamp; all others are texts.

    The number of a line is the distance of its token from the beginning of its range, so it is the same whenever the
    row is read again. Rows that are written behind the position while it is read are not found: live traffic comes by
    another source.

    Args:
        keyspace: its URL names the table.
        positions: a JSON file that keeps how far each table was read; remove it to read from the beginning.

    Raises:
        ConfigurationError: the URL names no table.
        LayoutError: there is no such table, or it has not the 29 columns.
        InputError: the file of positions cannot be used.
    """

    def __init__(self, keyspace: CassandraKeyspace, *, positions: Path) -> None:
        if keyspace.url.table is None:
            raise ConfigurationError(f"{keyspace.name} names no table: add its name, as in {keyspace.name}/tracking")
        self._keyspace = keyspace
        self._table = keyspace.url.table
        self._place = f"{keyspace.url.keyspace}.{self._table}"
        kinds = self._checked_kinds()
        self._query = self._query_of(kinds)
        self._converters = [_CONVERTERS.get(kinds[name][0], _as_it_is) for name in COLUMNS]
        self._positions = positions
        self._key = f"{self._place} {self._id()}"  # a table that was dropped and made again is another one
        self._committed = self._polled = self._stored().get(self._key, _Position())
        self._lines: Iterator[_Line] | None = None

    @classmethod
    def open(cls, url: str, resources: Resources) -> Self:
        """Open the table that a URL names."""
        positions = resources.settings.data_dir / "positions-of-tables.json"
        return cls(resources.shared(CassandraKeyspace.open, url), positions=positions)

    def poll(self, *, at_most: int) -> Batch:
        """Return the next rows, some ranges read ahead; an empty batch at the end of the table."""
        if self._lines is None:
            self._lines = self._read(self._polled)
        try:
            lines = list(_bounded(islice(self._lines, at_most)))
        except BaseException:
            self._lines = None  # it has ended; the next poll begins where the last one did
            raise
        self._polled = lines[-1].position if lines else _END
        return Batch(tuple(self._chunks(lines)), self._polled)

    def commit(self, batch: Batch) -> None:
        """Keep the position of a batch in the file."""
        if isinstance(batch.position, _Position) and batch.position > self._committed:
            self._store({**self._stored(), self._key: batch.position})
            self._committed = batch.position

    def rewind(self) -> None:
        """Go back to the last committed position."""
        self._lines = None
        self._polled = self._committed

    def lag(self) -> int:
        """Count the ranges that were not read to their end, out of 256."""
        return RANGES - self._polled.range

    def _read(self, start: _Position) -> Iterator[_Line]:
        ranges = [_FIRST_TOKEN + number * _TOKENS_PER_RANGE for number in range(start.range, RANGES)]
        queries = (self._bound(max(first, start.token), first + _TOKENS_PER_RANGE - 1) for first in ranges)
        again, position = start.rows, _Position(start.token)
        for rows in self._keyspace.read(queries):
            for token, *values in rows:
                position = position.after(token)
                if token == start.token and position.rows <= again:
                    continue  # read before
                yield _Line(token, position, self._json(values))

    def _json(self, values: Sequence[Any]) -> bytes:
        record = {
            name: convert(value)
            for name, convert, value in zip(COLUMNS, self._converters, values, strict=True)
            if value is not None
        }
        return _encode(record).encode("ascii")

    def _bound(self, first: int, last: int) -> Any:
        query = self._keyspace.bound(self._query, first, last)
        query.fetch_size = _ROWS_PER_PAGE
        return query

    def _chunks(self, lines: Sequence[_Line]) -> Iterator[Chunk]:
        for number, some in groupby(lines, key=lambda line: _Position(line.token).range):
            first = _FIRST_TOKEN + number * _TOKENS_PER_RANGE
            of_range = list(some)
            yield Chunk(
                f"{self._place}[{number}]",
                [line.token - first + 1 for line in of_range],
                [line.text for line in of_range],
            )

    # The table

    def _checked_kinds(self) -> Mapping[str, tuple[str, str, int]]:
        found = described(self._keyspace, self._table)
        if not found:
            raise LayoutError(f"there is no table {self._keyspace.name}: check keyspace and table")
        if differences := list(_differences(found)):
            raise LayoutError(
                f"table {self._keyspace.name} is no table of raw records ({'; '.join(differences)}): name another one"
            )
        (partitioner,) = self._keyspace.execute("SELECT partitioner FROM system.local")[0]
        if partitioner != _PARTITIONER:
            raise LayoutError(f"{self._keyspace.name} is spread by {partitioner}: only {_PARTITIONER} can be read")
        return found

    def _query_of(self, found: Mapping[str, tuple[str, str, int]]) -> str:
        key = sorted((position, name) for name, (_, part, position) in found.items() if part == "partition_key")
        token = f"token({', '.join(_quoted(name) for _, name in key)})"
        columns = (
            f"toUnixTimestamp({_quoted(name)})" if found[name][0] in _TIMES else _quoted(name) for name in COLUMNS
        )
        return (
            f"SELECT {token}, {', '.join(columns)}\n"
            f"FROM {self._keyspace.table(self._table)}\n"
            f"WHERE {token} >= ? AND {token} <= ?"
        )

    def _id(self) -> UUID:
        statement = "SELECT id FROM system_schema.tables WHERE keyspace_name = ? AND table_name = ?"
        query = self._keyspace.bound(statement, self._keyspace.url.keyspace, self._table)
        (own_id,) = self._keyspace.execute(query)[0]
        return UUID(str(own_id))

    # The file of positions

    def _stored(self) -> dict[str, _Position]:
        try:
            values = json.loads(self._positions.read_text(encoding="utf-8"))
            return {key: _Position(int(token), int(rows)) for key, (token, rows) in values.items()}
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise InputError(f"cannot read the positions in {self._positions}: {error.strerror}") from error
        except (ValueError, TypeError, AttributeError):
            raise InputError(
                f"{self._positions} holds no positions of tables: remove it to read from the beginning"
            ) from None

    def _store(self, positions: Mapping[str, _Position]) -> None:
        """Replace the file as a whole, so that a crash leaves the old one or the new one."""
        new = self._positions.with_name(f"{self._positions.name}.new")
        try:
            self._positions.parent.mkdir(parents=True, exist_ok=True)
            with new.open("w", encoding="utf-8") as file:
                json.dump({key: attrs.astuple(position) for key, position in positions.items()}, file)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._positions)
        except OSError as error:
            raise InputError(f"cannot write the positions to {self._positions}: {error.strerror}") from error


def _differences(found: Mapping[str, tuple[str, str, int]]) -> Iterator[str]:
    for name in COLUMNS:
        expected = _TEXTS | (_NUMBERS if name in INTEGER_COLUMNS else _OTHERS.get(name, frozenset()))
        if name not in found:
            yield f"{name} is missing"
        elif found[name][0] not in expected:
            yield f"{name} is {found[name][0]} instead of {' or '.join(sorted(expected))}"


def _bounded(lines: Iterator[_Line]) -> Iterator[_Line]:
    """Yield as many lines as a batch may hold; all others stay."""
    room = MOST_BYTES
    while room > 0 and (line := next(lines, None)):
        yield line
        room -= len(line.text)


def _quoted(name: str) -> str:
    return f'"{name}"'


# How values become JSON

_MOST_PLACES: Final = 40
_DIGITS_OF_A_FLOAT: Final = range(6, 10)
"""So many digits of 32 bits are always kept, and so many always suffice."""


def _as_it_is(value: Any) -> JSON:
    plain: JSON = value
    return plain


def _integer(value: int) -> int:
    """Return an integer that JSON can be written with; beyond that it is outside every range anyway."""
    return max(-_LARGEST_INTEGER, min(value, _LARGEST_INTEGER))


def _decimal(value: Decimal) -> str:
    """Write all digits of a decimal; what would be very long keeps its exponent, and is no integer."""
    return (
        format(value, "f") if max(abs(value.adjusted()), len(value.as_tuple().digits)) <= _MOST_PLACES else str(value)
    )


def _double(value: float) -> float | str:
    """Return a number; JSON has no other ones."""
    return value if math.isfinite(value) else str(value)


def _float(value: float) -> float | str:
    """Return the shortest number that has these 32 bits: 1.1, where their exact value is 1.10000002384185791015625."""
    bits = struct.pack("f", value)
    shortest = (float(f"{value:.{digits}g}") for digits in _DIGITS_OF_A_FLOAT)
    return _double(next((each for each in shortest if struct.pack("f", each) == bits), value))


def _moment(milliseconds: int) -> str:
    """Write a time as cqlsh does, so that what it exports is the same record; the calendar has no other times."""
    try:
        return f"{EPOCH + timedelta(milliseconds=milliseconds):%Y-%m-%d %H:%M:%S.%f%z}"
    except OverflowError:
        return str(milliseconds)


_CONVERTERS: Final[Mapping[str, Callable[[Any], JSON]]] = {
    **dict.fromkeys(_UUIDS, str), **dict.fromkeys(_TIMES, _moment),
    "varint": _integer, "decimal": _decimal, "double": _double, "float": _float,
}  # fmt: skip
_OTHERS: Final = {"create_time": _UUIDS, "ts": _TIMES}
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode
