"""Figures: sums of rows in which amounts of different currencies cannot meet."""

from collections.abc import Iterable, Mapping
from typing import Self

import attrs

from admetrics.domain.metrics.measures import ZERO, Counts, Measures
from admetrics.domain.rules.currency import Currency


@attrs.frozen
class Figures:
    """Sums over some rows, each currency apart.

    Args:
        currencies: the measures of the rows of each currency, known currencies first.
    """

    currencies: Mapping[Currency, Measures] = attrs.field(factory=dict)

    @classmethod
    def of(cls, parts: Iterable[tuple[Currency, Measures]]) -> Self:
        """Add up parts, those of one currency at a time.

        >>> usd, vnd = Currency.of(1, "USD"), Currency.of(2, "VND")
        >>> figures = Figures.of([(vnd, Measures(clicks=2, spend=900)), (usd, Measures(clicks=1, spend=3))])
        >>> [(str(currency), measures.spend) for currency, measures in figures.currencies.items()]
        [('USD', 3), ('VND', 900)]
        >>> figures.counts.clicks
        3
        """
        sums: dict[Currency, Measures] = {}
        for currency, measures in parts:
            sums[currency] = sums[currency] + measures if currency in sums else measures
        return cls({currency: sums[currency] for currency in sorted(sums)})

    def __bool__(self) -> bool:
        """Return whether there is any figure."""
        return any(self.currencies.values())

    @property
    def counts(self) -> Counts:
        """The counts over all currencies."""
        return Counts.of(sum(self.currencies.values(), ZERO))

    def measures(self, currency: Currency) -> Measures:
        """Return the measures in one currency, all 0 if it does not occur."""
        return self.currencies.get(currency, ZERO)


def change(now: float | None, before: float | None) -> float | None:
    """Return by which part of the earlier figure a figure has grown; None if there was none, or it was 0.

    >>> change(3, 2), change(3, 0), change(None, 2)
    (0.5, None, None)
    """
    return now / before - 1 if now is not None and before else None
