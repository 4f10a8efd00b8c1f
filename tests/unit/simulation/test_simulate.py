"""Simulated traffic is reproducible to the byte, of the exact size asked for, and looks like the real thing."""

import json
import os
import re
import subprocess
import sys
import tracemalloc
from collections import Counter
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admetrics.adapters.crawlers import is_robot
from admetrics.bootstrap import read_dimensions
from admetrics.domain.events.classify import classify
from admetrics.domain.events.click_flags import ClickFlagger
from admetrics.domain.events.event import Event, JobSource
from admetrics.domain.events.kind import Kind
from admetrics.domain.events.record import COLUMNS, Record, decode
from admetrics.domain.events.rejection import Rejection
from admetrics.domain.metrics.measures import ZERO
from admetrics.domain.rollup.fold import fold
from admetrics.domain.rules.repeats import REPEAT_WINDOW, repeats_among
from admetrics.domain.times import HOUR, TimeLimits, hour_of
from admetrics.simulation.records import FAULTS
from admetrics.simulation.simulate import Scenario, dimensions, lines

END = datetime(2026, 3, 2, tzinfo=UTC)
FLAGGER = ClickFlagger(is_robot=is_robot)
SCENARIO = Scenario(seed=7, events=40_000, end=END)

HASH = """
import hashlib
from datetime import UTC, datetime
from admetrics.simulation.simulate import Scenario, dimensions, lines
scenario = Scenario(seed=7, events=3000, end=datetime(2026, 3, 2, tzinfo=UTC))
digest = hashlib.sha256()
for chunk in lines(scenario):
    digest.update(chunk)
for name, content in dimensions(scenario).items():
    digest.update(name.encode() + content)
print(digest.hexdigest())
"""


def split(scenario):
    return b"".join(lines(scenario)).splitlines(keepends=True)


@attrs.frozen
class Log:
    """A simulated log, and what the product makes of it."""

    lines: list[bytes]
    records: list[Record]
    events: list[Event]
    reasons: Counter


@pytest.fixture(scope="module")
def log():
    written = split(SCENARIO)
    limits = TimeLimits.at(END)
    decoded = [decode(line) for line in written]
    records = [record for record in decoded if isinstance(record, Record)]
    results = [
        record if isinstance(record, Rejection) else classify(record, limits=limits, flagger=FLAGGER)
        for record in decoded
    ]
    events = [result for result in results if isinstance(result, Event)]
    return Log(written, records, events, Counter(each.reason for each in results if isinstance(each, Rejection)))


