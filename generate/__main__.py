"""Write what is generated: `python -m generate`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from generate import classes, pages, schema
from grafana.__main__ import DASHBOARDS
from grafana.board import written

ROOT: Final = Path(__file__).parents[1]
DOMAIN: Final = ROOT / "src" / "admetrics" / "domain"
IN_PART: Final = (
    ROOT / "docs" / "data-dictionary.md",
    ROOT / "docs" / "dashboards.md",
    ROOT / "grafana" / "provisioning" / "alerting" / "admetrics.yaml",
)
"""Files with regions that are generated."""


def generated() -> Mapping[Path, str]:
    """Return the text of each file that is generated, wholly or in part."""
    return {
        DOMAIN / "metrics" / "measures.py": classes.measures(),
        DOMAIN / "row.schema.json": schema.messages(DOMAIN / "row.schema.json"),
        **{file: pages.filled(file.read_text(encoding="utf-8")) for file in IN_PART},
        **{ROOT / "grafana" / "dashboards" / f"{name}.json": written(make()) for name, make in DASHBOARDS.items()},
    }


def main() -> None:
    """Write all files."""
    for file, text in generated().items():
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
