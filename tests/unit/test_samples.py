"""The sample records through the pure rules alone: no adapter, the expected results exactly."""

from collections import Counter

import pytest

from admetrics.domain.events.classify import classify
from admetrics.domain.events.event import Event
from admetrics.domain.events.record import decode, is_blank
from admetrics.domain.events.rejection import Rejection
from admetrics.domain.rollup.fold import fold
from admetrics.domain.rules.outcome import outcome_of
from admetrics.domain.rules.winner import winner
from admetrics.domain.times import TimeLimits, hour_of
from tests import samples

LIMITS = TimeLimits.at(samples.NOW)


@pytest.fixture(scope="module")
def outcomes():
    """Each record of tracking.jsonl by its line number, as an event or a rejection."""
    lines = (samples.FOLDER / "tracking.jsonl").read_bytes().split(b"\n")
    records = {number: decode(line) for number, line in enumerate(lines, start=1) if not is_blank(line)}
    return {
        number: record if isinstance(record, Rejection) else classify(record, limits=LIMITS)
        for number, record in records.items()
    }


@pytest.fixture(scope="module")
def events(outcomes):
    copies: dict[str, list[Event]] = {}
    for outcome in outcomes.values():
        if isinstance(outcome, Event):
            copies.setdefault(outcome.id, []).append(outcome)
    return [winner(same) for same in copies.values()]


def test_every_line_is_accounted_for(outcomes, events):
    accepted = sum(isinstance(outcome, Event) for outcome in outcomes.values())
    assert (len(outcomes), accepted, len(events)) == (897, 806, 747)


def test_each_dead_letter_has_the_expected_reason(outcomes):
    dead = {number: outcome.reason.value for number, outcome in outcomes.items() if isinstance(outcome, Rejection)}
    assert dead == {row["line"]: row["reason"] for row in samples.expected("dead_letters")}


def test_the_accounting_is_the_expected_one(events):
    counted = Counter(
        (hour_of(event.time), outcome_of(event.kind, event.name, has_job=event.job != 0)) for event in events
    )
    expected = samples.expected("accounting")
    assert counted == {(row["event_hour"], row["outcome"]): row["events"] for row in expected}


def test_the_cells_are_the_expected_ones(events):
    found = {
        (cell.hour, cell.job, cell.publisher, cell.campaign, cell.group): (
            measures.disqualified, measures.qualified, measures.conversions, measures.clicks, measures.mean_bid,
            float(measures.spend), measures.impressions, measures.page_views,
        )
        for cell, measures in fold(events).items()
    }  # fmt: skip
    key = ("event_hour", "job_id", "publisher_id", "campaign_id", "group_id")
    figures = (
        "disqualified_application", "qualified_application", "conversion", "clicks", "bid_set", "spend_hour",
        "impressions", "page_views",
    )  # fmt: skip
    assert found == {
        tuple(row[name] for name in key): tuple(row[name] for name in figures) for row in samples.expected("events")
    }
