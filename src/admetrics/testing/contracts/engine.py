"""The contract of an engine."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import ClassVar

import attrs
import pytest
from hypothesis import strategies as st

from admetrics.domain.events.event import Event
from admetrics.domain.events.integers import LARGEST
from admetrics.domain.events.kind import Kind
from admetrics.domain.metrics.catalog import (
    CLICKS,
    MEASURES,
    PAID_CLICKS,
    REASONS,
    REPEAT_CLICKS,
    SPEND,
    VALID_CLICKS,
    VALID_SPEND,
)
from admetrics.domain.metrics.entries import Aggregate
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.rollup.fold import Fold, fold_hours
from admetrics.domain.rollup.minutes import ALL_MINUTES, MinutesByHour, MinuteSet, with_those_before
from admetrics.domain.rollup.row import Cell
from admetrics.domain.rules.examples import EXAMPLES, Example, Happened
from admetrics.domain.rules.repeats import REPEAT_WINDOW
from admetrics.domain.times import HOUR, hour_of, minute_of
from admetrics.ports.engine import Engine
from admetrics.ports.lake import Lake
from admetrics.testing.examples import few_hours, for_all, unused_day
from admetrics.testing.strategies import FEW_HOURS, batches, click_at, minute_sets, moved, visits


class _Turn(Enum):
    """What became of the fold of an hour."""

    GRANTED = "granted"
    REFUSED = "refused"
    UNCLAIMED = "unclaimed"
    """Nobody claimed: it was for a comparison, or the runner stopped."""


@attrs.define
class _Reusable:
    """The model: the version under which each minute was last folded and claimed, as the engine may know it."""

    versions: dict[datetime, int] = attrs.field(factory=dict)

    def check(self, folded: Fold, dirty: MinutesByHour) -> None:
        """Check that what was reused may have been."""
        for minute, version in folded.reused.items():
            assert hour_of(minute) in dirty, "a minute of an hour that was not asked for is no reused one"
            assert minute == minute_of(minute)
            assert minute.minute not in dirty[hour_of(minute)], "a minute that is touched must be read"
            assert self.versions.get(minute) == version, "a reused minute rests on the claim under which it was folded"

    def claimed(self, version: int, granted: Collection[datetime], folded: Fold, dirty: MinutesByHour) -> None:
        """Note what may be reused now: nothing of the hours that were refused."""
        for minute in (hour + timedelta(minutes=number) for hour in dirty for number in range(60)):
            if hour_of(minute) not in granted:
                self.versions.pop(minute, None)
            elif minute not in folded.reused:
                self.versions[minute] = version


class EngineContract:
    """What every engine keeps, whether it reuses its own earlier folds or not.

    Fixtures to supply:
        lake: a lake that the engine can read; the suite appends to it.
        engine: an engine over that lake.
    """

    examples: ClassVar[int] = 25

    def test_it_folds_what_the_plain_fold_folds(self, lake: Lake, engine: Engine) -> None:
        """Cell by cell, exactly, repeats and conflicting copies included."""

        def check(drawn: Sequence[Sequence[Event]]) -> None:
            by = unused_day()
            for batch in drawn:
                lake.append([moved(event, by) for event in batch])
            dirty = dict.fromkeys(_hours(by), ALL_MINUTES)
            folded = engine.fold(dirty)
            assert folded.cells == _whole(lake, dirty)
            assert not folded.reused, "what was never claimed cannot be reused"

        for_all(check, batches(), examples=self.examples)

    def test_it_folds_whole_hours_whatever_is_touched(self, lake: Lake, engine: Engine) -> None:
        """They say which minutes are new, not which to fold."""

        def check(drawn: Sequence[Sequence[Event]], touched: Sequence[MinuteSet]) -> None:
            by = unused_day()
            for batch in drawn:
                lake.append([moved(event, by) for event in batch])
            dirty = dict(zip(_hours(by), touched, strict=True))
            assert engine.fold(dirty).cells == _whole(lake, dirty)

        touched = st.lists(minute_sets(), min_size=3, max_size=3)
        for_all(check, batches(), touched, examples=self.examples)

    def test_a_fold_that_reuses_is_the_fold_of_all(self, lake: Lake, engine: Engine) -> None:
        """Round after round, with claims that are granted, refused or not made at all."""

        def check(rounds: Sequence[Sequence[Event]], turns: Sequence[Sequence[_Turn]]) -> None:
            by, model, dirty = unused_day(), _Reusable(), dict[datetime, MinuteSet]()
            for version, (batch, turn) in enumerate(zip(rounds, turns, strict=False), start=1):
                for arrival in lake.append([moved(event, by) for event in batch]):
                    dirty[arrival.hour] = dirty.get(arrival.hour, MinuteSet()) | arrival.minutes
                folded = engine.fold(dirty)
                model.check(folded, dirty)
                assert folded.cells == _whole(lake, dirty)
                turns_of = dict(zip([*_hours(by), few_hours(by).end], [*turn, _Turn.GRANTED], strict=True))
                if _Turn.UNCLAIMED not in {turns_of[hour] for hour in dirty}:
                    granted = {hour for hour in dirty if turns_of[hour] is _Turn.GRANTED}
                    engine.claimed(version, granted)
                    model.claimed(version, granted, folded, dirty)
                    dirty = {hour: minutes for hour, minutes in dirty.items() if hour not in granted}

        rounds = batches(max_events=10).filter(lambda drawn: len(drawn) > 1)
        turns = st.lists(st.lists(st.sampled_from(_Turn), min_size=3, max_size=3), min_size=5, max_size=5)
        for_all(check, rounds, turns, examples=self.examples)

    def test_repeats_are_found_across_minutes_and_hours(self, lake: Lake, engine: Engine) -> None:
        """In any order of arrival, however much of earlier folds is reused; only what arrived is folded again."""

        def check(rounds: Sequence[Sequence[Event]]) -> None:
            by, cells = unused_day(), dict[Cell, Measures]()
            for version, batch in enumerate(rounds, start=1):
                arrivals = lake.append([moved(event, by) for event in batch])
                dirty = {arrival.hour: arrival.minutes for arrival in arrivals}
                folded = engine.fold(dirty)
                engine.claimed(version, dirty.keys())
                kept = {cell: measures for cell, measures in cells.items() if cell.hour not in dirty}
                cells = {**kept, **folded.cells}
            assert cells == _whole(lake, dict.fromkeys(_hours(by), ALL_MINUTES))
            for measures in cells.values():
                assert sum(each.of(measures) for each in (VALID_CLICKS, *REASONS)) == CLICKS.of(measures)

        for_all(check, visits(), examples=2 * self.examples)

    def test_a_late_click_makes_the_first_one_of_the_next_hour_a_repeat(self, lake: Lake, engine: Engine) -> None:
        """It reaches into the hour after its own, which was folded already."""
        by = unused_day()
        first, second, _ = _hours(by)
        (arrival,) = lake.append([click_at(second + timedelta(seconds=9), number=1, bid=7, uid="u1")])
        cell = Cell(second, 1, 0, 0, 0)
        before = engine.fold({second: arrival.minutes}).cells[cell]
        assert [each.of(before) for each in (VALID_CLICKS, VALID_SPEND, REPEAT_CLICKS)] == [1, 7, 0]
        engine.claimed(1, [second])
        late = lake.append([click_at(second - timedelta(seconds=20), number=2, bid=7, uid="u1")])
        folded = engine.fold({arrival.hour: arrival.minutes for arrival in late}).cells
        after = folded[cell]
        assert (CLICKS.of(after), SPEND.of(after)) == (1, 7), "gross figures stay"
        assert [each.of(after) for each in (VALID_CLICKS, VALID_SPEND, REPEAT_CLICKS)] == [0, 0, 1]
        assert VALID_CLICKS.of(folded[Cell(first, 1, 0, 0, 0)]) == 1

    def test_hours_that_are_not_consecutive_are_judged_by_clicks_of_others(self, lake: Lake, engine: Engine) -> None:
        """The click before is in an hour that is not asked for; the hours between are not read as if they were."""
        first, second, third = _hours(unused_day())
        other = _hours(unused_day())[1]
        for job, hour in enumerate((first, second, third, other), start=1):
            seconds = (-10, 5, 1800)
            lake.append(
                [click_at(hour + timedelta(seconds=each), number=job, job=job, bid=7, uid="u1") for each in seconds]
            )
        for asked in ([first, third], [third, other], [first, other], [second], [first, third, other]):
            dirty = dict.fromkeys(asked, ALL_MINUTES)
            cells = engine.fold(dirty).cells
            assert cells == _whole(lake, dirty)
            for job, hour in enumerate((first, second, third, other), start=1):
                measures = cells.get(Cell(hour, job, 0, 0, 0), Measures())
                assert (measures.repeat_clicks, measures.valid_clicks) == ((1, 1) if hour in asked else (0, 0))

    def test_a_click_in_an_hour_that_is_not_asked_for_again_still_counts(self, lake: Lake, engine: Engine) -> None:
        """Round after round, with hours between that were claimed, and minutes that may be reused."""
        first, _, third = _hours(unused_day())
        dirty: dict[datetime, MinuteSet] = {}
        for arrival in lake.append([click_at(third - timedelta(seconds=9), number=1, uid="u1")]):
            dirty[arrival.hour] = arrival.minutes
        engine.fold(dirty)
        engine.claimed(1, dirty.keys())
        lake.append([click_at(first, number=2, uid="u1")])
        engine.fold({first: MinuteSet.of(0)})
        engine.claimed(2, [first])
        lake.append([click_at(third + timedelta(seconds=9), number=3, uid="u1")])
        cells = engine.fold({first: MinuteSet.of(0), third: MinuteSet.of(0)}).cells
        assert cells[Cell(third, 1, 0, 0, 0)].repeat_clicks == 1
        assert cells == _whole(lake, {first: MinuteSet.of(0), third: MinuteSet.of(0)})

    def test_of_clicks_at_one_microsecond_the_smallest_id_comes_first(self, lake: Lake, engine: Engine) -> None:
        """Whichever was stored first, in one batch or in several; so always the same one is paid for."""
        hour = _hours(unused_day())[0]
        orders = (range(9), range(8, -1, -1), (4, 8, 0, 6, 2, 7, 1, 5, 3))
        for job, order in enumerate(orders, start=1):
            lake.append([click_at(hour, number=10 * job + each, job=job, bid=each + 1, uid="u1") for each in order])
        for number in (2, 1):
            lake.append([click_at(hour, number=number, job=4, bid=number, uid="u1")])
        cells = engine.fold({hour: MinuteSet.of(0)}).cells
        for job in (1, 2, 3):
            measures = cells[Cell(hour, job, 0, 0, 0)]
            assert (measures.valid_clicks, measures.valid_spend, measures.repeat_clicks) == (1, 1, 8)
        measures = cells[Cell(hour, 4, 0, 0, 0)]
        assert (measures.valid_clicks, measures.valid_spend) == (1, 1)

    def test_the_end_of_the_window_does_not_belong_to_it(self, lake: Lake, engine: Engine) -> None:
        """To the microsecond: within a minute, and across a border of minutes and of hours."""
        _, hour, after = _hours(unused_day())
        for job, second in enumerate((0, 45, -15, 3585), start=1):
            start = hour + timedelta(seconds=second)
            for each, gap in enumerate((REPEAT_WINDOW, REPEAT_WINDOW - timedelta(microseconds=1))):
                own = 10 * each + job
                clicks = (start, start + gap)
                lake.append([click_at(time, number=own, job=own, bid=7, uid="u1") for time in clicks])
            three = (start, start + timedelta(seconds=10), start + timedelta(seconds=10) + REPEAT_WINDOW)
            lake.append([click_at(time, number=20 + job, job=20 + job, uid="u1") for time in three])
        cells = engine.fold({hour: ALL_MINUTES, after: ALL_MINUTES}).cells
        assert cells == _whole(lake, {hour: ALL_MINUTES, after: ALL_MINUTES})
        for job in (1, 2, 3, 4):
            valid, repeated = (
                [measures for cell, measures in cells.items() if cell.job == each] for each in (job, 10 + job)
            )
            assert sum(measures.repeat_clicks for measures in valid) == 0
            assert sum(measures.repeat_clicks for measures in repeated) == 1
        after_repeats = [
            sum(m.repeat_clicks for cell, m in cells.items() if cell.job == 20 + job) for job in (1, 2, 3, 4)
        ]
        assert after_repeats == [1, 1, 0, 1], "that of the third is in the hour before, which is not asked for"

    @pytest.mark.parametrize("rounds", [1, max(map(len, EXAMPLES.values()))])
    def test_each_example_of_the_rules_holds(self, lake: Lake, engine: Engine, rounds: int) -> None:
        """Whether its events come at once, or one by one with a claim after each; all examples on days of their own."""
        borders = {name: _hours(unused_day())[1] for name in EXAMPLES}
        cells: dict[Cell, Measures] = {}
        for number in range(rounds):
            arrivals = lake.append(
                [
                    _event_of(each, border=borders[name])
                    for name, example in EXAMPLES.items()
                    for each in (example if rounds == 1 else example[number : number + 1])
                ]
            )
            dirty = {arrival.hour: arrival.minutes for arrival in arrivals}
            folded = engine.fold(dirty).cells
            engine.claimed(number + 1, dirty.keys())
            cells = {**{cell: sums for cell, sums in cells.items() if cell.hour not in dirty}, **folded}
        for name, border in borders.items():
            found = {cell: sums for cell, sums in cells.items() if border - HOUR <= cell.hour <= border}
            assert found == _expected(EXAMPLES[name], hours=(border - HOUR, border)), name

    def test_one_more_event_in_an_hour_is_seen(self, lake: Lake, engine: Engine) -> None:
        """In a minute that was folded before, and in one that was empty."""
        by, model = unused_day(), _Reusable()
        hour = _hours(by)[0]
        for version, minute in enumerate([0, 59, 0, 30, 59, 0], start=1):
            (arrival,) = lake.append([click_at(hour + timedelta(minutes=minute), number=version, bid=version)])
            dirty = {hour: arrival.minutes}
            folded = engine.fold(dirty)
            model.check(folded, dirty)
            clicks = _clicks(version, bids=version * (version + 1) // 2)
            assert folded.cells == {Cell(hour, 1, 0, 0, 0): clicks}
            engine.claimed(version, [hour])
            model.claimed(version, [hour], folded, dirty)

    def test_minutes_of_a_refused_hour_are_read_again(self, lake: Lake, engine: Engine) -> None:
        """Another runner may have claimed what this one knows nothing of; reusing would be refused for ever."""
        by = unused_day()
        hour, other, _ = _hours(by)
        lake.append([click_at(hour, number=1), click_at(other, number=1)])
        engine.fold({hour: MinuteSet.of(0), other: MinuteSet.of(0)})
        engine.claimed(1, [hour, other])
        lake.append([click_at(hour, number=2)])  # another runner folds and claims it
        lake.append([click_at(hour + timedelta(minutes=5), number=3)])
        engine.fold({hour: MinuteSet.of(5), other: MinuteSet.of(0)})
        engine.claimed(2, [other])
        folded = engine.fold({hour: MinuteSet.of(5)})
        assert folded.reused == {}
        assert folded.cells == {Cell(hour, 1, 0, 0, 0): _clicks(3)}

    def test_hours_that_were_recomputed_elsewhere_are_read_again(self, lake: Lake, engine: Engine) -> None:
        """Whether the last fold of theirs was claimed or not, and what is known of other hours stays."""
        by, model = unused_day(), _Reusable()
        hour, other, _ = _hours(by)
        lake.append([click_at(hour, number=1), click_at(other, number=1)])
        dirty = {hour: MinuteSet.of(0), other: MinuteSet.of(0)}
        model.claimed(1, dirty, engine.fold(dirty), dirty)
        engine.claimed(1, [hour, other])
        engine.fold({hour: MinuteSet.of(0)})
        lake.append([click_at(hour, number=2)])
        engine.forget([hour])
        engine.claimed(2, [hour])  # by the runner that recomputed it
        model.claimed(2, [], Fold({}), {hour: MinuteSet.of(0)})
        dirty = {hour: MinuteSet.of(5), other: MinuteSet.of(5)}
        folded = engine.fold(dirty)
        model.check(folded, dirty)
        assert folded.cells == {Cell(hour, 1, 0, 0, 0): _clicks(2), Cell(other, 1, 0, 0, 0): _clicks(1)}

    def test_hours_without_events_have_no_cells(self, lake: Lake, engine: Engine) -> None:
        """Nor do no hours at all; the hours beside them are not read."""
        by = unused_day()
        hour, empty, _ = _hours(by)
        lake.append([click_at(hour, number=1)])
        assert engine.fold({empty: ALL_MINUTES}).cells == {}
        assert engine.fold({}).cells == {}
        assert engine.fold({hour: MinuteSet.of(0), empty: MinuteSet()}).cells == {Cell(hour, 1, 0, 0, 0): _clicks(1)}
        engine.claimed(1, [])

    def test_money_is_exact_whatever_the_sum(self, lake: Lake, engine: Engine) -> None:
        """Sums beyond 32 bits, of the largest bids."""
        by = unused_day()
        hour = _hours(by)[0]
        lake.append([click_at(hour, number=number, bid=LARGEST) for number in range(9)])
        lake.append([click_at(hour, number=10, bid=1)])
        assert engine.fold({hour: MinuteSet.of(0)}).cells == {Cell(hour, 1, 0, 0, 0): _clicks(10, bids=9 * LARGEST + 1)}

    def test_many_cells_and_hours_at_once(self, lake: Lake, engine: Engine) -> None:
        """A backfill makes many hours dirty, each with many cells."""
        hours = [FEW_HOURS.start + unused_day() for _ in range(40)]
        clicks = [click_at(hour, number=job, job=job) for hour in hours for job in range(1, 41)]
        lake.append(clicks)
        folded = engine.fold(dict.fromkeys(hours, MinuteSet.of(0)))
        expected = {Cell(hour, job, 0, 0, 0): _clicks(1) for hour in hours for job in range(1, 41)}
        assert folded.cells == expected


def _hours(by: timedelta) -> list[datetime]:
    return [few_hours(by).start + number * HOUR for number in range(3)]


def _whole(lake: Lake, dirty: MinutesByHour) -> Mapping[Cell, Measures]:
    minutes = with_those_before(dict.fromkeys(dirty, ALL_MINUTES), REPEAT_WINDOW)
    return fold_hours(lake.scan(minutes), dirty, repeat_window=REPEAT_WINDOW)


def _event_of(happened: Happened, *, border: datetime) -> Event:
    time = border + timedelta(microseconds=round(happened.at * 1_000_000))
    click = click_at(time, number=happened.number, job=happened.job, bid=happened.bid, uid=happened.visitor)
    return attrs.evolve(click, kind=happened.kind, name=happened.kind.value, marks=happened.flags)


def _expected(example: Example, *, hours: tuple[datetime, datetime]) -> Mapping[Cell, Measures]:
    """Count by hand what the events of an example add."""
    sums: defaultdict[Cell, Counter[str]] = defaultdict(Counter)
    for each in example:
        if each.job and each.kind is not Kind.OTHER:
            added = sums[Cell(hours[each.at >= 0], each.job, 0, 0, 0)]
            [counted] = [measure for measure in MEASURES if measure.kind is each.kind and measure.is_step]
            added[counted.name] += 1
            if each.kind is Kind.CLICK:
                bid = each.bid or 0
                added[SPEND.name] += bid
                added[PAID_CLICKS.name] += each.bid is not None
                added[VALID_CLICKS.name] += each.reason is None
                added[VALID_SPEND.name] += bid if each.reason is None else 0
                added.update(measure.name for measure in MEASURES if each.reason and measure.only is each.reason)
    return {cell: Measures(**added) for cell, added in sums.items()}


def _clicks(number: int, *, bids: int | None = None) -> Measures:
    """Return the measures of valid clicks, whose bids add up to `bids`; None: they have none."""
    adds = {Aggregate.ONE: number, Aggregate.BID: bids or 0}
    takes = (each.takes(Kind.CLICK, paid=bids is not None, reason=None) for each in MEASURES)
    return Measures(*(adds[each.quantity] if taken else 0 for each, taken in zip(MEASURES, takes, strict=True)))
