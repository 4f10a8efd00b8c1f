"""The budgets and flights of a simulated market: sized by what its traffic will spend, so that they tell stories."""

# ruff: noqa: PLR2004  (chances stand where they are thrown, and none of them guards a secret)

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Final

import attrs

from admetrics.domain.dimensions import Campaign
from admetrics.simulation.market import Ad, Market, Site

_IMPRESSIONS: Final = 0.75
"""Impressions per line of the log, less those of robots and of clicks without a job; hardly depends on the market."""
_DIGITS: Final = 3  # of a budget: people like round numbers
_CURRENCIES: Final = ("USD", "USD", "VND", "EUR")
_CLICKS: Final = "clicks"


@attrs.frozen
class _Story:
    """How a campaign is to stand at the end of the traffic.

    Args:
        flight: its length, relative to the days of traffic; None has no end.
        budget: relative to what would be spent in the flight at the pace of the traffic.
        unit: of the budget; empty is forgotten, None is any currency.
    """

    flight: float | None
    budget: float
    unit: str | None = None


_STORIES: Final = (
    _Story(2.0, 1.0),  # on pace
    _Story(3.0, 0.7),  # ahead
    _Story(2.5, 1.6),  # behind
    _Story(1.5, 0.5),  # overspent
    _Story(None, 4.0),  # always on
    _Story(0.8, 1.8),  # ended
    _Story(2.0, 1.0, _CLICKS),
    _Story(2.0, 1.3, ""),
)

Spending = Mapping[tuple[int, str], float]
"""What a day of traffic spends on a job, a group or a campaign, by its id and a unit."""


@attrs.frozen
class _Plan:
    """What is planned for a campaign.

    Args:
        story: how it is to stand.
        unit: of the budget; empty if it is forgotten.
        days: the length of its flight, or a time to plan with if it has no end.
    """

    story: _Story
    unit: str
    days: float

    def budget(self, spending: Spending, key: int, times: float) -> Decimal:
        """Return what the traffic spends on a job, a group or a campaign in the whole flight, some times."""
        return _round(spending.get((key, self.unit or _CURRENCIES[0]), 0) * self.days * times)


def with_budgets(place: Market, random: Random, *, first_day: date, days: int, events: int) -> Market:
    """Give the campaigns of a market flights and budgets, and their groups and some jobs budgets of their own.

    Args:
        place: the market.
        random: the only source of chance.
        first_day: the first day of the traffic.
        days: how many days the traffic takes.
        events: how many lines it has.
    """
    known, daily = place.dimensions, _daily(place, events * _IMPRESSIONS / days)
    plans = _plans(random, known.campaigns, days)
    by_campaign = _added_up(daily, {job.id: job.campaign for job in known.jobs})
    by_group = _added_up(daily, {job.id: job.group for job in known.jobs})
    campaigns = [_planned(each, plans[each.id], by_campaign, first_day) for each in known.campaigns]
    groups = [
        attrs.evolve(each, budget=plans[each.campaign or 0].budget(by_group, each.id, random.uniform(0.6, 1.4)))
        for each in known.groups
    ]
    jobs = [
        attrs.evolve(each, budget=plans[each.campaign or 0].budget(daily, each.id, random.uniform(0.4, 1.8)))
        if random.random() < 0.4
        else each
        for each in known.jobs
    ]
    campaigns.append(_next(campaigns[-1], first_day + timedelta(days=days + 7)))
    return attrs.evolve(place, dimensions=attrs.evolve(known, campaigns=campaigns, groups=groups, jobs=jobs))


def _plans(random: Random, campaigns: Sequence[Campaign], days: int) -> Mapping[int, _Plan]:
    stories = [_STORIES[number % len(_STORIES)] for number in range(len(campaigns))]
    random.shuffle(stories)
    return {
        campaign.id: _Plan(
            story, random.choice(_CURRENCIES) if story.unit is None else story.unit, days * (story.flight or 2.0)
        )
        for campaign, story in zip(campaigns, stories, strict=True)
    }


def _planned(campaign: Campaign, plan: _Plan, spending: Spending, first_day: date) -> Campaign:
    return attrs.evolve(
        campaign,
        budget_total=plan.budget(spending, campaign.id, plan.story.budget),
        unit_budget=plan.unit or None,
        start_date=first_day,
        end_date=first_day + timedelta(days=max(1, round(plan.days)) - 1) if plan.story.flight else None,
    )


def _next(last: Campaign, start: date) -> Campaign:
    """Return a campaign that has not begun, and has no jobs yet."""
    return attrs.evolve(
        last,
        id=last.id + 1,
        name="Next quarter",
        budget_total=Decimal(5000),
        unit_budget="USD",
        start_date=start,
        end_date=start + timedelta(days=89),
    )


def _daily(place: Market, impressions: float) -> Spending:
    """Compute what a day of so many impressions spends on each job, in each currency and in clicks."""
    found: defaultdict[tuple[int, str], float] = defaultdict(float)
    for site, reach, ads in zip(place.sites, _parts(place.site_weights), place.ads, strict=True):
        for ad, popularity in zip(ads, _parts(place.ad_weights), strict=True):
            if ad.campaign:
                clicks = impressions * reach * popularity * _chance(site, ad)
                found[ad.job, _CLICKS] += clicks
                found[ad.job, site.publisher.currency or ""] += clicks * (ad.bid or 0)
    return found


def _chance(site: Site, ad: Ad) -> float:
    return min(1.0, site.appeal * ad.appeal)


def _parts(cumulative: Sequence[float]) -> Iterator[float]:
    """Return the parts of the whole that cumulative weights stand for."""
    return ((high - low) / cumulative[-1] for low, high in pairwise([0, *cumulative]))


def _added_up(jobs: Spending, owners: Mapping[int, int | None]) -> Spending:
    found: defaultdict[tuple[int, str], float] = defaultdict(float)
    for (job, unit), amount in jobs.items():
        found[owners.get(job) or 0, unit] += amount
    return found


def _round(amount: float) -> Decimal:
    """Round to a few digits, and never to nothing."""
    whole = max(1, round(amount))
    return Decimal(round(whole, _DIGITS - len(str(whole))))
