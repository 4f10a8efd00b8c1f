"""Exported clicks: what an invoice rests on, judged by clicks that it does not show."""

from datetime import timedelta

import pytest

from admetrics.adapters.memory.lake import MemoryLake
from admetrics.app.export import clicks_table
from admetrics.domain.dimensions import Dimensions
from admetrics.domain.times import Period
from admetrics.testing.strategies import FEW_HOURS, click_at

START = FEW_HOURS.start + timedelta(minutes=30)
HOUR = FEW_HOURS.start + timedelta(hours=1)
WINDOW = timedelta(seconds=30)


def reasons(*seconds: float, start=START, length=timedelta(hours=1), window=WINDOW) -> list[object]:
    """Return why each exported click is invalid, of clicks so many seconds after the start of the period."""
    lake = MemoryLake()
    lake.append(
        [click_at(start + timedelta(seconds=each), number=number, uid="u1") for number, each in enumerate(seconds)]
    )
    columns, rows = clicks_table(lake, Dimensions(), Period(start, start + length), repeat_window=window)
    return [row[columns.index("reason")] for row in rows]


@pytest.mark.parametrize("start", [START, HOUR], ids=["in an hour", "at a full hour"])
def test_a_click_before_the_period_judges_the_first_one(start):
    assert reasons(-10, 5, start=start) == ["repeat"]
    assert reasons(-25, 5, start=start) == [None], "the window is over"


def test_the_hour_in_which_the_period_starts_is_exported():
    assert reasons(0, 1200) == [None, None]


def test_the_end_does_not_belong_to_the_period():
    assert reasons(0, 599, 600, length=timedelta(minutes=10)) == [None, None]


def test_the_window_is_the_one_that_is_given():
    assert reasons(0, 20, window=timedelta(seconds=10)) == [None, None]
    assert reasons(0, 20) == [None, "repeat"]


def test_of_clicks_at_one_moment_the_smaller_id_comes_first():
    """Whichever was stored first."""
    for numbers in ((1, 2), (2, 1)):
        lake = MemoryLake()
        lake.append([click_at(START, number=number, uid="u1", bid=number) for number in numbers])
        columns, rows = clicks_table(lake, Dimensions(), Period(START, FEW_HOURS.end), repeat_window=WINDOW)
        assert [(row[columns.index("bid")], row[columns.index("reason")]) for row in rows] == [(1, None), (2, "repeat")]
