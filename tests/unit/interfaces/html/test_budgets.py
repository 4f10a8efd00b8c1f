"""The budgets on the page: bars that are as long as they say, statuses in words, and nothing if there are none."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import attrs
import pytest

from admetrics.domain.dimensions import Dimensions
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.reporting.budgets import Budget, Level, Status, use_of
from admetrics.domain.reporting.figures import Figures
from admetrics.domain.rules.budget_unit import rule_of
from admetrics.domain.rules.currency import Currency
from admetrics.domain.rules.flight import Flight
from admetrics.interfaces.html.budgets import budgets
from tests.unit.interfaces.html.test_page import HOSTILE

FLIGHT = Flight(date(2026, 3, 1), date(2026, 3, 10))
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
"""35% of the flight."""


def use(spent: int, *, number: int = 1, level: Level = Level.CAMPAIGN, unit="USD", flight=FLIGHT, name="Spring"):
    budget = Budget(level=level, id=number, name=name, total=Decimal(1000), rule=rule_of(unit), flight=flight)
    figures = Figures(
        {
            Currency("USD"): Measures(valid_spend=spent, valid_clicks=spent),
            Currency("VND"): Measures(valid_spend=70_000),
        }
    )
    return use_of(budget, figures, NOW)


def rectangle(html: str, name: str) -> tuple[float, float] | None:
    """Return where a part of the bar starts and how wide it is."""
    found = re.search(rf'<rect class="{name}" x="([-\d.]+)" y="0" width="([\d.]+)"', html)
    return (float(found[1]), float(found[2])) if found else None


@pytest.mark.parametrize(
    "spent, spent_part, over", [(0, 0, None), (400, 40, None), (1000, 100, None), (1100, 100, 10), (9000, 100, 25)]
)
def test_a_bar_is_as_long_as_the_share_and_the_mark_is_where_it_should_be(spent, spent_part, over):
    """The whole budget is 100 wide; what is beyond a quarter more is cut off."""
    html = budgets([use(spent)])
    assert html is not None
    assert rectangle(html, "spent") == (0, spent_part)
    assert rectangle(html, "over") == (None if over is None else (100, over))
    assert rectangle(html, "due") == (34, 2)
    assert f'aria-label="{spent / 1000:.2%} spent, 35.00% expected"' in html


@pytest.mark.parametrize(
    "shown, status, label",
    [
        (use(400), Status.AHEAD, "40.00% spent, 35.00% expected"),
        (use(400, flight=Flight(FLIGHT.first)), Status.UNKNOWN, "40.00% spent, no data expected"),
        (use(400, unit="gold"), Status.UNKNOWN_UNIT, "no data spent, 35.00% expected"),
        (use(2000), Status.OVERSPENT, "200.00% spent, 35.00% expected"),
    ],
)
def test_a_status_is_told_in_words(shown, status, label):
    html = budgets([shown]) or ""
    assert f">{status.value}</span>" in html
    assert f'aria-label="{label}"' in html
    assert ('class="due"' in html) == ("no data expected" not in label)


def test_what_is_not_counted_stands_beside_the_budget():
    assert "<div>VND 70,000</div>" in (budgets([use(400)]) or "")
    of_clicks = budgets([use(400, unit="clicks")]) or ""
    assert "<div>USD 400</div><div>VND 70,000</div>" in of_clicks
    assert "<td>clicks</td>" in of_clicks


def test_the_most_urgent_stands_first_and_a_long_list_is_cut():
    html = budgets([use(350, number=number) for number in range(1, 60)] + [use(1500, number=99)]) or ""
    rows = re.findall(r"<bdi>Spring \((\d+)\)</bdi>", html)
    assert rows == ["99", *map(str, range(1, 50))]
    assert "the 50 most urgent of 60" in html


def test_groups_and_jobs_can_be_opened_below_the_campaigns():
    html = budgets([use(1, level=level) for level in (Level.JOB, Level.CAMPAIGN, Level.GROUP)]) or ""
    assert re.findall(r"<caption>Budgets of (\w+)", html) == ["campaigns", "groups", "jobs"]
    assert re.findall(r"<summary>Budgets of 1 (\w+)", html) == ["groups", "jobs"]


def test_without_budgets_there_is_no_section(html_of, market):
    assert budgets([]) is None
    assert b"<h2>Budgets</h2>" not in html_of(market.report(known=Dimensions()))
    assert b"<h2>Budgets</h2>" in html_of(market.report())


def test_budgets_are_shown_where_the_period_has_no_figures(html_of, market):
    nothing = attrs.evolve(market.report(), figures=Figures(), before=Figures(), days=(), hours=(), entries=())
    assert b"<h2>Budgets</h2>" in html_of(nothing)


def test_hostile_names_and_units_are_shown_as_text(show, html_of, market):
    uses = [use(400, number=number, name=text, unit=text) for number, text in enumerate(HOSTILE, start=1)]
    opened = show(html_of(attrs.evolve(market.report(), budgets=uses)))
    assert opened.page.title() == "Job advertising report"
    assert opened.complaints == []
    assert opened.page.locator(".budgets tbody tr").count() == len(HOSTILE)
    assert opened.page.locator(".budgets script, .budgets img").count() == 0


def test_a_bar_is_drawn_without_an_inline_style(opened):
    """The page's policy forbids those: widths are attributes of the drawing."""
    widths = opened.page.evaluate(
        "[...document.querySelectorAll('.bar')].map((bar) => bar.getBoundingClientRect().width)"
    )
    assert widths
    assert max(widths) == 140
