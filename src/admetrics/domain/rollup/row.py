"""The result: rows of table `events`, one a cell."""

from datetime import datetime
from typing import Final

import attrs

from admetrics.domain.metrics.measures import Measures

FURTHEST: Final = 2**40
"""How far beyond the last version that was taken one may be that a roll-up took: of a checkpoint store that was lost.

Somebody else wrote what is beyond, and no roll-up could ever replace it: one a second for 30,000 years takes as many.
"""


@attrs.frozen(order=True)
class Cell:
    """The key of a row.

    Args:
        hour: aware UTC, cut to the hour.
        job: never 0: events without a job are not in table `events`.
        publisher: 0 for none.
        campaign: 0 for none (organic traffic).
        group: 0 for none.
    """

    hour: datetime
    job: int
    publisher: int
    campaign: int
    group: int


@attrs.frozen
class Row:
    """A cell with its measures, as one roll-up computed it.

    Args:
        cell: the key.
        measures: exact integers; all zero if the cell vanished.
        company: the company of the job, None if unknown or if the cell vanished.
        version: the roll-up that computed it; the newest version of a row wins everywhere.
        source: the kind of the lake it was computed from, e.g. `DuckDB`.
    """

    cell: Cell
    measures: Measures
    company: int | None
    version: int
    source: str


@attrs.frozen
class StoredRow:
    """A row as the warehouse holds it.

    Args:
        row: the row.
        updated: when its measures or its company last changed there, aware UTC.
    """

    row: Row
    updated: datetime
