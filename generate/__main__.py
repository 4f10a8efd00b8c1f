"""Write what is generated: `python -m generate`."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard

from generate import classes, pages, schema
from grafana.__main__ import DASHBOARDS
from grafana.board import written


def _dashboard(make: Callable[[], Dashboard]) -> str:
    return written(make())


ROOT: Final = Path(__file__).parents[1]
DOMAIN: Final = ROOT / "src" / "admetrics" / "domain"
_SCHEMA: Final = DOMAIN / "rollup" / "row.schema.json"
IN_PART: Final = (
    ROOT / "docs" / "data-dictionary.md",
    ROOT / "docs" / "dashboards.md",
    ROOT / "grafana" / "provisioning" / "alerting" / "admetrics.yaml",
)
"""Files with regions that are generated."""


WHOLE: Final[Mapping[Path, Callable[[], str]]] = {
    DOMAIN / "metrics" / "measures.py": classes.measures,
    _SCHEMA: partial(schema.messages, _SCHEMA),
    **{
        ROOT / "grafana" / "dashboards" / f"{name}.json": partial(_dashboard, make) for name, make in DASHBOARDS.items()
    },
}
"""What writes the files that are generated."""


def generated() -> Mapping[Path, str]:
    """Return the text of each file that is generated, wholly or in part."""
    return {
        **{file: write() for file, write in WHOLE.items()},
        **{file: pages.filled(file.read_text(encoding="utf-8")) for file in IN_PART},
    }


def main() -> None:
    """Write all files."""
    for file, text in generated().items():
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
