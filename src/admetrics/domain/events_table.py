"""Table `events` as its readers see it: the columns, and a stored row's values for them.

This is the edge: money and means become doubles only here. The first 15 names are fixed.
"""

from datetime import UTC, datetime, time
from typing import Final

from admetrics.domain.row import StoredRow

COLUMNS: Final = (
    "job_id", "dates", "hours", "publisher_id", "company_id", "campaign_id", "group_id",
    "disqualified_application", "qualified_application", "conversion", "clicks",
    "bid_set", "spend_hour", "sources", "latest_update_time",
    "impressions", "page_views", "event_hour", "version",
    "paid_clicks", "valid_clicks", "valid_spend",
    "internal_clicks", "robot_clicks", "repeat_clicks", "out_of_flight_clicks",
)  # fmt: skip

Value = int | float | str | datetime | None


def values(stored: StoredRow) -> tuple[Value, ...]:
    """Return the values of a row in the order of `COLUMNS`; times are aware UTC."""
    row = stored.row
    cell, measures = row.cell, row.measures
    return (
        cell.job,
        datetime.combine(cell.hour.date(), time(tzinfo=UTC)),
        cell.hour.hour,
        cell.publisher,
        row.company,
        cell.campaign,
        cell.group,
        measures.disqualified,
        measures.qualified,
        measures.conversions,
        measures.clicks,
        measures.mean_bid,
        float(measures.spend),
        row.source,
        stored.updated,
        measures.impressions,
        measures.page_views,
        cell.hour,
        row.version,
        measures.paid_clicks,
        measures.valid_clicks,
        float(measures.valid_spend),
        measures.internal_clicks,
        measures.robot_clicks,
        measures.repeat_clicks,
        measures.out_of_flight_clicks,
    )
