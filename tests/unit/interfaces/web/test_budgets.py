"""Budgets on the live page: its filters choose them, they lead to their figures, and are looked at once a minute."""

import re
from datetime import date, timedelta
from decimal import Decimal

import attrs
import pytest

from admetrics.domain.dimensions import Campaign, Dimensions, Group, Job
from admetrics.domain.reporting.query import ReportQuery
from tests.unit.interfaces.web.conftest import row

FLIGHT = (date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture(autouse=True)
def _budgets(site, clock):
    """Campaign 4 of company 1, with a group and a job, and campaign 5 of company 2."""
    site.dimensions.put(
        Dimensions(
            jobs=[Job(7, 1, 4, 3, "Driver", Decimal(5))],
            campaigns=[
                Campaign(4, 1, "Spring", Decimal(1000), "USD", *FLIGHT),
                Campaign(5, 2, "Summer", Decimal(9), "clicks", *FLIGHT),
            ],
            groups=[Group(3, 4, "Nights", Decimal(50))],
        )
    )
    clock.advance(timedelta(minutes=1))  # names are kept for a minute


def names(text: str) -> list[str]:
    """Return whose budgets are shown, by level, most urgent first."""
    [section] = re.findall(r'<section class="budgets">(.*?)</section>', text, re.DOTALL) or [""]
    return re.findall(r"<bdi>([^<]+)</bdi>", section)


@pytest.mark.parametrize(
    "query, shown",
    [
        ("", ["Spring (4)", "Summer (5)", "Nights (3)", "Driver (7)"]),
        ("company=1", ["Spring (4)", "Nights (3)", "Driver (7)"]),
        ("company=2", ["Summer (5)"]),
        ("company=none", []),
        ("campaign=4", ["Spring (4)", "Nights (3)", "Driver (7)"]),
        ("campaign=5&publisher=2", ["Summer (5)"]),
        ("group=3", ["Nights (3)", "Driver (7)"]),
        ("job=7", ["Driver (7)"]),
        ("from=2026-01-01&to=2026-01-02", ["Spring (4)", "Summer (5)", "Nights (3)", "Driver (7)"]),
    ],
)
def test_the_filters_choose_budgets(site, query, shown):
    assert sorted(names(site.get(f"/?{query}").text)) == sorted(shown)


def test_a_budget_leads_to_its_own_figures(site):
    text = site.get("/?company=1").text
    assert '<a href="?last=7d&amp;by=job&amp;company=1&amp;campaign=4"><bdi>Spring (4)</bdi></a>' in text
    assert '<a href="?last=7d&amp;by=publisher&amp;company=1&amp;job=7"><bdi>Driver (7)</bdi></a>' in text
    assert '<th scope="row"><bdi>Driver (7)</bdi></th>' in site.get("/?job=7").text


def test_a_filter_changes_nothing_of_what_was_spent(site):
    """The publisher of the row is another one, and the period is one without figures."""
    for query in ("", "campaign=4", "publisher=2&campaign=4", "from=2026-01-01&to=2026-01-02"):
        text = site.get(f"/?{query}").text
        assert 'aria-label="0.50% spent, ' in text
        assert "behind</span>" in text


def test_budgets_are_read_once_a_minute_however_often_figures_change(site, clock, monkeypatch):
    asked = []
    totals = site.warehouse.totals

    def counted(period, by, *where):
        asked.append(len(by))
        return totals(period, by, *where)

    reader = attrs.evolve(site.reader)
    monkeypatch.setattr(site.warehouse, "totals", counted)
    for version in range(2, 12):
        site.warehouse.upsert([row(7, 1, version=version, valid_spend=5 + version)])
        reader.answer(ReportQuery())
    assert asked.count(4) == 1  # publisher, campaign, group, job
    clock.advance(timedelta(minutes=1))
    [campaign, *_] = reader.answer(ReportQuery()).report.budgets
    assert asked.count(4) == 2
    assert campaign.spent == 16


def test_budgets_that_take_long_are_read_less_often(site, clock, monkeypatch):
    """Twenty times as long as it took: a large warehouse is not asked all the time."""
    asked = []
    totals = site.warehouse.totals

    def slow(period, by, *where):
        if len(by) == 4:
            asked.append(clock.advance(timedelta(seconds=10)))
        return totals(period, by, *where)

    reader = attrs.evolve(site.reader)
    monkeypatch.setattr(site.warehouse, "totals", slow)
    for _ in range(199):
        reader.answer(ReportQuery())
        clock.advance(timedelta(seconds=1))
    assert len(asked) == 1
    clock.advance(timedelta(seconds=1))
    reader.answer(ReportQuery())
    assert len(asked) == 2
