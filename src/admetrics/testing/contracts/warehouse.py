"""The contract of a warehouse."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

import attrs
import pytest
from hypothesis import strategies as st

from admetrics.domain.events.integers import LARGEST
from admetrics.domain.metrics.catalog import MEASURES, SPEND
from admetrics.domain.metrics.measures import ZERO, Measures
from admetrics.domain.reporting.axis import Axis
from admetrics.domain.reporting.hourly_table import as_stored
from admetrics.domain.rollup.reconciliation import Reconciliation
from admetrics.domain.rollup.row import Cell, Row, StoredRow
from admetrics.domain.rules.outcome import Outcome
from admetrics.domain.times import HOUR, Period
from admetrics.ports.warehouse import Total, Warehouse
from admetrics.testing.examples import HandClock, few_hours, for_all, unused_day
from admetrics.testing.strategies import FEW_HOURS, companies, hours, measures, rows

Table = dict[Cell, StoredRow]


class WarehouseContract:
    """What every warehouse keeps.

    Fixtures to supply:
        warehouse: a warehouse that tells the time by the fixture `clock` (which the suite has).
        reopen: a function that returns a new handle to that warehouse, as after a restart, with the same clock; the
            old one is not used again.
    """

    examples: ClassVar[int] = 25
    many: ClassVar[int] = 6000
    """How many rows one call must be able to take."""

    @pytest.fixture
    def clock(self) -> HandClock:
        """Return a clock for the warehouse."""
        return HandClock()

    # The fence

    def test_the_newest_version_of_every_row_wins(self, warehouse: Warehouse, clock: HandClock) -> None:
        """In whatever order they come: rows, versions, times of change and the number of those written."""

        def check(drawn: Sequence[Sequence[Row]]) -> None:
            by, model = unused_day(), Table()
            for batch in _moved(drawn, by):
                now = clock.advance()
                assert warehouse.upsert(batch) == _upsert(model, batch, now)
                assert list(warehouse.rows(few_hours(by))) == _sorted(model)

        for_all(check, _batches(), examples=self.examples)

    def test_the_order_of_versions_does_not_matter(self, warehouse: Warehouse) -> None:
        """The same rows in any order of batches end as the same rows."""

        def check(ordered: Sequence[tuple[int, Measures, int | None]]) -> None:
            cell = Cell(FEW_HOURS.start + unused_day(), 1, 0, 0, 0)
            for version, figures, company in ordered:
                warehouse.upsert([Row(cell, figures, company, version, "Test")])
            version, figures, company = max(ordered, key=lambda each: each[0])
            assert _rows_of(warehouse, cell.hour) == [Row(cell, figures, company, version, "Test")]

        versions = st.lists(st.tuples(st.integers(1, 20), measures(), companies()), min_size=1, max_size=5)
        for_all(check, versions.map(_one_of_each_version), examples=self.examples)

    def test_an_equal_version_changes_nothing(self, warehouse: Warehouse, clock: HandClock) -> None:
        """A load that is repeated writes nothing."""
        row = _row(version=5)
        assert warehouse.upsert([row]) == 1
        before = list(warehouse.rows_of([row.cell.hour]))
        clock.advance()
        assert warehouse.upsert([row]) == 0
        assert warehouse.upsert([attrs.evolve(row, measures=_figures(9))]) == 0
        assert list(warehouse.rows_of([row.cell.hour])) == before

    def test_the_time_of_change_moves_only_with_a_measure_or_the_company(
        self, warehouse: Warehouse, clock: HandClock
    ) -> None:
        """A newer version of the same figures is only newer."""
        row = _row(version=1, figures=_figures(1), company=1)
        first = clock.advance()
        warehouse.upsert([row])
        row = attrs.evolve(row, version=2, source="Other")
        clock.advance()
        assert warehouse.upsert([row]) == 1
        assert list(warehouse.rows_of([row.cell.hour])) == [StoredRow(row, first)]
        figures = [Measures(*values) for values in _each_increased(row.measures.values)]
        contents = [
            *((each, 1) for each in figures),
            (figures[-1], 2),
            (figures[-1], None),
            (figures[-1], 1),
            (ZERO, None),
        ]
        for measured, company in contents:
            changed = clock.advance()
            for _ in range(2):
                row = attrs.evolve(row, version=row.version + 1, measures=measured, company=company)
                assert warehouse.upsert([row]) == 1
                assert list(warehouse.rows_of([row.cell.hour])) == [StoredRow(row, changed)]
                clock.advance()

    def test_a_zero_row_holds_back_older_messages(self, warehouse: Warehouse) -> None:
        """A vanished cell stays, as zeros; also one that was never there before."""
        for older in (None, _row(version=1)):
            cell = (older or _row()).cell
            if older is not None:
                warehouse.upsert([older])
            vanished = Row(cell, ZERO, None, 3, "Test")
            assert warehouse.upsert([vanished]) == 1
            assert warehouse.upsert([Row(cell, _figures(1), 1, 2, "Test")]) == 0
            assert _rows_of(warehouse, cell.hour) == [vanished]
            assert list(warehouse.hours(Period(cell.hour, cell.hour + HOUR))) == [cell.hour]

    def test_versions_beyond_32_bits_are_compared_as_numbers(self, warehouse: Warehouse) -> None:
        """As text, 9 would be newer than 10."""
        row = _row(version=9)
        for version in (10, 2**31, 2**40):
            warehouse.upsert([row])
            row = attrs.evolve(row, version=version, measures=_figures(version % 1000 + 1))
            assert warehouse.upsert([row]) == 1
        assert warehouse.upsert([attrs.evolve(row, version=2**39, measures=ZERO)]) == 0
        assert _rows_of(warehouse, row.cell.hour) == [row]

    def test_a_row_that_is_discarded_is_gone_and_any_version_of_it_is_new(self, warehouse: Warehouse) -> None:
        """Also one whose version no later one could exceed; the others of its hour stay."""
        row, other = _row(version=2**62), _row(version=1)
        other = attrs.evolve(other, cell=attrs.evolve(row.cell, job=row.cell.job + 1))
        warehouse.upsert([row, other])
        warehouse.discard([row.cell])
        assert _rows_of(warehouse, row.cell.hour) == [other]
        older = attrs.evolve(row, version=1)
        assert warehouse.upsert([older]) == 1
        assert older in _rows_of(warehouse, row.cell.hour)

    def test_what_was_written_by_it_has_no_flaws(self, warehouse: Warehouse) -> None:
        """Neither its rows, whatever they hold, nor the sums of its days."""

        def check(drawn: Sequence[Sequence[Row]]) -> None:
            by = unused_day()
            _stored(warehouse, drawn, by)
            _sum_up_all(warehouse)
            day = few_hours(by)
            assert warehouse.flaws(warehouse.hours(day)) == {}
            assert list(warehouse.wrong_days(day, repair=False)) == []

        for_all(check, _batches(), examples=self.examples)

    def test_no_rows_write_nothing(self, warehouse: Warehouse) -> None:
        """A load without rows upserts an empty list."""
        assert warehouse.upsert([]) == 0

    def test_the_largest_figures_are_stored_exactly(self, warehouse: Warehouse) -> None:
        """Counts as large as messages have them, and sums of money up to 2^53, which a double still holds."""
        cell = Cell(FEW_HOURS.start + unused_day(), LARGEST, LARGEST, LARGEST, LARGEST)
        for version, money in enumerate((2**53 - 1, 2**53), start=1):
            measures = Measures(*[min(measure.largest, money) for measure in MEASURES])
            row = Row(cell, measures, LARGEST, version, "L" * 64)
            warehouse.upsert([row])
            assert _rows_of(warehouse, cell.hour) == [row]

    def test_money_beyond_what_a_double_holds_is_the_nearest(self, warehouse: Warehouse) -> None:
        """However many such cells there are: no sum fails."""
        by = unused_day()
        measures = Measures(*[measure.largest for measure in MEASURES])
        stored = [attrs.evolve(_row(by=by, job=job), measures=measures) for job in range(1, 1101)]
        assert warehouse.upsert(stored) == len(stored)
        assert {as_stored(found.row.measures) for found in warehouse.rows(few_hours(by))} == {as_stored(measures)}
        [total] = warehouse.totals(few_hours(by), [])
        assert total.measures.clicks == len(stored) * LARGEST
        assert math.isclose(SPEND.of(total.measures), len(stored) * (2**63 - 1))
        _sum_up_all(warehouse)
        assert list(warehouse.wrong_days(few_hours(by), repair=False)) == []
        assert [each.measures.clicks for each in warehouse.totals(few_hours(by), [])] == [len(stored) * LARGEST]

    def test_many_rows_at_once(self, warehouse: Warehouse) -> None:
        """More than one statement can carry, in any order."""
        by = unused_day()
        stored = [_row(by=by, job=job, company=job % 5 or None) for job in range(self.many, 0, -1)]
        assert warehouse.upsert(stored) == self.many
        assert [found.row for found in warehouse.rows(few_hours(by))] == stored[::-1]
        newer = [attrs.evolve(row, version=row.version + row.cell.job % 2) for row in stored]
        assert warehouse.upsert(newer) == self.many // 2
        assert [found.row for found in warehouse.rows(few_hours(by))] == newer[::-1]

    # What is read

    def test_rows_are_found_by_period(self, warehouse: Warehouse) -> None:
        """Its start is in it, its end is not, and an hour that began before it is not."""

        def check(drawn: Sequence[Sequence[Row]], period: Period) -> None:
            model = _stored(warehouse, drawn, by := unused_day())
            period = Period(period.start + by, period.end + by)
            wanted = {cell: stored for cell, stored in model.items() if cell.hour in period}
            assert [stored.row for stored in warehouse.rows(period)] == _plain(wanted)
            assert list(warehouse.hours(period)) == sorted({cell.hour for cell in wanted})

        for_all(check, _batches(), _periods(), examples=self.examples)

    def test_rows_are_found_by_hour(self, warehouse: Warehouse) -> None:
        """Sorted by cell, whatever the order of the hours; hours without rows add none."""

        def check(drawn: Sequence[Sequence[Row]], chosen: Sequence[datetime]) -> None:
            model = _stored(warehouse, drawn, by := unused_day())
            asked = [hour + by for hour in chosen]
            wanted = {cell: stored for cell, stored in model.items() if cell.hour in asked}
            assert [stored.row for stored in warehouse.rows_of(asked)] == _plain(wanted)

        chosen = st.lists(hours(Period(FEW_HOURS.start - HOUR, FEW_HOURS.end + HOUR)), unique=True)
        for_all(check, _batches(), chosen, examples=self.examples)

    def test_a_period_without_bounds_holds_everything(self, warehouse: Warehouse) -> None:
        """Its ends are times that few stores know."""
        row = _row(figures=_figures(1))
        warehouse.upsert([row])
        outcomes = [Outcome(row.cell.hour, "click", 1)]
        warehouse.put_accounting([row.cell.hour], outcomes)
        assert row in [stored.row for stored in warehouse.rows(Period.always())]
        hours = warehouse.hours(Period.always())
        assert row.cell.hour in hours
        assert warehouse.span(Period.always()) == (hours[0], hours[-1])
        assert outcomes[0] in warehouse.accounting(Period.always())
        (total,) = warehouse.totals(Period.always(), [])
        assert total.measures

    def test_the_span_of_a_period_is_that_of_its_rows(self, warehouse: Warehouse) -> None:
        """The hour that begins with the end of the period is no part of it."""
        day = unused_day()
        stored = [_row(by=day + HOUR * number) for number in (0, 2, 3)]
        hours = [row.cell.hour for row in stored]
        warehouse.upsert(stored)
        assert warehouse.span(Period(hours[0], hours[2])) == (hours[0], hours[1])
        assert warehouse.span(Period(hours[0] + HOUR, hours[1] + HOUR)) == (hours[1], hours[1])
        assert warehouse.span(Period(hours[0] + HOUR, hours[1])) is None

    def test_the_highest_version_is_that_of_any_row(self, warehouse: Warehouse) -> None:
        """Zero rows too; 0 if there is none."""
        before = warehouse.highest_version()
        assert before >= 0
        row = _row(version=before + 5)
        warehouse.upsert([row, _row(version=before + 1)])
        assert warehouse.highest_version() == before + 5
        warehouse.upsert([attrs.evolve(row, version=before + 9, measures=ZERO, company=None)])
        assert warehouse.highest_version() == before + 9

    def test_the_last_update_is_the_time_of_the_last_change(self, warehouse: Warehouse, clock: HandClock) -> None:
        """Aware UTC, to the microsecond; a newer version without a change is no change."""
        row = _row(version=1)
        before = warehouse.last_update() or clock.now()
        now = clock.advance(max(before - clock.now(), timedelta()) + timedelta(microseconds=7))
        warehouse.upsert([row])
        assert warehouse.last_update() == now
        assert now.utcoffset() == timedelta()
        clock.advance()
        warehouse.upsert([attrs.evolve(row, version=2)])
        assert warehouse.last_update() == now
        later = clock.advance()
        warehouse.upsert([attrs.evolve(row, version=3, measures=ZERO, company=None)])
        assert warehouse.last_update() == later

    def test_a_clock_that_was_ahead_hides_no_later_change(self, warehouse: Warehouse, clock: HandClock) -> None:
        """Nor does it keep days from being summed."""
        by, wrong = unused_day(), timedelta(days=1500)
        ahead = clock.advance(wrong)
        warehouse.upsert([_row(by=by, job=1)])
        assert warehouse.last_update() == ahead
        back = clock.advance(timedelta(seconds=1) - wrong)
        warehouse.upsert([_row(by=by, job=2)])
        assert warehouse.last_update() == back
        clock.advance(timedelta(hours=1))
        assert warehouse.last_update() == back
        _sum_up_all(warehouse)
        assert sum(total.measures.clicks for total in warehouse.totals(few_hours(by), [])) == sum(
            stored.row.measures.clicks for stored in warehouse.rows(few_hours(by))
        )

    # Totals

    def test_totals_are_sums_over_equal_keys(self, warehouse: Warehouse) -> None:
        """By any axes in any order, sorted by keys, unknown companies first; zeros make no total."""

        def check(drawn: Sequence[Sequence[Row]], period: Period, by: Sequence[Axis]) -> None:
            day = unused_day()
            model = _stored(warehouse, drawn, day)
            period = Period(period.start + day, period.end + day)
            wanted = [stored.row for cell, stored in model.items() if cell.hour in period]
            assert list(warehouse.totals(period, by)) == _totals(wanted, by)

        axes = st.lists(st.sampled_from(Axis), min_size=1, max_size=6, unique=True)
        for_all(check, _batches(), _periods(), axes, examples=self.examples)

    def test_days_that_are_summed_up_change_no_totals(self, warehouse: Warehouse, clock: HandClock) -> None:
        """Whatever rows came before, between and after; by any axes, of any part of some days."""

        def check(drawn: Sequence[Sequence[Row]], edges: Sequence[int], by: Sequence[Axis]) -> None:
            _, day, _ = (unused_day() for _ in range(3))  # no other rows lie on the days beside
            model = Table()
            around = Period(few_hours(day).start - 22 * HOUR, few_hours(day).start + 26 * HOUR)  # two whole days
            period = Period(*(few_hours(day).start + edge * HOUR for edge in sorted(edges)))
            for batch in _moved(drawn, day):
                warehouse.upsert(batch)
                _upsert(model, batch, FEW_HOURS.start)
                clock.advance(timedelta(minutes=30))
                _sum_up_all(warehouse)
                found = [stored.row for cell, stored in model.items() if cell.hour in period]
                assert list(warehouse.totals(period, by)) == _totals(found, by)
                found = [row for row in found if row.cell.publisher == 1]
                assert list(warehouse.totals(period, by, {Axis.PUBLISHER: 1})) == _totals(found, by)
                found = [stored.row for stored in model.values()]
                assert list(warehouse.totals(around, by)) == _totals(found, by)

        edges = st.lists(st.integers(-40, 40), min_size=2, max_size=2)
        axes = st.lists(st.sampled_from(Axis), max_size=3, unique=True)
        for_all(check, _batches(), edges, axes, examples=self.examples)

    def test_the_present_day_is_not_summed_up(self, warehouse: Warehouse, clock: HandClock) -> None:
        """Nor one of the future: they still change."""
        _sum_up_all(warehouse)
        present = clock.now().replace(minute=0, second=0, microsecond=0)
        warehouse.upsert([_row(by=present - FEW_HOURS.start + day) for day in (timedelta(), timedelta(days=1))])
        clock.advance(timedelta(minutes=30))
        assert warehouse.summarize_day() is None

    def test_old_rows_of_nothing_but_zeros_are_pruned_and_no_others(
        self, warehouse: Warehouse, clock: HandClock
    ) -> None:
        """Neither rows with figures, nor zeros that are as young as asked for."""
        by = unused_day()
        warehouse.prune(clock.advance())  # what other examples left
        warehouse.upsert([_row(by=by, job=1, figures=ZERO, company=None), _row(by=by, job=2)])
        later = clock.advance()
        warehouse.upsert([_row(by=by, job=3, figures=ZERO, company=None)])
        assert warehouse.prune(later) == 1
        assert [row.cell.job for row in _rows_of(warehouse, FEW_HOURS.start + by)] == [2, 3]
        assert warehouse.prune(later) == 0

    def test_totals_of_chosen_rows_leave_out_all_others(self, warehouse: Warehouse) -> None:
        """By any keys: an hour, ids, none, an unknown company; also keys that no row has."""

        def check(drawn: Sequence[Sequence[Row]], by: Sequence[Axis], axes: Sequence[Axis], number: int) -> None:
            day = unused_day()
            found = [stored.row for stored in _stored(warehouse, drawn, day).values()]
            example = found[number % len(found)]
            where = {axis: _key(example, axis) for axis in axes}
            wanted = [row for row in found if all(_key(row, axis) == key for axis, key in where.items())]
            assert list(warehouse.totals(few_hours(day), by, where)) == _totals(wanted, by)
            assert list(warehouse.totals(few_hours(day), by, {**where, Axis.JOB: LARGEST - 1})) == []

        axes = st.lists(st.sampled_from(Axis), min_size=1, max_size=3, unique=True)
        some = _batches().filter(any)
        for_all(check, some, axes, axes, st.integers(0, 99), examples=self.examples)

    def test_totals_of_rows_without_a_company_are_theirs_alone(self, warehouse: Warehouse) -> None:
        """None chooses the unknown company, 0 a campaign that is none."""
        by = unused_day()
        warehouse.upsert([_row(by=by, job=job, company=company) for job, company in {1: 1, 2: None, 3: None}.items()])
        totals = warehouse.totals(few_hours(by), [Axis.JOB], {Axis.COMPANY: None, Axis.CAMPAIGN: 0})
        assert [total.keys for total in totals] == [(2,), (3,)]

    def test_the_total_of_all_is_one(self, warehouse: Warehouse) -> None:
        """Without axes there is one key: none."""

        def check(drawn: Sequence[Sequence[Row]]) -> None:
            day = unused_day()
            wanted = [stored.row for stored in _stored(warehouse, drawn, day).values()]
            totals = list(warehouse.totals(few_hours(day), []))
            assert totals == _totals(wanted, [])

        some = _batches().filter(lambda drawn: any(row.measures for batch in drawn for row in batch))
        for_all(check, some, examples=self.examples)

    def test_totals_of_an_unknown_company_come_first(self, warehouse: Warehouse) -> None:
        """Also where the company is not the first key."""
        by = unused_day()
        figures = _figures(1)
        owners = {1: 2, 2: None, 3: 1, 4: None}
        warehouse.upsert([_row(by=by, job=job, figures=figures, company=company) for job, company in owners.items()])
        totals = warehouse.totals(few_hours(by), [Axis.COMPANY])
        assert list(totals) == [Total((None,), figures + figures), Total((1,), figures), Total((2,), figures)]
        totals = warehouse.totals(few_hours(by), [Axis.HOUR, Axis.COMPANY, Axis.JOB])
        assert [total.keys[1:] for total in totals] == [(None, 2), (None, 4), (1, 3), (2, 1)]

    def test_totals_are_exact(self, warehouse: Warehouse) -> None:
        """Sums beyond 32 bits, and ids at the edge."""
        by = unused_day()
        figures = Measures(*[2**40 + 1] * len(MEASURES))
        stored = [_row(by=by, job=job, figures=figures, company=LARGEST) for job in (1, LARGEST)]
        warehouse.upsert(stored)
        assert list(warehouse.totals(few_hours(by), [Axis.COMPANY])) == [Total((LARGEST,), figures + figures)]

    # Accounting

    def test_the_accounting_is_replaced_hour_by_hour(self, warehouse: Warehouse) -> None:
        """Outcomes that are gone go; hours that are not named stay; what is read is sorted."""

        def check(
            puts: Sequence[tuple[Sequence[datetime], Mapping[tuple[datetime, str], int]]], period: Period
        ) -> None:
            by, model = unused_day(), dict[tuple[datetime, str], int]()
            for named, drawn in puts:
                replaced = [hour + by for hour in named]
                new = {(hour + by, name): count for (hour, name), count in drawn.items() if hour in named}
                warehouse.put_accounting(replaced, [Outcome(*key, count) for key, count in new.items()])
                model = {key: count for key, count in model.items() if key[0] not in replaced} | new
                assert list(warehouse.accounting(few_hours(by))) == _outcomes(model, few_hours(by))
            period = Period(period.start + by, period.end + by)
            assert list(warehouse.accounting(period)) == _outcomes(model, period)

        names = st.sampled_from(["click", "without_job:click", "other:unnamed", "other:a_b", "other:" + "a" * 64])
        counts = st.dictionaries(st.tuples(hours(), names), st.sampled_from([1, 2, 2**40]), max_size=6)
        puts = st.lists(st.tuples(st.lists(hours(), unique=True), counts), max_size=3)
        for_all(check, puts, _periods(), examples=self.examples)

    def test_many_hours_of_accounting_at_once(self, warehouse: Warehouse) -> None:
        """Reconcile stores what the lake says of months."""
        start = FEW_HOURS.start + unused_day()
        named = [start - number * HOUR / 1000 for number in range(0, 2000, 1000)]
        outcomes = [
            Outcome(hour, f"other:name_{number:05}", number + 1) for hour in named for number in range(self.many)
        ]
        warehouse.put_accounting(named, outcomes)
        period = Period(min(named), max(named) + HOUR)
        assert list(warehouse.accounting(period)) == sorted(outcomes)
        warehouse.put_accounting(named, [])
        assert list(warehouse.accounting(period)) == []

    # The results of reconcile

    def test_what_reconcile_found_is_told_by_time(self, warehouse: Warehouse, clock: HandClock) -> None:
        """Exactly as it was put, hours that were not there included; none at first."""
        assert list(warehouse.reconciliations()) == []
        first, second = (clock.advance() for _ in range(2))
        results = [
            Reconciliation(first, FEW_HOURS.start, FEW_HOURS.end, 5, 2**40, 3, 4, 2),
            Reconciliation(second, None, None, 0, 0, 0, 0, 0),
        ]
        for result in reversed(results):
            warehouse.put_reconciliation(result)
        assert list(warehouse.reconciliations()) == results

    def test_one_moment_has_one_result_of_reconcile(self, warehouse: Warehouse, clock: HandClock) -> None:
        """The one that was put last; putting it again changes nothing."""
        found = Reconciliation(clock.now(), FEW_HOURS.start, FEW_HOURS.start, 1, 9, 1, 0, 0)
        fixed = attrs.evolve(found, different=0)
        for result in (found, fixed, fixed):
            warehouse.put_reconciliation(result)
        assert list(warehouse.reconciliations()) == [fixed]

    # Durability

    def test_everything_outlives_a_restart(
        self, warehouse: Warehouse, clock: HandClock, reopen: Callable[[], Warehouse]
    ) -> None:
        """Rows with their times of change, the accounting, and the results of reconcile."""
        by = unused_day()
        stored = [_row(by=by, job=job) for job in (1, 2)]
        outcomes = [Outcome(few_hours(by).start, "click", 2)]
        warehouse.upsert(stored)
        result = Reconciliation(clock.now(), few_hours(by).start, few_hours(by).start, 1, 2, 0, 0, 0)
        warehouse.put_accounting([few_hours(by).start], outcomes)
        warehouse.put_reconciliation(result)
        now = clock.now()
        clock.advance()
        again = reopen()
        assert list(again.rows(few_hours(by))) == [StoredRow(row, now) for row in stored]
        assert list(again.accounting(few_hours(by))) == outcomes
        assert list(again.reconciliations()) == [result]
        assert again.upsert(stored) == 0


# The model


def _upsert(model: Table, batch: Iterable[Row], now: datetime) -> int:
    written = 0
    for row in batch:
        held = model.get(row.cell)
        if held is not None and held.row.version >= row.version:
            continue
        same = held is not None and (held.row.measures, held.row.company) == (row.measures, row.company)
        model[row.cell] = StoredRow(row, held.updated if held is not None and same else now)
        written += 1
    return written


def _stored(warehouse: Warehouse, drawn: Sequence[Sequence[Row]], by: timedelta) -> Table:
    """Store rows on another day, and return what must be there now; the times of change are not told."""
    model = Table()
    for batch in _moved(drawn, by):
        warehouse.upsert(batch)
        _upsert(model, batch, FEW_HOURS.start)
    return model


def _sum_up_all(warehouse: Warehouse) -> None:
    while warehouse.summarize_day() is not None:
        pass


def _sorted(model: Table) -> list[StoredRow]:
    return [model[cell] for cell in sorted(model)]


def _plain(model: Table) -> list[Row]:
    return [stored.row for stored in _sorted(model)]


def _totals(found: Iterable[Row], by: Sequence[Axis]) -> list[Total]:
    sums: dict[tuple[datetime | int | None, ...], Measures] = {}
    for row in found:
        if row.measures:
            keys = tuple(_key(row, axis) for axis in by)
            sums[keys] = sums.get(keys, ZERO) + row.measures
    ordered = sorted(sums, key=lambda keys: [(key is not None, key) for key in keys])
    return [Total(keys, sums[keys]) for keys in ordered]


def _key(row: Row, axis: Axis) -> datetime | int | None:
    keys: dict[Axis, datetime | int | None] = {
        Axis.HOUR: row.cell.hour,
        Axis.JOB: row.cell.job,
        Axis.PUBLISHER: row.cell.publisher,
        Axis.CAMPAIGN: row.cell.campaign,
        Axis.GROUP: row.cell.group,
        Axis.COMPANY: row.company,
    }
    return keys[axis]


def _outcomes(model: Mapping[tuple[datetime, str], int], period: Period) -> list[Outcome]:
    return sorted(Outcome(hour, name, count) for (hour, name), count in model.items() if hour in period)


def _rows_of(warehouse: Warehouse, hour: datetime) -> list[Row]:
    return [stored.row for stored in warehouse.rows_of([hour])]


# What is drawn


def _batches() -> st.SearchStrategy[Sequence[Sequence[Row]]]:
    """Return a strategy for upserts: at most one row a cell in each, the same cells again and again."""
    source = st.sampled_from(["Memory", "DuckDB"])
    drawn = st.builds(lambda row, name: attrs.evolve(row, source=name), rows(max_version=5), source)
    return st.lists(st.lists(drawn, max_size=6, unique_by=lambda row: row.cell), max_size=4)


def _periods() -> st.SearchStrategy[Period]:
    """Return a strategy for periods that begin and end near the few hours, at full hours or within one."""
    half_hours = st.integers(-1, 7).map(lambda number: FEW_HOURS.start + number * HOUR / 2)
    return st.tuples(half_hours, half_hours).map(lambda ends: Period(min(ends), max(ends)))


def _moved(drawn: Sequence[Sequence[Row]], by: timedelta) -> list[list[Row]]:
    return [
        [attrs.evolve(row, cell=attrs.evolve(row.cell, hour=row.cell.hour + by)) for row in batch] for batch in drawn
    ]


def _one_of_each_version(
    drawn: Sequence[tuple[int, Measures, int | None]],
) -> Sequence[tuple[int, Measures, int | None]]:
    return list({version: (version, figures, company) for version, figures, company in drawn}.values())


def _figures(first: int) -> Measures:
    """Return figures of which none is another's."""
    return Measures(*range(first, first + len(MEASURES)))


def _row(
    *,
    by: timedelta | None = None,
    job: int = 1,
    version: int = 1,
    figures: Measures | None = None,
    company: int | None = 1,
) -> Row:
    """Make a row, of an hour that no other example has unless it is told."""
    hour = FEW_HOURS.start + (unused_day() if by is None else by)
    return Row(Cell(hour, job, 0, 0, 0), _figures(2) if figures is None else figures, company, version, "Test")


def _each_increased(values: Sequence[int]) -> Iterable[list[int]]:
    """Increase one figure more each time."""
    increased = list(values)
    for index in range(len(values)):
        increased[index] += 1
        yield list(increased)
