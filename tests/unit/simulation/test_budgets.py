"""Simulated budgets are sized by the traffic: whatever its size, a demo shows every status that matters."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from admetrics.adapters.crawlers import is_robot
from admetrics.adapters.memory.clock import ManualClock
from admetrics.adapters.memory.warehouse import MemoryWarehouse
from admetrics.app.budgets import budgets
from admetrics.bootstrap import read_dimensions
from admetrics.domain.events.classify import classify
from admetrics.domain.events.click_flags import ClickFlagger
from admetrics.domain.events.event import Event
from admetrics.domain.events.record import Record, decode
from admetrics.domain.reporting.budgets import Level, Status
from admetrics.domain.rollup.fold import fold
from admetrics.domain.rollup.row import Row
from admetrics.domain.rules.budget_unit import FlatUnits
from admetrics.domain.rules.repeats import REPEAT_WINDOW, repeats_among
from admetrics.domain.times import TimeLimits
from admetrics.simulation.simulate import Scenario, dimensions, lines

END = datetime(2026, 3, 2, tzinfo=UTC)


def uses_of(scenario: Scenario, folder):
    """Return how the budgets stand when the traffic of a scenario has been counted."""
    for name, content in dimensions(scenario).items():
        (folder / name).write_bytes(content)
    decoded = (decode(line) for chunk in lines(scenario) for line in chunk.splitlines())
    limits, flagger = TimeLimits.at(END), ClickFlagger(is_robot=is_robot)
    found = [classify(each, limits=limits, flagger=flagger) for each in decoded if isinstance(each, Record)]
    events = {event.id: event for event in found if isinstance(event, Event)}.values()
    cells = fold(events, repeats=repeats_among(events, window=REPEAT_WINDOW))
    warehouse = MemoryWarehouse(clock=ManualClock(END))
    warehouse.upsert([Row(cell, measures, None, 1, "Test") for cell, measures in cells.items()])
    return budgets(warehouse=warehouse, known=read_dimensions((folder,)), now=END)


@pytest.mark.parametrize("seed, events, days", [(1, 20_000, 14), (2, 40_000, 7), (3, 60_000, 30)])
def test_a_demo_shows_every_status_that_matters(tmp_path, seed, events, days):
    uses = uses_of(Scenario(seed=seed, events=events, end=END, days=days), tmp_path)
    campaigns = Counter(use.status for use in uses if use.budget.level is Level.CAMPAIGN)
    assert campaigns.keys() >= {
        Status.OVERSPENT, Status.AHEAD, Status.BEHIND, Status.UNKNOWN, Status.UNKNOWN_UNIT, Status.NOT_STARTED,
        Status.ENDED,
    }  # fmt: skip
    assert Status.ON_PACE in {use.status for use in uses}
    assert any(isinstance(use.budget.rule, FlatUnits) for use in uses)
    assert {use.budget.level for use in uses} == set(Level)
    assert all(use.budget.total >= 1 for use in uses)


@pytest.mark.parametrize("events", [0, 1])
def test_hardly_any_traffic_has_budgets_too(tmp_path, events):
    assert uses_of(Scenario(seed=5, events=events, end=END, days=1, companies=1, jobs=1), tmp_path)