def test_two_processes_with_different_hash_seeds_write_the_same_bytes():
    found = [
        subprocess.run(
            [sys.executable, "-c", HASH],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    ]
    assert found[0] == found[1]
    assert len(found[0].strip()) == 64


@settings(max_examples=25, deadline=None)
@given(st.integers(-3, 10**12), st.integers(0, 400), st.integers(1, 3), st.integers(0, 10**6))
def test_there_are_exactly_as_many_lines_as_asked_for(seed, events, days, hours):
    scenario = Scenario(
        seed=seed, events=events, end=END + HOUR * hours, days=days, companies=2, jobs=1 + events % 5, visitors=3
    )
    chunks = list(lines(scenario))
    assert all(chunk.endswith(b"\n") for chunk in chunks)
    assert sum(chunk.count(b"\n") for chunk in chunks) == events


def test_a_large_log_is_of_the_exact_size_too(log):
    assert len(log.lines) == SCENARIO.events


def test_an_end_without_time_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        Scenario(seed=1, events=1, end=END.replace(tzinfo=None))


def test_another_seed_is_other_traffic_in_another_market():
    few, other = (Scenario(seed=seed, events=50, end=END) for seed in (1, -1))
    assert split(few) != split(other)
    assert dimensions(few) != dimensions(other)


def test_a_longer_log_needs_no_more_memory():
    def peak(events):
        tracemalloc.start()
        for _ in lines(Scenario(seed=1, events=events, end=END, days=1, jobs=20, visitors=50)):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(100)  # fills caches
    assert peak(20_000) < peak(8_000) + 3_000_000  # the lines themselves are 8 MB more


def test_every_line_is_json_or_a_deliberate_fault(log):
    broken = 0
    for line in log.lines:
        try:
            json.loads(line)
        except json.JSONDecodeError:
            broken += 1
    assert broken == log.reasons[next(reason for reason in FAULTS if reason.value == "not_json")]


def test_every_class_of_dead_letters_occurs_and_all_together_are_half_a_percent(log):
    assert set(log.reasons) == set(FAULTS)
    assert min(log.reasons.values()) > 0.5 * log.reasons.total() / len(FAULTS)
    assert log.reasons.total() / len(log.lines) == pytest.approx(0.005, rel=0.25)


def test_more_than_half_of_the_clicks_have_their_job_elsewhere_than_in_the_column(log):
    clicks = [event for event in log.events if event.kind is Kind.CLICK]
    sources = Counter(event.job_source for event in clicks)
    share = {source: count / len(clicks) for source, count in sources.items()}
    assert share[JobSource.COLUMN] < 0.5
    assert share[JobSource.CUSTOM_EVENT] > 0.3
    assert share[JobSource.URL] > 0.05
    assert 0.005 < share[JobSource.NONE] < 0.06


def test_the_funnel_narrows_step_by_step(log):
    kinds = Counter(event.kind for event in log.events)
    steps = (Kind.IMPRESSION, Kind.CLICK, Kind.PAGE_VIEW, Kind.CONVERSION, Kind.QUALIFIED)
    counts = [kinds[kind] for kind in steps]
    assert counts == sorted(counts, reverse=True)
    assert 0.03 < kinds[Kind.CLICK] / kinds[Kind.IMPRESSION] < 0.15
    assert 0.04 < kinds[Kind.CONVERSION] / kinds[Kind.CLICK] < 0.2
    assert kinds[Kind.DISQUALIFIED] > 20


def test_a_small_share_of_clicks_is_invalid_some_by_robots_some_repeated(log):
    """None is test traffic: nothing is configured as internal where a demo runs."""
    events = {event.id: event for event in log.events}.values()
    cells = fold(events, repeats=repeats_among(events, window=REPEAT_WINDOW))
    total = sum(cells.values(), start=ZERO)
    assert 0.005 < total.robot_clicks / total.clicks < 0.04
    assert 0.005 < total.repeat_clicks / total.clicks < 0.04
    assert total.internal_clicks == 0


def test_applications_are_marked_hours_after_they_were_sent(log):
    sent: dict[str | None, list[datetime]] = {}
    for event in log.events:
        if event.kind is Kind.CONVERSION:
            sent.setdefault(event.uid, []).append(event.time)
    marked = [event for event in log.events if event.kind in (Kind.QUALIFIED, Kind.DISQUALIFIED)]
    delays = [
        event.time - max((time for time in sent.get(event.uid, ()) if time < event.time), default=END)
        for event in marked
    ]
    known = [delay for delay in delays if delay > timedelta()]
    assert len(known) > 0.95 * len(marked)  # the record of a few is among the dead letters
    assert min(known) >= timedelta(minutes=30)


def test_traffic_follows_day_and_week(log):
    local = Counter((event.time + 7 * HOUR).hour for event in log.events)
    assert max(local, key=lambda hour: local[hour]) in range(8, 23)
    assert local[3] < 0.15 * max(local.values())
    days = Counter((event.time + 7 * HOUR).date() for event in log.events)
    by_weekday: Counter[int] = Counter()
    for day, count in days.items():
        by_weekday[day.weekday()] += count
    assert by_weekday[5] < 0.75 * by_weekday[1]


def test_popularity_has_a_long_tail(log):
    jobs = Counter(event.job for event in log.events if event.job)
    ranked = sorted(jobs.values(), reverse=True)
    assert sum(ranked[: SCENARIO.jobs // 10]) > 0.4 * sum(ranked)
    assert len(jobs) > 0.9 * SCENARIO.jobs


def test_all_events_lie_in_the_days_before_the_end(log):
    assert min(event.time for event in log.events) >= END - timedelta(days=14)
    assert max(event.time for event in log.events) < END
    assert len({hour_of(event.time) for event in log.events}) > 0.95 * 14 * 24


def test_some_lines_are_repeated_and_some_come_late(log):
    counts = Counter(event.id for event in log.events)
    assert 0.001 < sum(count - 1 for count in counts.values()) / len(log.events) < 0.006
    latest, late = log.events[0].time, 0
    for event in log.events:
        latest = max(latest, event.time)
        late += latest - event.time > HOUR
    assert 0.001 < late / len(log.events) < 0.02


def test_records_have_the_columns_and_the_oddities_of_real_logs(log):
    full = [
        json.loads(line) for line in log.lines[:2000] if line.startswith(b'{"create_time"') and line.endswith(b"}\n")
    ]
    assert Counter(tuple(each) == COLUMNS for each in full)[True] > 1800
    eds = Counter(type(record["ed"]) for record in log.records)
    assert eds[str] > eds[dict] > 0
    damaged = sum(1 for record in log.records if re.fullmatch(r"\d\d:\d\d\.\d", str(record["ts"])))
    assert 0.3 < damaged / len(log.records) < 0.6
    assert any(record["create_time"] != str(record["create_time"]).lower() for record in log.records)
    assert sum(record["campaign_id"] is None for record in log.records) > 0.1 * len(log.records)  # organic


def test_names_that_are_not_counted_occur_too(log):
    names = {event.name for event in log.events if event.kind is Kind.OTHER}
    assert names >= {"alive", "redirect", "superpixel", "interview_scheduled", "unknown", "unnamed"}


def test_every_host_is_one_of_example_com_and_urls_carry_tokens(log):
    urls = [str(record["dl"]) for record in log.records if record["dl"] is not None]
    assert {re.match(r"https://([^/?]+)", url)[1] for url in urls} == {"careers.example.com"}  # type: ignore[index]
    assert sum("token=" in url for url in urls) > 0.9 * len(urls)


def test_dimensions_can_be_imported_and_name_what_the_traffic_names(log, tmp_path):
    for name, content in dimensions(SCENARIO).items():
        (tmp_path / name).write_bytes(content)
    known = read_dimensions((tmp_path,))
    assert len({publisher.currency for publisher in known.publishers}) >= 2
    publishers = Counter(event.publisher for event in log.events)
    assert set(publishers) == {0, *(publisher.id for publisher in known.publishers)}
    assert {event.campaign for event in log.events} <= {0, *(campaign.id for campaign in known.campaigns)}
    assert {event.group for event in log.events} <= {0, *(group.id for group in known.groups)}
    jobs = {job.id for job in known.jobs}
    found = [event.job in jobs for event in log.events if event.job]
    assert 0.9 < sum(found) / len(found) < 1  # some jobs are newer than the tables
    assert {job.company for job in known.jobs} == {None, *(company.id for company in known.companies)}
    bids = {event.publisher: event.bid for event in log.events if event.bid is not None}
    assert set(bids) == set(publishers) - {0}
