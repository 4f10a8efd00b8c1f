"""The measures under the names that they had before `admetrics.domain.metrics`."""

from admetrics.domain.metrics.catalog import MEASURES
from admetrics.domain.metrics.entries import Measure, Only, Quantity
from admetrics.domain.metrics.measures import ZERO, Measures

__all__ = ["MEASURES", "ZERO", "Measure", "Measures", "Only", "Quantity"]
