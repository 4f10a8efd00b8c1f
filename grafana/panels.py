"""How panels look: each has a description, units and thresholds, and says "no data" where there is none."""

from collections.abc import Sequence
from typing import Final, TypeVar

import attrs
from grafana_foundation_sdk.builders import bargauge, stat, table, timeseries
from grafana_foundation_sdk.builders.common import ReduceDataOptions, StackingConfig, VizLegendOptions
from grafana_foundation_sdk.builders.dashboard import DashboardLink, ThresholdsConfig
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    BarGaugeValueMode,
    BigValueColorMode,
    BigValueGraphMode,
    BigValueTextMode,
    GraphDrawStyle,
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
    VisibilityMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import DashboardLinkType, DynamicConfigValue, Threshold, ThresholdsMode

from admetrics.domain.metrics.entries import Better
from grafana.figures import Figure
from grafana.sources import source_of

NO_DATA: Final = "no data"
HOUR: Final = 3_600_000.0
DAY: Final = 24 * HOUR

Panel = stat.Panel | table.Panel | timeseries.Panel | bargauge.Panel
P = TypeVar("P", stat.Panel, table.Panel, timeseries.Panel, bargauge.Panel)

Steps = Sequence[tuple[float | None, str]]
"""From which value on a colour holds; the first one from below all."""

PLAIN: Final[Steps] = ((None, "text"),)
CHANGES: Final[dict[Better, Steps]] = {
    Better.UP: ((None, "red"), (-0.2, "yellow"), (0, "green")),
    Better.DOWN: ((None, "green"), (0.0001, "yellow"), (0.2, "red")),
    Better.UNKNOWN: ((None, "blue"), (-0.2, "text"), (0.2, "blue")),
}
"""Colours of a change against the period before: within a fifth it is no alarm."""


@attrs.frozen
class Place:
    """How large a panel is.

    Args:
        width: in columns; a dashboard has 24.
        height: in rows.
    """

    width: int
    height: int


def stats(
    title: str, says: str, figures: Sequence[Figure], query: Builder[Dataquery], place: Place, *, each_row: bool = False
) -> stat.Panel:
    """Show each figure beside its change against the period before.

    Args:
        title: of the panel.
        says: its description.
        figures: which columns of the result are shown; others are not.
        query: returns them.
        place: the size.
        each_row: whether each row is shown, under the text in it (a currency); if not, there is one row.
    """
    names = [name for figure in figures for name in (figure.title, figure.change)]
    panel = _described(stat.Panel(), title, says, place, query)
    for figure in figures:
        panel.override_by_name(figure.title, [_unit(figure.unit), DynamicConfigValue("decimals", figure.decimals)])
        panel.override_by_name(
            figure.change,
            [_unit("percentunit"), DynamicConfigValue("decimals", 1), _thresholds(CHANGES[figure.better])],
        )
    reduced = ReduceDataOptions().calcs(["last"]).fields(_exactly(names)).values(values=each_row)
    return (
        panel.unit("locale")
        .reduce_options(reduced.limit(100) if each_row else reduced)
        .graph_mode(BigValueGraphMode.NONE)
        .color_mode(BigValueColorMode.VALUE)
        .text_mode(BigValueTextMode.VALUE_AND_NAME)
        .orientation(VizOrientation.AUTO)
    )


def one_value(title: str, says: str, query: Builder[Dataquery], place: Place, *, unit: str, steps: Steps) -> stat.Panel:
    """Show one value, coloured by thresholds."""
    return (
        _described(stat.Panel(), title, says, place, query, steps=steps)
        .unit(unit)
        .reduce_options(ReduceDataOptions().calcs(["last"]).values(values=False))
        .graph_mode(BigValueGraphMode.NONE)
        .color_mode(BigValueColorMode.BACKGROUND)
    )


def funnel(title: str, says: str, figures: Sequence[Figure], query: Builder[Dataquery], place: Place) -> bargauge.Panel:
    """Show counts below each other as bars of one scale."""
    titles = [figure.title for figure in figures]
    return (
        _described(bargauge.Panel(), title, says, place, query, steps=((None, "blue"),))
        .unit("locale")
        .min(0)
        .reduce_options(ReduceDataOptions().calcs(["last"]).fields(_exactly(titles)).values(values=False))
        .orientation(VizOrientation.HORIZONTAL)
        .display_mode(BarGaugeDisplayMode.GRADIENT)
        .value_mode(BarGaugeValueMode.TEXT)
    )


