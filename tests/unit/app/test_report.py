"""The report: sums that agree with the rows and with each other, currencies that never meet, days of any time zone."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from admetrics.adapters.memory.clock import ManualClock
from admetrics.adapters.memory.dead_letters import MemoryDeadLetters
from admetrics.adapters.memory.lake import MemoryLake
from admetrics.adapters.memory.warehouse import MemoryWarehouse
from admetrics.adapters.sql.database import Database
from admetrics.adapters.sql.warehouse import SqlWarehouse
from admetrics.app.report import report
from admetrics.domain.dimensions import Campaign, Company, Dimensions, Group, Job, Publisher
from admetrics.domain.events.dead_letter import DeadLetter
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.domain.metrics.measures import ZERO, Measures
from admetrics.domain.reporting.axis import AXES, Axis
from admetrics.domain.reporting.figures import Figures, change
from admetrics.domain.reporting.report import Report
from admetrics.domain.rollup.fold import fold
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.rules.currency import Currency
from admetrics.domain.rules.ranking import ENOUGH_CLICKS
from admetrics.domain.times import HOUR, Period
from admetrics.ports.warehouse import Warehouse
from admetrics.testing import strategies as some

NOW = datetime(2026, 3, 20, 12, 30, tzinfo=UTC)
ZONES = st.sampled_from(
    ["UTC", "Asia/Ho_Chi_Minh", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia"]
)
DAYS = Period(datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
"""Some days around the night in which Europe's clocks go forward."""
KINDS = {Axis.JOB: "job", Axis.PUBLISHER: "publisher", Axis.CAMPAIGN: "campaign", Axis.GROUP: "group"}


CLICKS = Measures(clicks=ENOUGH_CLICKS, spend=1, qualified=1)


