"""The data sources, and queries to them; the SDK knows Prometheus, but not MySQL."""

from typing import Final

import attrs
from grafana_foundation_sdk.builders import datasource, prometheus
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.dashboard import DataSourceRef

WAREHOUSE: Final = DataSourceRef(type_val="mysql", uid="admetrics-warehouse")
METRICS: Final = DataSourceRef(type_val="prometheus", uid="admetrics-metrics")
SAME_DASHBOARD: Final = DataSourceRef(type_val="datasource", uid="-- Dashboard --")
"""Takes what another panel has asked for already."""


@attrs.define
class Sql(Dataquery, Builder[Dataquery]):
    """A query to the warehouse.

    Args:
        text: what is asked.
        is_series: whether column `time` makes it series, one for each `metric`; if not, it is a table.
        ref_id: the name of the query in its panel.
    """

    text: str
    is_series: bool = False
    ref_id: str = "A"

    def build(self) -> Dataquery:
        """Return the query itself."""
        return self

    def to_json(self) -> dict[str, object]:
        """Return what a dashboard holds."""
        return {
            "refId": self.ref_id,
            "datasource": WAREHOUSE.to_json(),
            "editorMode": "code",
            "format": "time_series" if self.is_series else "table",
            "rawQuery": True,
            "rawSql": self.text,
        }


def same_as(panel: int) -> datasource.Dataquery:
    """Take the result of another panel of the dashboard."""
    return datasource.Dataquery().datasource(SAME_DASHBOARD).panel_id(panel).ref_id("A")


def source_of(query: Builder[Dataquery]) -> DataSourceRef:
    """Return the data source that a query asks."""
    if isinstance(query, Sql):
        return WAREHOUSE
    return METRICS if isinstance(query, prometheus.Dataquery) else SAME_DASHBOARD


def metric(expression: str, legend: str, ref_id: str = "A") -> prometheus.Dataquery:
    """Ask Prometheus for series over the time of the dashboard."""
    return prometheus.Dataquery().datasource(METRICS).expr(expression).legend_format(legend).ref_id(ref_id).range()
