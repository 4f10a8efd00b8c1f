"""The dimensions: what the ids stand for."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import attrs


@attrs.frozen
class Job:
    """A job ad; only `company` reaches table `events`."""

    id: int
    company: int | None = None
    campaign: int | None = None
    group: int | None = None
    title: str | None = None
    budget: Decimal | None = None


@attrs.frozen
class Campaign:
    """A campaign of a company: its budget, in `unit_budget`, and its flight (both dates included)."""

    id: int
    company: int | None = None
    name: str | None = None
    budget_total: Decimal | None = None
    unit_budget: str | None = None
    start_date: date | None = None
    end_date: date | None = None


@attrs.frozen
class Group:
    """A group of jobs within a campaign."""

    id: int
    campaign: int | None = None
    name: str | None = None
    budget: Decimal | None = None


@attrs.frozen
class Company:
    """An employer."""

    id: int
    name: str | None = None


@attrs.frozen
class Publisher:
    """A site that shows the ads, with its currency: amounts of different currencies are never added up."""

    id: int
    name: str | None = None
    currency: str | None = None
    time_zone: str | None = None
    cpc_increment: Decimal | None = None
    min_bid: Decimal | None = None
    max_bid: Decimal | None = None


@attrs.frozen
class Dimensions:
    """Some rows of each dimension table; within a table, the last row of an id wins."""

    jobs: Sequence[Job] = ()
    campaigns: Sequence[Campaign] = ()
    groups: Sequence[Group] = ()
    companies: Sequence[Company] = ()
    publishers: Sequence[Publisher] = ()
