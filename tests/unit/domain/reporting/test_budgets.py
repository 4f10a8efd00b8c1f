"""Budgets: worked by hand, monotone in what is spent, and consistent at every border."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from admetrics.domain.dimensions import Campaign, Dimensions, Group, Job
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.reporting.budgets import TOLERANCE, Budget, Level, Status, budgets_of, most_urgent_first, use_of
from admetrics.domain.reporting.figures import Figures
from admetrics.domain.rules.budget_unit import UnknownUnit, rule_of
from admetrics.domain.rules.currency import Currency
from admetrics.domain.rules.flight import Flight
from admetrics.testing import strategies as some

START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC)
FLIGHT = Flight(date(2026, 3, 1), date(2026, 3, 10))
"""Ten days."""
INSTANT = timedelta(microseconds=1)
RISING = {
    status: rank
    for rank, statuses in enumerate(
        [
            (Status.NOT_STARTED, Status.ENDED, Status.UNKNOWN, Status.BACKWARDS),
            (Status.BEHIND,),
            (Status.ON_PACE,),
            (Status.AHEAD,),
            (Status.EXHAUSTED,),
            (Status.OVERSPENT,),
        ]
    )
    for status in statuses
}
"""How far along a budget is: more spend never leads back."""

dates = st.dates(date(2026, 1, 1), date(2026, 12, 31)) | st.sampled_from([date.min, date(9999, 12, 30), date.max])
flights = st.builds(Flight, st.none() | dates, st.none() | dates)
times = st.datetimes(datetime(2025, 12, 1), datetime(2027, 1, 31), timezones=st.just(UTC))  # noqa: DTZ001  made aware
totals = st.integers(0, 10**8).map(lambda cents: Decimal(cents).scaleb(-2)) | st.just(Decimal(10) ** 20)


def use(spent, now, total=1000, flight=FLIGHT, unit="USD"):
    budget = Budget(level=Level.CAMPAIGN, id=1, total=Decimal(total), rule=rule_of(unit), flight=flight)
    return use_of(budget, Figures({Currency("USD"): Measures(valid_spend=spent)}), now)


@pytest.mark.parametrize(
    "days, spent, share, status",
    [
        # After 3.5 of 10 days 35% are expected: on pace is 31.5% to 38.5%.
        (3.5, 350, "0.35", Status.ON_PACE),
        (3.5, 315, "0.315", Status.ON_PACE),
        (3.5, 314, "0.314", Status.BEHIND),
        (3.5, 385, "0.385", Status.ON_PACE),
        (3.5, 386, "0.386", Status.AHEAD),
        (3.5, 0, "0", Status.BEHIND),
        (3.5, 999, "0.999", Status.AHEAD),
        (3.5, 1000, "1", Status.EXHAUSTED),
        (3.5, 1001, "1.001", Status.OVERSPENT),
        (-1, 0, "0", Status.NOT_STARTED),
        (-1, 5, "0.005", Status.NOT_STARTED),
        (-1, 1000, "1", Status.EXHAUSTED),
        (10, 999, "0.999", Status.ENDED),
        (10, 1000, "1", Status.EXHAUSTED),
        (400, 1001, "1.001", Status.OVERSPENT),
    ],
)
def test_by_hand(days, spent, share, status):
    """USD 1,000 for the ten days from 1 to 10 March."""
    found = use(spent, START + timedelta(days=days))
    assert (found.spent, found.share, found.status) == (spent, Fraction(share), status)
    assert found.expected == min(max(Fraction(days) / 10, 0), 1)


@pytest.mark.parametrize(
    "days, spent, end",
    [
        (2, 200, END),  # a tenth a day
        (2, 400, datetime(2026, 3, 6, tzinfo=UTC)),
        (2, 100, datetime(2026, 3, 21, tzinfo=UTC)),  # after the flight: it will not be used up
        (5, 1000, datetime(2026, 3, 6, tzinfo=UTC)),  # now
        (5, 2000, datetime(2026, 3, 3, 12, tzinfo=UTC)),  # two days and a half ago
        (5, 0, None),
        (0, 100, None),  # there is no pace yet
        (-1, 100, None),
        (10, 500, None),  # nothing is spent any more
    ],
)
def test_the_projected_end_by_hand(days, spent, end):
    assert use(spent, START + timedelta(days=days)).projected_end == end


def test_a_projected_end_beyond_the_calendar_is_none():
    assert use(1, START + timedelta(days=9), total=10**12).projected_end is None


def test_an_instant_decides_at_the_ends_of_the_flight():
    """Both days are included: the flight is from the first midnight up to that after its last day."""
    before, first, last, after = (use(1, time) for time in (START - INSTANT, START, END - INSTANT, END))
    assert [each.status for each in (before, first, last, after)] == [
        Status.NOT_STARTED, Status.AHEAD, Status.BEHIND, Status.ENDED,
    ]  # fmt: skip
    assert (before.expected, first.expected, after.expected) == (0, 0, 1)
    assert last.expected == 1 - Fraction(1, 10 * 86_400 * 10**6)
    assert use(0, START).status is Status.ON_PACE  # nothing is expected, and nothing spent


def test_the_time_may_be_of_any_zone():
    there = START.astimezone(datetime.fromisoformat("2026-03-01T00:00:00+07:00").tzinfo)
    assert use(1, there) == use(1, START)


def test_a_budget_of_nothing_is_exhausted_and_then_overspent():
    """There is no share of it."""
    now = START + timedelta(days=1)
    assert (use(0, now, total=0).share, use(0, now, total=0).status) == (None, Status.EXHAUSTED)
    assert (use(1, now, total=0).share, use(1, now, total=0).status) == (None, Status.OVERSPENT)
    assert use(0, now, total=-5).status is Status.OVERSPENT


@pytest.mark.parametrize(
    "flight", [Flight(FLIGHT.first), Flight(None, FLIGHT.last), Flight(), Flight(FLIGHT.first, date.max)]
)
def test_without_a_start_or_an_end_there_is_nothing_to_expect(flight):
    now = START + timedelta(days=2)
    found = use(200, now, flight=flight)
    assert (found.share, found.expected, found.status) == (Fraction(1, 5), None, Status.UNKNOWN)
    assert found.projected_end == (END if flight.first else None)
    assert use(1000, now, flight=flight).status is Status.EXHAUSTED


@pytest.mark.parametrize("day", [1, 7, 10, 20])
def test_a_flight_that_ends_before_it_starts_is_said(day):
    flight = Flight(date(2026, 3, 10), date(2026, 3, 5))
    assert use(1, datetime(2026, 3, day, tzinfo=UTC), flight=flight).status is Status.BACKWARDS
    assert use(1000, datetime(2026, 3, day, tzinfo=UTC), flight=flight).status is Status.EXHAUSTED
    one_day = Flight(date(2026, 3, 10), date(2026, 3, 10))
    assert use(1, datetime(2026, 3, day, tzinfo=UTC), flight=one_day).status is not Status.BACKWARDS


def test_a_flight_without_any_length_expects_nothing():
    flight = Flight(date(2026, 3, 10), date(2026, 3, 9))
    found = use(1, datetime(2026, 3, 10, tzinfo=UTC), flight=flight)
    assert (found.expected, found.status) == (None, Status.BACKWARDS)


def test_what_somebody_should_look_at_first_comes_first():
    def standing(number, status, share):
        found = use(0, START)
        return attrs.evolve(found, budget=attrs.evolve(found.budget, id=number), status=status, share=share)

    late = standing(3, Status.BEHIND, Fraction(1, 2))
    over = [standing(9, Status.OVERSPENT, Fraction(3)), standing(4, Status.OVERSPENT, Fraction(2))]
    unknown = [standing(5, Status.UNKNOWN, Fraction(1, 9)), *(standing(id_, Status.UNKNOWN, None) for id_ in (2, 6))]
    assert most_urgent_first([*unknown[::-1], late, *over[::-1]]) == [*over, late, *unknown]


def test_without_a_unit_the_status_says_so_and_money_is_shown():
    found = use(50, START + timedelta(days=2), unit="dollars")
    assert (found.spent, found.share, found.projected_end, found.status) == (None, None, None, Status.UNKNOWN_UNIT)
    assert found.beside == {Currency("USD"): 50}
    assert found.expected == Fraction(1, 5)


@given(st.integers(0, 10**12), st.integers(0, 10**12), times, totals, flights)
@example(0, 1, START, Decimal(0), FLIGHT)
@example(999, 1000, END, Decimal(1000), FLIGHT)
def test_more_spend_never_lowers_share_or_status(one, other, now, total, flight):
    less, more = (use(spent, now, total, flight) for spent in sorted((one, other)))
    assert RISING[less.status] <= RISING[more.status]
    assert less.expected == more.expected
    assert (less.share is None) == (more.share is None) == (total == 0)
    if less.share is not None and more.share is not None:
        assert less.share <= more.share
    if less.projected_end and more.projected_end:
        assert more.projected_end <= less.projected_end


@given(st.integers(0, 10**12), times, times, flights)
def test_time_never_lowers_what_is_expected(spent, one, other, flight):
    earlier, later = (use(spent, now, flight=flight) for now in sorted((one, other)))
    assert (earlier.expected is None) == (later.expected is None)
    if earlier.expected is not None and later.expected is not None:
        assert 0 <= earlier.expected <= later.expected <= 1


@given(st.integers(0, 10**9), times, flights)
def test_exactly_the_budget_is_exhausted_and_a_unit_more_is_overspent(total, now, flight):
    assert use(total, now, total, flight).status is Status.EXHAUSTED
    assert use(total + 1, now, total, flight).status is Status.OVERSPENT
    if total:
        assert use(total - 1, now, total, flight).status not in {Status.EXHAUSTED, Status.OVERSPENT}


@given(st.integers(0, 2000), times)
def test_the_pace_is_the_ratio_of_share_and_expected_share(spent, now):
    found = use(spent, now)
    paced = {Status.BEHIND, Status.ON_PACE, Status.AHEAD}
    assert (found.status in paced) == (START <= now < END and spent < 1000)
    if found.status in paced and found.expected:
        index = found.share / found.expected
        assert (found.status is Status.ON_PACE) == (abs(index - 1) <= TOLERANCE)


@given(st.integers(1, 10**6), times, totals, flights)
def test_the_projected_end_is_past_once_all_is_spent_and_ahead_of_us_before(spent, now, total, flight):
    found = use(spent, now, total, flight)
    if found.projected_end:
        assert found.projected_end >= flight.begins
        assert (found.projected_end <= now) == (spent >= total)


def test_groups_and_jobs_have_the_unit_and_the_flight_of_their_campaign():
    known = Dimensions(
        jobs=[Job(9, 5, 1, 7, "Cook", Decimal(50)), Job(8, None, 1, None, None, Decimal(1)), Job(3, 5, 1)],
        campaigns=[
            Campaign(2, 5, "Autumn", None, "USD"),
            Campaign(1, 4, "Spring", Decimal(500), "clicks", FLIGHT.first, FLIGHT.last),
        ],
        groups=[Group(7, 1, "Nights", Decimal(20)), Group(6, 99, "Lost", Decimal(20)), Group(5, 1)],
    )
    found = {level: budgets_of(known, level) for level in Level}
    [campaign], [lost, group], [other, job] = found[Level.CAMPAIGN], found[Level.GROUP], found[Level.JOB]
    for each in (campaign, group, job, other):
        assert (each.rule, each.flight, each.campaign) == (rule_of("clicks"), FLIGHT, 1)
    assert (lost.rule, lost.flight, lost.campaign, lost.company) == (UnknownUnit(""), Flight(), None, None)
    assert [each.company for each in (campaign, group, job, other)] == [4, 4, 5, 4]
    assert [each.group for each in (campaign, group, job, other)] == [None, 7, 7, None]
    assert [each.total for each in (campaign, group, job, other)] == [500, 20, 50, 1]
    assert [each.name for each in (campaign, lost, group, job, other)] == ["Spring", "Lost", "Nights", "Cook", None]
    assert all(each.level is level for level in Level for each in found[level])
    assert use_of(job, Figures({}), START).budget is job


def test_a_group_or_a_job_without_a_campaign_has_none_of_its_unit():
    known = Dimensions(
        jobs=[Job(9, budget=Decimal(50))], campaigns=[Campaign(1, 4, "Spring", None, "clicks")],
        groups=[Group(7, budget=Decimal(20))],
    )  # fmt: skip
    for level in (Level.GROUP, Level.JOB):
        [budget] = budgets_of(known, level)
        assert (budget.rule, budget.campaign, budget.company) == (UnknownUnit(""), None, None)


@given(some.dimensions(), some.measures(), times)
def test_every_budget_of_the_tables_has_a_status(known, measures, now):
    """Also those of tables with gaps."""
    tables = {Level.CAMPAIGN: known.campaigns, Level.GROUP: known.groups, Level.JOB: known.jobs}
    for level, table in tables.items():
        found = budgets_of(known, level)
        amounts = [attrs.astuple(row)[3 if level is not Level.JOB else 5] for row in table]
        assert len(found) == sum(amount is not None for amount in amounts)
        for budget in found:
            assert use_of(budget, Figures({Currency("USD"): measures}), now).status in Status
