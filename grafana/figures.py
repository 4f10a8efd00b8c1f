"""The figures that panels show: sums, and ratios of sums, by their names in the library."""

from collections.abc import Sequence
from enum import Enum
from typing import Final

import attrs


class Better(Enum):
    """Which way a figure should go."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"
    """More of it is neither good nor bad by itself."""


@attrs.frozen
class Figure:
    """One figure.

    Args:
        name: as `admetrics.domain` has it, of `Measures` or `Kpis`.
        title: how panels call it.
        part: the sum that is shown, or divided.
        whole: the sum that it is divided by; None: it is shown as it is.
        unit: Grafana's name of the unit. Amounts have none: their currency stands beside them.
        decimals: digits behind the point; None: as many as Grafana finds useful.
        better: which way it should go.
    """

    name: str
    title: str
    part: str
    whole: str | None = None
    unit: str = "locale"
    decimals: int | None = None
    better: Better = Better.UP

    @property
    def change(self) -> str:
        """The title of its change against the period before."""
        return f"{self.title}, change"

    @property
    def formula(self) -> str:
        """How it is computed, in words."""
        return self.title.lower() if self.whole is None else f"{WORDS[self.part]} / {WORDS[self.whole]}"

    def sql(self, sums: str = "s.{}") -> str:
        """Write it as an expression over sums, NULL if there is nothing to divide by.

        Args:
            sums: how the columns with the sums are called, by the name of the measure.

        >>> CTR.sql()
        's.clicks / NULLIF(s.impressions, 0)'
        """
        part = sums.format(self.part)
        return part if self.whole is None else f"{part} / NULLIF({sums.format(self.whole)}, 0)"


WORDS: Final = {
    "impressions": "impressions",
    "page_views": "page views",
    "clicks": "clicks",
    "conversions": "conversions",
    "qualified": "qualified applications",
    "disqualified": "disqualified applications",
    "spend": "spend",
    "invalid_clicks": "invalid clicks",
}
"""What the sums are called."""

IMPRESSIONS: Final = Figure("impressions", "Impressions", "impressions", decimals=0)
PAGE_VIEWS: Final = Figure("page_views", "Page views", "page_views", decimals=0)
CLICKS: Final = Figure("clicks", "Clicks", "clicks", decimals=0)
VALID_CLICKS: Final = Figure("valid_clicks", "Valid clicks", "valid_clicks", decimals=0)
CONVERSIONS: Final = Figure("conversions", "Conversions", "conversions", decimals=0)
QUALIFIED: Final = Figure("qualified", "Qualified", "qualified", decimals=0)
DISQUALIFIED: Final = Figure("disqualified", "Disqualified", "disqualified", decimals=0, better=Better.DOWN)
CTR: Final = Figure("ctr", "CTR", "clicks", "impressions", unit="percentunit", decimals=2)
APPLY_RATE: Final = Figure("apply_rate", "Apply rate", "conversions", "clicks", unit="percentunit", decimals=2)
QUALIFIED_RATE: Final = Figure(
    "qualified_rate", "Qualified rate", "qualified", "conversions", unit="percentunit", decimals=1
)
INVALID_RATE: Final = Figure(
    "invalid_rate", "Invalid rate", "invalid_clicks", "clicks", unit="percentunit", decimals=2, better=Better.DOWN
)
SPEND: Final = Figure("spend", "Spend", "spend", decimals=0, better=Better.UNKNOWN)
VALID_SPEND: Final = Figure("valid_spend", "Valid spend", "valid_spend", decimals=0, better=Better.UNKNOWN)
CPC: Final = Figure("cpc", "CPC", "spend", "clicks", decimals=2, better=Better.DOWN)
CPA: Final = Figure("cpa", "Cost per conversion", "spend", "conversions", decimals=2, better=Better.DOWN)
COST_PER_QUALIFIED: Final = Figure(
    "cost_per_qualified", "Cost per qualified", "spend", "qualified", decimals=2, better=Better.DOWN
)

COUNTS: Final[Sequence[Figure]] = (IMPRESSIONS, CLICKS, VALID_CLICKS, CONVERSIONS, QUALIFIED, DISQUALIFIED)
RATES: Final[Sequence[Figure]] = (CTR, APPLY_RATE, QUALIFIED_RATE, INVALID_RATE)
MONEY: Final[Sequence[Figure]] = (SPEND, VALID_SPEND, CPC, CPA, COST_PER_QUALIFIED)
"""What has a currency: never added up over currencies."""
REASONS: Final[Sequence[Figure]] = (
    Figure("internal_clicks", "Internal", "internal_clicks", decimals=0, better=Better.DOWN),
    Figure("robot_clicks", "Robots", "robot_clicks", decimals=0, better=Better.DOWN),
    Figure("repeat_clicks", "Repeats", "repeat_clicks", decimals=0, better=Better.DOWN),
    Figure("out_of_flight_clicks", "Out of flight", "out_of_flight_clicks", decimals=0, better=Better.DOWN),
)
"""Invalid clicks, each under the reason that decides: together they are all of them."""
ALL: Final[Sequence[Figure]] = (*COUNTS, *RATES, *MONEY)
RANKED: Final[Sequence[Figure]] = (
    CPA, COST_PER_QUALIFIED, SPEND, CLICKS, CONVERSIONS, QUALIFIED, APPLY_RATE, QUALIFIED_RATE,
)  # fmt: skip
"""What tables of the best and the worst show."""
