"""The ratios that campaign managers steer by: ratios of sums, never sums or means of ratios."""

import attrs

from admetrics.domain.measures import Measures


@attrs.frozen
class Kpis:
    """Key performance indicators; None where the denominator is 0.

    Args:
        ctr: click-through rate, clicks per impression (IAB).
        cpc: cost per click.
        cpa: cost per acquisition, here per conversion (application).
        cost_per_qualified: cost per qualified application.
        apply_rate: conversions per click.
        qualified_rate: qualified applications per conversion.
        invalid_rate: invalid clicks per click (MRC).
    """

    ctr: float | None
    cpc: float | None
    cpa: float | None
    cost_per_qualified: float | None
    apply_rate: float | None
    qualified_rate: float | None
    invalid_rate: float | None


def kpis(measures: Measures) -> Kpis:
    """Compute the ratios of any sum of cells of one currency.

    >>> figures = kpis(Measures(clicks=4, conversions=1, spend=10, valid_clicks=3))
    >>> figures.ctr, figures.cpc, figures.cpa, figures.apply_rate, figures.invalid_rate
    (None, 2.5, 10.0, 0.25, 0.25)
    """
    return Kpis(
        ctr=ratio(measures.clicks, measures.impressions),
        cpc=ratio(measures.spend, measures.clicks),
        cpa=ratio(measures.spend, measures.conversions),
        cost_per_qualified=ratio(measures.spend, measures.qualified),
        apply_rate=ratio(measures.conversions, measures.clicks),
        qualified_rate=ratio(measures.qualified, measures.conversions),
        invalid_rate=ratio(measures.invalid_clicks, measures.clicks),
    )


def ratio(part: int, whole: int) -> float | None:
    """Divide, None if there is nothing to divide by."""
    return part / whole if whole else None
