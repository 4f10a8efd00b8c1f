"""The contract of a store of dimensions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import attrs
from hypothesis import strategies as st

from admetrics.domain.dimensions import Campaign, Company, Dimensions, Group, Job, Publisher
from admetrics.domain.integers import LARGEST
from admetrics.ports.dimensions import DimensionStore
from admetrics.testing.examples import for_all, unused_number
from admetrics.testing.strategies import dimensions

_FIELDS = tuple(field.name for field in attrs.fields(Dimensions))
_BLOCK = 10


@attrs.define
class _Model:
    """What the store must hold of some ids."""

    tables: dict[str, dict[int, Any]] = attrs.field(factory=lambda: {name: {} for name in _FIELDS})
    moved: set[int] = attrs.field(factory=set)

    def put(self, drawn: Dimensions) -> None:
        new = {job.id: job.company for job in drawn.jobs}
        self.moved |= {job for job, company in new.items() if self.companies().get(job) != company}
        for name in _FIELDS:
            self.tables[name].update({row.id: row for row in getattr(drawn, name)})

    def companies(self) -> dict[int, int]:
        return {job.id: job.company for job in self.tables["jobs"].values() if job.company is not None}

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

    def test_the_company_of_a_job_is_the_last_one(self, store: DimensionStore) -> None:
        """Jobs without a company, and unknown jobs, are left out; so are those not asked for."""

        def check(imports: Sequence[Dimensions], choice: Sequence[bool]) -> None:
            block, model = _unused_block(), _Model()
            for drawn in _moved(imports, block):
                store.put(drawn)
                model.put(drawn)
            asked = {number for number, chosen in zip(block, choice, strict=True) if chosen}
            expected = {job: company for job, company in model.companies().items() if job in asked}
            assert dict(store.companies(asked)) == expected

        choices = st.lists(st.booleans(), min_size=_BLOCK, max_size=_BLOCK)
        for_all(check, st.lists(dimensions(), max_size=3), choices, examples=self.examples)

    def test_the_jobs_that_changed_company_are_noted(self, store: DimensionStore) -> None:
        """New jobs with a company included; new ones without, and unchanged ones, not."""

        def check(imports: Sequence[Dimensions], settled: Sequence[bool]) -> None:
            block, model = _unused_block(), _Model()
            for drawn, settle in zip(_moved(imports, block), settled, strict=False):
                store.put(drawn)
                model.put(drawn)
                moves = _moves(store, block)
                assert set(moves) == model.moved
                if settle:
                    store.settle(moves)
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
        assert again[job] != seen[job]
        store.settle(seen)
        assert _moves(store, [job]) == again
        store.settle(again)
        assert _moves(store, [job]) == {}
        store.put(Dimensions(jobs=[Job(job, company=3)]))
        third = _moves(store, [job])[job]
        assert third not in {seen[job], again[job]}, "a number that comes again could settle what nobody saw"

    def test_settling_leaves_other_jobs_noted(self, store: DimensionStore) -> None:
        """And moves that are not there are ignored."""
        job, other, *_ = _unused_block()
        store.put(Dimensions(jobs=[Job(job, company=1), Job(other, company=1)]))
        moves = _moves(store, [job, other])
        store.settle({job: moves[job]})
        store.settle({job: moves[job]})
        store.settle({})
        assert _moves(store, [job, other]) == {other: moves[other]}

    def test_a_job_that_lost_its_company_is_noted(self, store: DimensionStore) -> None:
        """Its rows must lose it too; a job that comes back to its company moved twice."""
        job, *_ = _unused_block()
        store.put(Dimensions(jobs=[Job(job, company=LARGEST)]))
        store.settle(_moves(store, [job]))
        store.put(Dimensions(jobs=[Job(job, company=None, title="same job")]))
        lost = _moves(store, [job])
        assert set(lost) == {job}
        assert store.companies([job]) == {}
        store.put(Dimensions(jobs=[Job(job, company=LARGEST)]))
        assert _moves(store, [job])[job] != lost[job]

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

    def test_no_rows_change_nothing(self, store: DimensionStore) -> None:
        """An import of empty files."""
        before = store.all(), dict(store.moved_jobs())
        store.put(Dimensions())
        assert (store.all(), dict(store.moved_jobs())) == before
        assert store.companies([]) == {}

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
        assert set(moves) == set(expected)
        store.settle(moves)
        assert _moves(store, ids) == {}

    def test_rows_and_moves_outlive_a_restart(
        self, store: DimensionStore, reopen: Callable[[], DimensionStore]
    ) -> None:
        """A crash between an import and what follows from it loses no move."""
        job, other, *_ = _unused_block()
        drawn = Dimensions(jobs=(Job(job, company=1, title="a"), Job(other, company=2)))
        store.put(drawn)
        moves = _moves(store, [job, other])
        store.settle({other: moves[other]})
        again = reopen()
        assert _of(again.all(), [job, other]) == drawn
        assert _moves(again, [job, other]) == {job: moves[job]}


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


def _moves(store: DimensionStore, jobs: Iterable[int]) -> Mapping[int, int]:
    wanted = set(jobs)
    return {job: number for job, number in store.moved_jobs().items() if job in wanted}
