"""The measures, as data: what is counted or summed, over which kind of event.

One specification, many engines: the plain fold (`admetrics.domain.fold`) is the meaning, and the SQL engines execute
expressions generated from the same data. Only mergeable quantities are kept (counts and sums): a mean is the ratio
of two of them, computed at the edge.
"""

from enum import Enum
from typing import Final

import attrs

from admetrics.domain.kind import Kind
from admetrics.domain.validity import InvalidReason


class Quantity(Enum):
    """What one event adds to a measure."""

    ONE = "one"
    """The event itself: a count."""
    BID = "bid"
    """What the event costs: a sum of money. A null bid adds 0."""


class Only(Enum):
    """Which clicks add to a measure, if not all; other kinds of events are neither paid nor judged."""

    PAID = "paid"
    """Those that the log has a bid for, even if it is 0."""
    VALID = "valid"
    """Those that no reason decides over."""


@attrs.frozen
class Measure:
    """One measure.

    Args:
        name: the field of `Measures` that holds it.
        kind: the events that add to it.
        quantity: what each of them adds.
        only: which of them; None: all. A reason stands for the invalid clicks that it decides over.
    """

    name: str
    kind: Kind
    quantity: Quantity = Quantity.ONE
    only: Only | InvalidReason | None = None

    def takes(self, kind: Kind, *, paid: bool, reason: InvalidReason | None) -> bool:
        """Say whether an event adds to this measure.

        Args:
            kind: what happened.
            paid: whether the log has a bid for it.
            reason: the reason that decides over it, None if it is valid or no click.

        >>> Measure("valid_clicks", Kind.CLICK, only=Only.VALID).takes(Kind.CLICK, paid=True, reason=None)
        True
        """
        if kind is not self.kind:
            return False
        if self.only is None:
            return True
        if self.only is Only.PAID:
            return paid
        return reason is (None if self.only is Only.VALID else self.only)

    @property
    def if_valid(self) -> "Measure | None":
        """The measure without reasons that equals this one where every click is valid; None if it is 0 there.

        >>> Measure("valid_clicks", Kind.CLICK, only=Only.VALID).if_valid.name
        'clicks'
        """
        if self.only is None or self.only is Only.PAID:
            return self
        if self.only is not Only.VALID:
            return None
        counted = (self.kind, self.quantity, None)
        return next(measure for measure in MEASURES if (measure.kind, measure.quantity, measure.only) == counted)

    def sql(self) -> str:
        """Write the measure as an aggregate over a lake's events, for engines that speak SQL.

        The events have the columns `kind`, `bid`, and `reason` (`admetrics.domain.validity.deciding_sql`).

        >>> print(Measure("clicks", Kind.CLICK).sql())
        count(*) FILTER (WHERE kind = 'click') AS clicks
        >>> print(Measure("paid_clicks", Kind.CLICK, only=Only.PAID).sql())
        count(*) FILTER (WHERE kind = 'click' AND bid IS NOT NULL) AS paid_clicks
        >>> print(Measure("valid_clicks", Kind.CLICK, only=Only.VALID).sql())
        count(*) FILTER (WHERE kind = 'click' AND reason IS NULL) AS valid_clicks
        >>> print(Measure("robot_clicks", Kind.CLICK, only=InvalidReason.ROBOT).sql())
        count(*) FILTER (WHERE kind = 'click' AND reason = 'robot') AS robot_clicks
        """
        condition = f"FILTER (WHERE kind = '{self.kind.value}'{self._taken_sql()})"
        if self.quantity is Quantity.ONE:
            return f"count(*) {condition} AS {self.name}"
        return f"coalesce(sum(bid) {condition}, 0) AS {self.name}"

    def _taken_sql(self) -> str:
        if self.only is None:
            return ""
        if self.only is Only.PAID:
            return " AND bid IS NOT NULL"
        return " AND reason IS NULL" if self.only is Only.VALID else f" AND reason = '{self.only.value}'"


