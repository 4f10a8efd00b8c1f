"""The sample records and the results that must come out: computed by programs that share nothing with the product.

Which clicks are valid was found by comparing all pairs of them, once their records had been classified by the product.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from admetrics.domain.metrics import catalog
from admetrics.domain.metrics.entries import Unit
from admetrics.domain.reporting.hourly_table import MEASURES

FOLDER = Path(__file__).parent / "data" / "samples"
JSONL = FOLDER / "tracking.jsonl"
CSV = FOLDER / "tracking.csv"
NOW = datetime(2026, 3, 20, tzinfo=UTC)
"""A moment at which every sample record is within the default limits, or meant not to be."""

VISITORS = ("1-006909c8-02de85dd", "1-00cf6460-012d706a")
"""Those with the most records."""

FLOATS = frozenset({"bid_set", *(each.column for each in catalog.MEASURES if each.unit is Unit.MONEY)})
TIMES = frozenset({"dates", "event_hour"})
TEXTS = frozenset({"sources", "outcome", "reason"})


def expected(name: str) -> Sequence[Mapping[str, Any]]:
    """Read `events`, `accounting` or `dead_letters` into values."""
    return read_table(FOLDER / f"expected_{name}.csv")


def read_table(path: Path) -> Sequence[Mapping[str, Any]]:
    """Read an exported table into values, so that only what they mean is compared."""
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: value_of(name, text) for name, text in row.items()} for row in csv.DictReader(file)]


def value_of(name: str, text: str) -> object:
    if text == "":
        return None
    if name in FLOATS:
        return float(text)
    if name in TIMES or name == "latest_update_time":
        return datetime.fromisoformat(text).astimezone(UTC) if "T" in text or "+" in text else at(text)
    return text if name in TEXTS else int(text)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def without(rows: Iterable[Mapping[str, object]], *columns: str) -> list[dict[str, object]]:
    return [{name: value for name, value in row.items() if name not in columns} for row in rows]


def settle(run) -> None:
    """Roll up and load by the command line."""
    run("rollup")
    run("load")


def exported(run, name: str, folder: Path) -> Sequence[Mapping[str, Any]]:
    """Export a table by the command line."""
    file = folder / f"{name}.csv"
    run("export", name, "--format", "csv", "--out", file)
    return read_table(file)


def letters(run) -> list[tuple[int, str]]:
    """List the dead letters by the command line."""
    return sorted((letter["line"], letter["reason"]) for letter in run("dead-letters", "list", "--json").lines)


def assert_expected(run, folder: Path, *, lake: str = "DuckDB") -> None:
    """Compare the exported tables with the expected ones, exactly."""
    events = without(exported(run, "events", folder), "latest_update_time", "version")
    newer = dict.fromkeys(MEASURES, 0)  # than the samples, which have none of it
    assert events == [{**newer, **row, "sources": lake} for row in expected("events")]
    assert exported(run, "accounting", folder) == expected("accounting")
