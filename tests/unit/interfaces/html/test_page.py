"""The page, in a real browser: complete without a network, quiet, readable, and deaf to what names would like to do."""

import re
from itertools import pairwise

import attrs
import pytest

from admetrics.domain.dimensions import Company, Dimensions, Publisher
from admetrics.domain.metrics.measures import Measures, kpis
from admetrics.domain.reporting.axis import Axis
from admetrics.domain.reporting.figures import Figures
from admetrics.domain.reporting.formatting import amount, count, percent
from admetrics.domain.rules.currency import Currency
from tests.browser import CONTRAST

HOSTILE = (
    "<script>document.title = 'taken over'</script>",
    "<img src=x onerror=\"document.title = 'taken over'\">",
    '"><svg onload="document.title = 1">',
    "</script><script>document.title = 'taken over'</script>",
    "</style><style>body { display: none }</style>",
    "{{constructor.constructor('alert(1)')()}}",
    "<!-- \u2028 \u202e evil",
    "x" * 3000,
)


def column(page, title: str) -> list[str]:
    """Return the cells of a column of the breakdown, from top to bottom."""
    return page.evaluate(
        """(title) => {
          const table = document.getElementById("breakdown");
          const index = [...table.tHead.rows[0].cells].findIndex((cell) => cell.textContent === title);
          return [...table.tBodies[0].rows].map((row) => row.cells[index].textContent);
        }""",
        title,
    )


def test_the_page_asks_for_nothing_and_complains_about_nothing(opened):
    opened.draw("hours")
    assert opened.requests == [opened.url]
    assert opened.complaints == []


def test_the_policy_allows_the_page_s_own_scripts_and_nothing_else(html):
    text = html.decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    assert policy[1].startswith("default-src &#x27;none&#x27;;")
    assert "unsafe" not in policy[1]
    assert "http" not in policy[1]
    assert not re.search(r"<[^>]+ (?:on\w+|style)=", text[: text.index("<script")])


def test_an_injected_script_would_not_run(show, html):
    attack = b"<script>document.title = 'taken over'</script><img src=x onerror=\"document.title = 'taken over'\">"
    opened = show(html.replace(b"<main>", b"<main>" + attack))
    assert opened.page.title() == "Job advertising report"
    assert any("Content Security Policy" in complaint for complaint in opened.complaints)


def test_there_is_one_copy_of_the_chart_library(html):
    assert html.count(b"window.vegaEmbed") == 2  # where it is defined, and where it is used
    assert len(html) < 1_500_000


@pytest.mark.parametrize("grain", ["hours", "days"])
def test_every_chart_is_drawn(opened, market, grain):
    opened.draw(grain)
    charts = opened.page.query_selector_all(".plot")
    assert len(charts) == 3 + len(market.report().currencies) + 2
    for chart in charts:
        svg = chart.query_selector("svg")
        assert svg is not None
        assert svg.query_selector_all("g.mark-rect > path, g.mark-area path")
        box = svg.bounding_box()
        assert box is not None
        assert box["width"] > 200


def test_every_chart_has_words_for_those_who_do_not_see_it(opened, market):
    words = opened.page.evaluate("[...document.querySelectorAll('.plot')].map((p) => p.parentElement.ariaLabel)")
    assert any(f"{count(market.report().figures.counts.clicks)} in all" in text for text in words)
    assert all(len(text) > 40 for text in words)


def test_days_are_bars_and_hours_are_areas(opened, market):
    clicks = opened.page.locator("[data-chart=clicks]")
    assert clicks.locator("g.mark-rect > path").count() == len(market.report().days)
    opened.draw("hours")
    assert clicks.locator("g.mark-area path").count() == 1
    opened.draw("days")
    assert clicks.locator("g.mark-rect > path").count() == len(market.report().days)


def test_a_bar_tells_its_figure(opened, market):
    opened.page.locator("[data-chart=clicks] g.mark-rect > path").nth(2).hover()
    opened.page.wait_for_selector("#vg-tooltip-element.visible")
    text = opened.page.inner_text("#vg-tooltip-element")
    assert count(market.report().days[2].figures.counts.clicks) in text


def test_the_headline_shows_the_figures(opened, market):
    shown = market.report()
    text = opened.page.inner_text("main")
    now = shown.figures.counts
    for written in (count(now.impressions), count(now.clicks), percent(now.ctr), percent(now.apply_rate)):
        assert written in text
    for currency in shown.currencies:
        measures = shown.figures.measures(currency)
        assert amount(measures.spend, currency) in text
        assert amount(kpis(measures).cpc) in text


