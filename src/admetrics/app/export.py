"""Export: the tables as their readers see them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

import attrs

from admetrics.domain.dimensions import Dimensions, Publisher
from admetrics.domain.events.event import Interaction
from admetrics.domain.events.kind import Kind
from admetrics.domain.reporting import hourly_table as table
from admetrics.domain.rollup.minutes import ALL_MINUTES, with_those_before
from admetrics.domain.rules.bids import NO_TERMS
from admetrics.domain.rules.currency import Currency
from admetrics.domain.rules.flight import ALWAYS, Flight
from admetrics.domain.rules.repeats import repeats_among
from admetrics.domain.rules.validity import InvalidReason, reasons_of
from admetrics.domain.times import Period, hour_of
from admetrics.ports.lake import Lake
from admetrics.ports.warehouse import Warehouse

Table = tuple[Sequence[str], Iterable[Sequence[object]]]
"""The names of the columns, and rows of values."""

CLICK_COLUMNS: Final = (
    "click_id", "event_time", "job_id", "publisher_id", "company_id", "campaign_id", "group_id",
    "bid", "cost", "currency", "valid", "reason", "reasons",
)  # fmt: skip


def events_table(warehouse: Warehouse, period: Period) -> Table:
    """Return table `events` of a period, sorted by key; rows of nothing but zeros are left out."""
    return table.COLUMNS, (table.values(stored) for stored in warehouse.rows(period) if stored.row.measures)


def accounting_table(lake: Lake, period: Period) -> Table:
    """Return the accounting of a period, computed from the lake now."""
    return ("event_hour", "outcome", "events"), (attrs.astuple(outcome) for outcome in lake.outcomes(period))


def clicks_table(lake: Lake, known: Dimensions, period: Period, *, repeat_window: timedelta) -> Table:
    """Return every click with a job of a period, by time, each with all reasons against it: what an invoice rests on.

    Args:
        lake: holds the clicks.
        known: the dimensions, for companies, flights, currencies and the terms of publishers.
        period: which clicks.
        repeat_window: how long after a click another of the same visitor on the same job is a repeat.
    """
    return CLICK_COLUMNS, _clicks(lake, _Names(known), period, repeat_window)


class _Names:
    """What the dimensions say of a click, by id."""

    def __init__(self, known: Dimensions) -> None:
        self.companies: Mapping[int, int | None] = {job.id: job.company for job in known.jobs}
        self.flights: Mapping[int, Flight] = {campaign.id: campaign.flight for campaign in known.campaigns}
        self.publishers: Mapping[int, Publisher] = {publisher.id: publisher for publisher in known.publishers}


def _clicks(lake: Lake, names: _Names, period: Period, repeat_window: timedelta) -> Iterator[Sequence[object]]:
    for hour in lake.hours(Period(hour_of(period.start), period.end)):
        minutes = with_those_before({hour: ALL_MINUTES}, repeat_window)
        found = [each for each in lake.scan(minutes) if each.kind is Kind.CLICK and each.job]
        repeats = repeats_among(found, window=repeat_window)
        chosen = (click for click in found if hour_of(click.time) == hour and click.time in period)
        for click in sorted(chosen, key=lambda click: (click.time, click.id)):
            in_flight = click.time in names.flights.get(click.campaign, ALWAYS)
            yield _row(click, reasons_of(click.marks, repeat=click.id in repeats, in_flight=in_flight), names)


def _row(click: Interaction, reasons: Sequence[InvalidReason], names: _Names) -> Sequence[object]:
    publisher = names.publishers.get(click.publisher)
    terms = publisher.terms if publisher else NO_TERMS
    return (
        click.id,
        click.time,
        click.job,
        click.publisher,
        names.companies.get(click.job),
        click.campaign,
        click.group,
        click.bid,
        f"{terms.cost(click.bid).normalize():f}",
        str(Currency.of(click.publisher, publisher.currency if publisher else None)),
        int(not reasons),
        reasons[0].value if reasons else None,
        " ".join(reason.value for reason in reasons) or None,
    )
