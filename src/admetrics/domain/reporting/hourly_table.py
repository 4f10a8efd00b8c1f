"""Table `events` as its readers see it: the columns, and a stored row's values for them.

This is the edge: money and means become doubles only here. The first 15 names are fixed.
"""

from datetime import UTC, datetime, time
from operator import itemgetter
from typing import Final

from admetrics.domain.metrics import catalog
from admetrics.domain.metrics.entries import Unit
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.rollup.row import StoredRow

_FIRST: Final = (
    "job_id", "dates", "hours", "publisher_id", "company_id", "campaign_id", "group_id",
    catalog.DISQUALIFIED.column, catalog.QUALIFIED.column, catalog.CONVERSIONS.column, catalog.CLICKS.column,
    "bid_set", catalog.SPEND.column, "sources", "latest_update_time",
    catalog.IMPRESSIONS.column, catalog.PAGE_VIEWS.column, "event_hour", "version",
)  # fmt: skip
MEASURES: Final = tuple(measure.column for measure in catalog.MEASURES)
"""The columns of the measures, in the order of `Measures`."""
COLUMNS: Final = (*_FIRST, *(column for column in MEASURES if column not in _FIRST))

Value = int | float | str | datetime | None

_EXACT: Final = 2**53
"""Up to here a double holds every integer; no count comes near it."""
_MIDNIGHT: Final = time(tzinfo=UTC)
_MONEY: Final = tuple(measure.column for measure in catalog.MEASURES if measure.unit is Unit.MONEY)
_money: Final = itemgetter(*map(MEASURES.index, _MONEY))
_GIVEN: Final = (
    "job_id", "dates", "hours", "publisher_id", "company_id", "campaign_id", "group_id",
    "bid_set", "sources", "latest_update_time", "event_hour", "version",
    *(None if column in _MONEY else column for column in MEASURES), *_MONEY,
)  # fmt: skip
_in_order: Final = itemgetter(*map(_GIVEN.index, COLUMNS))


def as_stored(measures: Measures) -> Measures:
    """Return measures as a table gives them back: beyond 2^53, money is the nearest double."""
    return Measures(*(int(float(value)) if value > _EXACT else value for value in measures.values))


def values(stored: StoredRow) -> tuple[Value, ...]:
    """Return the values of a row in the order of `COLUMNS`; times are aware UTC."""
    row = stored.row
    cell, measures = row.cell, row.measures.values
    found: tuple[Value, ...] = _in_order(
        (
            cell.job, datetime.combine(cell.hour, _MIDNIGHT), cell.hour.hour, cell.publisher,
            row.company, cell.campaign, cell.group,
            row.measures.mean_bid, row.source, stored.updated, cell.hour, row.version,
            *measures, *map(float, _money(measures)),
        )
    )  # fmt: skip
    return found
