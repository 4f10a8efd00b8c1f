import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from admetrics.adapters.cassandra.cluster import CassandraKeyspace
from admetrics.adapters.cassandra.source import RANGES, CassandraSource
from admetrics.domain.errors import ConfigurationError, InputError, LayoutError
from admetrics.domain.events.classify import classify
from admetrics.domain.events.event import Event, canonical
from admetrics.domain.events.record import COLUMNS, INTEGER_COLUMNS, Record, decode
from admetrics.domain.times import ticks_of
from admetrics.ports.source import Source
from admetrics.testing.contracts.source import LastingSourceContract
from admetrics.testing.strategies import FEW_HOURS, LIMITS, uuid_at


@pytest.fixture(scope="module")
def keyspace(cassandra, cassandra_session) -> Iterator[CassandraKeyspace]:
    name = f"keyspace_{uuid4().hex[:12]}"
    cassandra_session.execute(
        f"CREATE KEYSPACE {name} WITH replication = {{'class': 'NetworkTopologyStrategy', 'datacenter1': 1}}"
    )
    keyspace = CassandraKeyspace(f"{cassandra.url}/{name}?timeout=60")
    yield keyspace
    keyspace.close()
    cassandra_session.execute(f"DROP KEYSPACE {name}", timeout=60)


_MADE: Mapping[str, Callable[[str], object]] = {
    "text": str, "timeuuid": UUID, "uuid": UUID, "float": float, "double": float, "decimal": Decimal,
    "timestamp": datetime.fromisoformat,
}  # fmt: skip


class Tracking:
    """A table of raw records, as the site keeps it."""

    def __init__(self, keyspace: CassandraKeyspace, name: str, *, integers: str = "int", **others: str) -> None:
        self.keyspace = CassandraKeyspace(f"{keyspace.url}/{name}?timeout=60")
        self.name = keyspace.table(name)
        kinds = {column: integers if column in INTEGER_COLUMNS else "text" for column in COLUMNS}
        kinds |= {"create_time": "timeuuid", **others}
        columns = ", ".join(f"{column} {kind}" for column, kind in kinds.items())
        keyspace.execute(f"CREATE TABLE {self.name} ({columns}, colour text, PRIMARY KEY (create_time))")
        self.kinds = kinds

    def insert(self, lines: Sequence[bytes]) -> None:
        statement = f"INSERT INTO {self.name} ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
        records = [json.loads(line) for line in lines]
        self.keyspace.write(
            self.keyspace.bound(statement, *(self._value(column, record.get(column)) for column in COLUMNS))
            for record in records
        )

    def _value(self, column: str, value: object) -> object:
        if value is None:
            return None
        return _MADE.get(self.kinds[column], int)(str(value))

    def empty(self) -> None:
        rows = self.keyspace.execute(f"SELECT create_time FROM {self.name}")
        self.keyspace.write(
            self.keyspace.bound(f"DELETE FROM {self.name} WHERE create_time = ?", own_id) for (own_id,) in rows
        )


@pytest.fixture(scope="module")
def tracking(keyspace) -> Iterator[Tracking]:
    table = Tracking(keyspace, "tracking")
    yield table
    table.keyspace.close()


def _line(number: int, **columns: object) -> bytes:
    own_id = uuid_at(ticks_of(FEW_HOURS.start) + number, node=number)
    return json.dumps({"create_time": own_id, "custom_track": "click", **columns}).encode()


def _read(source: Source, *, at_most: int = 100) -> list[dict]:
    found = []
    while chunks := source.poll(at_most=at_most).chunks:
        found += [json.loads(line) for chunk in chunks for line in chunk.lines]
    return found


class TestCassandraSource(LastingSourceContract):
    examples = 4
    many = 1500
    in_order = False

    @pytest.fixture
    def make_source(self, tracking: Tracking, tmp_path: Path) -> Callable[[Sequence[bytes]], CassandraSource]:
        numbers = count()

        def make_source(lines: Sequence[bytes]) -> CassandraSource:
            tracking.empty()
            tracking.insert(lines)
            return CassandraSource(tracking.keyspace, positions=tmp_path / f"{next(numbers)}.json")

        return make_source

    @pytest.fixture
    def reopen(self, tracking: Tracking) -> Callable[[CassandraSource], CassandraSource]:
        return lambda source: CassandraSource(tracking.keyspace, positions=source._positions)


