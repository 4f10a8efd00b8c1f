"""Write what is generated: `python -m generate`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from generate import classes

ROOT: Final = Path(__file__).parents[1]


def generated() -> Mapping[Path, str]:
    """Return the text of each file that is generated, wholly or in part."""
    return {
        ROOT / "src/admetrics/domain/metrics/measures.py": classes.measures(),
    }


def main() -> None:
    """Write all files."""
    for file, text in generated().items():
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
