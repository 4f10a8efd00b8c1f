"""The question of the live page: any query is a question or is refused with one line, and is written as it is read."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from admetrics.domain.errors import ConfigurationError
from admetrics.domain.reporting.axis import AXES, Axis
from admetrics.domain.reporting.query import LENGTHS, ReportQuery
from admetrics.domain.times import Period
from admetrics.testing.strategies import HOSTILE

UTC_ZONE = ZoneInfo("UTC")
ZONES = st.sampled_from(["UTC", "Asia/Ho_Chi_Minh", "America/St_Johns", "Pacific/Apia"]).map(ZoneInfo)
TIMES = st.datetimes(datetime(1971, 1, 3), datetime(8999, 12, 28)).map(datetime.isoformat)  # noqa: DTZ001
KEYS = st.integers(0, 2**31 - 1).map(str)
VALUES = (
    st.sampled_from([*HOSTILE, *LENGTHS, *AXES, "none", "-1", "01", "1e3", "٣", str(2**31), "0001-01-01", "9999-12-31"])
    | TIMES
    | KEYS
    | st.text(max_size=20)
)
NAMES = st.sampled_from(["last", "from", "to", "by", *AXES, *AXES]) | st.sampled_from(HOSTILE)
PARAMETERS = st.lists(st.tuples(NAMES, VALUES), max_size=5)


def read(*parameters: tuple[str, str], zone: ZoneInfo = UTC_ZONE) -> ReportQuery:
    return ReportQuery.read(parameters, zone=zone)


@given(PARAMETERS, ZONES)
@example([("last", "\xad\u2028\r\n\x1b[2J")], UTC_ZONE)
@example([("to", "8999-12-31T23:59")], ZoneInfo("America/St_Johns"))
@example([("from", "1971-01-01"), ("by", "job")], ZoneInfo("Pacific/Apia"))
def test_any_query_is_a_question_or_is_refused_with_one_line(parameters, zone):
    said, period = "", None
    try:
        period = ReportQuery.read(parameters, zone=zone).period()
    except ConfigurationError as error:
        said = str(error)
    assert len(said.splitlines()) <= 1
    assert len(said) < 200
    assert period is None or period.start <= period.end


@given(
    st.sampled_from(list(LENGTHS)),
    st.sampled_from(AXES),
    st.dictionaries(st.sampled_from(AXES), st.integers(0, 2**31 - 1)),
    st.booleans(),
    st.none() | TIMES,
)
def test_a_question_is_read_as_it_was_written(last, by, keys, unknown, start):
    chosen = {**keys, "company": None} if unknown else keys
    since = datetime.fromisoformat(start).replace(tzinfo=UTC, microsecond=0) if start else None
    question = ReportQuery(last="7d" if since else last, start=since, by=by, keys=chosen)
    assert ReportQuery.read(parse_qsl(question.query()), zone=UTC_ZONE) == question


@given(TIMES, TIMES, ZONES)
def test_what_a_page_links_to_is_what_it_shows(start, end, zone):
    """Otherwise one address would be answered with the figures of another."""
    first, last = sorted((start, end))
    question = ReportQuery.read([("from", first), ("to", last)], zone=zone)
    assert ReportQuery.read(parse_qsl(question.query()), zone=zone) == question


def test_without_parameters_it_is_the_last_seven_days_by_company():
    question = read()
    assert (question.by, question.length, question.period(), question.keys) == ("company", timedelta(7), None, {})


def test_times_that_name_no_zone_are_of_the_page_s():
    question = read(("from", "2026-03-01"), ("to", "2026-03-01T12:00Z"), zone=ZoneInfo("Asia/Ho_Chi_Minh"))
    start, end = datetime(2026, 2, 28, 17, tzinfo=UTC), datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert question.period() == Period(start, end)


def test_all_is_always():
    assert read(("last", "all")).period() == Period.always()


@pytest.mark.parametrize(
    "parameters,said",
    [
        ([("job", "seven")], "job = 'seven' is no id"),
        ([("publisher", "none")], "publisher = 'none' is no id"),
        ([("campaign", str(2**31))], "write a whole number up to 2147483647"),
        ([("by", "hour")], "by = 'hour' is unknown: choose company, campaign"),
        ([("last", "1y")], "last = '1y' is unknown: choose 24h, 7d"),
        ([("from", "yesterday")], "from = 'yesterday' is not a time"),
        ([("from", "0001-01-01")], "is not between the years"),
        ([("from", "2026-03-02"), ("to", "2026-03-01")], "before it starts"),
        ([("job", "1"), ("job", "2")], "job is given twice"),
        ([("sort", "1; DROP TABLE events")], "'sort' cannot be asked for"),
        ([("x" * 5000, "1")], "xxx\u2026' cannot be asked for"),
    ],
)
def test_what_makes_no_sense_is_named(parameters, said):
    with pytest.raises(ConfigurationError, match=r"\w") as refused:
        read(*parameters)
    assert said in str(refused.value)


def test_a_way_into_a_line_leads_back():
    question = read(("by", "campaign"), ("last", "24h"))
    inside = question.drill_down(Axis.CAMPAIGN, 4)
    assert (inside.keys, inside.by, inside.last) == ({Axis.CAMPAIGN: 4}, Axis.JOB, "24h")
    assert inside.drill_up(Axis.CAMPAIGN) == question


def test_the_way_down_never_asks_for_what_is_chosen():
    question = read(("by", "job"))
    for axis in (Axis.JOB, Axis.PUBLISHER, Axis.CAMPAIGN, Axis.COMPANY):
        question = question.drill_down(axis, 1)
        assert question.by not in question.keys
