"""The catalog: the one place that knows which figures there are.

To add a measure: write its entry, name it last in `MEASURES`, add a migration with its column, and `make generate`
(CONTRIBUTING.md). What tables, messages and digests hold is in the order of `MEASURES`.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from admetrics.domain.events.kind import Kind
from admetrics.domain.metrics.entries import Aggregate, Better, Difference, Figure, Filter, Measure, Ratio, Unit
from admetrics.domain.rules.validity import InvalidReason

IMPRESSIONS: Final = Measure("impressions", Kind.IMPRESSION, meaning="ads seen", headline=True)
PAGE_VIEWS: Final = Measure("page_views", Kind.PAGE_VIEW, meaning="job pages seen", follows=Kind.CLICK)
CLICKS: Final = Measure("clicks", Kind.CLICK, meaning="ads clicked", headline=True, follows=Kind.IMPRESSION)
CONVERSIONS: Final = Measure(
    "conversions", Kind.CONVERSION, meaning="applications", column="conversion", headline=True, follows=Kind.CLICK
)
QUALIFIED: Final = Measure(
    "qualified",
    Kind.QUALIFIED,
    meaning="applications that the recruiter marked qualified",
    column="qualified_application",
    words="qualified applications",
    headline=True,
    follows=Kind.CONVERSION,
)
DISQUALIFIED: Final = Measure(
    "disqualified",
    Kind.DISQUALIFIED,
    meaning="applications that the recruiter marked disqualified",
    column="disqualified_application",
    words="disqualified applications",
    better=Better.DOWN,
    follows=Kind.CONVERSION,
)
# The spend rule: an employer pays the bid of each click (cost per click).
SPEND: Final = Measure(
    "spend",
    Kind.CLICK,
    Aggregate.BID,
    meaning="what the clicks cost, in the publisher's currency unit; never added across currencies",
    column="spend_hour",
    better=Better.UNKNOWN,
)
PAID_CLICKS: Final = Measure(
    "paid_clicks", Kind.CLICK, only=Filter.PAID, meaning="clicks with a bid in the log, 0 included"
)
# Net: what is left when invalid clicks are taken away (docs/spend.md).
VALID_CLICKS: Final = Measure(
    "valid_clicks", Kind.CLICK, only=Filter.VALID, meaning="clicks without a reason against them", headline=True
)
VALID_SPEND: Final = Measure(
    "valid_spend",
    Kind.CLICK,
    Aggregate.BID,
    Filter.VALID,
    meaning="what the valid clicks cost: budgets are spent by it",
    better=Better.UNKNOWN,
)
INTERNAL_CLICKS: Final = Measure(
    "internal_clicks",
    Kind.CLICK,
    only=InvalidReason.INTERNAL,
    meaning="invalid clicks, by the reason that decides: test traffic",
    label="Internal",
    better=Better.DOWN,
)
ROBOT_CLICKS: Final = Measure(
    "robot_clicks",
    Kind.CLICK,
    only=InvalidReason.ROBOT,
    meaning="invalid clicks, by the reason that decides: by a robot, crawler or automation tool",
    label="Robots",
    better=Better.DOWN,
)
REPEAT_CLICKS: Final = Measure(
    "repeat_clicks",
    Kind.CLICK,
    only=InvalidReason.REPEAT,
    meaning="invalid clicks, by the reason that decides: repeats, by the same visitor on the same job",
    label="Repeats",
    better=Better.DOWN,
)
# Engines know no campaigns: they leave this one at 0, and `Measures.out_of_flight` moves the clicks here.
OUT_OF_FLIGHT_CLICKS: Final = Measure(
    "out_of_flight_clicks",
    Kind.CLICK,
    only=InvalidReason.OUT_OF_FLIGHT,
    meaning="invalid clicks, by the reason that decides: outside the flight of the campaign",
    label="Out of flight",
    better=Better.DOWN,
)

MEASURES: Final[Sequence[Measure]] = (
    IMPRESSIONS, PAGE_VIEWS, CLICKS, CONVERSIONS, QUALIFIED, DISQUALIFIED,
    SPEND, PAID_CLICKS, VALID_CLICKS, VALID_SPEND,
    INTERNAL_CLICKS, ROBOT_CLICKS, REPEAT_CLICKS, OUT_OF_FLIGHT_CLICKS,
)  # fmt: skip
"""All that is counted or summed. Only mergeable quantities are kept: a mean is a ratio, computed at the edge."""

INVALID_CLICKS: Final = Difference("invalid_clicks", "invalid clicks", CLICKS, VALID_CLICKS)

CTR: Final = Ratio(
    "ctr",
    CLICKS,
    IMPRESSIONS,
    meaning="click-through rate, IAB Glossary of Interactive Advertising Terms",
    label="CTR",
    title="Click-through rate",
)
CPC: Final = Ratio(
    "cpc",
    SPEND,
    CLICKS,
    meaning="cost per click, IAB glossary",
    label="CPC",
    title="Cost per click",
    better=Better.DOWN,
)
CPA: Final = Ratio(
    "cpa",
    SPEND,
    CONVERSIONS,
    meaning="cost per acquisition, IAB glossary; the acquisition is an application",
    label="Cost per conversion",
    better=Better.DOWN,
)
COST_PER_QUALIFIED: Final = Ratio(
    "cost_per_qualified",
    SPEND,
    QUALIFIED,
    meaning="the same, for applications that a recruiter marked as qualified",
    better=Better.DOWN,
)
APPLY_RATE: Final = Ratio(
    "apply_rate",
    CONVERSIONS,
    CLICKS,
    meaning="apply rate as used in recruitment advertising: applications per click on the ad",
)
QUALIFIED_RATE: Final = Ratio(
    "qualified_rate", QUALIFIED, CONVERSIONS, meaning="share of applications that a recruiter marked as qualified"
)
INVALID_RATE: Final = Ratio(
    "invalid_rate",
    INVALID_CLICKS,
    CLICKS,
    meaning="share of invalid traffic, MRC Invalid Traffic Detection and Filtration Guidelines",
    better=Better.DOWN,
)

RATIOS: Final[Sequence[Ratio]] = (CTR, CPC, CPA, COST_PER_QUALIFIED, APPLY_RATE, QUALIFIED_RATE, INVALID_RATE)
"""All ratios, in the order in which tables have them."""
FIGURES: Final[Sequence[Figure]] = (*MEASURES, *RATIOS)


def _funnel(after: Kind | None) -> Iterator[Measure]:
    for measure in MEASURES:
        if measure.is_step and measure.follows is after:
            yield measure
            yield from _funnel(measure.kind)


FUNNEL: Final[Sequence[Measure]] = tuple(_funnel(None))
"""All events of a kind, each step behind the one that it comes from: from an ad that is seen to an application."""
COUNTS: Final[Sequence[Measure]] = tuple(each for each in MEASURES if each.unit is Unit.EVENTS)
"""What can be added up whatever the currency."""
RATES: Final[Sequence[Ratio]] = tuple(each for each in RATIOS if each.unit is Unit.SHARE)
MONEY: Final[Sequence[Figure]] = tuple(each for each in FIGURES if each.unit is Unit.MONEY)
"""What has a currency."""
REASONS: Final[Sequence[Measure]] = tuple(each for each in MEASURES if isinstance(each.only, InvalidReason))
"""Invalid clicks, each under the reason that decides: together they are all of them."""
HEADLINE: Final[Sequence[Figure]] = tuple(
    figure for step in FUNNEL for figure in FIGURES if figure.kind is step.kind and figure.headline
)
"""What is shown first, wherever figures are shown: the counts of each step of the funnel, then its rates."""


def counterpart(measure: Measure, only: Filter | InvalidReason | None) -> Measure | None:
    """Return the measure that counts or sums the same over other events of the kind; None if there is none.

    >>> [counterpart(VALID_CLICKS, only).name for only in (None, InvalidReason.ROBOT)]
    ['clicks', 'robot_clicks']
    """
    wanted = (measure.kind, measure.quantity, only)
    return next((each for each in MEASURES if (each.kind, each.quantity, each.only) == wanted), None)


def if_valid(measure: Measure) -> Measure | None:
    """Return the measure without reasons that equals this one where every click is valid; None if it is 0 there.

    >>> if_valid(VALID_SPEND).name, if_valid(ROBOT_CLICKS)
    ('spend', None)
    """
    if measure.only is None or measure.only is Filter.PAID:
        return measure
    return counterpart(measure, None) if measure.only is Filter.VALID else None


def out_of_flight(measure: Measure) -> Sequence[Measure]:
    """Return the measures that add up to this one for a cell whose hour is not in the flight of its campaign.

    >>> [[each.name for each in out_of_flight(measure)] for measure in (VALID_CLICKS, OUT_OF_FLIGHT_CLICKS)]
    [[], ['out_of_flight_clicks', 'valid_clicks']]
    """
    if measure.only is Filter.VALID:
        return ()
    valid = counterpart(measure, Filter.VALID) if measure.only is InvalidReason.OUT_OF_FLIGHT else None
    return (measure, valid) if valid else (measure,)
