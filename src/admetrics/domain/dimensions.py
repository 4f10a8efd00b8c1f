"""The dimensions: what the ids stand for."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum

import attrs

from admetrics.domain.reporting.axis import Axis
from admetrics.domain.rollup.row import Cell
from admetrics.domain.rules.bids import BidTerms
from admetrics.domain.rules.flight import Flight


@attrs.frozen
class Job:
    """A job ad; `company` reaches table `events`."""

    id: int
    company: int | None = None
    campaign: int | None = None
    group: int | None = None
    title: str | None = None
    budget: Decimal | None = None


@attrs.frozen
class Campaign:
    """A campaign of a company: its budget, in `unit_budget`, and its flight (both dates included).

    The flight decides which clicks are valid.
    """

    id: int
    company: int | None = None
    name: str | None = None
    budget_total: Decimal | None = None
    unit_budget: str | None = None
    start_date: date | None = None
    end_date: date | None = None

    @property
    def flight(self) -> Flight:
        """The days on which it runs."""
        return Flight(self.start_date, self.end_date)


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

    @property
    def terms(self) -> BidTerms:
        """The bids that it takes."""
        return BidTerms(self.cpc_increment, self.min_bid, self.max_bid)


@attrs.frozen
class Dimensions:
    """Some rows of each dimension table; within a table, the last row of an id wins."""

    jobs: Sequence[Job] = ()
    campaigns: Sequence[Campaign] = ()
    groups: Sequence[Group] = ()
    companies: Sequence[Company] = ()
    publishers: Sequence[Publisher] = ()

    def named(self, axis: Axis) -> Sequence[Campaign | Group | Company | Publisher]:
        """Return the rows of an axis other than jobs, which have titles, and hours."""
        tables: Mapping[Axis, Sequence[Campaign | Group | Company | Publisher]] = {
            Axis.COMPANY: self.companies,
            Axis.CAMPAIGN: self.campaigns,
            Axis.GROUP: self.groups,
            Axis.PUBLISHER: self.publishers,
        }
        return tables[axis]

    def names(self, axis: Axis) -> Mapping[int | None, str | None]:
        """Return what the ids of an axis are called, of jobs their titles."""
        if axis is Axis.JOB:
            return {job.id: job.title for job in self.jobs}
        return {row.id: row.name for row in self.named(axis)}


class Subject(Enum):
    """What the rows of table `events` depend on, beside the events themselves."""

    JOB = "job"
    """Whose company is column `company_id`."""
    CAMPAIGN = "campaign"
    """Whose flight decides which clicks are valid."""


@attrs.frozen(order=True)
class DimensionChange:
    """A job whose company changed, or a campaign whose flight did."""

    subject: Subject = attrs.field(order=lambda subject: subject.value)
    id: int


def subjects_of(cell: Cell) -> frozenset[DimensionChange]:
    """Return what the row of a cell depends on."""
    return frozenset({DimensionChange(Subject.JOB, cell.job), DimensionChange(Subject.CAMPAIGN, cell.campaign)})
