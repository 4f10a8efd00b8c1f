"""Dashboard Pipeline: whether the figures can be trusted."""

from collections.abc import Sequence
from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana.board import CAMPAIGNS, PIPELINE, board
from grafana.panels import Panel, Place, Steps, link, one_value, rows, series
from grafana.sources import Sql, metric

# What lies ahead of the clock was written under one that was wrong: until its time has come it would look like news.
LAST_CHANGE: Final = """
SELECT TIMESTAMPDIFF(SECOND, MAX(latest_update_time), UTC_TIMESTAMP()) AS `Last change`
FROM events
WHERE latest_update_time <= UTC_TIMESTAMP(6)
""".strip()

NEWEST_HOUR: Final = """
SELECT TIMESTAMPDIFF(SECOND, MAX(event_hour), UTC_TIMESTAMP()) AS `Newest hour`
FROM events
WHERE event_hour <= UTC_TIMESTAMP(6)
""".strip()

UNCOUNTED: Final = """
SELECT outcome AS Outcome, SUM(events) AS Events
FROM accounting
WHERE event_hour >= $__timeFrom() AND event_hour < $__timeTo()
    AND (outcome LIKE 'other:%' OR outcome LIKE 'without\\_job:%')
GROUP BY outcome
ORDER BY Events DESC, outcome
""".strip()

RECONCILIATIONS: Final = """
SELECT
    made AS Made,
    first_hour AS `From`,
    last_hour AS `To`,
    hours AS Hours,
    cells AS Cells,
    different AS Different,
    pending AS Pending,
    repaired AS `Hours repaired`
FROM reconciliations
ORDER BY made DESC
LIMIT 50
""".strip()

DIFFERENT: Final = """
SELECT different AS Different
FROM reconciliations
WHERE made <= UTC_TIMESTAMP(6)
ORDER BY made DESC
LIMIT 1
""".strip()

LAST_RECONCILIATION: Final = """
SELECT TIMESTAMPDIFF(SECOND, MAX(made), UTC_TIMESTAMP()) AS `Last reconcile`
FROM reconciliations
WHERE made <= UTC_TIMESTAMP(6)
""".strip()

_FRESH: Final[Steps] = ((None, "green"), (15 * 60, "yellow"), (3600, "red"))
_HOUR_OLD: Final[Steps] = ((None, "green"), (2 * 3600, "yellow"), (4 * 3600, "red"))
_DAILY: Final[Steps] = ((None, "green"), (30 * 3600, "yellow"), (72 * 3600, "red"))
_NONE_AT_ALL: Final[Steps] = ((None, "green"), (1, "red"))
_OUTAGES: Final[Steps] = ((None, "green"), (1, "yellow"), (5, "red"))
_SHARES: Final[Steps] = ((None, "green"), (0.01, "yellow"), (0.05, "red"))

DEAD_LETTER_SHARE: Final = "sum(increase(admetrics_dead_letters_total[1h])) / sum(increase(admetrics_read_total[1h]))"


def dashboard() -> Dashboard:
    """Make the dashboard."""
    made = board(
        PIPELINE,
        "admetrics: Pipeline",
        "Whether the figures can be trusted. What comes from Prometheus is there only while `admetrics run --metrics` "
        "is scraped; the rest is in the warehouse.",
        variables=[],
        since="now-24h",
        sections=[
            ("Now", _now()),
            ("Ticks, from Prometheus", _ticks()),
            ("What is not counted, and what reconcile found", _books()),
        ],
    )
    return made.link(link("Campaigns", CAMPAIGNS, "the figures of campaigns"))


def _now() -> Sequence[Panel]:
    return [
        one_value(
            "Last change",
            "How long ago any row of table events last changed. It grows when nothing happens on the site, too.",
            Sql(LAST_CHANGE),
            Place(5, 4),
            unit="s",
            steps=_FRESH,
        ),
        one_value(
            "Newest hour",
            "How long ago the newest hour with figures began.",
            Sql(NEWEST_HOUR),
            Place(5, 4),
            unit="s",
            steps=_HOUR_OLD,
        ),
        one_value(
            "Failures in a row",
            "Ticks that failed since the last one that did not; from Prometheus.",
            metric("max(admetrics_outages)", "outages"),
            Place(5, 4),
            unit="none",
            steps=_OUTAGES,
        ),
        one_value(
            "Dead letters in the last hour",
            "Share of the records of the last hour that could not be used; from Prometheus.",
            metric(DEAD_LETTER_SHARE, "share"),
            Place(5, 4),
            unit="percentunit",
            steps=_SHARES,
        ),
        one_value(
            "Cells that differ",
            "Cells of the warehouse that were not what the lake says, in the last run of reconcile.",
            Sql(DIFFERENT),
            Place(4, 4),
            unit="none",
            steps=_NONE_AT_ALL,
        ),
    ]


def _ticks() -> Sequence[Panel]:
    return [
        series(
            "Records",
            "Records read a second, and rows written to the warehouse a second.",
            [
                metric("sum(rate(admetrics_read_total[$__rate_interval]))", "read", "A"),
                metric("sum(rate(admetrics_loaded_total[$__rate_interval]))", "rows written", "B"),
            ],
            Place(12, 8),
            unit="cps",
            gap=None,
        ),
        series(
            "Waiting at the source",
            "What waits at the source, in its own unit: records of a topic, bytes of files.",
            [metric("sum(admetrics_source_lag)", "source")],
            Place(6, 8),
            unit="locale",
            gap=None,
        ),
        series(
            "Waiting on the bus",
            "Messages that wait for the warehouse.",
            [metric("sum(admetrics_bus_lag)", "bus")],
            Place(6, 8),
            unit="locale",
            gap=None,
        ),
        series(
            "Dead letters by reason",
            "Records a minute that could not be used, by reason, and messages on the bus that could not. What the "
            "reasons mean stands in the data dictionary.",
            [
                metric("sum by (reason) (rate(admetrics_rejected_total[$__rate_interval])) * 60", "{{reason}}", "A"),
                metric("sum(rate(admetrics_unreadable_total[$__rate_interval])) * 60", "bad_message", "B"),
            ],
            Place(12, 8),
            unit="cpm",
            gap=None,
        ),
        series(
            "Length of a tick",
            "How long the last tick took, from reading records to writing rows.",
            [metric("max(admetrics_seconds)", "last tick")],
            Place(6, 8),
            unit="s",
            gap=None,
        ),
        series(
            "Ticks",
            "Ticks a second, failed ones included. None at all: nothing runs, or nothing is scraped.",
            [metric("sum(rate(admetrics_ticks_total[$__rate_interval]))", "ticks")],
            Place(6, 8),
            unit="cps",
            gap=None,
        ),
    ]


def _books() -> Sequence[Panel]:
    return [
        rows(
            "Uncounted kinds",
            "Events of the period that are in the lake and not in table events: of other names, or without a job. As "
            "of the last reconcile, which stores the accounting.",
            (),
            Sql(UNCOUNTED),
            Place(8, 10),
        ),
        rows(
            "Runs of reconcile",
            "The last fifty. Different: cells that are not what the lake says; pending: their hour was being changed, "
            "look again later; hours repaired: made dirty to be fixed.",
            (),
            Sql(RECONCILIATIONS),
            Place(12, 10),
        ),
        one_value(
            "Last reconcile",
            "How long ago reconcile last ran. It should run daily.",
            Sql(LAST_RECONCILIATION),
            Place(4, 10),
            unit="s",
            steps=_DAILY,
        ),
    ]
