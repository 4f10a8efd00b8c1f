"""The upper part of the page: the headline figures, what was spent, and how it went over time."""

from datetime import datetime
from zoneinfo import ZoneInfo

from admetrics.domain.metrics.catalog import HEADLINE, INVALID_RATE, MONEY, SPEND, VALID_CLICKS, VALID_SPEND
from admetrics.domain.metrics.entries import Figure, Ratio
from admetrics.domain.metrics.measures import Counts, Measures
from admetrics.domain.reporting.figures import change
from admetrics.domain.reporting.formatting import NO_DATA, amount, count, growth, unit, written
from admetrics.domain.reporting.report import Report
from admetrics.domain.rules.currency import Currency
from admetrics.interfaces.html import chart_data
from admetrics.interfaces.html.markup import Markup, tag


def header(report: Report) -> Markup:
    """Say what the page is about."""
    zone = ZoneInfo(report.zone)
    start, end = moment(report.period.start, zone), moment(report.period.end, zone)
    before = moment(report.period_before.start, zone)
    return tag(
        "header",
        tag("h1", "Job advertising report"),
        tag("p", start, " to ", end, " (", report.zone, ")", class_="strong"),
        tag(
            "p",
            f"Changes are relative to the period before, which begins on {before}. "
            f"Written on {moment(report.made, zone)}.",
            ""
            if report.whole_hours
            else f" {report.zone} is not whole hours from UTC: an hour of UTC counts to the day in which it starts.",
            class_="muted",
        ),
        tag("noscript", tag("p", "Charts and sorting need JavaScript; all figures are in the tables.", class_="note")),
    )


def moment(time: datetime, zone: ZoneInfo) -> str:
    """Write a time for people, in a zone."""
    return f"{time.astimezone(zone):%-d %b %Y, %H:%M}"


def headline(report: Report) -> Markup:
    """Show the figures that do not depend on a currency."""
    now, before = report.figures.counts, report.before.counts
    return tag(
        "section",
        tag("h2", "Headline figures", class_="hidden-text"),
        tag("ul", *(_tile(each, now, before) for each in HEADLINE if each is not INVALID_RATE), class_="tiles"),
        class_="headline",
    )


def _tile(figure: Figure, now: Counts, before: Counts) -> Markup:
    value = written(figure, now, NO_DATA)
    invalid = figure is VALID_CLICKS and INVALID_RATE.of(now) is not None
    return tag(
        "li",
        tag("span", figure.title, class_="label"),
        tag("span", value, class_="value empty" if value == NO_DATA else "value"),
        _change(figure, now, before),
        tag("span", f"{written(INVALID_RATE, now)} are invalid", class_="net") if invalid else None,
        class_="card tile",
    )


def _change(figure: Figure, now: object, before: object) -> Markup:
    """Show a change: an arrow, a sign and a colour that tells whether it is good news."""
    grown = change(figure.of(now), figure.of(before))
    if grown is None:
        return tag("span", "no figure before", class_="change")
    arrow = "\N{BLACK UP-POINTING TRIANGLE}" if grown > 0 else "\N{BLACK DOWN-POINTING TRIANGLE}" if grown < 0 else "="
    gain = grown * figure.better
    news = "" if not gain else " good" if gain > 0 else " bad"
    return tag("span", tag("span", arrow, aria_hidden="true"), f" {growth(grown)}", class_=f"change{news}")


def money(report: Report) -> Markup:
    """Show what was spent in each currency; amounts of different currencies are never added up."""
    cards = [_spent(report, currency) for currency in report.currencies]
    nothing = tag("p", "Nothing was spent in this period or the one before.", class_="card")
    unknown = any(not currency.code for currency in report.currencies)
    return tag(
        "section",
        tag("h2", "Spend"),
        tag("ul", *cards, class_="money") if cards else nothing,
        tag("p", _WHY_UNKNOWN, class_="note") if unknown else None,
    )


_WHY_UNKNOWN = (
    "A currency is unknown where the publisher is not in master_publisher or has none there. Such amounts are kept "
    "apart, also from each other. Import the publishers to name their currencies."
)


def _spent(report: Report, currency: Currency) -> Markup:
    now, before = report.figures.measures(currency), report.before.measures(currency)
    return tag(
        "li",
        tag("span", f"{SPEND.label}, {unit(currency)}", class_="label muted"),
        tag("span", amount(SPEND.of(now), currency), class_="value"),
        _change(SPEND, now, before),
        tag("span", f"{amount(VALID_SPEND.of(now), currency)} for valid clicks", class_="net"),
        tag("dl", *(_cost(each, now, before) for each in MONEY if isinstance(each, Ratio)), class_="costs"),
        class_="card tile",
    )


def _cost(figure: Ratio, now: Measures, before: Measures) -> Markup:
    label = figure.title.removeprefix("Cost ")
    return tag("div", tag("dt", label), tag("dd", written(figure, now, NO_DATA), _change(figure, now, before)))


def trends(report: Report) -> Markup:
    """Show how it went over time."""
    days = chart_data.days(report)
    hours = _radio("hours", "hour") if report.hours else None
    controls = tag("fieldset", tag("legend", "Show by"), _radio("days", "day", checked=True), hours)
    return tag(
        "section",
        tag(
            "div",
            tag("h2", "Over time"),
            Markup(controls.replace("<fieldset>", '<fieldset class="controls" hidden>')) if hours else None,
            class_="row",
        ),
        tag("div", *(_figure(days, *each) for each in chart_data.titles(report).items()), class_="charts"),
        None if all(point.whole for point in report.days) else tag("p", _PALE, class_="note"),
        tag("details", tag("summary", "The days as a table"), _days(report, days)),
    )


_PALE = "Paler bars are days that lie in the period only in part."


def _radio(value: str, label: str, *, checked: bool = False) -> Markup:
    return tag("label", tag("input", type="radio", name="grain", value=value, checked=checked), f" {label}")


def _figure(rows: chart_data.Rows, name: str, title: str) -> Markup:
    # the chart library names its own element, so the words stand on the one around it
    words = chart_data.in_words(rows, name, title)
    return tag(
        "figure",
        tag("figcaption", title),
        tag("div", tag("div", class_="plot", data_chart=name, data_trend=True), role="img", aria_label=words),
        class_="card",
    )


def _days(report: Report, days: chart_data.Rows) -> Markup:
    titles = ["Day", *chart_data.titles(report).values()]
    rows = [
        tag(
            "tr", tag("th", str(row["label"]), scope="row"), *(_number(row[name]) for name in chart_data.titles(report))
        )
        for row in days
    ]
    table = tag(
        "table",
        tag("caption", f"Figures by day ({report.zone})"),
        tag("thead", tag("tr", *(tag("th", title, scope="col") for title in titles))),
        tag("tbody", *rows),
    )
    return tag("div", table, class_="scroll", tabindex="0", role="region", aria_label="Figures by day")


def _number(value: object) -> Markup:
    return tag("td", count(int(str(value))))
