"""The ratios under the names that they had before `admetrics.domain.metrics`."""

from admetrics.domain.metrics.entries import ratio
from admetrics.domain.metrics.measures import Kpis, kpis

__all__ = ["Kpis", "kpis", "ratio"]
