"""Rows for tests that do not care which."""

from datetime import UTC, datetime

from admetrics.domain.measures import Measures
from admetrics.domain.row import Cell, Row


def row(job: int, version: int = 1) -> Row:
    """Make a row of a job; equal arguments make equal rows."""
    cell = Cell(datetime(2026, 3, 1, 10, tzinfo=UTC), job, 2, 3, 0)
    return Row(cell, Measures(clicks=1, spend=5), None, version, "Test")
