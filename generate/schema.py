"""The schema of the messages: its measures, as the catalog has them; what is written around them stays."""

import json
from pathlib import Path

from admetrics.domain.metrics.catalog import MEASURES


def messages(file: Path) -> str:
    """Return the schema with the measures of now."""
    schema = json.loads(file.read_text(encoding="utf-8"))
    schema["properties"]["measures"] = {
        "description": "The figures; all 0 if the cell vanished. One that is missing is 0, others are ignored.",
        "type": "object",
        "minProperties": 1,
        "properties": {
            each.name: {
                "description": f"{each.meaning[0].upper()}{each.meaning[1:]}.",
                "type": "integer",
                "minimum": 0,
                "maximum": each.largest,
            }
            for each in MEASURES
        },
    }
    return json.dumps(schema, indent=2) + "\n"
