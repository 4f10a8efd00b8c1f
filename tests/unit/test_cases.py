"""Cases: small inputs as real sites and tools write them (tests/data/cases), and what must come out.

What is in them is made up; their form is not.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import attrs
import pytest

from admetrics.adapters.crawlers import is_robot
from admetrics.adapters.memory.clock import ManualClock
from admetrics.adapters.msgspec import decode
from admetrics.app.parse import LineParser
from admetrics.bootstrap import open_files, read_dimensions
from admetrics.domain.events.click_flags import ClickFlagger
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.reporting.axis import Axis
from admetrics.domain.times import TimeLimits
from tests.unit.app.stores import ALWAYS, Stores, clicked, settle

CASES = Path(__file__).parent.parent / "data" / "cases"
PARSER = LineParser(decode=decode, limits_at=TimeLimits.at, flagger=ClickFlagger(is_robot=is_robot))


@attrs.frozen
class Found:
    """What became of a case: its rows by job and publisher, its accounting, and why records were refused."""

    rows: dict[tuple[int, int], Measures]
    accounting: dict[str, int]
    refused: dict[str, int] = attrs.field(factory=dict)
    unreadable_custom_events: int = 0


def found(case: str, *, now: datetime = datetime(2026, 3, 4, tzinfo=UTC), parser: LineParser = PARSER) -> Found:
    stores = Stores(clock=ManualClock(now))
    pipeline = stores.pipeline(parser=parser)
    with open_files([next((CASES / case).glob("t.*"))]) as source:
        figures = pipeline.ingest(source)
    settle(pipeline)
    outcomes = Counter[str]()
    for each in stores.lake.outcomes(ALWAYS):
        outcomes[each.outcome] += each.events
    letters = Counter(f"{each.rejection.reason.value}: {each.rejection.detail}" for each in stores.dead_letters.all())
    rows = {(cell.job, cell.publisher): measures for cell, (measures, _) in stores.table().items()}
    return Found(rows, dict(outcomes), dict(letters), figures.unreadable_custom_events)


def clicks(number: int) -> Found:
    return Found({(7, 3): clicked(number, spend=12 * number)}, {"click": number})


@pytest.mark.parametrize("case", ["05", "05b", "05c", "05d", "05e"])
def test_a_visitor_who_is_written_as_nobody_never_repeats(case):
    lines = next((CASES / case).glob("t.*")).read_bytes().count(b"\n")
    assert found(case) == clicks(lines)


@pytest.mark.parametrize("case", ["12", "12b"])
def test_a_written_null_is_null(case):
    assert found(case) == clicks({"12": 5, "12b": 3}[case])


def test_a_bid_that_is_no_integer_refuses_clicks_alone():
    assert found("02") == Found(
        {(7, 3): Measures(page_views=1, conversions=1)},
        {"conversion": 1, "page_view": 1},
        {"wrong_type: bid is not an integer": 2},
    )


def test_a_number_with_a_separator_or_a_currency_is_refused_by_its_column():
    assert found("02b") == attrs.evolve(
        clicks(1), refused={"wrong_type: bid is not an integer": 2, "wrong_type: job_id is not an integer": 1}
    )


def test_one_uuid_in_four_spellings_is_one_event():
    assert found("07") == clicks(1)


@pytest.mark.parametrize("case", ["06", "06b", "06c", "08"])
def test_a_custom_event_is_read_in_every_form(case):
    assert found(case) == clicks(3)


def test_custom_events_that_cannot_be_read_are_counted_where_they_are_needed():
    """In turn an object of JavaScript as text, one of it, a number, a list, and two that say nothing."""
    lost = found("06d")
    assert lost == Found({}, {"without_job:click": 6}, unreadable_custom_events=4)


def test_a_link_names_its_job_in_every_form():
    assert found("11") == clicks(5)
    assert found("11b") == clicks(14)


def test_a_link_names_its_publisher():
    assert found("16") == Found({(7, 3): Measures(page_views=1)}, {"page_view": 1})


def test_publishers_and_campaigns_are_named_by_the_columns_of_real_tables():
    known = read_dimensions([CASES / "13" / "d"])
    assert known.names(Axis.PUBLISHER) == {3: "Harbour"}
    assert known.names(Axis.CAMPAIGN) == {5: "Spring"}


def test_a_clock_that_takes_local_time_for_utc_is_told_and_can_be_set_right():
    """The one who made it stood at +07:00."""
    refused = {"time_out_of_range: the time is 7 hours ahead of now, more than max_clock_skew allows": 1}
    made = datetime(2026, 12, 1, 3, 49, 3, tzinfo=UTC)
    assert found("14", now=made) == Found({}, {}, refused)
    limits_at = partial(TimeLimits.at, utc_offset=timedelta(hours=7))
    right = found("14", now=made, parser=attrs.evolve(PARSER, limits_at=limits_at))
    assert right == Found({(7, 3): clicked(1, spend=1)}, {"click": 1})


def test_a_robot_is_one_in_any_case():
    robots = Measures(clicks=2, spend=24, paid_clicks=2, robot_clicks=2)
    assert found("15") == Found({(7, 3): robots}, {"click": 2})
