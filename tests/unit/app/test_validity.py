"""From the log to the table: clicks that are judged again when others arrive, or when a flight changes."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from admetrics.adapters.memory.lake import MemoryLake
from admetrics.adapters.memory.source import MemorySource
from admetrics.app.contents import contents_of
from admetrics.app.export import CLICK_COLUMNS, clicks_table
from admetrics.domain.dimensions import Campaign, Dimensions, Job, Publisher
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.rollup.fold import fold_hours
from admetrics.domain.rollup.row import Cell
from admetrics.domain.rules.repeats import REPEAT_WINDOW
from admetrics.domain.times import HOUR as AN_HOUR
from admetrics.domain.times import hour_of
from admetrics.engines.python import PythonEngine
from admetrics.testing import strategies as some
from tests.unit.app.stores import ALWAYS, HOUR, Stores, clicked, line, settle

NEXT = HOUR + AN_HOUR
CELL = Cell(HOUR, 1, 0, 5, 0)


def click(number, *, hour=HOUR, minute=0, **columns):
    return line(number, hour=hour, minute=minute, **{"job_id": 1, "campaign_id": 5, "bid": 3, "uid": "u1", **columns})


def test_a_late_click_makes_the_first_one_of_the_next_hour_a_repeat():
    stores = Stores()
    pipeline = stores.pipeline()
    settle(pipeline, MemorySource([click(1, hour=NEXT)]))
    first = Cell(NEXT, 1, 0, 5, 0)
    assert stores.table() == {first: (clicked(spend=3), None)}
    settle(pipeline, MemorySource([click(2, minute=59.75)]))
    table = stores.table()
    assert table[CELL] == (clicked(spend=3), None)
    measures, _ = table[first]
    assert (measures.clicks, measures.spend, measures.valid_clicks, measures.repeat_clicks) == (1, 3, 0, 1)


def test_rows_follow_the_flight_of_their_campaign():
    stores = Stores()
    pipeline = stores.pipeline()
    settle(pipeline, MemorySource([click(1), click(2, uid="u2", campaign_id=None)]))
    valid = {CELL: (clicked(spend=3), None), Cell(HOUR, 1, 0, 0, 0): (clicked(spend=3), None)}
    assert stores.table() == valid
    day = HOUR.date()
    for last, in_flight in ((day - timedelta(days=1), False), (day, True), (date(2025, 1, 1), False), (None, True)):
        assert pipeline.import_dimensions(Dimensions(campaigns=(Campaign(5, end_date=last),))).dirty == 1
        settle(pipeline)
        expected = valid[CELL][0] if in_flight else valid[CELL][0].out_of_flight()
        assert stores.table() == {**valid, CELL: (expected, None)}
        assert pipeline.reconcile(ALWAYS).differences == ()


def test_the_example_of_the_page_on_spend():
    evening = HOUR.replace(hour=23)
    stores = Stores()
    stores.dimensions.put(Dimensions(campaigns=(Campaign(5, end_date=HOUR.date()),)))
    lines = [
        click(1, hour=evening, minute=59 + 40 / 60),
        click(2, hour=evening, minute=59 + 55 / 60),
        click(3, hour=evening, minute=59 + 58 / 60, uid=None, ua="robot"),
        click(4, hour=evening + AN_HOUR, minute=10 / 60),
        click(5, hour=evening + AN_HOUR, minute=1),
    ]
    settle(stores.pipeline(), MemorySource(lines))
    before = Measures(clicks=3, spend=9, paid_clicks=3, valid_clicks=1, valid_spend=3, robot_clicks=1, repeat_clicks=1)
    after = Measures(clicks=2, spend=6, paid_clicks=2, repeat_clicks=1, out_of_flight_clicks=1)
    assert stores.table() == {
        Cell(evening, 1, 0, 5, 0): (before, None),
        Cell(evening + AN_HOUR, 1, 0, 5, 0): (after, None),
    }


def test_a_campaign_that_is_imported_again_unchanged_makes_nothing_dirty():
    stores = Stores()
    pipeline = stores.pipeline()
    settle(pipeline, MemorySource([click(1)]))
    flight = Dimensions(campaigns=(Campaign(5, start_date=date(2026, 1, 1)),))
    assert pipeline.import_dimensions(flight).dirty == 1
    settle(pipeline)
    assert pipeline.import_dimensions(flight).dirty == 0


@given(some.visits(), some.dimensions())
def test_the_clicks_of_an_export_add_up_to_the_rows(batches, known):
    lake, store = MemoryLake(), Stores().dimensions
    for batch in batches:
        lake.append(batch)
    store.put(known)
    hours = list(lake.hours(ALWAYS))
    read = [each for batch in lake._events.values() for each in batch.values()]
    contents = contents_of(fold_hours(read, hours, repeat_window=REPEAT_WINDOW), dimensions=store)
    columns, rows = clicks_table(lake, store.all(), ALWAYS, repeat_window=REPEAT_WINDOW)
    clicks: list[dict[str, Any]] = [dict(zip(columns, row, strict=True)) for row in rows]
    assert [each["event_time"] for each in clicks] == sorted(each["event_time"] for each in clicks)
    by_cell = defaultdict(list)
    for each in clicks:
        cell = Cell(
            hour_of(each["event_time"]), each["job_id"], each["publisher_id"], each["campaign_id"], each["group_id"]
        )
        by_cell[cell].append(each)
    assert by_cell.keys() == contents.keys()
    for cell, found in by_cell.items():
        measures = contents[cell].measures
        assert measures.clicks == len(found)
        assert measures.valid_clicks == sum(each["valid"] for each in found)
        assert measures.valid_spend == sum(each["bid"] or 0 for each in found if each["valid"])
        for reason in ("internal", "robot", "repeat", "out_of_flight"):
            assert getattr(measures, f"{reason}_clicks") == sum(each["reason"] == reason for each in found)
        assert {each["company_id"] for each in found} == {contents[cell].company}


def test_an_exported_click_shows_every_reason_and_what_it_costs():
    stores = Stores()
    stores.dimensions.put(
        Dimensions(
            jobs=(Job(1, company=7),),
            campaigns=(Campaign(5, end_date=date(2026, 2, 1)),),
            publishers=(Publisher(2, currency="usd", max_bid=Decimal("2.00")),),
        )
    )
    lines = [click(1, publisher_id=2), click(2, minute=0.25, publisher_id=2, ua="robot")]
    settle(stores.pipeline(), MemorySource(lines))
    columns, rows = clicks_table(stores.lake, stores.dimensions.all(), ALWAYS, repeat_window=REPEAT_WINDOW)
    assert columns == CLICK_COLUMNS
    first, second = (dict(zip(columns, row, strict=True)) for row in rows)
    assert (first["reason"], first["reasons"]) == ("out_of_flight", "out_of_flight")
    assert (second["reason"], second["reasons"]) == ("robot", "robot repeat out_of_flight")
    assert (second["bid"], second["cost"], second["currency"], second["company_id"]) == (3, "2", "USD", 7)
    assert not any("u1" in str(value) for value in first.values()), "a visitor is personal data"


@pytest.mark.parametrize("seconds, repeats", [(0, 0), (10, 0), (15, 0), (16, 1), (3600, 1)])
def test_the_window_is_what_is_configured(seconds, repeats):
    lake = MemoryLake(repeat_window=timedelta(seconds=seconds))
    stores = Stores(lake=lake)
    engine = PythonEngine(lake, repeat_window=timedelta(seconds=seconds))
    settle(stores.pipeline(engine=engine), MemorySource([click(1), click(2, minute=0.25)]))
    [(measures, _)] = stores.table().values()
    assert measures.repeat_clicks == repeats