class SumsOnly:
    """A warehouse that tells sums and the span of its hours, and no row."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.totals = warehouse.totals
        self.span = warehouse.span
        self.last_update = warehouse.last_update


def rows_of(*, within: Period, most: int = 12) -> st.SearchStrategy[list[Row]]:
    return st.lists(some.rows(within), max_size=most, unique_by=lambda row: row.cell)


def stored(rows: Iterable[Row]) -> Warehouse:
    warehouse = MemoryWarehouse(clock=ManualClock(NOW))
    warehouse.upsert(list(rows))
    return warehouse


def made(rows: Iterable[Row], dimensions: Dimensions | None = None, **options) -> Report:
    warehouse = SumsOnly(stored(rows))
    return report(warehouse=warehouse, known=dimensions or Dimensions(), now=NOW, **options)  # type: ignore[arg-type]


def row(
    hour: datetime, *, job: int = 1, publisher: int = 1, campaign: int = 0, company: int | None = None, **measures: int
) -> Row:
    return Row(Cell(hour, job, publisher, campaign, 0), Measures(**measures), company, 1, "Memory")


def key_of(each: Row, axis: Axis) -> int | None:
    return each.company if axis is Axis.COMPANY else getattr(each.cell, KINDS[axis])


def total(parts: Iterable[Figures]) -> Figures:
    return Figures.of(pair for figures in parts for pair in figures.currencies.items())


def without_zeros(figures: Figures) -> dict[Currency, Measures]:
    return {currency: measures for currency, measures in figures.currencies.items() if measures}


def cost(measures: Measures) -> tuple[bool, float]:
    return not measures.qualified, measures.spend / (measures.qualified or 1)


def at(hour: int, day: int = 1) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


@settings(max_examples=60, deadline=None)
@given(rows_of(within=DAYS), some.dimensions(), st.sampled_from(AXES), ZONES)
def test_the_sums_of_every_breakdown_equal_the_totals(rows, dimensions, axis, zone):
    period = Period(DAYS.start + 2 * 24 * HOUR, DAYS.end)
    shown = made(rows, dimensions, period=period, by=axis, zone=ZoneInfo(zone))
    inside = [each for each in rows if each.cell.hour in period]
    assert sum((each.measures for each in inside), ZERO) == sum(shown.figures.currencies.values(), ZERO)
    assert without_zeros(total(entry.figures for entry in shown.entries)) == without_zeros(shown.figures)
    assert without_zeros(total(entry.before for entry in shown.entries)) == without_zeros(shown.before)
    assert without_zeros(total(point.figures for point in shown.days)) == without_zeros(shown.figures)
    assert without_zeros(total(point.figures for point in shown.hours)) == without_zeros(shown.figures)
    for entry in shown.entries:
        own = [each for each in inside if key_of(each, axis) == entry.key]
        assert sum((each.measures for each in own), ZERO) == sum(entry.figures.currencies.values(), ZERO)


@settings(max_examples=60, deadline=None)
@given(rows_of(within=DAYS), some.dimensions())
def test_amounts_of_different_currencies_are_never_added_up(rows, dimensions):
    shown = made(rows, dimensions, period=DAYS)
    codes = {publisher.id: (publisher.currency or "").upper() for publisher in dimensions.publishers}

    def code(each: Row) -> str:
        return codes.get(each.cell.publisher, "")

    def unknown(each: Row) -> int:
        return 0 if code(each) else each.cell.publisher

    for currency, measures in shown.figures.currencies.items():
        own = [each for each in rows if (code(each), unknown(each)) == (currency.code, currency.publisher)]
        assert measures == sum((each.measures for each in own), ZERO)


def test_publishers_whose_currency_is_unknown_stay_apart_from_each_other_too():
    rows = [row(at(1), publisher=number, clicks=1, spend=10**number) for number in (0, 1, 2, 3, 4)]
    publishers = (Publisher(1, currency="usd"), Publisher(2, currency="USD "), Publisher(3))
    shown = made(rows, Dimensions(publishers=publishers))
    assert {str(currency): measures.spend for currency, measures in shown.figures.currencies.items()} == {
        "USD": 110,
        "unknown (no publisher)": 1,
        "unknown (publisher 3)": 1000,
        "unknown (publisher 4)": 10_000,
    }
    assert str(shown.currencies[0]) == "USD"
    assert shown.figures.counts.clicks == 5


@settings(max_examples=60, deadline=None)
@given(rows_of(within=DAYS))
@example([row(DAYS.start, impressions=0, clicks=2, conversions=0)])
def test_rates_are_ratios_of_sums_and_none_without_a_denominator(rows):
    counts = made(rows, period=DAYS).figures.counts
    sums = sum((each.measures for each in rows), ZERO)
    assert counts.ctr == (sums.clicks / sums.impressions if sums.impressions else None)
    assert counts.apply_rate == (sums.conversions / sums.clicks if sums.clicks else None)
    assert counts.qualified_rate == (sums.qualified / sums.conversions if sums.conversions else None)


@settings(max_examples=60, deadline=None)
@given(rows_of(within=DAYS), some.dimensions(), st.sampled_from(AXES))
def test_the_period_before_is_of_the_same_length_and_ends_where_the_period_starts(rows, dimensions, axis):
    length = DAYS.end - DAYS.start
    earlier = [attrs.evolve(each, cell=attrs.evolve(each.cell, hour=each.cell.hour - length)) for each in rows]
    alone = made(rows, dimensions, period=DAYS, by=axis)
    shown = made(earlier, dimensions, period=DAYS, by=axis)
    assert shown.period_before == Period(DAYS.start - length, DAYS.start)
    assert without_zeros(shown.before) == without_zeros(alone.figures)
    assert {entry.key: entry.before for entry in shown.entries} == {entry.key: entry.figures for entry in alone.entries}
    assert not shown.figures


@pytest.mark.parametrize(
    "now,before,grown", [(3, 2, 0.5), (0, 4, -1.0), (3, 0, None), (None, 2, None), (2, None, None), (0, 0, None)]
)
def test_a_change_needs_something_to_be_compared_with(now, before, grown):
    assert change(now, before) == grown


@pytest.mark.parametrize(
    "zone,day,hours",
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Asia/Ho_Chi_Minh", date(2026, 3, 29), 24),
        ("America/New_York", date(2026, 3, 8), 23),
    ],
)
def test_a_day_on_which_clocks_change_has_its_own_number_of_hours(zone, day, hours):
    first = datetime(day.year, day.month, day.day, tzinfo=UTC) - 48 * HOUR
    rows = [row(first + number * HOUR, clicks=1) for number in range(120)]
    shown = made(rows, period=Period(first, first + 120 * HOUR), zone=ZoneInfo(zone))
    clicks = {point.start.date(): point.figures.counts.clicks for point in shown.days}
    assert clicks[day] == hours
    assert {clicks[point.start.date()] for point in shown.days if point.whole} == {24, hours}
    assert [point.figures.counts.clicks for point in shown.hours] == [1] * 120
    starts = [point.start.astimezone(UTC) for point in shown.hours]
    assert starts == [first + number * HOUR for number in range(120)]


def test_days_that_lie_in_the_period_only_in_part_say_so():
    rows = [row(at(0) + number * HOUR, clicks=1) for number in range(72)]
    shown = made(rows, period=Period(at(12), at(0, 3)), zone=ZoneInfo("UTC"))
    assert [(point.start.day, point.whole) for point in shown.days] == [(1, False), (2, True)]
    whole = made(rows, period=Period(at(0), at(0, 3)), zone=ZoneInfo("UTC"))
    assert [point.whole for point in whole.days] == [True, True]


def test_a_period_holds_the_hours_that_start_in_it():
    rows = [row(at(hour), clicks=1) for hour in range(24)]
    shown = made(rows, period=Period(at(5) + HOUR / 2, at(8) + HOUR / 2))
    assert shown.period == Period(at(6), at(9))
    assert shown.figures.counts.clicks == 3


def test_in_a_zone_of_half_hours_an_hour_belongs_to_the_day_in_which_it_starts():
    rows = [row(at(18), clicks=1), row(at(19), clicks=2)]  # 23:30 and 00:30 in Kolkata
    shown = made(rows, zone=ZoneInfo("Asia/Kolkata"))
    assert [(point.start.day, point.figures.counts.clicks) for point in shown.days] == [(1, 1), (2, 2)]
    assert not shown.whole_hours
    assert made(rows, zone=ZoneInfo("Europe/Berlin")).whole_hours


def test_days_and_hours_without_figures_are_zeros_between_the_first_and_the_last():
    rows = [row(at(5), clicks=1), row(at(5, 3), clicks=1)]
    shown = made(rows, period=Period(at(0), at(0, 9)))
    assert [point.figures.counts.clicks for point in shown.days] == [1, 0, 1]
    assert len(shown.hours) == 49


def test_a_long_period_has_no_hours():
    rows = [row(at(5), clicks=1), row(at(5) + timedelta(days=60), clicks=1)]
    shown = made(rows, period=Period(at(0), at(0) + timedelta(days=90)))
    assert not shown.hours
    assert len(shown.days) == 61


def test_without_a_period_the_last_seven_days_with_figures_are_shown():
    shown = made([row(at(5), clicks=1), row(at(5, 15), clicks=1)])
    assert shown.period == Period(at(6, 8), at(6, 15))


def test_open_ends_are_where_the_figures_end():
    rows = [row(at(5), clicks=1), row(at(5, 15), clicks=1)]
    always = Period.always()
    assert made(rows, period=Period(at(0, 3), always.end)).period == Period(at(0, 3), at(6, 15))
    assert made(rows, period=Period(always.start, at(0, 9))).period == Period(at(5), at(0, 9))
    assert made(rows, period=always).period == Period(at(5), at(6, 15))
    assert made(rows, period=Period(at(0, 20), always.end)).period == Period(at(0, 20), at(0, 20))


def test_an_hour_ahead_of_the_clock_hides_nothing_and_is_told():
    """It was written under a clock that was wrong; a period with two ends shows it."""
    ahead = at(5).replace(year=2030)
    rows = [row(at(5), clicks=1), row(at(5, 15), clicks=1), row(ahead, clicks=1)]
    assert made(rows).period == Period(at(6, 8), at(6, 15))
    assert made(rows, period=Period.always()).period == Period(at(5), at(6, 15))
    assert made(rows).health.newest_hour == ahead
    assert made(rows, period=Period(ahead, ahead + HOUR)).figures.counts.clicks == 1
    assert made(rows[2:]).period.end == ahead + HOUR


@settings(deadline=None)
@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)), ZONES)
@example(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), "Pacific/Apia")
@example(datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 58, tzinfo=UTC), "America/St_Johns")
def test_any_period_has_a_report(one, other, zone):
    shown = made([row(at(5), clicks=1)], period=Period(min(one, other), max(one, other)), zone=ZoneInfo(zone))
    assert shown.period_before.end == shown.period.start


def test_an_empty_warehouse_has_no_figures_and_says_so():
    shown = made([])
    assert not shown.figures
    assert (shown.days, shown.hours, shown.entries, shown.currencies) == ((), (), [], [])
    assert (shown.health.updated, shown.health.newest_hour) == (None, None)
    assert shown.figures.counts.ctr is None
    assert shown.period.end == datetime(2026, 3, 20, 13, tzinfo=UTC)


NAMED = Dimensions(
    jobs=(Job(1, company=1, title="Nurse"),),
    campaigns=(Campaign(1, name="Spring"),),
    groups=(Group(1, name="Hanoi"),),
    companies=(Company(1, name="Acme"),),
    publishers=(Publisher(1, name="Lotus"),),
)


@pytest.mark.parametrize(
    "axis,names",
    [
        (Axis.JOB, {1: "Nurse", 2: None}),
        (Axis.CAMPAIGN, {0: None, 1: "Spring"}),
        (Axis.GROUP, {0: None}),
        (Axis.COMPANY, {None: None, 1: "Acme"}),
        (Axis.PUBLISHER, {0: None, 1: "Lotus"}),
    ],
)
def test_names_come_from_the_dimensions(axis, names):
    rows = [row(at(1), campaign=1, company=1, clicks=3), row(at(1), job=2, publisher=0, clicks=1)]
    shown = made(rows, NAMED, by=axis)
    assert {entry.key: entry.name for entry in shown.entries} == names
    assert shown.by == axis.name.lower()
    clicks = [entry.figures.counts.clicks for entry in shown.entries]
    assert clicks == sorted(clicks, reverse=True)


def ranked(**kinds) -> list[tuple[str, str, list[int], list[int]]]:
    """Return the rankings of rows of a day: what they are by, the currency, and the ids of both halves."""
    shown = made(**kinds)
    return [
        (each.by, str(each.currency), [line.key for line in each.best], [line.key for line in each.worst])
        for each in shown.rankings
    ]


def test_the_best_have_the_lowest_cost_per_qualified_application_and_the_worst_spent_without_any():
    spent = {1: (60, 6), 2: (60, 1), 3: (60, 20), 4: (60, 0), 5: (90, 0), 6: (1, 0)}
    rows = [
        row(at(1), job=job, publisher=9, campaign=job % 2 + 1, clicks=60, spend=spend, qualified=qualified)
        for job, (spend, qualified) in spent.items()
    ]
    known = Dimensions(publishers=[Publisher(9, currency="USD")], jobs=[Job(3, title="Nurse")])
    assert ranked(rows=rows, dimensions=known) == [
        # Campaign 2 has the odd jobs: 210 for 26; campaign 1 the even ones: 121 for 1. There is one publisher.
        ("campaign", "USD", [2], [1]),
        ("job", "USD", [3, 1, 2], [5, 4, 6]),
    ]
    best = made(rows, known).rankings[1].best[0]
    assert (best.name, best.measures) == ("Nurse", Measures(clicks=60, spend=60, qualified=20))


def test_only_those_with_enough_clicks_and_costs_are_compared():
    rows = [row(at(1), job=job, clicks=clicks, spend=5, qualified=1) for job, clicks in ((1, 50), (2, 49), (3, 50))]
    free = row(at(1), job=4, clicks=90, qualified=9)
    assert ranked(rows=[*rows, free]) == [("job", "unknown (publisher 1)", [1], [3])]
    assert ranked(rows=rows[:2]) == []


def test_who_has_no_qualified_application_is_never_among_the_best():
    rows = [row(at(1), job=job, clicks=50, spend=job) for job in (1, 2, 3, 4)]
    assert ranked(rows=rows) == [("job", "unknown (publisher 1)", [], [4, 3])]


def test_what_belongs_to_no_campaign_is_compared_with_none():
    rows = [row(at(1), campaign=campaign, clicks=50, spend=7, qualified=1) for campaign in (0, 1)]
    assert ranked(rows=rows, ranked=[Axis.CAMPAIGN]) == []


@settings(max_examples=40, deadline=None)
@given(rows_of(within=DAYS, most=30), some.dimensions(), st.sampled_from([*KINDS, Axis.COMPANY]))
def test_no_line_is_in_both_halves_and_no_best_one_costs_more_than_a_worst_one(rows, dimensions, axis):
    shown = made([attrs.evolve(each, measures=each.measures + CLICKS) for each in rows], dimensions, ranked=[axis])
    for ranking in shown.rankings:
        costs = [[cost(line.measures) for line in half] for half in (ranking.best, ranking.worst)]
        best, worst = costs
        assert best == sorted(best)
        assert worst == sorted(worst, reverse=True)
        assert not best or best[-1] <= worst[-1]
        assert {line.key for line in ranking.best}.isdisjoint(line.key for line in ranking.worst)
        for line in (*ranking.best, *ranking.worst):
            mine = [each for each in rows if key_of(each, axis) == line.key]
            assert line.measures.clicks <= sum(each.measures.clicks + CLICKS.clicks for each in mine)


@settings(max_examples=40, deadline=None)
@given(st.lists(some.events(), max_size=10, unique_by=lambda event: event.id), st.data())
def test_the_books_close_and_what_the_warehouse_lacks_is_named(events, data):
    lake = MemoryLake()
    lake.append(events)
    cells = fold(events)
    held_back = set(data.draw(st.lists(st.sampled_from(sorted(cells)), max_size=2))) if cells else set()
    rows = [Row(cell, measures, None, 1, "Memory") for cell, measures in cells.items() if cell not in held_back]
    shown = report(warehouse=stored(rows), known=Dimensions(), lake=lake, now=NOW, period=some.FEW_HOURS)
    accounting = shown.health.accounting
    assert accounting is not None
    assert sum(accounting.values()) == len(events)
    lacking = sum((cells[cell] for cell in held_back), ZERO)
    assert shown.health.missing == {
        outcome: count
        for outcome, count in zip(
            ("impression", "page_view", "click", "conversion", "qualified", "disqualified"),
            lacking.values,
            strict=False,
        )
        if count
    }


def test_dead_letters_are_counted_by_reason_most_first():
    letters = MemoryDeadLetters()
    letters.put([_letter(1, Reason.BAD_BID), _letter(2, Reason.NOT_JSON), _letter(3, Reason.NOT_JSON)])
    shown = report(warehouse=stored([]), known=Dimensions(), dead_letters=letters, now=NOW)
    assert shown.health.dead_letters is not None
    assert list(shown.health.dead_letters.items()) == [("not_json", 2), ("bad_bid", 1)]


def _letter(line: int, reason: Reason) -> DeadLetter:
    return DeadLetter("file", line, b"x", Rejection(reason, "because"), NOW)


def test_what_nobody_looked_at_is_none():
    health = made([row(at(5), clicks=1)]).health
    assert (health.accounting, health.missing, health.dead_letters) == (None, None, None)
    assert health.updated == NOW
    assert health.newest_hour == at(5)


@settings(max_examples=15, deadline=None)
@given(rows_of(within=DAYS, most=6), some.dimensions(), st.sampled_from(AXES))
def test_a_sql_warehouse_gives_the_same_report(tmp_path_factory, rows, dimensions, axis):
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('report')}/warehouse.sqlite")
    try:
        warehouse = SqlWarehouse(database, clock=ManualClock(NOW))
        warehouse.upsert(rows)
        shown = report(warehouse=warehouse, known=dimensions, now=NOW, period=DAYS, by=axis)
        assert shown == report(warehouse=stored(rows), known=dimensions, now=NOW, period=DAYS, by=axis)
    finally:
        database.close()
