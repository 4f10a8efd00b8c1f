"""The measures, as data: what is counted or summed, over which kind of event.

One specification, many engines: the plain fold (`admetrics.domain.fold`) is the meaning, and the SQL engines execute
expressions generated from the same data. Only mergeable quantities are kept (counts and sums): a mean is the ratio
of two of them, computed at the edge.
"""

from enum import Enum
from typing import Final

import attrs

from admetrics.domain.event import Interaction
from admetrics.domain.kind import Kind


class Quantity(Enum):
    """What one event adds to a measure."""

    ONE = "one"
    """The event itself: a count."""
    BID = "bid"
    """What the event costs: a sum of money. A null bid adds 0."""


@attrs.frozen
class Measure:
    """One measure.

    Args:
        name: the field of `Measures` that holds it.
        kind: the events that add to it.
        quantity: what each of them adds.
    """

    name: str
    kind: Kind
    quantity: Quantity = Quantity.ONE

    def added_by(self, interaction: Interaction) -> int:
        """Return what an interaction adds to this measure."""
        if interaction.kind is not self.kind:
            return 0
        return 1 if self.quantity is Quantity.ONE else interaction.bid or 0

    def sql(self) -> str:
        """Write the measure as an aggregate over a lake's events, for engines that speak SQL.

        >>> print(Measure("clicks", Kind.CLICK).sql())
        count(*) FILTER (WHERE kind = 'click') AS clicks
        """
        condition = f"FILTER (WHERE kind = '{self.kind.value}')"
        if self.quantity is Quantity.ONE:
            return f"count(*) {condition} AS {self.name}"
        return f"coalesce(sum(bid) {condition}, 0) AS {self.name}"


MEASURES: Final = (
    Measure("impressions", Kind.IMPRESSION),
    Measure("page_views", Kind.PAGE_VIEW),
    Measure("clicks", Kind.CLICK),
    Measure("conversions", Kind.CONVERSION),
    Measure("qualified", Kind.QUALIFIED),
    Measure("disqualified", Kind.DISQUALIFIED),
    # The spend rule: an employer pays the bid of each click (cost per click).
    Measure("spend", Kind.CLICK, Quantity.BID),
)


@attrs.frozen
class Measures:
    """The figures of a cell, or of any sum of cells; fields as in `MEASURES`.

    Args:
        impressions: ads seen.
        page_views: job pages seen.
        clicks: ads clicked.
        conversions: applications.
        qualified: applications that the recruiter marked qualified.
        disqualified: applications that the recruiter marked disqualified.
        spend: what the clicks cost, in the publisher's currency unit; never added across currencies.
    """

    impressions: int = 0
    page_views: int = 0
    clicks: int = 0
    conversions: int = 0
    qualified: int = 0
    disqualified: int = 0
    spend: int = 0

    def __add__(self, other: "Measures") -> "Measures":
        """Merge the figures of two disjoint sets of events.

        >>> Measures(clicks=1, spend=3) + Measures(clicks=2)
        Measures(impressions=0, page_views=0, clicks=3, conversions=0, qualified=0, disqualified=0, spend=3)
        """
        return Measures(*map(int.__add__, self.values, other.values))

    def __bool__(self) -> bool:
        """Say whether any figure differs from 0."""
        return any(self.values)

    @property
    def values(self) -> tuple[int, ...]:
        """The figures in the order of `MEASURES`."""
        return (
            self.impressions,
            self.page_views,
            self.clicks,
            self.conversions,
            self.qualified,
            self.disqualified,
            self.spend,
        )

    @property
    def mean_bid(self) -> float:
        """The mean bid over the clicks, 0 if there are none."""
        return self.spend / self.clicks if self.clicks else 0.0


ZERO: Final = Measures()