def test_net_figures_stand_beside_the_gross_ones(opened, market):
    shown = market.report()
    now = shown.figures.counts
    assert now.valid_clicks < now.clicks
    [tile] = opened.page.locator(".headline .tile", has_text="Valid clicks").all_inner_texts()
    assert count(now.valid_clicks) in tile.split()
    assert f"{percent(now.invalid_rate)} are invalid" in tile
    cards = opened.page.locator(".money > li").all_inner_texts()
    for currency, card in zip(shown.currencies, cards, strict=True):
        assert f"{amount(shown.figures.measures(currency).valid_spend, currency)} for valid clicks" in card.splitlines()
    rates = [percent(entry.figures.counts.invalid_rate) for entry in shown.entries if entry.figures]
    assert sorted(column(opened.page, "Invalid rate")) == sorted(rates)


def test_invalid_clicks_are_listed_by_reason(opened, market):
    now = market.report().figures.counts
    table = opened.page.get_by_role("region", name="Invalid clicks").locator("tr")
    listed = [text.split("\t")[1] for text in table.all_inner_texts()[1:]]
    numbers = [now.internal_clicks, now.robot_clicks, now.repeat_clicks, now.out_of_flight_clicks]
    assert listed == [count(each) for each in [*numbers, sum(numbers)]]
    assert now.robot_clicks > 0
    assert now.repeat_clicks > 0


def test_hostile_names_are_shown_as_text(show, html_of, market):
    companies = tuple(Company(number, name) for number, name in enumerate(HOSTILE, start=1))
    known = attrs.evolve(market.dimensions, companies=companies)
    opened = show(html_of(market.report(known=known)))
    names = opened.page.locator("#breakdown tbody th").all_inner_texts()
    for name in HOSTILE[:6]:
        assert name in names
    assert all(len(name) <= 130 for name in names)
    assert not any("\u202e" in name for name in names)
    assert opened.page.title() == "Job advertising report"
    assert opened.complaints == []
    assert opened.requests == [opened.url]
    assert opened.page.locator("main img, main script, main style").count() == 0


def test_lines_of_one_name_carry_their_numbers(html_of, market):
    companies = tuple(Company(number, "Acme") for number in range(1, 9))
    known = attrs.evolve(market.dimensions, companies=companies)
    assert "<bdi>Acme (1)</bdi>" in html_of(market.report(known=known)).decode()


def test_hostile_currencies_are_shown_as_text(show, html_of, market):
    publishers = tuple(Publisher(number, "Lotus", HOSTILE[number]) for number in range(1, 7))
    known = Dimensions(market.dimensions.jobs, publishers=publishers)
    opened = show(html_of(market.report(Axis.PUBLISHER, known=known)))
    assert opened.page.title() == "Job advertising report"
    assert opened.complaints == []


def test_a_click_on_a_head_sorts_and_another_one_turns_the_order(opened, market):
    page = opened.page
    head = page.locator("#breakdown thead th", has_text="CTR")
    rates = {percent(entry.figures.counts.ctr): entry.figures.counts.ctr or -1 for entry in market.report().entries}
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    shown = [rates[text] for text in column(page, "CTR")]
    assert shown == sorted(shown, reverse=True)
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    shown = [rates[text] for text in column(page, "CTR")]
    assert shown == sorted(shown)
    assert page.locator("#breakdown thead th[aria-sort]").count() == 1
    page.locator("#breakdown thead th", has_text="Company").locator("button").click()
    names = column(page, "Company")
    assert names == page.evaluate("(names) => [...names].sort((a, b) => a.localeCompare(b))", names)


def test_cells_without_data_stay_last_either_way(show, html_of, market):
    opened = show(html_of(market.report(Axis.JOB)))
    page = opened.page
    button = page.locator("#breakdown thead th", has_text="Qualified rate").locator("button")
    for _ in range(2):
        button.click()
        empty = [text == "\u2013" for text in column(page, "Qualified rate")]
        assert any(empty)
        assert empty == sorted(empty)


def test_money_is_shown_in_one_currency_at_a_time(opened, market):
    page = opened.page
    for index, currency in enumerate(market.report().currencies):
        page.select_option("#currency", str(index))
        heads = [text for text in page.locator("#breakdown thead th:visible").all_inner_texts() if "Spend" in text]
        assert heads == [f"Spend {currency}"]
        foot = page.locator("#breakdown tfoot tr").last.locator("td:visible").all_inner_texts()
        assert amount(market.report().figures.measures(currency).spend) in foot


