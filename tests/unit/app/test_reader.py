"""The reader: figures without the lake, and an honest word about what was not looked at."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admetrics.adapters.memory.clock import ManualClock
from admetrics.adapters.memory.dead_letters import MemoryDeadLetters
from admetrics.adapters.memory.dimensions import MemoryDimensions
from admetrics.adapters.memory.lake import MemoryLake
from admetrics.adapters.memory.warehouse import MemoryWarehouse
from admetrics.app.reader import Books, Reader
from admetrics.domain.dimensions import Campaign, Dimensions
from admetrics.domain.errors import ConfigurationError, PermanentError, TransientError
from admetrics.domain.metrics.measures import ZERO, Measures
from admetrics.domain.reporting.axis import AXES
from admetrics.domain.reporting.budgets import Status
from admetrics.domain.reporting.query import ReportQuery
from admetrics.domain.rollup.row import Cell, Row
from admetrics.ports.warehouse import is_there
from admetrics.testing import strategies as some
from tests.unit.app.stores import clicked

NOW = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)


def reader_of(rows: list[Row], open_books=None) -> Reader:
    clock = ManualClock(NOW)
    warehouse = MemoryWarehouse(clock=clock)
    warehouse.upsert(rows)
    books: Books = MemoryLake(), MemoryDeadLetters()
    return Reader(
        warehouse=warehouse,
        dimensions=MemoryDimensions(),
        open_books=open_books or (lambda: nullcontext(books)),
        clock=clock,
    )


class Refuses(AbstractContextManager[Books]):
    """Books that cannot be opened."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __enter__(self) -> Books:
        raise self._error

    def __exit__(self, *_: object) -> None:
        """Nothing was opened."""


ROWS = st.lists(some.rows(), min_size=1, max_size=12, unique_by=lambda row: row.cell)


@settings(max_examples=80)
@given(ROWS, st.sampled_from(AXES), st.data())
def test_an_answer_has_the_figures_of_the_chosen_rows_and_no_others(rows, by, data):
    axes = data.draw(st.sets(st.sampled_from(AXES)))
    like = data.draw(st.sampled_from(rows))
    of_like = {"company": like.company, **attrs.asdict(like.cell)}
    question = ReportQuery(last="all", by=by, keys={axis: of_like[axis] for axis in axes})
    shown = reader_of(rows).answer(question).report
    where = {axis: of_like[axis] for axis in axes}
    expected = sum((row.measures for row in rows if is_there(row, where)), ZERO)
    assert sum(shown.figures.currencies.values(), ZERO) == expected
    assert sum((sum(entry.figures.currencies.values(), ZERO) for entry in shown.entries), ZERO) == expected
    assert sum((sum(day.figures.currencies.values(), ZERO) for day in shown.days), ZERO) == expected


def test_an_answer_is_of_the_length_that_was_asked_for():
    reader = reader_of([])
    for last, length in (("24h", timedelta(days=1)), ("90d", timedelta(days=90))):
        period = reader.answer(ReportQuery(last=last)).report.period
        assert period.end - period.start == length


def test_an_answer_never_opens_the_lake():
    def refuse() -> None:
        raise AssertionError

    health = reader_of([], refuse).answer(ReportQuery()).report.health
    assert (health.dead_letters, health.accounting, health.missing) == (None, None, None)
    assert "reads the warehouse alone" in (health.unseen or "")


@pytest.mark.parametrize("error", [TransientError, PermanentError])
def test_a_report_without_the_lake_says_why_and_has_all_else(error):
    held = Refuses(error("lake.duckdb is in use by another command (process 4711)"))
    cell = Cell(NOW.replace(minute=0), 7, 1, 0, 0)
    shown = reader_of([Row(cell, Measures(clicks=3), None, 1, "Memory")], lambda: held).report()
    assert shown.figures.counts.clicks == 3
    health = shown.health
    assert health.unseen == "not available: lake.duckdb is in use by another command (process 4711)"
    assert (health.dead_letters, health.accounting, health.missing) == (None, None, None)


def test_a_report_with_the_lake_has_its_books_and_gives_the_lake_back():
    steps = []

    @contextmanager
    def books() -> Iterator[Books]:
        steps.append("opened")
        yield MemoryLake(), MemoryDeadLetters()
        steps.append("closed")

    health = reader_of([], books).report().health
    assert (health.dead_letters, health.accounting, health.missing, health.unseen) == ({}, {}, {}, None)
    assert steps == ["opened", "closed"]


def test_a_wrong_setting_of_the_lake_is_still_an_error():
    wrong = Refuses(ConfigurationError("lake = 'ftp://host' is no URL of a lake"))
    with pytest.raises(ConfigurationError):
        reader_of([], lambda: wrong).report()


@given(ROWS)
def test_the_version_changes_with_the_figures_and_not_without(rows):
    reader = reader_of(rows[:-1])
    before = reader.version()
    assert reader.version() == before
    assert isinstance(reader.clock, ManualClock)
    reader.clock.advance(timedelta(microseconds=7))
    reader.warehouse.upsert(rows[-1:])
    assert reader.version() != before


def test_a_clock_that_was_ahead_freezes_nothing():
    """Neither what is kept of budgets and names, nor the version by which pages learn of changes."""
    cell = Cell(NOW.replace(minute=0), 1, 0, 7, 0)
    row = Row(cell, clicked(spend=3), None, 1, "Memory")
    reader = reader_of([row])
    assert isinstance(reader.clock, ManualClock)
    campaign = Campaign(7, budget_total=Decimal(100), unit_budget="clicks", start_date=NOW.date(), end_date=NOW.date())
    reader.dimensions.put(Dimensions(campaigns=(campaign,)))
    years = timedelta(days=1500)
    reader.clock.advance(years)
    reader.warehouse.upsert([attrs.evolve(row, version=2, measures=clicked(spend=4))])
    [ended] = reader.answer(ReportQuery(last="all")).report.budgets
    reader.clock.advance(-years)
    [use] = reader.answer(ReportQuery(last="all")).report.budgets
    assert (ended.status, use.status) == (Status.ENDED, Status.BEHIND)
    before = reader.version()
    reader.warehouse.upsert([attrs.evolve(row, version=3, measures=clicked(spend=5))])
    assert reader.version() != before
    reader.clock.advance(timedelta(seconds=1))
    between = reader.version()
    reader.warehouse.upsert([attrs.evolve(row, version=4, measures=clicked(spend=6))])
    assert reader.version() != between


def test_the_version_changes_with_time_too_since_names_may_have_changed():
    reader = reader_of([])
    before = reader.version()
    assert isinstance(reader.clock, ManualClock)
    reader.clock.advance(timedelta(minutes=1))
    assert reader.version() != before
