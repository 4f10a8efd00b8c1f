"""What rows are to hold: the engine's figures, and what the dimensions say of their cells."""

from collections.abc import Mapping

import attrs

from admetrics.domain.metrics.measures import ZERO, Measures
from admetrics.domain.rollup.row import Cell
from admetrics.domain.rules.flight import ALWAYS
from admetrics.ports.dimensions import DimensionStore


@attrs.frozen
class Content:
    """What the row of a cell holds.

    Args:
        measures: its figures.
        company: the company of its job.
    """

    measures: Measures = ZERO
    company: int | None = None


NOTHING = Content()
"""What is held of a cell without events."""


def contents_of(cells: Mapping[Cell, Measures], *, dimensions: DimensionStore) -> dict[Cell, Content]:
    """Complete the figures of an engine.

    A flight is made of whole days, so the clicks of a cell are all in the flight of its campaign or none is: that is
    judged here, and engines need not know campaigns.

    Args:
        cells: what an engine folded.
        dimensions: know the companies of the jobs and the flights of the campaigns.
    """
    companies = dimensions.companies({cell.job for cell in cells})
    flights = dimensions.flights({cell.campaign for cell in cells})
    return {
        cell: Content(
            measures if cell.hour in flights.get(cell.campaign, ALWAYS) else measures.out_of_flight(),
            companies.get(cell.job),
        )
        for cell, measures in cells.items()
    }
