"""Dimensions: what a row depends on, beside the events."""

from datetime import UTC, datetime

from admetrics.domain.dimensions import DimensionChange, Subject, subjects_of
from admetrics.domain.rollup.row import Cell


def test_a_row_depends_on_the_company_of_its_job_and_the_flight_of_its_campaign():
    cell = Cell(datetime(2026, 3, 1, 10, tzinfo=UTC), 1, 2, 3, 4)
    assert subjects_of(cell) == {DimensionChange(Subject.JOB, 1), DimensionChange(Subject.CAMPAIGN, 3)}