MEASURES: Final = (
    Measure("impressions", Kind.IMPRESSION),
    Measure("page_views", Kind.PAGE_VIEW),
    Measure("clicks", Kind.CLICK),
    Measure("conversions", Kind.CONVERSION),
    Measure("qualified", Kind.QUALIFIED),
    Measure("disqualified", Kind.DISQUALIFIED),
    # The spend rule: an employer pays the bid of each click (cost per click).
    Measure("spend", Kind.CLICK, Quantity.BID),
    Measure("paid_clicks", Kind.CLICK, only=Only.PAID),
    # Net: what is left when invalid clicks are taken away (docs/spend.md).
    Measure("valid_clicks", Kind.CLICK, only=Only.VALID),
    Measure("valid_spend", Kind.CLICK, Quantity.BID, only=Only.VALID),
    Measure("internal_clicks", Kind.CLICK, only=InvalidReason.INTERNAL),
    Measure("robot_clicks", Kind.CLICK, only=InvalidReason.ROBOT),
    Measure("repeat_clicks", Kind.CLICK, only=InvalidReason.REPEAT),
    # Engines know no campaigns: they leave this one at 0, and `Measures.out_of_flight` moves the clicks here.
    Measure("out_of_flight_clicks", Kind.CLICK, only=InvalidReason.OUT_OF_FLIGHT),
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
        paid_clicks: clicks with a bid in the log, 0 included.
        valid_clicks: clicks without a reason against them.
        valid_spend: what the valid clicks cost.
        internal_clicks: invalid clicks decided by `InvalidReason.INTERNAL`, and so on: with the valid ones, all clicks.
        robot_clicks: see `internal_clicks`.
        repeat_clicks: see `internal_clicks`.
        out_of_flight_clicks: see `internal_clicks`.
    """

    impressions: int = 0
    page_views: int = 0
    clicks: int = 0
    conversions: int = 0
    qualified: int = 0
    disqualified: int = 0
    spend: int = 0
    paid_clicks: int = 0
    valid_clicks: int = 0
    valid_spend: int = 0
    internal_clicks: int = 0
    robot_clicks: int = 0
    repeat_clicks: int = 0
    out_of_flight_clicks: int = 0

    def __add__(self, other: "Measures") -> "Measures":
        """Merge the figures of two disjoint sets of events.

        >>> Measures(clicks=1, spend=3) + Measures(clicks=2) == Measures(clicks=3, spend=3)
        True
        """
        return Measures(*map(int.__add__, self.values, other.values))

    def __bool__(self) -> bool:
        """Say whether any figure differs from 0."""
        return any(self.values)

    @property
    def values(self) -> tuple[int, ...]:
        """The figures in the order of `MEASURES`."""
        return (
            self.impressions, self.page_views, self.clicks, self.conversions, self.qualified, self.disqualified,
            self.spend, self.paid_clicks, self.valid_clicks, self.valid_spend,
            self.internal_clicks, self.robot_clicks, self.repeat_clicks, self.out_of_flight_clicks,
        )  # fmt: skip

    @property
    def invalid_clicks(self) -> int:
        """The clicks that some reason decided over."""
        return self.clicks - self.valid_clicks

    def out_of_flight(self) -> "Measures":
        """Judge the valid clicks anew, as those of a cell whose hour is not in the flight of its campaign.

        >>> judged = Measures(clicks=3, valid_clicks=2, valid_spend=8, robot_clicks=1).out_of_flight()
        >>> judged.valid_clicks, judged.valid_spend, judged.robot_clicks, judged.out_of_flight_clicks
        (0, 0, 1, 2)
        """
        return attrs.evolve(
            self,
            valid_clicks=0,
            valid_spend=0,
            out_of_flight_clicks=self.out_of_flight_clicks + self.valid_clicks,
        )

    @property
    def mean_bid(self) -> float:
        """The mean bid over the clicks, 0 if there are none."""
        return self.spend / self.clicks if self.clicks else 0.0


ZERO: Final = Measures()
