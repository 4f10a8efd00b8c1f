"""The contract of a lake."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import strategies as st

from admetrics.domain.events.classify import LARGEST_RECORD, classify
from admetrics.domain.events.click_flags import ClickFlag
from admetrics.domain.events.erasure import ERASED, erased, hashed, hashed_uid, keyed
from admetrics.domain.events.event import Event, Interaction, Protection
from admetrics.domain.events.integers import LARGEST
from admetrics.domain.events.record import JSON, Record
from admetrics.domain.events.rejection import Rejection
from admetrics.domain.rollup.arrival import Arrival, ArrivalKey, arrivals_of
from admetrics.domain.rollup.minutes import ALL_MINUTES, MinutesByHour, MinuteSet
from admetrics.domain.rules.outcome import Outcome, outcome_of
from admetrics.domain.rules.repeats import REPEAT_WINDOW
from admetrics.domain.rules.winner import winner
from admetrics.domain.times import HOUR, Period, hour_of, ticks_of
from admetrics.ports.lake import Lake
from admetrics.testing.examples import few_hours, for_all, in_parts, unused_day, unused_number
from admetrics.testing.strategies import (
    FEW_HOURS,
    HOSTILE,
    LIMITS,
    UID_KEY,
    batches,
    click_at,
    copies,
    events,
    minute_sets,
    moved,
    splits,
    uuid_at,
)

Batches = Sequence[Sequence[Event]]


_SMALL, _LARGE = "0" * 31 + "1", "f" * 32
_WINNERS: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "the smaller fingerprint": ({"original": _SMALL}, {"original": _LARGE}),
    "the higher revision, whatever its fingerprint": (
        {"revision": 2, "original": _LARGE}, {"revision": 1, "original": _SMALL},
    ),
    "the keyed one, whatever its revision": (
        {"keyed": True, "revision": 1, "original": _LARGE}, {"revision": 2, "original": _SMALL},
    ),
    "the one that is protected best": ({"protection": Protection.ERASED}, {"protection": Protection.HASHED}),
    "the one with more flags": ({"marks": ClickFlag.ROBOT}, {"marks": ClickFlag.NONE}),
    "the one that is protected best, whatever its flags": (
        {"protection": Protection.HASHED}, {"marks": ClickFlag.INTERNAL},
    ),
}  # fmt: skip
"""What tells the winner from the other copy (`admetrics.domain.rules.winner`)."""


class LakeContract:
    """What every lake keeps.

    Fixtures to supply:
        lake: a lake.
        reopen: a function that returns a new handle to that lake, as after a restart; the old one is not used again.
    """

    examples: ClassVar[int] = 25
    many: ClassVar[int] = 3000
    """How many events one call must be able to take."""
    large: ClassVar[int] = 600
    """How many events of the largest records are too many for one call, or enough to show that they are not."""
    releases_at_once: ClassVar[bool] = True
    """Whether an arrival is no longer shown as soon as it was released; the port promises that only for later."""

    def test_it_says_what_kind_it_is(self, lake: Lake) -> None:
        """The kind ends in column `sources`: printable, at most 64 characters."""
        assert 0 < len(lake.kind) <= 64
        assert lake.kind.isprintable()

    # What is stored

    def test_a_lake_is_the_same_one_for_ever(self, lake: Lake, reopen: Callable[[], Lake]) -> None:
        """Its identity is made with it, and outlives the object that made it."""
        identity = lake.identity()
        lake.append([_event(1, unused_day())])
        assert reopen().identity() == identity
        assert 0 < len(identity) <= 64

    def test_every_event_is_found_once_whatever_the_order_and_the_split(self, lake: Lake) -> None:
        """Repeats change nothing, and of conflicting copies there is one winner."""

        def check(drawn: Batches) -> None:
            stored = _append(lake, drawn, by := unused_day())
            assert _scanned(lake, _whole(by)) == _interactions(stored)

        for_all(check, batches(), examples=self.examples)

    def test_the_winner_does_not_depend_on_when_its_copies_came(self, lake: Lake) -> None:
        """All at once, one by one, or with others in between: the winner is that of the domain."""

        def check(drawn: Batches) -> None:
            stored = _append(lake, drawn, by := unused_day())
            assert _scanned(lake, _whole(by)) == _interactions(stored)
            assert _total(lake.outcomes(few_hours(by))) == len({event.id for event in stored})

        for_all(check, _disputes(), examples=self.examples)

    def test_appending_again_changes_nothing(self, lake: Lake) -> None:
        """A batch is appended again after a crash."""

        def check(drawn: Batches) -> None:
            by = unused_day()
            _append(lake, drawn, by)
            before = _scanned(lake, _whole(by)), list(lake.outcomes(few_hours(by)))
            _append(lake, [list(reversed(batch)) for batch in reversed(drawn)], by)
            assert (_scanned(lake, _whole(by)), list(lake.outcomes(few_hours(by)))) == before

        for_all(check, batches(), examples=self.examples)

    def test_hostile_text_is_stored_like_any_other(self, lake: Lake) -> None:
        """Texts that have broken programs before, in the columns that the lake may store."""
        by = unused_day()
        stored = [
            _event(number, by, uid=text, ua=text, dl=text, custom_track="click", job_id=number + 1)
            for number, text in enumerate(HOSTILE)
        ]
        lake.append(stored)
        assert _scanned(lake, _whole(by)) == _interactions(stored)

    def test_names_are_shown_as_they_are(self, lake: Lake) -> None:
        """Names that are no part of the rules, up to the longest."""
        by = unused_day()
        names = ["alive", "superpixel", "nulls", "0", "a" * 64, "drop_table", "click2", "unknown", "unnamed"]
        lake.append([_event(number, by, custom_track=name) for number, name in enumerate(names)])
        outcomes = list(lake.outcomes(few_hours(by)))
        assert outcomes == [Outcome(few_hours(by).start, f"other:{name}", 1) for name in sorted(names)]

    def test_the_largest_ids_and_bids_are_stored(self, lake: Lake) -> None:
        """Whatever is accepted fits."""
        by = unused_day()
        ids = dict.fromkeys(("job_id", "publisher_id", "campaign_id", "group_id"), LARGEST)
        stored = [_event(number, by, custom_track="click", bid=bid, **ids) for number, bid in enumerate((0, LARGEST))]
        stored.append(_event(2, by, custom_track="click", job_id=1))
        lake.append(stored)
        assert _scanned(lake, _whole(by)) == _interactions(stored)

    def test_an_event_at_the_earliest_time_is_stored(self, lake: Lake) -> None:
        """Events may be decades old."""
        earliest = datetime(2000, 1, 1, tzinfo=UTC)
        stored = _classified({"create_time": uuid_at(ticks_of(earliest)), "custom_track": "click", "job_id": 1})
        (arrival,) = lake.append([stored])
        assert (arrival.hour, arrival.minutes) == (earliest, MinuteSet.of(0))
        assert _scanned(lake, {earliest: MinuteSet.of(0)}) == _interactions([stored])
        assert list(lake.hours(Period(earliest, earliest + HOUR))) == [earliest]

    def test_many_events_at_once(self, lake: Lake) -> None:
        """A batch may be larger than what one statement can carry."""
        by = unused_day()
        stored = [
            _event(number, by, seconds=number * 3 % 10_800, custom_track="click", job_id=number % 50 + 1, bid=number)
            for number in range(self.many)
        ]
        arrivals = lake.append(stored)
        assert _minutes(arrivals) == _minutes(arrivals_of("any", (event.time for event in stored), reach=REPEAT_WINDOW))
        assert _scanned(lake, _whole(by)) == _interactions(stored)
        assert _total(lake.outcomes(few_hours(by))) == self.many

    def test_what_does_not_fit_at_once_fits_in_parts(self, lake: Lake) -> None:
        """Events of the largest records: refused for their size, if they are refused, and taken in parts."""
        by = unused_day()
        text = "x" * (LARGEST_RECORD - 1000)
        stored = [_event(number, by, custom_track="click", job_id=1, dt=text) for number in range(self.large)]
        in_parts(stored, lake.append)
        assert _total(lake.outcomes(few_hours(by))) == self.large
        in_parts(stored[:1], lake.append)
        assert _scanned(lake, _whole(by)) == _interactions(stored)

    @pytest.mark.parametrize("name", _WINNERS)
    def test_each_example_of_the_winner_holds(self, lake: Lake, name: str) -> None:
        """In one batch and in two, whichever copy comes first."""
        wins, loses = _WINNERS[name]
        for number, batches_of in enumerate(([[0, 1]], [[1, 0]], [[0], [1]], [[1], [0]])):
            by = unused_day()
            base = click_at(FEW_HOURS.start + by, number=number)
            bids = (1, 2) if wins.get("original") != loses.get("original") else (1, 1)  # of one record: the same bid
            changes = ({"bid": bids[0], **wins}, {"bid": bids[1], **loses})
            made = [attrs.evolve(base, **{"original": _SMALL, **each}) for each in changes]
            for batch in batches_of:
                lake.append([made[which] for which in batch])
            [found] = lake.scan({base.time: MinuteSet.of(0)})
            assert (found.bid, found.marks) == (1, made[0].marks)

    # What is read

    def test_a_scan_reads_the_minutes_asked_for_and_no_others(self, lake: Lake) -> None:
        """Events on the edge of a minute belong to the one that begins there."""

        def check(drawn: Batches, chosen: Sequence[MinuteSet]) -> None:
            stored = _append(lake, drawn, by := unused_day())
            minutes = dict(zip(_whole(by), chosen, strict=True))
            wanted = [event for event in stored if event.time.minute in minutes[hour_of(event.time)]]
            assert _scanned(lake, minutes) == _interactions(wanted)

        for_all(check, batches(), st.lists(minute_sets(), min_size=3, max_size=3), examples=self.examples)

    def test_a_scan_reads_the_hours_asked_for_and_no_others(self, lake: Lake) -> None:
        """The hours before and after hold events too."""
        by = unused_day()
        first, second, third = _whole(by)
        microsecond = timedelta(microseconds=1)
        times = [second - microsecond, second, second + HOUR - microsecond, third]
        stored = [click_at(time, number=number) for number, time in enumerate(times)]
        lake.append(stored)
        assert _scanned(lake, {second: ALL_MINUTES}) == _interactions(stored[1:3])
        assert _scanned(lake, {second: MinuteSet.of(0)}) == _interactions(stored[1:2])
        ends = {first: MinuteSet.of(59), third: MinuteSet.of(0)}
        assert _scanned(lake, ends) == _interactions([stored[0], stored[3]])

    def test_a_scan_of_nothing_finds_nothing(self, lake: Lake) -> None:
        """No hours, no minutes, or an hour without events."""
        by = unused_day()
        first, second, _ = _whole(by)
        lake.append([click_at(first, number=1)])
        assert list(lake.scan({})) == []
        assert list(lake.scan({first: MinuteSet()})) == []
        assert list(lake.scan({first: ALL_MINUTES - MinuteSet.of(0)})) == []
        assert list(lake.scan({second: ALL_MINUTES})) == []

    def test_the_hours_are_those_with_events(self, lake: Lake) -> None:
        """Ascending; the start of the period is in it, the end is not."""

        def check(drawn: Batches, period: Period) -> None:
            stored = _append(lake, drawn, by := unused_day())
            period = _moved_period(period, by)
            assert list(lake.hours(period)) == sorted({hour for hour in map(_hour, stored) if hour in period})

        for_all(check, batches(), _periods(), examples=self.examples)

    def test_the_accounting_has_every_event_under_one_outcome(self, lake: Lake) -> None:
        """Distinct events by hour and outcome, sorted, and none of 0 events."""

        def check(drawn: Batches, period: Period) -> None:
            stored = _append(lake, drawn, by := unused_day())
            period = _moved_period(period, by)
            assert list(lake.outcomes(period)) == _outcomes(stored, period)

        for_all(check, batches(), _periods(), examples=self.examples)

    def test_a_period_without_bounds_holds_everything(self, lake: Lake) -> None:
        """Its ends are times that few stores know."""
        by = unused_day()
        stored = _append(lake, [[click_at(hour, number=number)] for number, hour in enumerate(_whole(by))], timedelta())
        hours, outcomes = list(lake.hours(Period.always())), list(lake.outcomes(Period.always()))
        assert hours == sorted(set(hours))
        assert outcomes == sorted(outcomes)
        assert set(_whole(by)) <= set(hours)
        assert set(_outcomes(stored, Period.always())) <= set(outcomes)

    # Arrivals

    def test_an_append_returns_one_arrival_for_each_hour(self, lake: Lake) -> None:
        """With the minutes that its events reach, under a name that was never used."""
        names: set[str] = set()

        def check(drawn: Batches) -> None:
            by = unused_day()
            for batch in drawn:
                arrivals = lake.append(_moved(batch, by))
                expected = arrivals_of("any", (event.time + by for event in batch), reach=REPEAT_WINDOW)
                assert len(arrivals) == len(expected)
                assert _minutes(arrivals) == _minutes(expected)
                new = {arrival.key.batch for arrival in arrivals}
                assert new.isdisjoint(names)
                names.update(new)

        for_all(check, batches(), examples=self.examples)

    def test_arrivals_are_shown_until_they_are_released(self, lake: Lake) -> None:
        """Exactly as they were returned, those of repeated batches too; releasing some leaves the others."""

        def check(drawn: Batches, choice: Sequence[bool]) -> None:
            by = unused_day()
            arrivals = [arrival for batch in [*drawn, *drawn[:1]] for arrival in lake.append(_moved(batch, by))]
            assert set(arrivals) <= set(lake.arrivals())
            released = {arrival for arrival, chosen in zip(arrivals, choice, strict=False) if chosen}
            lake.release(released)
            reached = Period(few_hours(by).start, few_hours(by).end + HOUR)  # the last events reach an hour further
            shown = [arrival for arrival in lake.arrivals() if arrival.hour in reached]
            assert set(arrivals) - released <= set(shown) <= set(arrivals)
            assert len(shown) == len(set(shown))
            if self.releases_at_once:
                assert released.isdisjoint(shown)

        choices = st.lists(st.booleans(), min_size=18, max_size=18)
        for_all(check, batches(), choices, examples=self.examples)

    def test_an_event_reaches_what_the_repeat_window_after_it_reaches(self, lake: Lake) -> None:
        """A click late in an hour may make the first one of the next hour a repeat; that hour holds nothing by it."""
        by = unused_day()
        first, second, _ = _whole(by)
        arrivals = lake.append([click_at(second - REPEAT_WINDOW, number=1)])
        assert _minutes(arrivals) == {first: MinuteSet.of(59)}, "less than the window after it means: not the end of it"
        arrivals = lake.append([click_at(second - timedelta(seconds=1), number=2)])
        assert _minutes(arrivals) == {first: MinuteSet.of(59), second: MinuteSet.of(0)}
        assert list(lake.hours(few_hours(by))) == [first]
        assert _scanned(lake, {second: ALL_MINUTES}) == Counter()

    def test_an_empty_append_gives_no_arrival(self, lake: Lake) -> None:
        """A batch of dead letters only reaches the lake as no events."""
        before = set(lake.arrivals())
        assert list(lake.append([])) == []
        assert set(lake.arrivals()) <= before

    def test_releasing_what_is_not_there_is_ignored(self, lake: Lake) -> None:
        """Two runners may release the same arrival; an unknown one of a known hour takes no other with it."""
        by = unused_day()
        first, second, _ = _whole(by)
        released, kept = lake.append([click_at(first, number=1), click_at(second, number=1)])
        lake.release([])
        lake.release([released])
        lake.release([released])
        lake.release([Arrival(ArrivalKey("never-appended", kept.hour), kept.minutes)])
        assert kept in lake.arrivals()

    def test_many_arrivals_at_once(self, lake: Lake) -> None:
        """A backfill touches many hours, which are released together."""
        hours = [FEW_HOURS.start + unused_day() for _ in range(300)]
        arrivals = lake.append([click_at(hour, number=1) for hour in hours])
        assert {arrival.hour for arrival in arrivals} == set(hours)
        assert set(arrivals) <= set(lake.arrivals())
        lake.release(arrivals)
        if self.releases_at_once:
            assert set(arrivals).isdisjoint(lake.arrivals())

    # Erasure

    def test_an_erased_visitor_is_known_by_a_pseudonym_and_nothing_else_changes(self, lake: Lake) -> None:
        """Every event of theirs is found under it, all others as they were; the accounting stays."""

        def check(drawn: Batches, chosen: Sequence[str]) -> None:
            by, number = unused_day(), unused_number()
            stored = _append(lake, [_named(batch, number) for batch in drawn], by)
            before = list(lake.outcomes(few_hours(by)))
            pseudonyms = _pseudonyms(chosen, number)
            winners = _winners(stored)
            assert _erase(lake, pseudonyms) == sum(event.uid in pseudonyms for event in winners)
            left = [_without(event, pseudonyms) for event in winners]
            assert _scanned(lake, _whole(by)) == _interactions(left)
            assert list(lake.outcomes(few_hours(by))) == before
            assert _erase(lake, pseudonyms) == 0, "all of it was done"

        visitors = st.lists(st.sampled_from(["u1", "u2", "tester", "nobody"]), unique=True)
        for_all(check, batches(), visitors, examples=self.examples)

    def test_copies_of_an_erased_event_have_the_winner_that_they_had(self, lake: Lake) -> None:
        """What came decides, not what is left of it: whether the losers come before, after, or again."""

        def check(drawn: Batches) -> None:
            by, number = unused_day(), unused_number()
            pseudonyms = _pseudonyms(["u1", "u2"], number)
            competitors = [_named(batch, number) for batch in drawn]
            half = len(competitors) // 2
            first = _append(lake, competitors[:half], by)
            _erase(lake, pseudonyms)
            later = [_without(event, pseudonyms) for batch in competitors[half:] for event in _moved(batch, by)]
            lake.append(later)
            left = [_without(event, pseudonyms) for event in _winners(first)]
            assert _scanned(lake, _whole(by)) == _interactions([*left, *later])
            again = [_without(event, pseudonyms) for event in first]
            lake.append(again)
            assert _scanned(lake, _whole(by)) == _interactions([*again, *later])

        for_all(check, _disputes(), examples=self.examples)

    def test_what_was_not_erased_when_it_was_appended_is_overridden_by_what_is(self, lake: Lake) -> None:
        """A writer that learns of an erasure too late appends once more; the order does not matter."""
        by, number = unused_day(), unused_number()
        name = f"u1 {number}"
        opened = _event(1, by, uid=name, custom_track="click", job_id=1)
        closed = erased(opened, f"erased {number}")
        for order in ([opened, closed], [closed, opened]):
            for event in order:
                lake.append([event])
            assert _scanned(lake, _whole(by)) == _interactions([closed])

    def test_hostile_names_of_visitors_are_erased_like_any_others(self, lake: Lake) -> None:
        """Names are data; those with an empty name have none, and stay as they are."""
        by = unused_day()
        stored = [_event(number, by, uid=text, custom_track="click") for number, text in enumerate(HOSTILE)]
        lake.append(stored)
        pseudonyms = {event.uid: f"erased {event.id}" for event in stored if event.uid is not None}
        _erase(lake, pseudonyms)
        assert _scanned(lake, _whole(by)) == _interactions([_without(event, pseudonyms) for event in stored])

    def test_two_names_that_become_one_visitor_leave_arrivals(self, lake: Lake) -> None:
        """Repeats are found then, so figures may change: the hours of both, and those that they reach, are computed."""
        by, number = unused_day(), unused_number()
        names = [f"u1 {number}", f"hashed-u1 {number}"]
        stored = [_event(each, by, uid=name, custom_track="click", job_id=1) for each, name in enumerate(names)]
        appended = lake.append(stored)
        lake.release(appended)
        before = {arrival.key for arrival in lake.arrivals()}
        assert set(lake.known([*names, "nobody"])) == set(names)
        lake.erase(dict.fromkeys(names, f"erased {number}"), on_progress=lambda _part: None)
        assert set(lake.known([*names, f"erased {number}"])) == {f"erased {number}"}
        assert list(lake.known([])) == []
        told = {arrival.hour: arrival.minutes for arrival in lake.arrivals() if arrival.key not in before}
        assert told == {arrival.hour: arrival.minutes for arrival in appended}

    def test_who_was_noted_is_known_for_ever(self, lake: Lake, reopen: Callable[[], Lake]) -> None:
        """Once is enough, and noting nobody is nothing."""
        one, two = f"erased {unused_number()}", f"erased {unused_number()}"
        lake.note_erased([])
        lake.note_erased([one])
        lake.note_erased([one, two, two])
        for each in (lake, reopen()):
            noted = list(each.erased())
            assert (noted.count(one), noted.count(two)) == (1, 1)

    def test_an_erasure_outlives_a_restart_and_is_told_as_it_goes_on(
        self, lake: Lake, reopen: Callable[[], Lake]
    ) -> None:
        """Progress goes up to 1."""
        by, number = unused_day(), unused_number()
        stored = _event(1, by, uid=f"u1 {number}", custom_track="click", job_id=1)
        lake.append([stored])
        told: list[float] = []
        assert lake.erase({f"u1 {number}": "erased"}, on_progress=told.append) == 1
        assert told == sorted(told)
        assert told[-1] == 1
        again = reopen()
        assert _scanned(again, _whole(by)) == _interactions([erased(stored, "erased")])

    # Under a key

    def test_what_was_stored_before_there_was_a_key_is_what_it_would_be_with_it(self, lake: Lake) -> None:
        """Whatever was done to its visitor: so copies that come again are the same events, and win or lose as ever."""

        def check(drawn: Batches, protections: Sequence[Protection]) -> None:
            by, protection = unused_day(), cycle(protections)
            came = [_moved(batch, by) for batch in drawn]
            before = [[_without_key(event, next(protection)) for event in batch] for batch in came]
            for batch in before:
                lake.append(batch)
            stored = [keyed(each, key=UID_KEY) for each in _winners(event for batch in before for event in batch)]
            _key(lake)
            assert _scanned(lake, _whole(by)) == _interactions(stored)
            again = [hashed(event, key=UID_KEY) for batch in came for event in batch]
            lake.append(again)
            assert _scanned(lake, _whole(by)) == _interactions([*stored, *again])

        protections = st.lists(st.sampled_from(Protection), min_size=1, max_size=5)
        for_all(check, batches(revisions=1), protections, examples=self.examples // 2)

    def test_erased_again_what_is_under_a_key_has_the_winner_that_it_had(self, lake: Lake) -> None:
        """Copies that contradict each other, too, also when they are read again."""

        def check(drawn: Batches) -> None:
            by, number = unused_day(), unused_number()
            came = [event for batch in drawn for event in _moved(_named(batch, number), by)]
            lake.append([hashed(event, key=UID_KEY) for event in came])
            pseudonyms = {hashed_uid(f"{name} {number}", key=UID_KEY): f"{ERASED}{name}" for name in ("u1", "u2")}
            _erase(lake, pseudonyms)
            left = [_without(hashed(event, key=UID_KEY), pseudonyms) for event in came]
            for _ in ("erased", "read again"):
                assert _scanned(lake, _whole(by)) == _interactions(left)
                lake.append(left)

        for_all(check, batches(revisions=1), examples=self.examples // 2)

    def test_clicks_whose_id_changes_are_rolled_up_again(self, lake: Lake, reopen: Callable[[], Lake]) -> None:
        """Of two at once, the smaller id decides which one is the repeat. The new id outlives a restart."""
        by = unused_day()
        time = f"{few_hours(by).start:%Y-%m-%d %H:%M:%S}"
        columns = {"create_time": "made", "ts": time, "custom_track": "click", "job_id": 1, "uid": "u1"}
        event = _classified(columns)
        lake.release(lake.append([event]))
        _key(lake)
        _key(lake)  # once is enough
        assert _hour(event) in {arrival.hour for arrival in lake.arrivals()}
        again = reopen()
        again.append([hashed(event, key=UID_KEY)])
        assert _scanned(again, _whole(by)) == _interactions([hashed(event, key=UID_KEY)])

    # Durability

    def test_events_and_arrivals_outlive_a_restart(self, lake: Lake, reopen: Callable[[], Lake]) -> None:
        """All of them had been durable when `append` returned."""
        by = unused_day()
        first, second, third = _whole(by)
        stored = [click_at(hour, number=number) for number, hour in enumerate((first, second, second, third))]
        released, *kept = lake.append(stored)
        lake.release([released])
        again = reopen()
        assert _scanned(again, _whole(by)) == _interactions(stored)
        assert list(again.outcomes(few_hours(by))) == _outcomes(stored, few_hours(by))
        assert set(kept) <= set(again.arrivals())
        if self.releases_at_once:
            assert released not in again.arrivals()
        names = {arrival.key.batch for arrival in again.append(stored)}
        assert names.isdisjoint({released.key.batch, *(arrival.key.batch for arrival in kept)})
        assert _scanned(again, _whole(by)) == _interactions(stored)


# The model


def _append(lake: Lake, drawn: Batches, by: timedelta) -> list[Event]:
    """Append batches on another day, and return all of their events."""
    appended = [_moved(batch, by) for batch in drawn]
    for batch in appended:
        lake.append(batch)
    return [event for batch in appended for event in batch]


def _named(batch: Iterable[Event], number: int) -> list[Event]:
    """Give visitors names that no other example uses; they follow from the record, as names do."""
    return [attrs.evolve(event, uid=event.uid and f"{event.uid} {number}") for event in batch]


def _pseudonyms(visitors: Iterable[str], number: int) -> dict[str, str]:
    """Return the pseudonyms of visitors under every name by which a lake may know them."""
    forms = ["", *(f"{each.name} " for each in Protection)]
    return {f"{form}{each} {number}": f"erased {each} {number}" for each in visitors for form in forms}


def _erase(lake: Lake, pseudonyms: Mapping[str, str]) -> int:
    return lake.erase(pseudonyms, on_progress=lambda _part: None)


def _without(event: Event, pseudonyms: Mapping[str, str]) -> Event:
    name = pseudonyms.get(event.uid or "")
    return event if name is None else erased(event, name)


def _without_key(event: Event, protection: Protection) -> Event:
    """Return an event as a lake stored it that has no key, or did not put more than visitors under it."""
    if event.uid is None or protection is Protection.OPEN:
        return event
    if protection is Protection.ERASED:
        return erased(event, f"{ERASED}{event.uid}")
    now = hashed(event, key=UID_KEY)
    return attrs.evolve(now, id=event.id, original=event.fingerprint_digits, keyed=False)


def _key(lake: Lake) -> None:
    told: list[float] = []
    lake.key_events(UID_KEY, on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1


def _moved(batch: Iterable[Event], by: timedelta) -> list[Event]:
    return [moved(event, by) for event in batch]


def _whole(by: timedelta) -> MinutesByHour:
    """Return the few hours of another day, all of their minutes."""
    start = few_hours(by).start
    return {start + number * HOUR: ALL_MINUTES for number in range(3)}


def _winners(stored: Iterable[Event]) -> list[Event]:
    by_id: dict[str, list[Event]] = {}
    for event in stored:
        by_id.setdefault(event.id, []).append(event)
    return [winner(each) for each in by_id.values()]


def _interactions(stored: Iterable[Event]) -> Counter[Interaction]:
    return Counter(event.interaction() for event in _winners(stored))


def _scanned(lake: Lake, minutes: MinutesByHour) -> Counter[Interaction]:
    return Counter(lake.scan(minutes))


def _hour(event: Event) -> datetime:
    return hour_of(event.time)


def _outcomes(stored: Iterable[Event], period: Period) -> list[Outcome]:
    counts = Counter(
        (_hour(event), outcome_of(event.kind, event.name, has_job=event.job != 0)) for event in _winners(stored)
    )
    return sorted(Outcome(hour, outcome, count) for (hour, outcome), count in counts.items() if hour in period)


def _total(outcomes: Iterable[Outcome]) -> int:
    return sum(outcome.events for outcome in outcomes)


def _minutes(arrivals: Iterable[Arrival]) -> dict[datetime, MinuteSet]:
    return {arrival.hour: arrival.minutes for arrival in arrivals}


# What is drawn


def _disputes() -> st.SearchStrategy[Batches]:
    """Return a strategy for a few events with several conflicting copies each, in any order, cut anywhere."""
    disputed = events().flatmap(lambda event: st.lists(copies(event, revisions=3), min_size=1, max_size=4))
    return (
        st.lists(disputed, min_size=1, max_size=2)
        .map(lambda groups: [event for group in groups for event in group])
        .flatmap(st.permutations)
        .flatmap(splits)
    )


def _periods() -> st.SearchStrategy[Period]:
    """Return a strategy for periods that begin and end near the few hours, at full hours or within one."""
    half_hours = st.integers(-1, 7).map(lambda number: FEW_HOURS.start + number * HOUR / 2)
    return st.tuples(half_hours, half_hours).map(lambda ends: Period(min(ends), max(ends)))


def _moved_period(period: Period, by: timedelta) -> Period:
    return Period(period.start + by, period.end + by)


# Events made by hand


def _classified(columns: Mapping[str, JSON]) -> Event:
    event = classify(Record.of(columns), limits=LIMITS)
    assert not isinstance(event, Rejection)
    return event


def _event(number: int, by: timedelta, *, seconds: int = 0, **columns: JSON) -> Event:
    """Make an event of the few hours of another day; `number` tells those of one time apart."""
    ticks = ticks_of(FEW_HOURS.start + by + timedelta(seconds=seconds))
    return _classified({"create_time": uuid_at(ticks, node=number), **columns})
