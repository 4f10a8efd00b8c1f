"""The charts of the page: how each one draws the rows of `chart_data` (Vega-Lite).

Colours are variables of the page's style sheet, so that the charts follow the light, the dark and the printed scheme.
"""

from collections.abc import Mapping
from functools import lru_cache
from itertools import chain, repeat
from typing import Any, Final

from admetrics.domain.errors import MissingExtraError
from admetrics.domain.reporting.report import Report
from admetrics.interfaces.html.chart_data import Rows, titles

try:
    import altair as alt
except ImportError as error:
    raise MissingExtraError("the page needs charts: pip install 'admetrics[report]'") from error

_Spec = Mapping[str, Any]

_remembered: Final = lru_cache(maxsize=64)
"""Altair checks each chart against its schema, which takes most of the time of a page that is made again and again."""

_COLOURS: Final = ("var(--first)", "var(--second)", "var(--third)")
"""Of the counts, in their order."""
_MONEY: Final = "var(--money)"
_HEIGHT: Final = 150
_BAR: Final = 26
_ROOM_FOR_TEXT: Final = 1.4  # beside the longest bar

CONFIG: Final[_Spec] = {
    "background": "transparent",
    "font": "system-ui, -apple-system, Segoe UI, Roboto, Liberation Sans, sans-serif",  # to measure labels with
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--muted)",
        "titleColor": "var(--muted)",
        "gridColor": "var(--line)",
        "domainColor": "var(--line)",
        "tickColor": "var(--line)",
        "labelFontSize": 11,
    },
    "text": {"color": "var(--ink)", "fontSize": 12},
}


def trends(report: Report) -> Mapping[str, Mapping[str, _Spec]]:
    """Return the charts over time: for each field, one by day and, if the report has hours, one by hour."""
    return {
        field: {
            "days": _by_day(field, title, colour),
            **({"hours": _by_hour(field, title, colour)} if report.hours else {}),
        }
        for (field, title), colour in zip(titles(report).items(), chain(_COLOURS, repeat(_MONEY)), strict=False)
    }


@_remembered
def _by_day(field: str, title: str, colour: str) -> _Spec:
    chart = (
        alt.Chart(alt.NamedData("days"), width="container", height=_HEIGHT)
        .mark_bar(color=colour, cornerRadiusEnd=2)
        .encode(
            x=alt.X("time:O", timeUnit="utcyearmonthdate", axis=_day_axis(), scale=alt.Scale(paddingInner=0.15)),
            y=_value_axis(field),
            opacity=alt.when("datum.whole").then(alt.value(1)).otherwise(alt.value(0.45)),
            tooltip=[alt.Tooltip("label:N", title="Day"), alt.Tooltip(f"{field}:Q", title=title, format=",")],
        )
    )
    return _spec(chart)


@_remembered
def _by_hour(field: str, title: str, colour: str) -> _Spec:
    base = alt.Chart(alt.NamedData("hours"), width="container", height=_HEIGHT).encode(
        x=alt.X("time:T", scale=alt.Scale(type="utc"), axis=_time_axis()), y=_value_axis(field)
    )
    tooltip = [alt.Tooltip("label:N", title="Hour"), alt.Tooltip(f"{field}:Q", title=title, format=",")]
    area = base.mark_area(
        color=colour, opacity=0.25, interpolate="step-after", line={"color": colour, "strokeWidth": 1.5}
    )
    hit = base.mark_rule(strokeWidth=6, opacity=0).encode(tooltip=tooltip)
    return _spec(area + hit)


def _spec(chart: alt.Chart | alt.LayerChart) -> _Spec:
    spec: _Spec = chart.to_dict()
    return {name: value for name, value in spec.items() if name not in {"config", "$schema"}}


def _day_axis() -> alt.Axis:
    return alt.Axis(
        format="%-d %b", title=None, grid=False, labelAngle=0, labelOverlap="greedy", labelSeparation=10, ticks=False
    )


def _time_axis() -> alt.Axis:
    return alt.Axis(
        format="%-d %b", title=None, grid=False, labelOverlap="greedy", tickCount={"interval": "day", "step": 1}
    )


def _value_axis(field: str) -> alt.Y:
    return alt.Y(f"{field}:Q", axis=alt.Axis(title=None, format="~s", tickCount=4, domain=False, ticks=False))


def bars(name: str, rows: Rows) -> _Spec:
    """Return a chart of horizontal bars with their figures.

    Args:
        name: of the rows, among the data of the page.
        rows: each with `label`, `value`, `text` and `detail`.
    """
    return _bars(name, len(rows), max(int(str(row["value"])) for row in rows))


@_remembered
def _bars(name: str, number: int, most: int) -> _Spec:
    base = alt.Chart(alt.NamedData(name), width="container", height=_BAR * number).encode(
        y=alt.Y("label:N", sort=None, axis=alt.Axis(title=None, domain=False, ticks=False, labelLimit=150)),
        x=alt.X("value:Q", axis=None, scale=alt.Scale(domain=[0, max(1, most) * _ROOM_FOR_TEXT], nice=False)),
        tooltip=[
            alt.Tooltip("label:N", title=" "),
            alt.Tooltip("value:Q", title="Number", format=","),
            alt.Tooltip("detail:N", title="Rate"),
        ],
    )
    bar = base.mark_bar(color="var(--accent)", cornerRadiusEnd=3, height=16)
    text = base.mark_text(align="left", dx=5).encode(text="text:N")
    return _spec(bar + text)