def bars(
    title: str,
    says: str,
    query: Builder[Dataquery],
    place: Place,
    *,
    figure: str,
    label: str,
    steps: Steps,
    largest: float,
) -> bargauge.Panel:
    """Show a share of each row as a bar, under the text in it.

    Args:
        title: of the panel.
        says: its description.
        query: returns the rows.
        place: the size.
        figure: the column with the share.
        label: the column with the text.
        steps: the colours.
        largest: the share at which a bar is full.
    """
    reduced = ReduceDataOptions().calcs(["last"]).fields(_exactly([figure, label])).values(values=True).limit(100)
    return (
        _described(bargauge.Panel(), title, says, place, query, steps=steps)
        .unit("percentunit")
        .decimals(1)
        .min(0)
        .max(largest)
        .reduce_options(reduced)
        .orientation(VizOrientation.HORIZONTAL)
        .display_mode(BarGaugeDisplayMode.BASIC)
        .value_mode(BarGaugeValueMode.COLOR)
    )


def series(
    title: str, says: str, queries: Sequence[Builder[Dataquery]], place: Place, *, unit: str, gap: float | None = HOUR
) -> timeseries.Panel:
    """Show series over time as lines with points.

    Args:
        title: of the panel.
        says: its description.
        queries: return the series.
        place: the size.
        unit: of all of them.
        gap: how far two points may be apart, in ms, for a line between them: what is missing is no line, and no zero.
    """
    panel = _described(timeseries.Panel(), title, says, place, *queries)
    if gap is not None:
        panel.insert_nulls(gap)
    return (
        panel.unit(unit)
        .draw_style(GraphDrawStyle.LINE)
        .line_width(1)
        .fill_opacity(8)
        .show_points(VisibilityMode.AUTO)
        .axis_soft_min(0)
        .legend(
            VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(show_legend=True)
        )
    )


def stacked(title: str, says: str, query: Builder[Dataquery], place: Place, *, unit: str) -> timeseries.Panel:
    """Show series over time as parts of a whole: bars that stand on each other."""
    return (
        series(title, says, [query], place, unit=unit)
        .draw_style(GraphDrawStyle.BARS)
        .fill_opacity(80)
        .stacking(StackingConfig().mode(StackingMode.NORMAL).group("A"))
    )


def rows(
    title: str,
    says: str,
    figures: Sequence[Figure],
    query: Builder[Dataquery],
    place: Place,
    *,
    hidden: str = "",
    links: Sequence[tuple[str, str, str]] = (),
) -> table.Panel:
    """Show a table.

    Args:
        title: of the panel.
        says: its description.
        figures: what its columns are, by title; other columns have texts.
        query: returns it.
        place: the size.
        hidden: the column with the id, which is not shown.
        links: columns with a link: the title of the column, what the link says, and where it leads.
    """
    panel = _described(table.Panel(), title, says, place, query)
    for figure in figures:
        panel.override_by_name(figure.title, [_unit(figure.unit), DynamicConfigValue("decimals", figure.decimals)])
    if hidden:
        panel.override_by_name(hidden, [DynamicConfigValue("custom.hidden", value=True)])
    for column, text, url in links:
        panel.override_by_name(column, [DynamicConfigValue("links", [{"title": text, "url": url}])])
    return panel.unit("none").show_header(show_header=True).filterable(filterable=False)


def link(title: str, dashboard: str, says: str) -> DashboardLink:
    """Make a link at the top of a dashboard to another one; time and variables go with it."""
    return (
        DashboardLink(title)
        .type(DashboardLinkType.LINK)
        .url(f"/d/{dashboard}")
        .tooltip(says)
        .icon("dashboard")
        .include_vars(include_vars=True)
        .keep_time(keep_time=True)
    )


def _described(panel: P, title: str, says: str, place: Place, *queries: Builder[Dataquery], steps: Steps = PLAIN) -> P:
    for query in queries:
        panel.with_target(query)
    return (
        panel.title(title)
        .description(says)
        .datasource(source_of(queries[0]))
        .span(place.width)
        .height(place.height)
        .no_value(NO_DATA)
        .thresholds(ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(_steps(steps)))
    )


def _steps(steps: Steps) -> list[Threshold]:
    return [Threshold(value, color) for value, color in steps]


def _thresholds(steps: Steps) -> DynamicConfigValue:
    listed: list[object] = [{"color": color, "value": value} for value, color in steps]
    return DynamicConfigValue("thresholds", {"mode": "absolute", "steps": listed})


def _unit(name: str) -> DynamicConfigValue:
    return DynamicConfigValue("unit", name)


def _exactly(titles: Sequence[str]) -> str:
    """Write the pattern of the names of some columns."""
    return f"/^({'|'.join(titles)})$/"
