"""Dashboard Publishers: quality and cost by publisher."""

from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana import sql
from grafana.board import CAMPAIGNS, PUBLISHER, board, leads_to
from grafana.campaigns import figures
from grafana.figures import ALL, CLICKS, MONEY, RATES, Figure, equations
from grafana.panels import DAY, HOUR, Panel, Place, link, rows, series
from grafana.sources import Sql
from grafana.variables import CONDITIONS, several

_NAMES: Final = ("publisher", "company", "campaign", "currency")
_CHOSEN: Final = [CONDITIONS[name] for name in _NAMES]


def dashboard() -> Dashboard:
    """Make the dashboard."""
    made = board(
        PUBLISHER,
        "admetrics: Publishers",
        "Quality and cost by publisher. Amounts are in the currency of the publisher, and costs of different "
        "currencies are not compared. Hours and days are those of UTC, shown in your time zone.",
        variables=[several(name) for name in _NAMES],
        since="now-7d",
        sections=[
            ("Quality and cost", [_table()]),
            ("Figures, and their changes against the period before", figures(_CHOSEN, first=2)),
            ("Over time", _over_time()),
        ],
    )
    return made.link(link("Campaigns", CAMPAIGNS, "the figures of campaigns"))


def _table() -> Panel:
    return rows(
        "Publishers",
        f"Quality: {equations(RATES)}. Cost: {equations(MONEY)}. All of sums of the period, in the currency of the "
        "row. Many invalid clicks, or many with hardly any conversion, are a sign of bad traffic.",
        ALL,
        Sql(sql.breakdown(sql.PUBLISHER, _CHOSEN)),
        Place(24, 11),
        hidden="publisher_id",
        links=[
            ("Publisher", "Show this publisher only", leads_to(PUBLISHER, "publisher", "publisher_id", _NAMES)),
            ("Publisher", "Show its campaigns", leads_to(CAMPAIGNS, "publisher", "publisher_id", _NAMES)),
        ],
    )


def _over_time() -> list[Panel]:
    clicks = sql.series_by_publisher("event_hour", CLICKS, _CHOSEN)
    return [
        series(
            "Clicks by hour",
            "Clicks of each publisher in each hour of UTC. Hours without clicks are gaps.",
            [Sql(clicks, is_series=True)],
            Place(12, 9),
            unit="locale",
            gap=HOUR,
        ),
        *map(_by_day, RATES),
    ]


def _by_day(figure: Figure) -> Panel:
    return series(
        f"{figure.title} by day",
        f"{figure.title} = {figure.formula}, of the sums of each day of UTC and publisher. Days without a denominator "
        "are gaps.",
        [Sql(sql.series_by_publisher("dates", figure, _CHOSEN), is_series=True)],
        Place(12, 9),
        unit="percentunit",
        gap=DAY,
    )
