"""Made by `make generate` from the catalog (`admetrics.domain.metrics.catalog`): change that, not this."""

from typing import Final, Self

import attrs

from admetrics.domain.metrics.entries import ratio


@attrs.frozen
class Measures:
    """The figures of a cell, or of any sum of cells.

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
        valid_spend: what the valid clicks cost: budgets are spent by it.
        internal_clicks: invalid clicks, by the reason that decides: test traffic.
        robot_clicks: invalid clicks, by the reason that decides: by a robot, crawler or automation tool.
        repeat_clicks: invalid clicks, by the reason that decides: repeats, by the same visitor on the same job.
        out_of_flight_clicks: invalid clicks, by the reason that decides: outside the flight of the campaign.
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

        >>> Measures(clicks=1) + Measures(clicks=2) == Measures(clicks=3)
        True
        """
        return Measures(*map(int.__add__, self.values, other.values))

    def __bool__(self) -> bool:
        """Return whether any figure differs from 0."""
        return any(self.values)

    @property
    def values(self) -> tuple[int, ...]:
        """The figures in the order of the catalog."""
        return (
            self.impressions,
            self.page_views,
            self.clicks,
            self.conversions,
            self.qualified,
            self.disqualified,
            self.spend,
            self.paid_clicks,
            self.valid_clicks,
            self.valid_spend,
            self.internal_clicks,
            self.robot_clicks,
            self.repeat_clicks,
            self.out_of_flight_clicks,
        )

    @property
    def invalid_clicks(self) -> int:
        """The clicks that some reason decided over."""
        return self.clicks - self.valid_clicks

    def out_of_flight(self) -> "Measures":
        """Return the figures of the same events in a cell whose hour is not in the flight of its campaign."""
        return Measures(
            impressions=self.impressions,
            page_views=self.page_views,
            clicks=self.clicks,
            conversions=self.conversions,
            qualified=self.qualified,
            disqualified=self.disqualified,
            spend=self.spend,
            paid_clicks=self.paid_clicks,
            valid_clicks=0,
            valid_spend=0,
            internal_clicks=self.internal_clicks,
            robot_clicks=self.robot_clicks,
            repeat_clicks=self.repeat_clicks,
            out_of_flight_clicks=self.out_of_flight_clicks + self.valid_clicks,
        )

    @property
    def mean_bid(self) -> float:
        """The mean bid over the clicks, 0 if there are none."""
        return self.spend / self.clicks if self.clicks else 0.0


ZERO: Final = Measures()


@attrs.frozen
class Counts:
    """What can be added up whatever the currency; fields as in `Measures`, without money.

    Args:
        impressions: ads seen.
        page_views: job pages seen.
        clicks: ads clicked.
        conversions: applications.
        qualified: applications that the recruiter marked qualified.
        disqualified: applications that the recruiter marked disqualified.
        paid_clicks: clicks with a bid in the log, 0 included.
        valid_clicks: clicks without a reason against them.
        internal_clicks: invalid clicks, by the reason that decides: test traffic.
        robot_clicks: invalid clicks, by the reason that decides: by a robot, crawler or automation tool.
        repeat_clicks: invalid clicks, by the reason that decides: repeats, by the same visitor on the same job.
        out_of_flight_clicks: invalid clicks, by the reason that decides: outside the flight of the campaign.
    """

    impressions: int = 0
    page_views: int = 0
    clicks: int = 0
    conversions: int = 0
    qualified: int = 0
    disqualified: int = 0
    paid_clicks: int = 0
    valid_clicks: int = 0
    internal_clicks: int = 0
    robot_clicks: int = 0
    repeat_clicks: int = 0
    out_of_flight_clicks: int = 0

    @classmethod
    def of(cls, measures: Measures) -> Self:
        """Leave the money out."""
        return cls(
            measures.impressions,
            measures.page_views,
            measures.clicks,
            measures.conversions,
            measures.qualified,
            measures.disqualified,
            measures.paid_clicks,
            measures.valid_clicks,
            measures.internal_clicks,
            measures.robot_clicks,
            measures.repeat_clicks,
            measures.out_of_flight_clicks,
        )

    @property
    def ctr(self) -> float | None:
        """Click-through rate: clicks / impressions; None where the denominator is 0."""
        return ratio(self.clicks, self.impressions)

    @property
    def apply_rate(self) -> float | None:
        """Apply rate: conversions / clicks; None where the denominator is 0."""
        return ratio(self.conversions, self.clicks)

    @property
    def qualified_rate(self) -> float | None:
        """Qualified rate: qualified applications / conversions; None where the denominator is 0."""
        return ratio(self.qualified, self.conversions)

    @property
    def invalid_rate(self) -> float | None:
        """Invalid rate: invalid clicks / clicks; None where the denominator is 0."""
        return ratio(self.clicks - self.valid_clicks, self.clicks)


@attrs.frozen
class Kpis:
    """Key performance indicators: ratios of sums, None where the denominator is 0.

    Args:
        ctr: clicks / impressions; click-through rate, IAB Glossary of Interactive Advertising Terms.
        cpc: spend / clicks; cost per click, IAB glossary.
        cpa: spend / conversions; cost per acquisition, IAB glossary; the acquisition is an application.
        cost_per_qualified: spend / qualified applications; the same, for applications that a recruiter marked as
            qualified.
        apply_rate: conversions / clicks; apply rate as used in recruitment advertising: applications per click on the
            ad.
        qualified_rate: qualified applications / conversions; share of applications that a recruiter marked as
            qualified.
        invalid_rate: invalid clicks / clicks; share of invalid traffic, MRC Invalid Traffic Detection and Filtration
            Guidelines.
    """

    ctr: float | None
    cpc: float | None
    cpa: float | None
    cost_per_qualified: float | None
    apply_rate: float | None
    qualified_rate: float | None
    invalid_rate: float | None


def kpis(measures: Measures) -> Kpis:
    """Compute the ratios of any sum of cells of one currency."""
    return Kpis(
        ctr=ratio(measures.clicks, measures.impressions),
        cpc=ratio(measures.spend, measures.clicks),
        cpa=ratio(measures.spend, measures.conversions),
        cost_per_qualified=ratio(measures.spend, measures.qualified),
        apply_rate=ratio(measures.conversions, measures.clicks),
        qualified_rate=ratio(measures.qualified, measures.conversions),
        invalid_rate=ratio(measures.clicks - measures.valid_clicks, measures.clicks),
    )
