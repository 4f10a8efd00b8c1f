"""The dashboards as they are committed: what Grafana reads."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

FOLDER: Final = Path(__file__).parents[1] / "grafana"

Json = Mapping[str, Any]


@attrs.frozen
class Board:
    """One dashboard."""

    name: str
    content: Json = attrs.field(repr=False, eq=False)

    def __str__(self) -> str:
        return self.name

    @property
    def panels(self) -> Sequence[Json]:
        """Those that show something."""
        return [panel for panel in self.content["panels"] if panel["type"] != "row"]

    @property
    def variables(self) -> Mapping[str, Json]:
        return {variable["name"]: variable for variable in self.content.get("templating", {}).get("list", [])}

    def panel(self, title: str) -> Json:
        [found] = [panel for panel in self.panels if panel["title"] == title]
        return found

    def queries(self) -> Iterator[tuple[Json, str]]:
        """Yield each query to the warehouse with its panel."""
        for panel in self.panels:
            for target in panel["targets"]:
                if "rawSql" in target:
                    yield panel, target["rawSql"]

    def expressions(self) -> Iterator[tuple[Json, str]]:
        """Yield each question to Prometheus with its panel."""
        for panel in self.panels:
            for target in panel["targets"]:
                if "expr" in target:
                    yield panel, target["expr"]


BOARDS: Final = [
    Board(path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in sorted((FOLDER / "dashboards").glob("*"))
]


def board_of(name: str) -> Board:
    """Return the dashboard of a file."""
    [found] = [each for each in BOARDS if each.name == name]
    return found
