"""Write the dashboards: `python -m grafana [FOLDER]`, by default into `grafana/dashboards/`."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana import campaigns, job, pipeline, publisher
from grafana.board import written

FOLDER: Final = Path(__file__).parent / "dashboards"
DASHBOARDS: Final[Mapping[str, Callable[[], Dashboard]]] = {
    "campaigns": campaigns.dashboard,
    "job": job.dashboard,
    "publisher": publisher.dashboard,
    "pipeline": pipeline.dashboard,
}
"""By the names of their files."""


def main() -> None:
    """Write all dashboards."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in DASHBOARDS.items():
        (folder / f"{name}.json").write_text(written(make()), encoding="utf-8")


if __name__ == "__main__":
    main()
