"""What all dashboards have in common, and how they are written."""

import json
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, VariableModel

from grafana.panels import Panel

CAMPAIGNS: Final = "admetrics-campaigns"
JOB: Final = "admetrics-job"
PUBLISHER: Final = "admetrics-publisher"
PIPELINE: Final = "admetrics-pipeline"

_FIRST_ROW: Final = 1001  # panels are numbered from 1

Section = tuple[str, Sequence[Panel]]
"""A row of panels under a heading."""


def board(
    uid: str,
    title: str,
    says: str,
    *,
    variables: Sequence[Builder[VariableModel]],
    sections: Sequence[Section],
    since: str,
) -> Dashboard:
    """Make a dashboard.

    Args:
        uid: its name in URLs.
        title: its name for people.
        says: its description.
        variables: what can be chosen; those on which others depend come first.
        sections: its panels.
        since: the beginning of the time that is shown at first.
    """
    made = (
        Dashboard(title)
        .uid(uid)
        .description(says)
        .tags(["admetrics"])
        .time(since, "now")
        .timezone("browser")
        .refresh("1m")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .readonly()
    )
    for variable in variables:
        made.with_variable(variable)
    numbers = count(1)
    for place, (heading, panels) in enumerate(sections, start=_FIRST_ROW):
        made.with_row(Row(heading).id(place))
        for panel in panels:
            made.with_panel(panel.id(next(numbers)))
    return made


def leads_to(uid: str, variable: str, column: str, keeping: Iterable[str]) -> str:
    """Write the link that sets a variable to a value of its row, and keeps the time and other variables.

    Args:
        uid: the dashboard.
        variable: what is set.
        column: which holds the value.
        keeping: variables that both dashboards have.
    """
    kept = [f"${{{name}:queryparam}}" for name in keeping if name != variable]
    parts = ["${__url_time_range}", f"var-{variable}=${{__data.fields.{column}}}", *kept]
    return f"/d/{uid}?{'&'.join(parts)}"


def written(made: Dashboard) -> str:
    """Write a dashboard as Grafana reads it."""
    return json.dumps(made.build(), cls=JSONEncoder, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
