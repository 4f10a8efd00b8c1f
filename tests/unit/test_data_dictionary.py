"""The data dictionary says what the code does: names are complete, and every example is tried."""

import json
import re
from datetime import UTC, datetime

import attrs
import pytest

from admetrics.adapters.files.dimensions import read_dimensions
from admetrics.adapters.sql import tables
from admetrics.domain.events import record
from admetrics.domain.events.classify import classify
from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.event import REVISION
from admetrics.domain.events.kind import COUNTED, KIND_OF_NAME, Kind
from admetrics.domain.events.record import Record
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.domain.metrics.measures import Kpis, Measures
from admetrics.domain.reporting import hourly_table as events_table
from admetrics.domain.rollup.message import decode_row, encode_row
from admetrics.domain.rollup.reconciliation import Reconciliation
from admetrics.domain.rollup.row import Row
from admetrics.domain.rules.outcome import Outcome
from admetrics.domain.times import TimeLimits
from tests import views
from tests.markdown import REPOSITORY, Page, plain

DICTIONARY = Page(REPOSITORY / "docs" / "data-dictionary.md")
LIMITS = TimeLimits.at(datetime(2026, 3, 4, tzinfo=UTC))
CREATE_TIME = "2aa10ec0-16d7-11f1-98f8-ff3f08b10e4b"


def names(heading: str, column: int = 0) -> list[str]:
    """Return the names in a column of a table; a cell may hold several."""
    return [name for row in DICTIONARY.table(heading) for name in re.findall(r"`([^`]+)`", row[column])]


def test_all_columns_of_a_record_are_there_in_their_order():
    assert names("Raw records") == list(record.COLUMNS)


def test_the_types_of_a_record_are_those_of_the_schema():
    integers = {plain(row[0]) for row in DICTIONARY.table("Raw records") if row[1] == "integer"}
    assert integers == record.INTEGER_COLUMNS


def test_the_names_that_are_counted_are_there():
    found = {plain(name): plain(kind) for name, kind, _ in DICTIONARY.table("Kind")}
    assert {name: Kind(found[name]) for name in KIND_OF_NAME} == KIND_OF_NAME
    assert set(found.values()) == {kind.value for kind in Kind}


EXAMPLES = [
    pytest.param(json.loads(written.strip("`")), plain(becomes), id=written.strip("`"))
    for written, becomes in DICTIONARY.table("Examples")
]


@pytest.mark.parametrize("columns,becomes", EXAMPLES)
def test_each_example_becomes_what_it_says(columns, becomes):
    outcome = classify(Record.of({"create_time": CREATE_TIME, **columns}), limits=LIMITS)
    kind, *fields = becomes.split()
    if isinstance(outcome, Rejection):
        assert (outcome.reason.value, []) == (kind, fields)
        return
    assert outcome.kind.value == kind
    for name, expected in (field.split("=") for field in fields):
        assert shown(getattr(outcome, name)) == expected


def shown(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def test_all_reasons_are_there():
    assert names("Dead letters") == [reason.value for reason in Reason]


def test_all_columns_of_table_events_are_there_in_their_order():
    assert names("Table events") == list(events_table.COLUMNS)
    assert set(names("Table events")) == {column.name for column in tables.events.columns}


def test_all_columns_and_outcomes_of_the_accounting_are_there():
    columns = {column.name for column in tables.accounting.columns}
    assert set(names("Table accounting")) == columns
    assert len(columns) == len(attrs.fields(Outcome))
    assert {kind.value for kind in COUNTED} < set(re.findall(r"`([^`]+)`", DICTIONARY.text))


def test_all_columns_of_the_reconciliations_are_there_in_their_order():
    columns = [column.name for column in tables.reconciliations.columns]
    assert names("Table reconciliations") == columns == [field.name for field in attrs.fields(Reconciliation)]


def test_all_views_are_there_with_their_keys_and_figures():
    found = {plain(row[0]): re.findall("`([^`]+)`", row[2]) for row in DICTIONARY.table("Views for other tools")}
    assert found["kpi_hourly"] == list(views.KEYS["kpi_hourly"])
    assert found["kpi_daily"] == ["event_day", "event_hour"]
    assert found["kpi_campaign_daily"] == list(views.KEYS["kpi_campaign_daily"])
    section = DICTIONARY.prose.partition("## Views for other tools")[2].partition("\n## ")[0]
    measures = views.FIGURES[: len(attrs.fields(Measures))]
    assert [name for name in re.findall("`([^`]+)`", section) if name in measures][: len(measures)] == list(measures)


def test_all_columns_of_the_dimension_tables_are_there():
    for file, table, columns in DICTIONARY.table("Dimension tables"):
        expected = [column.name for column in tables.job.metadata.tables[plain(table)].columns]
        assert [name for name in re.findall(r"`(\w+)`", columns) if name in expected] == expected, file


def test_the_other_spellings_of_the_dimension_columns_are_read(tmp_path):
    (tmp_path / "master_publisher.csv").write_text("id,curency\n1,EUR\n")
    (tmp_path / "group.csv").write_text("id,budget\n1,7.5\n")
    found = read_dimensions([tmp_path])
    assert found.publishers[0].currency == "EUR"
    assert str(found.groups[0].budget) == "7.5"


def test_all_key_figures_are_there_in_their_order():
    assert names("Key figures") == [field.name for field in attrs.fields(Kpis)]


def test_the_message_is_one_that_the_code_reads_and_writes():
    [block] = [block for block in DICTIONARY.blocks if block.language == "json"]
    row = decode_row(block.text.encode())
    assert isinstance(row, Row)
    assert json.loads(encode_row(row)) == json.loads(block.text)
    assert set(names("Messages on the bus")) == set(json.loads(block.text))


def test_the_fields_of_a_dead_letter_are_there():
    rejection = {field.name for field in attrs.fields(Rejection) if field.eq}  # what is stored
    fields = {"id", *(field.name for field in attrs.fields(DeadLetter))} - {"rejection", "data"} | rejection
    tables_of_the_section = DICTIONARY.prose.partition("## Dead letters")[2].partition("\n## ")[0]
    assert fields <= set(re.findall(r"^\| `(\w+)`", tables_of_the_section, re.MULTILINE))


def test_the_revision_of_the_rules_is_the_one_that_is_in_force():
    assert f"revision of the rules (now {REVISION})" in DICTIONARY.path.read_text(encoding="utf-8")
