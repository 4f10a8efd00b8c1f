"""What tests put in for Grafana's variables and macros is what Grafana's documentation says."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.grafana_sql import EVERYTHING, View

START = datetime(2026, 3, 1, tzinfo=UTC)
END = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "chosen, sent",
    [
        ({}, "-1"),
        ({"job": EVERYTHING}, "-1"),
        ({"job": [EVERYTHING]}, "-1"),
        ({"job": "7"}, "'7'"),
        ({"job": ["7", "8"]}, "'7','8'"),
        ({"job": ["O'Neill' OR ''='"]}, "'O''Neill'' OR ''''='''"),
        ({"job": []}, ""),
    ],
)
def test_values_are_quoted_and_all_is_put_in_as_it_is(chosen, sent):
    assert View(START, END, chosen).sent("SELECT ${job:sqlstring}") == f"SELECT {sent}"


def test_macros_are_moments_in_seconds_whatever_the_zone_of_the_viewer():
    hanoi = timezone(timedelta(hours=7))
    for view in (View(START, END), View(START.astimezone(hanoi), END.astimezone(hanoi))):
        query = "$__timeFrom() $__timeTo() $__unixEpochFrom() $__unixEpochTo()"
        assert view.sent(query) == "FROM_UNIXTIME(1772323200) FROM_UNIXTIME(1772454600) 1772323200 1772454600"


@pytest.mark.parametrize("query", ["SELECT $job", "SELECT ${job}", "SELECT ${job:raw}", "$__timeFilter(x)"])
def test_what_is_not_known_here_is_refused(query):
    with pytest.raises(ValueError, match="left to expand"):
        View(START, END).sent(query)


def test_a_dollar_in_a_value_is_no_variable():
    assert View(START, END, {"job": ["$7"]}).sent("SELECT ${job:sqlstring}") == "SELECT '$7'"