def test_the_best_and_the_worst_are_shown_in_one_currency_at_a_time(opened, market):
    page, shown = opened.page, market.report()
    assert shown.rankings
    for index, currency in enumerate(shown.currencies):
        page.select_option("#currency", str(index))
        rankings = [ranking for ranking in shown.rankings if ranking.currency == currency]
        expected = [
            ("Best" if half is ranking.best else "Worst", ranking.by, half)
            for ranking in rankings
            for half in (ranking.best, ranking.worst)
        ]
        tables = page.locator("table:has(caption:text-matches('^(Best|Worst) '))").locator("visible=true").all()
        for table, (word, by, lines) in zip(tables, expected, strict=True):
            assert table.locator("caption").inner_text() == f"{word} {by}s"
            rows = [row.split("\t")[1:] for row in table.locator("tbody tr").all_inner_texts()]
            assert rows == [
                [
                    amount(kpis(line.measures).cost_per_qualified), count(line.measures.qualified),
                    count(line.measures.clicks), amount(line.measures.spend),
                ]
                for line in lines
            ]  # fmt: skip


def test_a_name_can_be_found(opened, market):
    page = opened.page
    page.fill("#find", "blue HERON")
    assert page.locator("#breakdown tbody tr:visible").count() == 1
    page.fill("#find", "")
    assert page.locator("#breakdown tbody tr:visible").count() == len(market.report().entries)


def test_a_long_breakdown_is_cut_and_the_rest_summed_up(show, html_of, market):
    shown = market.report(Axis.JOB)
    page = show(html_of(shown)).page
    assert page.locator("#breakdown tbody tr").count() == 200
    feet = page.locator("#breakdown tfoot tr")
    assert feet.count() == 2
    clicks = [int(text.replace(",", "")) for text in column(page, "Clicks")]
    others = int(feet.first.locator("td").nth(1).inner_text().replace(",", ""))
    assert sum(clicks) + others == shown.figures.counts.clicks


def test_text_stands_out_from_its_ground_in_either_scheme(opened):
    grounds = set()
    for scheme in ("dark", "light"):
        opened.page.emulate_media(color_scheme=scheme)
        ratio, element = opened.page.evaluate(CONTRAST)
        assert ratio >= 4.5, (scheme, element)  # WCAG 2.2, success criterion 1.4.3
        grounds.add(opened.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(grounds) == 2


def test_the_page_has_what_screen_readers_go_by(opened):
    page = opened.page
    assert page.get_attribute("html", "lang") == "en"
    assert page.title()
    assert page.locator("h1").count() == 1
    assert page.locator("main, header, footer").count() == 3
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map((each) => Number(each.tagName[1]))")
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.locator("main table").count() == page.locator("main table > caption").count() > 4
    assert page.locator("thead th:not([scope=col]), tbody th:not([scope=row])").count() == 0
    unnamed = "[role=img]:not([aria-label]), [role=region]:not([aria-label])"
    assert page.locator(unnamed).count() == 0
    controls = page.evaluate("[...document.querySelectorAll('input, select')].map((each) => each.labels.length)")
    assert controls
    assert all(controls)
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id).filter(Boolean)")
    assert len([each for each in ids if not each.startswith("gradient")]) == len(set(ids))


def test_the_page_fits_a_phone(show, html):
    page = show(html, viewport={"width": 360, "height": 740}).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_scripts_all_figures_are_there(show, browser, html, tmp_path, market):
    file = tmp_path / "still.html"
    file.write_bytes(html)
    context = browser.new_context(offline=True, java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(file.as_uri())
        heads = page.locator("#breakdown thead th:visible").all_inner_texts()
        for currency in market.report().currencies:
            assert f"Spend {currency}" in heads
        assert "need JavaScript" in page.inner_text("header")
    finally:
        context.close()


def test_data_health_names_dead_letters_and_the_accounting(opened, market):
    text = opened.page.inner_text("main")
    assert "every counted event of the period has reached the warehouse" in text
    assert "the line is not JSON" in text
    assert count(sum(market.dead_letters.count().values())) in text
    assert "other: alive, not counted" in text
    assert "click without a job, not counted" in text


def test_what_the_warehouse_lacks_is_told(show, html_of, market):
    shown = market.report()
    behind = attrs.evolve(shown, health=attrs.evolve(shown.health, missing={"click": 7, "page_view": -1}))
    assert "click +7, page view -1; a roll-up or a load is pending" in show(html_of(behind)).page.inner_text("main")


def test_without_figures_the_page_says_so_and_is_still_a_page(show, html_of, market):
    nothing = attrs.evolve(market.report(), figures=Figures(), before=Figures(), days=(), hours=(), entries=())
    opened = show(html_of(nothing))
    text = opened.page.inner_text("body")
    assert "There are no figures in this period" in text
    assert "Data health" in text
    assert opened.complaints == []
    assert opened.page.locator(".plot").count() == 0


def test_what_cannot_be_computed_is_no_data_and_not_zero(show, html_of, market):
    figures = Figures({Currency("USD"): Measures(impressions=5)})
    seen = attrs.evolve(market.report(), figures=figures, before=Figures(), rankings=())
    text = show(html_of(seen)).page.inner_text(".headline")
    assert text.count("no data") == 2  # apply rate, qualified rate
    assert "no figure before" in text
