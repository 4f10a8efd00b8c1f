"""The headline: how a figure changed, the right way round."""

from datetime import UTC, datetime, timedelta

from admetrics.adapters.memory.clock import ManualClock
from admetrics.adapters.memory.warehouse import MemoryWarehouse
from admetrics.app.report import report
from admetrics.domain.dimensions import Dimensions
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.reporting.formatting import growth
from admetrics.domain.rollup.row import Cell, Row
from admetrics.domain.times import Period
from admetrics.interfaces.html.headline import headline

DAY = datetime(2026, 3, 10, tzinfo=UTC)
NOW = Measures(impressions=100, clicks=30, valid_clicks=20, conversions=12, qualified=6)
BEFORE = Measures(impressions=80, clicks=10, valid_clicks=8, conversions=3, qualified=1)


def test_every_figure_is_compared_with_the_one_before():
    warehouse = MemoryWarehouse(clock=ManualClock(DAY))
    days = ((DAY, NOW), (DAY - timedelta(days=1), BEFORE))
    warehouse.upsert([Row(Cell(day, 1, 1, 1, 1), measures, 1, 1, "Memory") for day, measures in days])
    period = Period(DAY, DAY + timedelta(days=1))
    shown = str(headline(report(warehouse=warehouse, known=Dimensions(), now=DAY, period=period)))
    tiles = {tile.partition("</span>")[0].rpartition(">")[2]: tile for tile in shown.split("<li")[1:]}
    expected = {"Impressions": 0.25, "Clicks": 2, "Valid clicks": 1.5, "Conversions": 3, "Qualified": 5}
    assert {name: growth(grown) in tiles[name] for name, grown in expected.items()} == dict.fromkeys(expected, True)
    assert growth((12 / 30) / (3 / 10) - 1) in tiles["Apply rate"]
    assert growth((6 / 12) / (1 / 3) - 1) in tiles["Qualified rate"]
    assert growth((30 / 100) / (10 / 80) - 1) in tiles["Click-through rate"]
