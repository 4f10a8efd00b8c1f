"""The contract of a checkpoint store."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import datetime, timedelta
from itertools import permutations
from threading import Barrier
from typing import Any, ClassVar, TypeVar

import attrs
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from admetrics.domain.dimensions import DimensionChange, Subject, subjects_of
from admetrics.domain.rollup.arrival import Arrival, ArrivalKey
from admetrics.domain.rollup.minutes import ALL_MINUTES
from admetrics.domain.rollup.row import Cell
from admetrics.domain.rules.digest import VANISHED, Digest
from admetrics.domain.times import HOUR, Period, hour_of
from admetrics.ports.checkpoints import Checkpoints, Claim, HourState
from admetrics.testing.examples import few_hours, for_all, unused_day, unused_number

_DIGESTS = (b"a" * 16, b"b" * 16, bytes(16), b"\xff" * 16)
_JOBS = (1, 2)
_MINUTES = (0, 59)
_IN_DOUBT = None

T = TypeVar("T")
Figures = Mapping[int, Digest]
"""The digest of the cell of each job."""


@attrs.define
class _Model:
    """The protocol in plain Python: what the store must remember of some hours (docs/architecture.md)."""

    version: int = 0
    hours: dict[datetime, int] = attrs.field(factory=dict)
    minutes: dict[datetime, int] = attrs.field(factory=dict)
    cells: dict[Cell, tuple[int, Digest | None]] = attrs.field(factory=dict)
    handled: set[ArrivalKey] = attrs.field(factory=set)
    requested: set[ArrivalKey] = attrs.field(factory=set)

    def claim(
        self,
        version: int,
        *,
        hours: Collection[datetime],
        digests: Mapping[Cell, Digest],
        reused: Mapping[datetime, int],
    ) -> Claim:
        stale = {hour_of(minute) for minute, at in reused.items() if self.minutes.get(minute) != at}
        granted = frozenset(hour for hour in hours if self.hours.get(hour, 0) <= version and hour not in stale)
        for hour in granted:
            self._record(version, hour, reused)
        known = self.cells.keys() | digests.keys()
        changed = frozenset(cell for cell in known if cell.hour in granted and self._differs(cell, digests))
        self.cells.update(dict.fromkeys(changed, (version, _IN_DOUBT)))
        return Claim(granted, changed)

    def _record(self, version: int, hour: datetime, reused: Collection[datetime]) -> None:
        self.hours[hour] = version
        for minute in _minutes_of(hour):
            if minute not in reused:
                self.minutes[minute] = version

    def _differs(self, cell: Cell, digests: Mapping[Cell, Digest]) -> bool:
        if cell not in self.cells:
            return True
        _, stored = self.cells[cell]
        return stored is _IN_DOUBT or digests.get(cell, VANISHED) != stored

    def commit(self, version: int, *, digests: Mapping[Cell, Digest], arrivals: Collection[ArrivalKey]) -> None:
        for cell, new in digests.items():
            if cell in self.cells and self.cells[cell][0] == version:
                self.cells[cell] = (version, new)
        self.handled.update(arrivals)
        self.requested.difference_update(arrivals)

    def reopen(self, version: int, batch: str, hours: Collection[datetime], cells: Collection[Cell]) -> None:
        self.version = version
        for hour in hours:
            self._record(version, hour, ())
        doubtful = {cell for cell in self.cells if cell.hour in hours}.union(cells)
        self.cells.update(dict.fromkeys(doubtful, (version, _IN_DOUBT)))
        self.requested.update(ArrivalKey(batch, hour) for hour in hours)

    def states(self, hours: Collection[datetime]) -> dict[datetime, HourState]:
        doubts = [cell.hour for cell, (_, stored) in self.cells.items() if stored is _IN_DOUBT]
        return {hour: HourState(self.hours.get(hour, 0), doubts.count(hour)) for hour in hours}


class _Protocol(RuleBasedStateMachine):
    """Any calls in any order, against the model; a subclass has the store."""

    store: Checkpoints

    def __init__(self) -> None:
        super().__init__()
        self.period = few_hours(unused_day())
        self.hours = [self.period.start + number * HOUR for number in range(2)]
        self.model = _Model()
        self.versions: list[int] = []
        self.claims: list[tuple[int, Claim, Mapping[Cell, Digest]]] = []
        self.requests: set[ArrivalKey] = set()

    def _next(self) -> int:
        version = self.store.next_version()
        assert version > self.model.version
        self.model.version = version
        self.versions.append(version)
        return version

    @rule(data=st.data(), late=st.integers(0, 3))
    def claim(self, data: st.DataObject, late: int) -> None:
        """Claim under a new version, or now and then under one that was taken before."""
        version = self._next() if late or not self.versions else data.draw(st.sampled_from(self.versions[-3:]))
        hours = data.draw(st.sets(st.sampled_from(self.hours), min_size=1))
        digests = data.draw(st.dictionaries(st.sampled_from(_cells(sorted(hours))), st.sampled_from(_DIGESTS[:2])))
        reused = data.draw(self._reused(hours))
        arguments: dict[str, Any] = {"hours": hours, "digests": digests, "reused": reused}
        claim = self.store.claim(version, **arguments)
        assert claim == self.model.claim(version, **arguments)
        self.claims.append((version, claim, digests))

    def _reused(self, hours: Collection[datetime]) -> st.SearchStrategy[dict[datetime, int]]:
        """Return a strategy for reused minutes, mostly with the version of their last claim."""
        some = [hour + timedelta(minutes=number) for hour in sorted(hours) for number in _MINUTES]
        known = [minute for minute in some if minute in self.model.minutes]
        if not known:
            return st.just({})

        def with_version(minute: datetime) -> st.SearchStrategy[tuple[datetime, int]]:
            last = self.model.minutes[minute]
            return st.tuples(st.just(minute), st.sampled_from([last, last, last, *self.versions[-4:]]))

        return st.lists(st.sampled_from(known).flatmap(with_version), max_size=3).map(dict)

    @rule(data=st.data())
    def commit(self, data: st.DataObject) -> None:
        """Commit one of the last claims, early, late or again."""
        if not self.claims:
            return
        version, claim, digests = data.draw(st.sampled_from(self.claims[-3:]))
        published = {cell: digests.get(cell, VANISHED) for cell in claim.cells}
        appended = {ArrivalKey(name, hour) for name in ("batch-0", "batch-1") for hour in self.hours}
        known = sorted(self.model.requested | appended)
        arrivals = data.draw(st.sets(st.sampled_from(known)))
        self.store.commit(version, digests=published, arrivals=arrivals)
        self.model.commit(version, digests=published, arrivals=arrivals)

    @rule(data=st.data())
    def request(self, data: st.DataObject) -> None:
        hours, batch = data.draw(st.sets(st.sampled_from(self.hours))), f"request-{unused_number()}"
        self.store.request(batch, hours)
        self.model.requested.update(ArrivalKey(batch, hour) for hour in hours)
        self.requests |= self.model.requested

    @rule(data=st.data(), above=st.integers(-2, 3))
    def reopen(self, data: st.DataObject, above: int) -> None:
        hours, batch = data.draw(st.sets(st.sampled_from(self.hours), min_size=1)), f"reopening-{unused_number()}"
        cells = data.draw(st.sets(st.sampled_from(_cells(sorted(hours)))))
        above = max(0, self.model.version + above)
        version = self.store.reopen(batch, hours=hours, cells=cells, above=above)
        assert version > max(above, self.model.version)
        self.model.reopen(version, batch, hours, cells)
        self.requests |= self.model.requested

    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        known = sorted({ArrivalKey("never-seen", self.hours[0]), *self.model.handled})
        forgotten = data.draw(st.sets(st.sampled_from(known)))
        self.store.forget(forgotten)
        self.model.handled -= forgotten

    @rule()
    def ask(self) -> None:
        """Compare all that the store says with the model."""
        store, model = self.store, self.model
        handled = {key for key in store.handled() if key.hour in self.period}
        assert handled - self.requests == model.handled - self.requests
        requested = [arrival for arrival in store.requests() if arrival.hour in self.period]
        assert sorted(arrival.key for arrival in requested) == sorted(model.requested)
        assert {arrival.minutes for arrival in requested} <= {ALL_MINUTES}
        assert dict(store.states(self.hours)) == model.states(self.hours)
        assert list(store.hours(self.period)) == sorted(model.hours)
        for moved in {subject for cell in model.cells for subject in subjects_of(cell)}:
            expected = {cell.hour for cell in model.cells if moved in subjects_of(cell)}
            assert {hour for hour in store.hours_of([moved]) if hour in self.period} == expected

    def teardown(self) -> None:
        """Compare once more in the end: asking after every step would take longer than the steps."""
        self.ask()


class CheckpointsContract:
    """What every checkpoint store keeps.

    Fixtures to supply:
        checkpoints: a store.
        another: a function that returns one more handle to that store, as another runner has it; both are used at the
            same time, from different threads.
    """

    examples: ClassVar[int] = 25
    many: ClassVar[int] = 6000
    """How many cells one call must be able to take."""

    def test_a_lake_that_is_remembered_stays(self, checkpoints: Checkpoints) -> None:
        """The claims are of one lake; another one is remembered only on purpose."""
        assert checkpoints.adopt("a", instead=True) == checkpoints.lake() == "a"
        assert checkpoints.adopt("b") == checkpoints.lake() == "a"
        assert checkpoints.adopt("b", instead=True) == checkpoints.lake() == "b"

    def test_the_last_version_is_that_of_whoever_took_or_raised_it_last(self, checkpoints: Checkpoints) -> None:
        """Whatever is published has a version that was taken before."""
        assert checkpoints.next_version() == checkpoints.last_version()
        raised = checkpoints.reopen("a request", hours=(), cells=(), above=checkpoints.last_version() + 100)
        assert checkpoints.last_version() == raised

    def test_it_behaves_as_the_protocol_says(self, checkpoints: Checkpoints) -> None:
        """Any calls in any order give what a model of the protocol gives."""
        machine = type("Protocol", (_Protocol,), {"store": checkpoints})
        chosen = settings(
            max_examples=4 * self.examples,  # it takes some calls in a row to meet what two minutes have to tell
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        )
        run_state_machine_as_test(machine, settings=chosen)

    # Versions

    def test_a_version_is_higher_than_all_before(self, checkpoints: Checkpoints) -> None:
        """Taken or raised."""
        first = checkpoints.next_version()
        assert first > 0
        raised = checkpoints.reopen(_batch(), hours=[], cells=[], above=first + 100)
        assert raised > first + 100
        assert checkpoints.reopen(_batch(), hours=[], cells=[], above=0) > raised
        assert checkpoints.next_version() > raised + 1

    # Claims

    def test_an_hour_is_refused_to_a_version_below_its_last_claim(self, checkpoints: Checkpoints) -> None:
        """Other hours of the same claim are granted."""
        hour, other = _two_hours()
        older, newer = checkpoints.next_version(), checkpoints.next_version()
        cell, other_cell = _cell(hour), _cell(other)
        assert _claim(checkpoints, newer, {cell: _DIGESTS[0]}) == Claim(frozenset({hour}), frozenset({cell}))
        both = {cell: _DIGESTS[1], other_cell: _DIGESTS[1]}
        assert _claim(checkpoints, older, both) == Claim(frozenset({other}), frozenset({other_cell}))

    def test_a_claim_can_be_repeated(self, checkpoints: Checkpoints) -> None:
        """Its answer may have been lost on the way: it is the same again."""
        hour, _ = _two_hours()
        version = checkpoints.next_version()
        digests = {_cell(hour): _DIGESTS[0]}
        assert _claim(checkpoints, version, digests) == _claim(checkpoints, version, digests)

    def test_unchanged_cells_are_not_published_again(self, checkpoints: Checkpoints) -> None:
        """Those that differ, vanished, came again or are in doubt are."""
        hour, _ = _two_hours()
        same, differs, vanishes, doubtful, new = (_cell(hour, job=job) for job in range(1, 6))
        first = dict.fromkeys((same, differs, vanishes, doubtful), _DIGESTS[0])
        version = checkpoints.next_version()
        claim = _claim(checkpoints, version, first)
        published = {cell: digest for cell, digest in first.items() if cell != doubtful}
        checkpoints.commit(version, digests=published, arrivals=[])
        assert claim.cells == set(first)
        second = {same: _DIGESTS[0], differs: _DIGESTS[1], doubtful: _DIGESTS[0], new: _DIGESTS[0]}
        claim = _claim(checkpoints, checkpoints.next_version(), second)
        assert claim.cells == {differs, vanishes, doubtful, new}

    def test_a_vanished_cell_is_published_once(self, checkpoints: Checkpoints) -> None:
        """As zeros; it is published again when it comes back."""
        hour, _ = _two_hours()
        cell = _cell(hour)
        for digests, changed in (
            ({cell: _DIGESTS[0]}, {cell}),
            ({}, {cell}),
            ({}, set()),
            ({cell: _DIGESTS[0]}, {cell}),
            ({cell: _DIGESTS[0]}, set()),
        ):
            version = checkpoints.next_version()
            claim = _claim(checkpoints, version, digests, hours=[hour])
            assert claim.cells == changed
            checkpoints.commit(version, digests={each: digests.get(each, VANISHED) for each in changed}, arrivals=[])

    def test_a_minute_that_was_claimed_anew_cannot_be_reused(self, checkpoints: Checkpoints) -> None:
        """The whole hour is refused, and the claim leaves no trace."""
        hour, other = _two_hours()
        minute, untouched = hour, hour + timedelta(minutes=59)
        first, second, third = (checkpoints.next_version() for _ in range(3))
        digests = {_cell(hour): _DIGESTS[0]}
        _claim(checkpoints, first, digests)
        _claim(checkpoints, second, digests, reused={untouched: first})
        states = checkpoints.states([hour])
        stale = _claim(checkpoints, third, {**digests, _cell(other): _DIGESTS[0]}, reused={minute: first})
        assert stale.hours == {other}
        assert checkpoints.states([hour]) == states
        assert _claim(checkpoints, third, digests, reused={minute: second, untouched: first}).hours == {hour}
        fourth, fifth = checkpoints.next_version(), checkpoints.next_version()
        assert _claim(checkpoints, fourth, digests).hours == {hour}
        assert not _claim(checkpoints, fifth, digests, reused={untouched: first}).hours
        assert _claim(checkpoints, fifth, digests, reused={untouched: fourth, minute: fourth}).hours == {hour}

    def test_a_reopened_hour_cannot_be_reused_or_claimed_from_before(self, checkpoints: Checkpoints) -> None:
        """All of its minutes were claimed again, and all of its cells are published again."""
        hour, _ = _two_hours()
        known, extra = _cell(hour, job=1), _cell(hour, job=2)
        first, second = checkpoints.next_version(), checkpoints.next_version()
        _claim(checkpoints, first, {known: _DIGESTS[0]})
        checkpoints.commit(first, digests={known: _DIGESTS[0]}, arrivals=[])
        batch = _batch()
        version = checkpoints.reopen(batch, hours=[hour], cells=[extra], above=second + 7)
        assert version > second + 7
        assert Arrival(ArrivalKey(batch, hour), ALL_MINUTES) in checkpoints.requests()
        assert checkpoints.states([hour]) == {hour: HourState(version, 2)}
        assert not _claim(checkpoints, second, {known: _DIGESTS[0]}).hours
        later = checkpoints.next_version()
        assert not _claim(checkpoints, later, {known: _DIGESTS[0]}, reused={hour: first}).hours
        assert _claim(checkpoints, later, {known: _DIGESTS[0]}).cells == {known, extra}

    # Commits

    def test_a_late_commit_does_not_hide_a_newer_claim(self, checkpoints: Checkpoints) -> None:
        """The newer one is still in doubt, but the arrivals are handled in any case."""
        hour, _ = _two_hours()
        cell, key = _cell(hour), ArrivalKey(_batch(), hour)
        older, newer = checkpoints.next_version(), checkpoints.next_version()
        _claim(checkpoints, older, {cell: _DIGESTS[0]})
        _claim(checkpoints, newer, {cell: _DIGESTS[0]})
        checkpoints.commit(older, digests={cell: _DIGESTS[0]}, arrivals=[key])
        assert checkpoints.states([hour]) == {hour: HourState(newer, 1)}
        assert key in checkpoints.handled()

    def test_a_commit_stores_no_cell_that_was_not_claimed(self, checkpoints: Checkpoints) -> None:
        """Only a claim makes cells."""
        hour, _ = _two_hours()
        cell, stranger = _cell(hour, job=1), _cell(hour, job=2)
        version = checkpoints.next_version()
        _claim(checkpoints, version, {cell: _DIGESTS[0]})
        checkpoints.commit(version, digests=dict.fromkeys((cell, stranger), _DIGESTS[0]), arrivals=[])
        later = _claim(checkpoints, checkpoints.next_version(), {cell: _DIGESTS[0]})
        assert later.cells == frozenset()

    def test_handled_pairs_are_kept_until_they_are_forgotten(self, checkpoints: Checkpoints) -> None:
        """One pair is an arrival and an hour: the same arrival's other hours are other pairs."""
        hours, batch = _two_hours(), _batch()
        keys = [ArrivalKey(batch, hour) for hour in hours]
        version = checkpoints.next_version()
        checkpoints.commit(version, digests={}, arrivals=keys[:1])
        assert keys[0] in checkpoints.handled()
        assert keys[1] not in checkpoints.handled()
        checkpoints.commit(version, digests={}, arrivals=keys)
        checkpoints.forget([keys[0]])
        checkpoints.forget([keys[0]])
        assert keys[0] not in checkpoints.handled()
        assert keys[1] in checkpoints.handled()
        checkpoints.forget([])
        assert keys[1] in checkpoints.handled()

    # Requests

    def test_a_request_is_shown_until_it_is_handled(self, checkpoints: Checkpoints) -> None:
        """Hour by hour, all minutes touched; forgetting a handled one does not bring it back."""
        hours, batch = _two_hours(), _batch()
        first, second = (Arrival(ArrivalKey(batch, hour), ALL_MINUTES) for hour in hours)
        checkpoints.request(batch, hours)
        checkpoints.request(_batch(), [])
        assert {first, second} <= set(checkpoints.requests())
        checkpoints.commit(checkpoints.next_version(), digests={}, arrivals=[first.key])
        assert first not in checkpoints.requests()
        assert second in checkpoints.requests()
        checkpoints.forget([first.key])
        assert first not in checkpoints.requests()

    # What is asked

    def test_nothing_is_known_of_an_hour_that_was_never_claimed(self, checkpoints: Checkpoints) -> None:
        """It has a state all the same."""
        hour, other = _two_hours()
        assert checkpoints.states([hour, other]) == dict.fromkeys((hour, other), HourState(0, 0))
        assert checkpoints.states([]) == {}
        assert list(checkpoints.hours(Period(hour, other + HOUR))) == []
        assert checkpoints.hours_of([]) == frozenset()

    def test_the_hours_of_a_period_are_those_that_were_claimed(self, checkpoints: Checkpoints) -> None:
        """Also those without cells; the start of the period is in it, the end is not."""
        first, second = _two_hours()
        _claim(checkpoints, checkpoints.next_version(), {}, hours=[second, first])
        assert list(checkpoints.hours(Period(first, second + HOUR))) == [first, second]
        assert list(checkpoints.hours(Period(first, second))) == [first]
        assert list(checkpoints.hours(Period(first + HOUR / 2, second + HOUR / 2))) == [second]
        assert {first, second} <= set(checkpoints.hours(Period.always()))

    def test_many_cells_hours_and_arrivals_at_once(self, checkpoints: Checkpoints) -> None:
        """More than one statement can carry."""
        hours = [few_hours(unused_day()).start for _ in range(100)]
        digests = {
            _cell(hour, job=job): b"%016d" % job for hour in hours for job in range(1, self.many // len(hours) + 1)
        }
        keys = [ArrivalKey(_batch(), hour) for hour in hours for _ in range(3)]
        version = checkpoints.next_version()
        claim = _claim(checkpoints, version, digests)
        assert claim.cells == digests.keys()
        assert set(hours) == claim.hours == checkpoints.hours_of([DimensionChange(Subject.JOB, 1)]).intersection(hours)
        checkpoints.commit(version, digests=digests, arrivals=keys)
        assert set(keys) <= checkpoints.handled()
        assert checkpoints.states(hours) == dict.fromkeys(hours, HourState(version, 0))
        reused = {minute: version for hour in hours for minute in _minutes_of(hour)[1:]}
        again = _claim(checkpoints, checkpoints.next_version(), digests, reused=reused)
        assert again == Claim(frozenset(hours), frozenset())
        checkpoints.forget(keys)
        assert checkpoints.handled().isdisjoint(keys)

    # Two runners

    def test_what_one_runner_stores_another_sees(
        self, checkpoints: Checkpoints, another: Callable[[], Checkpoints]
    ) -> None:
        """At once, and after the first has stopped."""
        hour, other_hour = _two_hours()
        cell, key, batch = _cell(hour), ArrivalKey(_batch(), hour), _batch()
        version = checkpoints.next_version()
        _claim(checkpoints, version, {cell: _DIGESTS[0]})
        checkpoints.commit(version, digests={cell: _DIGESTS[0]}, arrivals=[key])
        checkpoints.request(batch, [other_hour])
        other = another()
        assert other.next_version() > version
        assert other.states([hour]) == {hour: HourState(version, 0)}
        assert key in other.handled()
        assert ArrivalKey(batch, other_hour) in {arrival.key for arrival in other.requests()}
        assert _claim(other, other.next_version(), {cell: _DIGESTS[0]}).cells == frozenset()

    def test_two_runners_at_once_behave_as_if_one_came_after_the_other(
        self, checkpoints: Checkpoints, another: Callable[[], Checkpoints]
    ) -> None:
        """What they are told, and what is stored then, is what some order of their claims and commits gives."""
        other = another()

        def check(before: Figures, one: Figures, two: Figures, swapped: bool) -> None:  # noqa: FBT001
            hour, _ = _two_hours()
            first, second, third, last = (checkpoints.next_version() for _ in range(4))
            versions = (third, second) if swapped else (second, third)
            runners = [_Runner(version, hour, figures) for version, figures in zip(versions, (one, two), strict=True)]
            model = _Model()
            for store in (model, checkpoints):
                _Runner(first, hour, before).run(store)
            claims = _at_once(lambda: runners[0].run(checkpoints), lambda: runners[1].run(other))
            states = checkpoints.states([hour])
            probe = _Runner(last, hour, one)
            found = (*claims, states, probe.run(checkpoints))
            assert found in [_serially(model, runners, order, probe) for order in _ORDERS]

        figures = st.dictionaries(st.sampled_from(_JOBS), st.sampled_from(_DIGESTS[:2]))
        for_all(check, figures, figures, figures, st.booleans(), examples=self.examples)

    def test_no_version_is_taken_twice(self, checkpoints: Checkpoints, another: Callable[[], Checkpoints]) -> None:
        """Two runners that take some at the same time get different ones, each ascending."""
        other = another()

        def take(store: Checkpoints) -> list[int]:
            return [store.next_version() for _ in range(20)]

        mine, theirs = _at_once(lambda: take(checkpoints), lambda: take(other))
        assert mine == sorted(mine)
        assert theirs == sorted(theirs)
        assert len({*mine, *theirs}) == 40


@attrs.frozen
class _Runner:
    """A roll-up of an hour in two steps: it claims what it computed, then commits what it was granted."""

    version: int
    hour: datetime
    figures: Figures

    def steps(self, store: "Checkpoints | _Model") -> Iterator[Claim | None]:
        digests = {_cell(self.hour, job=job): digest for job, digest in self.figures.items()}
        claim = store.claim(self.version, hours=[self.hour], digests=digests, reused={})
        yield claim
        published = {cell: digests.get(cell, VANISHED) for cell in claim.cells}
        store.commit(self.version, digests=published, arrivals=[])
        yield None

    def run(self, store: "Checkpoints | _Model") -> Claim | None:
        claim, _ = self.steps(store)
        return claim


_ORDERS = sorted(set(permutations((0, 0, 1, 1))))
"""The ways in which the two steps of two runners can follow each other."""


def _serially(
    start: _Model, runners: Sequence[_Runner], order: Sequence[int], probe: _Runner
) -> tuple[Claim | None, Claim | None, Mapping[datetime, HourState], Claim | None]:
    """Run the steps in an order on the model; return what each runner is told, and what another one finds then."""
    model = deepcopy(start)
    steps = [runner.steps(model) for runner in runners]
    told: dict[int, Claim | None] = {}
    for index in order:
        told.setdefault(index, next(steps[index]))
    return told[0], told[1], model.states([probe.hour]), probe.run(model)


def _at_once(*calls: Callable[[], T]) -> list[T]:
    """Make calls at the same time, each in a thread of its own."""
    together = Barrier(len(calls), timeout=60)

    def start(call: Callable[[], T]) -> T:
        together.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(start, call) for call in calls]]


def _claim(
    store: Checkpoints,
    version: int,
    digests: Mapping[Cell, Digest],
    *,
    hours: Collection[datetime] = (),
    reused: Mapping[datetime, int] | None = None,
) -> Claim:
    """Claim the hours of the digests, and more if there are some without cells."""
    claimed = {*hours, *(cell.hour for cell in digests)}
    return store.claim(version, hours=claimed, digests=digests, reused=reused or {})


def _two_hours() -> tuple[datetime, datetime]:
    """Return two hours in a row that no other example has."""
    start = few_hours(unused_day()).start
    return start, start + HOUR


def _batch() -> str:
    return f"batch-{unused_number()}"


def _minutes_of(hour: datetime) -> list[datetime]:
    return [hour + timedelta(minutes=number) for number in range(60)]


def _cell(hour: datetime, *, job: int = 1) -> Cell:
    return Cell(hour, job, 0, 0, 0)


def _cells(hours: Sequence[datetime]) -> list[Cell]:
    return [Cell(hour, *key) for hour in hours for key in ((1, 0, 0, 0), (2, 0, 0, 0), (2, 1, 2, 3))]