@pytest.fixture
def positions(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "tables.json"


def test_a_row_is_the_record_it_was_made_from_with_types_and_without_nulls(tracking, positions):
    tracking.empty()
    line = _line(1, job_id=7, bid=-3, uid="u\u00e9", ed='{"customEvent": "click"}', ts="")
    tracking.insert([line])
    batch = CassandraSource(tracking.keyspace, positions=positions).poll(at_most=10)
    (chunk,) = batch.chunks
    (read,) = chunk.lines
    assert json.loads(read) == json.loads(line)
    assert decode(read) == decode(line)
    assert chunk.place.startswith(f"{tracking.keyspace.url.keyspace}.tracking[")


def test_a_table_keyed_by_text_with_integers_as_text_gives_the_same_events(keyspace, tracking, positions):
    lines = [_line(number, job_id=number, bid=5) for number in range(1, 20)]
    texts = Tracking(keyspace, "texts", create_time="text", integers="text")
    tracking.empty()
    for table in (tracking, texts):
        table.insert(lines)
    found = []
    for table in (tracking, texts):
        source = CassandraSource(table.keyspace, positions=positions)
        events = [classify(Record.of(record), limits=LIMITS) for record in _read(source)]
        found.append(sorted((event.id, event.job, event.bid) for event in events if isinstance(event, Event)))
    texts.keyspace.close()
    assert found[0] == found[1]
    assert [job for _, job, _ in found[0]] == list(range(1, 20))


@pytest.mark.parametrize("integers", ["tinyint", "bigint", "varint", "decimal", "double", "float"])
@pytest.mark.parametrize("create_time", ["text", "uuid"])
def test_numbers_of_every_type_are_the_same_records(keyspace, positions, integers, create_time):
    """Whatever the id is kept as; equal records have equal fingerprints."""
    lines = [_line(number, job_id=number, bid=5) for number in range(1, 20)]
    table = Tracking(keyspace, f"of_{integers}_{create_time}", create_time=create_time, integers=integers)
    table.insert(lines)
    found = {_canonical(record) for record in _read(CassandraSource(table.keyspace, positions=positions))}
    table.keyspace.close()
    assert found == {_canonical(json.loads(line)) for line in lines}


def _canonical(record: dict) -> str:
    return canonical(Record.of(record))


@pytest.mark.parametrize(
    "kind,value,read",
    [
        ("bigint", 2**63 - 1, 2**63 - 1),
        ("varint", 10**5000, 10**4300 - 1),
        ("varint", -(10**5000), 1 - 10**4300),
        ("decimal", Decimal("1.40"), "1.40"),
        ("decimal", Decimal("1.2E1"), "12"),
        ("decimal", Decimal("1E+2000000"), "1E+2000000"),
        ("decimal", Decimal("1E-2000000"), "1E-2000000"),
        ("double", 1.4, 1.4),
        ("double", float("nan"), "nan"),
        ("double", float("-inf"), "-inf"),
        ("float", 1.1, 1.1),
        ("float", 16777217.0, 16777216.0),
        ("float", 3.4028234663852886e38, 3.4028235e38),
        ("float", float("nan"), "nan"),
        ("float", float("inf"), "inf"),
    ],
    ids=[f"number {number}" for number in range(15)],  # pytest cannot write the longest
)
def test_a_number_is_read_as_it_was_written(keyspace, positions, kind, value, read):
    """Nothing in a table ends the reading: what is no number, or has thousands of digits, is refused by the rules."""
    table = Tracking(keyspace, f"one_{kind}_{uuid4().hex[:8]}", integers=kind)
    statement = f"INSERT INTO {table.name} (create_time, bid) VALUES (?, ?)"
    keyspace.write([keyspace.bound(statement, UUID(uuid_at(1, node=1)), value)])
    (record,) = _read(CassandraSource(table.keyspace, positions=positions))
    table.keyspace.close()
    assert record["bid"] == read


@pytest.mark.parametrize(
    "value,read",
    [
        (1772458519417, "2026-03-02 13:35:19.417000+0000"),
        (0, "1970-01-01 00:00:00.000000+0000"),
        (-1, "1969-12-31 23:59:59.999000+0000"),
        (2**62, str(2**62)),
        (None, None),
    ],
)
def test_a_timestamp_is_the_time_of_a_record_whose_id_has_none(keyspace, positions, value, read):
    table = Tracking(keyspace, f"ts_{uuid4().hex[:8]}", create_time="uuid", ts="timestamp")
    statement = f"INSERT INTO {table.name} (create_time, ts, custom_track) VALUES (?, ?, 'click')"
    keyspace.write([keyspace.bound(statement, uuid4(), value)])
    (record,) = _read(CassandraSource(table.keyspace, positions=positions))
    table.keyspace.close()
    assert record.get("ts") == read
    event = classify(Record.of(record), limits=LIMITS)
    assert isinstance(event, Event) is (value == 1772458519417)


def test_several_rows_of_one_partition_are_read_once_each_wherever_a_poll_ends(keyspace, tracking, positions):
    name = keyspace.table("wide")
    columns = ", ".join(f"{each} {'int' if each in INTEGER_COLUMNS else 'text'}" for each in COLUMNS)
    keyspace.execute(f"CREATE TABLE {name} ({columns}, PRIMARY KEY (create_time, id))")
    keyspace.write(
        keyspace.bound(f"INSERT INTO {name} (create_time, id) VALUES (?, ?)", f"evt-{row % 2}", f"{row:03}")
        for row in range(10)
    )
    wide = CassandraKeyspace(f"{keyspace.url}/wide")
    found = []
    while True:
        source = CassandraSource(wide, positions=positions)  # a restart after each batch
        batch = source.poll(at_most=3)
        if not batch.chunks:
            break
        found += [json.loads(line)["id"] for chunk in batch.chunks for line in chunk.lines]
        source.commit(batch)
    wide.close()
    assert sorted(found) == [f"{row:03}" for row in range(10)]


def test_the_lag_counts_the_ranges_that_are_left(tracking, positions):
    tracking.empty()
    tracking.insert([_line(number) for number in range(200)])
    source = CassandraSource(tracking.keyspace, positions=positions)
    lags = [source.lag()]
    while source.poll(at_most=20).chunks:
        lags.append(source.lag())
    assert lags[0] == RANGES
    assert lags == sorted(lags, reverse=True)
    assert len(set(lags)) > 5
    assert source.lag() == 0


def test_a_table_that_was_made_again_is_read_from_the_beginning(keyspace, positions):
    for _ in range(2):
        table = Tracking(keyspace, "again")
        table.insert([_line(1)])
        source = CassandraSource(table.keyspace, positions=positions)
        batch = source.poll(at_most=10)
        assert batch.chunks
        source.commit(batch)
        keyspace.execute(f"DROP TABLE {table.name}")
        table.keyspace.close()


def test_another_layout_is_refused_with_what_differs(keyspace, positions):
    table = Tracking(keyspace, "strange", bid="boolean")
    keyspace.execute(f"ALTER TABLE {table.name} DROP vp")
    with pytest.raises(LayoutError, match=r"strange .*bid is boolean instead of .*decimal.*vp is missing"):
        CassandraSource(table.keyspace, positions=positions)
    table.keyspace.close()


def test_a_missing_table_is_named(cassandra, keyspace, positions):
    for path in (f"{keyspace.url.keyspace}/nowhere", "nowhere/tracking"):
        absent = CassandraKeyspace(f"{cassandra.url}/{path}")
        with pytest.raises(LayoutError, match=f"there is no table cassandra://.*{path}"):
            CassandraSource(absent, positions=positions)
        absent.close()


def test_a_url_without_a_table_is_refused(keyspace, positions):
    with pytest.raises(ConfigurationError, match="names no table"):
        CassandraSource(keyspace, positions=positions)


def test_a_damaged_file_of_positions_is_named(tracking, positions):
    positions.parent.mkdir()
    for text in ("{", "[]", '{"a": 1}', '{"a": ["x", 1]}'):
        positions.write_text(text)
        with pytest.raises(InputError, match=r"tables.json holds no positions"):
            CassandraSource(tracking.keyspace, positions=positions)
