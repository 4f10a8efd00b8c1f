"""Classification: every rule of the data dictionary by example, and what holds for any record."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from admetrics.domain.events.classify import classify
from admetrics.domain.events.click_flags import ClickFlag, ClickFlagger
from admetrics.domain.events.event import REVISION, Event, JobSource, canonical
from admetrics.domain.events.kind import Kind
from admetrics.domain.events.page_url import JobPath
from admetrics.domain.events.record import COLUMNS, Record
from admetrics.domain.events.redaction import Redaction
from admetrics.domain.events.rejection import Reason, Rejection
from admetrics.domain.times import EPOCH, TimeLimits, ticks_of
from admetrics.testing import strategies as some

AT = datetime(2026, 3, 2, 13, 35, 19, 417388, tzinfo=UTC)
ID = some.uuid_at(ticks_of(AT) + 7)
LIMITS = some.LIMITS


def event(**columns) -> Event:
    result = classify(Record.of({"create_time": ID, **columns}), limits=LIMITS)
    assert isinstance(result, Event), result
    return result


def rejection(**columns) -> Rejection:
    result = classify(Record.of({"create_time": ID, **columns}), limits=LIMITS)
    assert isinstance(result, Rejection), result
    return result


def test_everything_that_is_known_of_a_click():
    flagger = ClickFlagger(is_robot="a robot".__eq__, internal_hosts=["qa.example.com"], internal_uids=["tester"])
    record = Record.of({
        "create_time": ID, "custom_track": "click", "job_id": 1, "publisher_id": 2, "campaign_id": 3, "group_id": 4,
        "bid": 5, "uid": "tester", "ua": "a robot", "dl": "https://www.example.com/?token=e7c1", "utm_term": "nurse",
    })  # fmt: skip
    plain = classify(record, limits=LIMITS)
    assert plain == Event(
        AT,
        Kind.CLICK,
        1,
        2,
        3,
        4,
        5,
        ClickFlag.NONE,
        "tester",
        ID,
        "click",
        JobSource.COLUMN,
        REVISION,
        canonical(record),
    )
    marked = classify(record, limits=LIMITS, flagger=flagger)
    assert marked == attrs.evolve(plain, marks=ClickFlag.ROBOT | ClickFlag.INTERNAL)
    by_host = classify(
        Record.of({"create_time": ID, "custom_track": "click", "dl": "https://qa.example.com/"}),
        limits=LIMITS,
        flagger=flagger,
    )
    assert isinstance(by_host, Event)
    assert by_host.marks is ClickFlag.INTERNAL
    left = classify(record, limits=LIMITS, redaction=Redaction.TOKENS)
    assert left == attrs.evolve(
        plain,
        record=plain.record.replace("e7c1", "***"),
        original=hashlib.sha256(plain.record.encode()).hexdigest()[:32],
    )


class TestIdentityAndTime:
    def test_a_version_1_uuid_is_the_id_and_the_time_whatever_ts_says(self):
        found = event(ts="1999-01-01 00:00:00")
        assert (found.id, found.time) == (ID, AT)

    @pytest.mark.parametrize(
        "written",
        [
            ID.upper(), f" {ID}\n", ID.title(), ID.replace("-", ""), ID.replace("-", "").upper(), f"{{{ID}}}",
            f"({ID})", f"{{{ID.replace('-', '')}}}", f"urn:uuid:{ID}", f"URN:UUID:{ID.upper()}", f"\t{{{ID.upper()}}} ",
        ],
    )  # fmt: skip
    def test_spelling_of_the_uuid_does_not_matter(self, written):
        found = event(create_time=written, ts="1999-01-01 00:00:00")
        assert (found.id, found.time) == (ID, AT)

    @given(st.uuids(version=1))
    def test_what_the_standard_library_writes_of_a_uuid_is_one_event(self, uuid):
        limits = TimeLimits(-(2**64), 2**64)
        written = [str(uuid), uuid.hex, uuid.urn, f"{{{uuid}}}"]
        outcomes = [classify(Record.of({"create_time": each}), limits=limits) for each in written]
        assert [outcome.id for outcome in outcomes if isinstance(outcome, Event)] == [str(uuid)] * 4

    def test_another_create_time_takes_the_time_of_ts_and_an_id_from_the_content(self):
        one = event(create_time="evt-1", ts="2026-03-02 13:35:19")
        two = event(create_time="evt-1", ts="2026-03-02 13:35:19", ua="another browser")
        assert one.time == datetime(2026, 3, 2, 13, 35, 19, tzinfo=UTC)
        assert one.id != two.id
        assert one.id == event(ts="2026-03-02 13:35:19", create_time="evt-1", dl=None).id

    @pytest.mark.parametrize(
        "not_version_1",
        [
            "a8098c1a-f86e-41da-bd1a-00112444be1e", ID[:19] + "c" + ID[20:], f"{ID}\u00a0", f"{{{ID}", f"{ID})",
            f"[{ID}]", f"uuid:{ID}", ID.replace("-", "", 1), ID.replace("-", "")[:-1], ID.replace("-", "_"),
            f"urn:uuid:{{{ID}}}", "a8098c1af86e41dabd1a00112444be1e", ID.replace("-", "").replace("7", "\u0667"),
        ],
    )  # fmt: skip
    def test_only_a_version_1_uuid_of_the_rfc_variant_is_one(self, not_version_1):
        assert event(create_time=not_version_1, ts="2026-03-02 13:00:00").id != ID

    @pytest.mark.parametrize(
        "ts, time",
        [
            ("2026-03-02T13:35:19", "2026-03-02T13:35:19+00:00"),
            (" 2026-03-02 13:35:19.25 ", "2026-03-02T13:35:19.250000+00:00"),
            ("2026-03-02 13:35:19Z", "2026-03-02T13:35:19+00:00"),
            ("2026-03-02 13:35:19+07:00", "2026-03-02T06:35:19+00:00"),
            ("2026-03-02 13:35:19-0330", "2026-03-02T17:05:19+00:00"),
            ("2026-03-02 13:35:19+07", "2026-03-02T06:35:19+00:00"),
            ("2026-03-02 13:35:19+23:59", "2026-03-01T13:36:19+00:00"),
            ("2026-03-02 13:35:19.0000009", "2026-03-02T13:35:19+00:00"),
            ("2026-03-02 13:35:19.123456789", "2026-03-02T13:35:19.123456+00:00"),
        ],
    )
    def test_ts_in_every_spelling(self, ts, time):
        assert event(create_time="evt-1", ts=ts).time == datetime.fromisoformat(time)

    @pytest.mark.parametrize(
        "ts",
        [
            None, "2026-03-02", "1/14/2026 21:55", "12:34.5", 1772458519, "2026-02-30 10:00:00",
            "2026-03-02 13:35:19+24:00", "2026-03-02 13:35:19+47:00", "\u00a02026-03-02 13:35:19",
        ],
    )  # fmt: skip
    def test_without_any_time_there_is_no_event(self, ts):
        assert rejection(create_time="evt-1", ts=ts).reason is Reason.NO_TIME

    @pytest.mark.parametrize("blank", [None, "", " \t", "NULL", r" \N "])
    def test_create_time_must_be_there(self, blank):
        assert rejection(create_time=blank, ts="2026-03-02 13:35:19").reason is Reason.NO_CREATE_TIME

    @example(-timedelta(hours=6))
    @example(-timedelta(hours=6, microseconds=1))
    @example(timedelta(hours=1))
    @example(timedelta(hours=1, microseconds=1))
    @given(st.timedeltas(-timedelta(days=1), timedelta(days=1)))
    def test_the_limits_include_their_ends(self, offset):
        now = datetime(2026, 3, 2, tzinfo=UTC)
        limits = TimeLimits.at(now, max_age=timedelta(hours=6))
        result = classify(Record.of({"create_time": some.uuid_at(ticks_of(now + offset))}), limits=limits)
        assert isinstance(result, Event) == (-timedelta(hours=6) <= offset <= timedelta(hours=1))

    @given(st.timedeltas(-timedelta(hours=14), timedelta(hours=14)), st.booleans())
    def test_the_offset_of_the_source_is_taken_from_times_and_ids_stay(self, offset, in_uuid):
        """Whether the time is in the id or in `ts`: only the time of the event is another."""
        moment = datetime(2026, 3, 2, 13, 35, 19, tzinfo=UTC)
        own_id = some.uuid_at(ticks_of(moment)) if in_uuid else "evt-1"
        record = Record.of({"create_time": own_id, "ts": f"{moment:%Y-%m-%d %H:%M:%S}", "custom_track": "click"})
        limits = TimeLimits.at(moment + timedelta(days=1))
        shifted = attrs.evolve(limits, utc_offset=ticks_of(EPOCH + offset))
        plain = classify(record, limits=limits)
        assert isinstance(plain, Event)
        assert classify(record, limits=shifted) == attrs.evolve(plain, time=moment - offset)

    @pytest.mark.parametrize("zone", ["Z", "+02", "-0330", "+07:00"])
    def test_a_time_that_says_its_own_offset_is_not_shifted(self, zone):
        record = Record.of({"create_time": "evt-1", "ts": f"2026-03-02 13:35:19{zone}"})
        shifted = attrs.evolve(some.LIMITS, utc_offset=7 * 3600 * 10**7)
        assert classify(record, limits=shifted) == classify(record, limits=some.LIMITS)

    def test_limits_are_those_of_the_shifted_time(self):
        now = datetime(2026, 3, 2, tzinfo=UTC)
        record = Record.of({"create_time": some.uuid_at(ticks_of(now + timedelta(hours=7)))})
        assert isinstance(classify(record, limits=TimeLimits.at(now, utc_offset=timedelta(hours=7))), Event)
        early = classify(record, limits=TimeLimits.at(now, max_age=timedelta(hours=1), utc_offset=timedelta(hours=9)))
        assert isinstance(early, Rejection)
        assert early.detail == "the time is 2 hours behind now, more than earliest and max_age allow"

    def test_a_uuid_outside_the_limits_is_rejected_however_good_ts_is(self):
        late = some.uuid_at(ticks_of(datetime(2099, 1, 1, tzinfo=UTC)))
        assert rejection(create_time=late, ts="2026-03-02 13:35:19").reason is Reason.TIME_OUT_OF_RANGE

    def test_the_first_moment_of_2000_is_accepted_and_the_one_before_is_not(self):
        first = ticks_of(datetime(2000, 1, 1, tzinfo=UTC))
        assert event(create_time=some.uuid_at(first)).time.year == 2000
        assert rejection(create_time=some.uuid_at(first - 1)).reason is Reason.TIME_OUT_OF_RANGE


class TestKind:
    @pytest.mark.parametrize(
        "columns, kind, name",
        [
            ({"custom_track": " CLICK "}, Kind.CLICK, "click"),
            ({"custom_track": "unqualified"}, Kind.DISQUALIFIED, "disqualified"),
            ({"custom_track": "impression", "ev": 1}, Kind.IMPRESSION, "impression"),
            ({"custom_track": "alive"}, Kind.OTHER, "alive"),
            ({"custom_track": "page_view"}, Kind.OTHER, "page_view"),
            ({"custom_track": "<b>"}, Kind.OTHER, "unknown"),
            ({"custom_track": "clic\u212a"}, Kind.OTHER, "unknown"),
            ({"custom_track": "a" * 65}, Kind.OTHER, "unknown"),
            ({"custom_track": " ", "ed": '{"customEvent": "Conversion"}'}, Kind.CONVERSION, "conversion"),
            ({"custom_track": "NULL", "ed": '{"customEvent": "Conversion"}'}, Kind.CONVERSION, "conversion"),
            ({"custom_track": "-", "ed": '{"customEvent": "undefined"}', "ev": "1"}, Kind.PAGE_VIEW, "page_view"),
            ({"custom_track": "nullable", "ev": 1}, Kind.OTHER, "nullable"),
            ({"ev": "None"}, Kind.OTHER, "unnamed"),
            ({"custom_track": "alive", "ed": '{"customEvent": "click"}'}, Kind.OTHER, "alive"),
            ({"ed": {"CUSTOMEVENT": "click"}, "ev": 1}, Kind.CLICK, "click"),
            ({"ed": {"custom_event": "click"}}, Kind.CLICK, "click"),
            ({"ed": {"customEvent": 7}, "ev": 1}, Kind.PAGE_VIEW, "page_view"),
            ({"ed": '{"customEvent": "click",}', "ev": 1}, Kind.PAGE_VIEW, "page_view"),
            ({"ev": "1.0"}, Kind.PAGE_VIEW, "page_view"),
            ({"ev": 2}, Kind.OTHER, "unnamed"),
            ({}, Kind.OTHER, "unnamed"),
        ],
    )
    def test_by_custom_track_then_custom_event_then_ev(self, columns, kind, name):
        found = event(**columns)
        assert (found.kind, found.name) == (kind, name)


class TestJob:
    @pytest.mark.parametrize(
        "columns, job, source",
        [
            ({"job_id": 5, "ed": {"jobId": 6}, "dl": "/?jobId=7"}, 5, JobSource.COLUMN),
            ({"job_id": 0, "ed": '{"JOBID": "6"}', "dl": "/?jobId=7"}, 6, JobSource.CUSTOM_EVENT),
            ({"job_id": 2**31, "ed": {"jobId": True}, "dl": "/?jobId=7"}, 7, JobSource.URL),
            ({"ed": {"job_id": 6}}, 6, JobSource.CUSTOM_EVENT),
            ({"ed": "{'JOB_ID': '6'}"}, 6, JobSource.CUSTOM_EVENT),
            ({"ed": {"jobId": "null", "job_id": 6}}, 6, JobSource.CUSTOM_EVENT),
            ({"ed": {"detail": {"jobId": 6}}}, 0, JobSource.NONE),
            ({"dl": "https://x.example.com/a?b?c&job_id=8#jobId=9"}, 8, JobSource.URL),
            ({"dl": "/?JOBID=abc&jobid=%38"}, 8, JobSource.URL),
            ({"dl": "/?next=https://y.example.com/?jobId=8"}, 0, JobSource.NONE),
            ({"dl": "/?next=https%3A%2F%2Fy.example.com%2F%3FjobId%3D8"}, 0, JobSource.NONE),
            ({"dl": "/#?jobId=8"}, 0, JobSource.NONE),
            ({"dl": "https://x.example.com/#/ad?jobId=8"}, 8, JobSource.URL),
        ],
    )
    def test_by_column_then_custom_event_then_url(self, columns, job, source):
        for others in ({}, {"custom_track": "click"}, {"custom_track": "click", "publisher_id": 3}):
            found = event(**columns, **others)
            assert (found.job, found.job_source) == (job, source)

    def test_at_last_by_the_path_of_the_page(self):
        paths = [JobPath.parse("/{publisher_id}/job/{job_id}")]
        for columns, job, source, publisher in (
            ({"dl": "/3/job/7"}, 7, JobSource.URL, 3),
            ({"dl": "/3/job/7?jobId=8"}, 8, JobSource.URL, 3),
            ({"dl": "/3/job/7", "job_id": 9, "publisher_id": 4}, 9, JobSource.COLUMN, 4),
            ({"dl": "/3/ad/7"}, 0, JobSource.NONE, 0),
        ):
            found = classify(Record.of({"create_time": ID, **columns}), limits=LIMITS, job_paths=paths)
            assert isinstance(found, Event)
            assert (found.job, found.job_source, found.publisher) == (job, source, publisher)


class TestOtherIds:
    @pytest.mark.parametrize(
        "columns, publisher",
        [
            ({"publisher_id": 3, "ed": {"publisherId": 4}}, 3),
            ({"publisher_id": "0", "ed": {"publisherId": "4"}}, 4),
            ({"ed": {"publisher_id": "4"}}, 4),
            ({"ed": {"publisherId": "1,2,3"}}, 0),
            ({"dl": "/?publisherId=4"}, 4),
            ({"publisher_id": 3, "dl": "/?publisherId=4"}, 3),
            ({"ed": {"publisherId": 4}, "dl": "/?publisherId=5"}, 4),
        ],
    )
    def test_publisher_by_column_then_custom_event_then_url(self, columns, publisher):
        for others in ({}, {"custom_track": "click"}, {"custom_track": "click", "job_id": 5}):
            assert event(**columns, **others).publisher == publisher

    @pytest.mark.parametrize("number, found", [(1, 1), (2**31 - 1, 2**31 - 1), (2**31, 0), (0, 0), (-1, 0)])
    @pytest.mark.parametrize("name", ["job", "publisher", "campaign", "group"])
    def test_ids_are_those_of_signed_32_bit_columns(self, name, number, found):
        assert getattr(event(**{f"{name}_id": number}), name) == found

    @pytest.mark.parametrize("written", ["null", "NULL", r"\N", "None", "undefined", "NaN", "NA", "-", " "])
    @pytest.mark.parametrize("name", ["job", "publisher", "campaign", "group"])
    def test_an_id_that_is_written_as_absent_is_none(self, name, written):
        assert getattr(event(**{f"{name}_id": written}), name) == 0

    def test_campaign_and_group_come_from_their_columns_alone(self):
        found = event(campaign_id="12.0", ed={"campaignId": 9, "groupId": 9}, dl="/?group_id=9")
        assert (found.campaign, found.group) == (12, 0)

    @given(st.sampled_from(["job_id", "publisher_id", "campaign_id", "group_id"]), some.json_values())
    def test_an_id_is_usable_or_none_or_the_record_is_rejected(self, column, value):
        result = classify(Record.of({"create_time": ID, column: value}), limits=LIMITS)
        if isinstance(result, Event):
            assert all(0 <= i < 2**31 for i in (result.job, result.publisher, result.campaign, result.group))
        else:
            assert result.reason is Reason.WRONG_TYPE


class TestBid:
    @pytest.mark.parametrize("bid", [-1, 2**31, "-2", "99999999999999999999"])
    def test_a_click_with_an_impossible_bid_is_rejected(self, bid):
        assert rejection(custom_track="click", bid=bid).reason is Reason.BAD_BID

    @pytest.mark.parametrize("bid", [-1, 2**31])
    def test_on_other_kinds_the_bid_is_ignored(self, bid):
        assert event(custom_track="conversion", bid=bid).bid is None

    @pytest.mark.parametrize(
        "bid, expected",
        [(None, None), ("", None), ("NULL", None), ("-", None), ("7.0", 7), (0, 0), (2**31 - 1, 2**31 - 1)],
    )
    def test_a_click_costs_its_bid(self, bid, expected):
        assert event(custom_track="click", bid=bid).bid == expected


@pytest.mark.parametrize(
    "uid, visitor",
    [
        (None, None), ("", None), ("a visitor", "a visitor"), (7, "7"), (0, None), ("null", None),
        ("caf\u00e9", "caf\u00e9"),
        ("half a pair \ud83d", "half a pair ?"), (["a"], "['a']"), (" a ", " a "),
    ],
)  # fmt: skip
def test_the_visitor_is_column_uid_as_text(uid, visitor):
    assert event(uid=uid).uid == visitor


@pytest.mark.parametrize(
    "columns, detail",
    [
        ({"create_time": " "}, "create_time is missing or blank"),
        ({"create_time": "evt-1"}, "create_time is no version-1 UUID and ts is no time like YYYY-MM-DD HH:MM:SS"),
        (
            {"create_time": some.uuid_at(ticks_of(datetime(1999, 1, 1, tzinfo=UTC)))},
            "the time is 27.2 years behind now, more than earliest and max_age allow",
        ),
        (
            {"create_time": some.uuid_at(some.LIMITS.now + 7 * 3600 * 10**7)},
            "the time is 7 hours ahead of now, more than max_clock_skew allows",
        ),
        ({"create_time": 7}, "create_time is neither a string nor null"),
        ({"custom_track": 7}, "custom_track is neither a string nor null"),
        ({"dl": 7}, "dl is neither a string nor null"),
        ({"custom_track": "click", "group_id": "a"}, "group_id is not an integer"),
        ({"custom_track": "click", "bid": -1}, "bid of a click is outside 0..2147483647"),
    ],
)
def test_a_rejection_says_what_is_wrong_for_those_who_list_dead_letters(columns, detail):
    assert rejection(**columns).detail == detail


@pytest.mark.parametrize("column", ["custom_track", "dl", "create_time"])
@pytest.mark.parametrize("value", [7, True, [], {}])
@pytest.mark.parametrize("ev", [1, 2])
def test_a_text_column_that_matters_must_be_text(column, value, ev):
    found = rejection(ev=ev, **{column: value})
    assert found == Rejection(Reason.WRONG_TYPE, f"{column} is neither a string nor null")


@pytest.mark.parametrize("ed", [7, True, "{", "[object Object]", ["click"], '"click"'])
class TestWhatCannotBeReadInEd:
    def test_counts_as_absent_and_is_noted(self, ed):
        found = event(custom_track="click", ed=ed, dl="/?jobId=7")
        assert (found.job, found.unreadable_ed) == (7, True)

    def test_is_not_even_looked_at_where_nothing_in_it_is_needed(self, ed):
        assert not event(custom_track="click", ed=ed, job_id=7, publisher_id=3).unreadable_ed


NO_INTEGERS = [True, 1.5, "abc", "1e3", "1_000", "1,200", "$12", "1,2,3", [], {}]
IDS = ("campaign_id", "group_id", "job_id", "publisher_id")
COUNTED_NAMES = ("impression", "click", "conversion", "qualified", "unqualified", "disqualified")


@pytest.mark.parametrize("value", NO_INTEGERS)
class TestAnIntegerColumnMustBeOneWhereItMatters:
    @pytest.mark.parametrize("name", [None, *COUNTED_NAMES, "alive"])
    def test_a_bid_matters_on_clicks(self, value, name):
        columns = {"custom_track": name, "ev": 1, "job_id": 7, "bid": value}
        if name == "click":
            assert rejection(**columns) == Rejection(Reason.WRONG_TYPE, "bid is not an integer")
        else:
            assert (event(**columns).job, event(**columns).bid) == (7, None)

    @pytest.mark.parametrize("name", [None, *COUNTED_NAMES])
    @pytest.mark.parametrize("column", IDS)
    def test_ids_matter_where_something_is_counted(self, value, name, column):
        columns = {"custom_track": name, "ev": 1, "ed": {"jobId": 7}, column: value}
        assert rejection(**columns) == Rejection(Reason.WRONG_TYPE, f"{column} is not an integer")

    @pytest.mark.parametrize("column", IDS)
    @pytest.mark.parametrize("others", [{"custom_track": "alive"}, {"ev": 2}, {"custom_track": "unnamed"}])
    def test_ids_do_not_matter_elsewhere(self, value, column, others):
        found = event(**others, **{column: value})
        assert (found.kind, found.job, found.publisher, found.campaign, found.group) == (Kind.OTHER, 0, 0, 0, 0)

    def test_ev_matters_where_there_is_no_name(self, value):
        assert rejection(ev=value) == Rejection(Reason.WRONG_TYPE, "ev is not an integer")
        for columns in ({"custom_track": "click"}, {"ed": {"customEvent": "click"}}):
            assert event(ev=value, **columns).kind is Kind.CLICK
        assert event(ev=value, custom_track="unnamed").name == "unnamed"


@given(some.records())
def test_any_record_is_an_event_or_a_rejection(record):
    assert isinstance(classify(record, limits=LIMITS), Event | Rejection)


@given(some.good_records(), st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_matter(record, random):
    columns = list(zip(COLUMNS, record.values, strict=True))
    random.shuffle(columns)
    assert classify(Record.of(dict(columns)), limits=LIMITS) == classify(record, limits=LIMITS)


@given(some.records(), st.text(min_size=12, max_size=12, alphabet="XYZ"))
def test_a_rejection_shows_nothing_of_the_record(record, secret):
    values = dict(zip(COLUMNS, record.values, strict=True))
    marked = Record.of(
        {**values, "custom_track": "click", "uid": secret, "ua": secret, "dl": f"/?token={secret}", "job_id": [secret]}
    )
    result = classify(marked, limits=LIMITS)
    assert isinstance(result, Rejection)
    assert secret not in repr(result)
    assert secret not in repr(marked)


@given(some.good_records())
def test_a_good_record_keeps_its_29_columns_in_the_event(record):
    result = classify(record, limits=LIMITS)
    assert isinstance(result, Event)
    assert len(json.loads(result.record)) == len(COLUMNS) == 29


def test_deep_nesting_is_rejected_without_an_exception():
    value: object = 1
    for _ in range(100_000):
        value = [value]
    assert rejection(rl=value) == Rejection(Reason.WRONG_TYPE, "a value is nested too deeply")
