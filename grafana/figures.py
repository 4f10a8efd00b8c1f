"""The figures that panels show: entries of the catalog, and how they look."""

from collections.abc import Sequence
from typing import Final, Self

import attrs

from admetrics.domain.metrics import catalog
from admetrics.domain.metrics.entries import Better, Measure, Ratio, Unit


@attrs.frozen
class Figure:
    """One figure.

    Args:
        entry: what the catalog says of it.
    """

    entry: Measure | Ratio

    @classmethod
    def all_of(cls, entries: Sequence[Measure | Ratio]) -> Sequence[Self]:
        """Show some entries."""
        return tuple(map(cls, entries))

    @property
    def name(self) -> str:
        """Its name in the library."""
        return self.entry.name

    @property
    def title(self) -> str:
        """How panels call it."""
        return self.entry.label

    @property
    def part(self) -> str:
        """The sum that is shown, or divided."""
        return self.entry.part.name if isinstance(self.entry, Ratio) else self.entry.name

    @property
    def whole(self) -> str | None:
        """The sum that it is divided by; None: it is shown as it is."""
        return self.entry.whole.name if isinstance(self.entry, Ratio) else None

    @property
    def unit(self) -> str:
        """Grafana's name of the unit. Amounts have none: their currency stands beside them."""
        return "percentunit" if self.entry.unit is Unit.SHARE else "locale"

    @property
    def decimals(self) -> int:
        """Digits behind the point."""
        return 0 if isinstance(self.entry, Measure) else 2

    @property
    def better(self) -> Better:
        """Which way it should go."""
        return self.entry.better

    @property
    def change(self) -> str:
        """The title of its change against the period before."""
        return f"{self.title}, change"

    @property
    def formula(self) -> str:
        """How it is computed, in words."""
        return self.title.lower() if self.whole is None else self.entry.formula

    def sql(self, sums: str = "s.{}") -> str:
        """Write it as an expression over sums, NULL if there is nothing to divide by.

        Args:
            sums: how the columns with the sums are called, by the name of the measure.
        """
        part = sums.format(self.part)
        return part if self.whole is None else f"{part} / NULLIF({sums.format(self.whole)}, 0)"


def equations(figures: Sequence[Figure]) -> str:
    """Say how figures are computed.

    >>> equations([SPEND, CPC])
    'Spend = sum of the bids of the clicks, CPC = spend / clicks'
    """
    return ", ".join(f"{figure.title} = {figure.entry.formula}" for figure in figures)


CLICKS: Final = Figure(catalog.CLICKS)
SPEND: Final = Figure(catalog.SPEND)
VALID_SPEND: Final = Figure(catalog.VALID_SPEND)
CPC: Final = Figure(catalog.CPC)
CPA: Final = Figure(catalog.CPA)
COST_PER_QUALIFIED: Final = Figure(catalog.COST_PER_QUALIFIED)

COUNTS: Final = Figure.all_of(
    [*(each for each in catalog.HEADLINE if each.unit is Unit.EVENTS), catalog.DISQUALIFIED],
)
FUNNEL: Final = Figure.all_of([step for step in catalog.FUNNEL if step.headline])
RATES: Final = Figure.all_of(catalog.RATES)
MONEY: Final = Figure.all_of(catalog.MONEY)
"""What has a currency: never added up over currencies."""
REASONS: Final = Figure.all_of(catalog.REASONS)
"""Invalid clicks, each under the reason that decides: together they are all of them."""
ALL: Final[Sequence[Figure]] = (*COUNTS, *RATES, *MONEY)
RANKED: Final = (
    COST_PER_QUALIFIED,
    CPA,
    SPEND,
    *FUNNEL[1:],
    *Figure.all_of([catalog.APPLY_RATE, catalog.QUALIFIED_RATE]),
)
"""What tables of the best and the worst show."""
