"""The contract of a store of dimensions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import attrs
from hypothesis import strategies as st

from admetrics.domain.dimensions import Campaign, Company, DimensionChange, Dimensions, Group, Job, Publisher, Subject
from admetrics.domain.events.integers import LARGEST
from admetrics.domain.rules.flight import ALWAYS, Flight
from admetrics.ports.dimensions import DimensionStore
from admetrics.testing.examples import for_all, unused_number
from admetrics.testing.strategies import dimensions

_FIELDS = tuple(field.name for field in attrs.fields(Dimensions))
_BLOCK = 10


@attrs.define
class _Model:
    """What the store must hold of some ids."""

    tables: dict[str, dict[int, Any]] = attrs.field(factory=lambda: {name: {} for name in _FIELDS})
    moved: set[DimensionChange] = attrs.field(factory=set)

    def put(self, drawn: Dimensions) -> None:
        new = {job.id: job.company for job in drawn.jobs}
        self.moved |= {
            DimensionChange(Subject.JOB, job) for job, owner in new.items() if self.companies().get(job) != owner
        }
        flights = {campaign.id: campaign.flight for campaign in drawn.campaigns}
        self.moved |= {
            DimensionChange(Subject.CAMPAIGN, campaign)
            for campaign, flight in flights.items()
            if self.flights().get(campaign, ALWAYS) != flight
        }
        for name in _FIELDS:
            self.tables[name].update({row.id: row for row in getattr(drawn, name)})

    def companies(self) -> dict[int, int]:
        return {job.id: job.company for job in self.tables["jobs"].values() if job.company is not None}

    def flights(self) -> dict[int, Flight]:
        return {campaign.id: campaign.flight for campaign in self.tables["campaigns"].values()}

    def all(self) -> Dimensions:
        return Dimensions(
            **{name: tuple(rows[number] for number in sorted(rows)) for name, rows in self.tables.items()}
        )


class DimensionStoreContract:
    """What every store of dimensions keeps.

    Fixtures to supply:
        store: a store.
        reopen: a function that returns a new handle to that store, as after a restart; the old one is not used again.
    """

    examples: ClassVar[int] = 25
    many: ClassVar[int] = 3000
    """How many rows one call must be able to take."""

    def test_the_last_row_of_an_id_wins(self, store: DimensionStore) -> None:
        """Within an import and over several; rows that are not named stay; all come back sorted by id."""

        def check(imports: Sequence[Dimensions]) -> None:
            block, model = _unused_block(), _Model()
            for drawn in _moved(imports, block):
                store.put(drawn)
                model.put(drawn)
                assert _of(store.all(), block) == model.all()

        for_all(check, st.lists(dimensions(), max_size=3), examples=self.examples)

    def test_the_company_of_a_job_and_the_flight_of_a_campaign_are_the_last_ones(self, store: DimensionStore) -> None:
        """Jobs without a company are left out, and so is what is unknown or not asked for."""

        def check(imports: Sequence[Dimensions], choice: Sequence[bool]) -> None:
            block, model = _unused_block(), _Model()
            for drawn in _moved(imports, block):
                store.put(drawn)
                model.put(drawn)
            asked = {number for number, chosen in zip(block, choice, strict=True) if chosen}
            expected = {job: company for job, company in model.companies().items() if job in asked}
            assert dict(store.companies(asked)) == expected
            flights = {campaign: flight for campaign, flight in model.flights().items() if campaign in asked}
            assert dict(store.flights(asked)) == flights

        choices = st.lists(st.booleans(), min_size=_BLOCK, max_size=_BLOCK)
        for_all(check, st.lists(dimensions(), max_size=3), choices, examples=self.examples)

    def test_what_moved_is_noted(self, store: DimensionStore) -> None:
        """New jobs with a company and new campaigns with a date included; those without, and unchanged ones, not."""

        def check(imports: Sequence[Dimensions], settled: Sequence[bool]) -> None:
            block, model = _unused_block(), _Model()
            for drawn, settle in zip(_moved(imports, block), settled, strict=False):
                store.put(drawn)
                model.put(drawn)
                moves = _moves(store, block)
                assert set(moves) == model.moved
                if settle:
                    store.acknowledge(moves)
                    model.moved.clear()
                    assert _moves(store, block) == {}

        flags = st.lists(st.booleans(), min_size=3, max_size=3)
        for_all(check, st.lists(dimensions(), max_size=3), flags, examples=self.examples)

    def test_a_job_that_moved_again_stays_noted(self, store: DimensionStore) -> None:
        """Settling a move that was seen must not lose a later one."""
        job, *_ = _unused_block()
        store.put(Dimensions(jobs=[Job(job, company=1)]))
        seen = _moves(store, [job])
        store.put(Dimensions(jobs=[Job(job, company=2)]))
        again = _moves(store, [job])
        assert again[_job(job)] != seen[_job(job)]
        store.acknowledge(seen)
        assert _moves(store, [job]) == again
        store.acknowledge(again)
        assert _moves(store, [job]) == {}
        store.put(Dimensions(jobs=[Job(job, company=3)]))
        third = _moves(store, [job])[_job(job)]
        assert third not in {seen[_job(job)], again[_job(job)]}, "a number used again could settle what nobody saw"

    def test_settling_leaves_other_jobs_noted(self, store: DimensionStore) -> None:
        """And moves that are not there are ignored."""
        job, other, *_ = _unused_block()
        store.put(Dimensions(jobs=[Job(job, company=1), Job(other, company=1)]))
        moves = _moves(store, [job, other])
        store.acknowledge({_job(job): moves[_job(job)]})
        store.acknowledge({_job(job): moves[_job(job)]})
        store.acknowledge({})
        assert _moves(store, [job, other]) == {_job(other): moves[_job(other)]}

    def test_a_job_that_lost_its_company_is_noted(self, store: DimensionStore) -> None:
        """Its rows must lose it too; a job that comes back to its company moved twice."""
        job, *_ = _unused_block()
        store.put(Dimensions(jobs=[Job(job, company=LARGEST)]))
        store.acknowledge(_moves(store, [job]))
        store.put(Dimensions(jobs=[Job(job, company=None, title="same job")]))
        lost = _moves(store, [job])
        assert set(lost) == {_job(job)}
        assert store.companies([job]) == {}
        store.put(Dimensions(jobs=[Job(job, company=LARGEST)]))
        assert _moves(store, [job])[_job(job)] != lost[_job(job)]

    def test_values_come_back_exactly(self, store: DimensionStore) -> None:
        """Amounts are decimal, dates are days, texts keep every character."""
        number, *_ = _unused_block()
        text = "Nguy\u1ec5n & S\u00f8n \U0001f600 \u202e 'x' \"y\" %s \\ \t" + "z" * 500
        drawn = Dimensions(
            jobs=[Job(number, LARGEST, LARGEST, LARGEST, text, Decimal("12345678901234.56"))],
            campaigns=[Campaign(number, 1, text, Decimal("0.01"), "VND", date(1970, 1, 1), date(9999, 12, 31))],
            groups=[Group(number, 1, text, Decimal(0))],
            companies=[Company(number, text)],
            publishers=[
                Publisher(number, text, "EUR", "Asia/Ho_Chi_Minh", Decimal("0.0001"), Decimal("1E+3"), Decimal("99.90"))
            ],
        )
        store.put(drawn)
        assert _of(store.all(), [number]) == attrs.evolve(
            drawn, **{name: tuple(getattr(drawn, name)) for name in _FIELDS}
        )

    def test_a_job_and_a_campaign_of_one_number_move_apart(self, store: DimensionStore) -> None:
        """Their ids have nothing to do with each other."""
        number, *_ = _unused_block()
        store.put(Dimensions(campaigns=[Campaign(number, end_date=date(2026, 3, 2))]))
        flights = _moves(store, [number])
        assert set(flights) == {DimensionChange(Subject.CAMPAIGN, number)}
        store.put(Dimensions(jobs=[Job(number, company=1)]))
        both = _moves(store, [number])
        assert set(both) == {DimensionChange(Subject.JOB, number), DimensionChange(Subject.CAMPAIGN, number)}
        store.acknowledge(flights)
        assert set(_moves(store, [number])) == {DimensionChange(Subject.JOB, number)}
        assert store.flights([number]) == {number: Flight(None, date(2026, 3, 2))}

    def test_no_rows_change_nothing(self, store: DimensionStore) -> None:
        """An import of empty files."""
        before = store.all(), dict(store.pending_changes())
        store.put(Dimensions())
        assert (store.all(), dict(store.pending_changes())) == before
        assert store.companies([]) == {}
        assert store.flights([]) == {}

    def test_many_rows_at_once(self, store: DimensionStore) -> None:
        """More than one statement can carry."""
        start = _unused_block(self.many).start
        jobs = tuple(Job(start + number, company=number % 7 or None) for number in range(self.many))
        expected = {job.id: job.company for job in jobs if job.company is not None}
        store.put(Dimensions(jobs=jobs))
        ids = [job.id for job in jobs]
        assert dict(store.companies(ids)) == expected
        assert _of(store.all(), ids).jobs == jobs
        moves = _moves(store, ids)
        assert set(moves) == set(map(_job, expected))
        store.acknowledge(moves)
        assert _moves(store, ids) == {}

    def test_rows_and_moves_outlive_a_restart(
        self, store: DimensionStore, reopen: Callable[[], DimensionStore]
    ) -> None:
        """A crash between an import and what follows from it loses no move."""
        job, other, *_ = _unused_block()
        drawn = Dimensions(jobs=(Job(job, company=1, title="a"), Job(other, company=2)))
        store.put(drawn)
        moves = _moves(store, [job, other])
        store.acknowledge({_job(other): moves[_job(other)]})
        again = reopen()
        assert _of(again.all(), [job, other]) == drawn
        assert _moves(again, [job, other]) == {_job(job): moves[_job(job)]}


def _unused_block(size: int = _BLOCK) -> range:
    """Return ids that no other example uses."""
    numbers = [unused_number() for _ in range(size // _BLOCK)]
    return range(numbers[0] * _BLOCK, (numbers[-1] + 1) * _BLOCK)


def _moved(imports: Iterable[Dimensions], block: Sequence[int]) -> list[Dimensions]:
    """Give the rows ids of the block."""

    def renumbered(row: Any) -> Any:
        return attrs.evolve(row, id=block[row.id % _BLOCK])

    return [Dimensions(**{name: tuple(map(renumbered, getattr(drawn, name))) for name in _FIELDS}) for drawn in imports]


def _of(found: Dimensions, ids: Iterable[int]) -> Dimensions:
    wanted = set(ids)
    return Dimensions(**{name: tuple(row for row in getattr(found, name) if row.id in wanted) for name in _FIELDS})


def _moves(store: DimensionStore, ids: Iterable[int]) -> Mapping[DimensionChange, int]:
    wanted = set(ids)
    return {moved: number for moved, number in store.pending_changes().items() if moved.id in wanted}


def _job(number: int) -> DimensionChange:
    return DimensionChange(Subject.JOB, number)
