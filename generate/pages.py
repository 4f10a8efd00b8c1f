"""What pages and files that people write hold of the catalog: regions between marks, which are written again.

A region begins behind a line with `generated: NAME (make generate)` and ends before the next with `generated: end`.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from textwrap import indent
from typing import Final

from admetrics.domain.metrics import catalog
from admetrics.domain.metrics.entries import Measure, Unit
from admetrics.domain.reporting import hourly_table as events_table
from admetrics.domain.rollup.message import SCHEMA
from grafana import figures
from grafana.budgets import OVERSPENT
from grafana.pipeline import DIFFERENT, LAST_CHANGE

_REGION: Final = re.compile(r"(generated: ([a-z]+) \(make generate\)[^\n]*\n)(.*?)(?=[^\n]*generated: end)", re.DOTALL)


def filled(text: str) -> str:
    """Return a text with its regions written again.

    Raises:
        KeyError: a region has an unknown name.
    """
    return _REGION.sub(lambda found: found[1] + REGIONS[found[2]](found[3]), text)


def without_regions(text: str) -> str:
    """Return what people wrote of a text."""
    return _REGION.sub("", text)


def _table(rows: Iterable[Sequence[str]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _columns(old: str) -> str:
    """Write the columns of table `events`: those of measures by the catalog, others as they stand there."""
    lines = {line.split("`")[1]: f"{line}\n" for line in old.splitlines() if line.startswith("| `")}
    lines |= {measure.column: _table([_column(measure)]) for measure in catalog.MEASURES}
    head = ("| column | type | unit | meaning and formula |\n", "|---|---|---|---|\n")
    return "".join([*head, *(lines[column] for column in events_table.COLUMNS)])


def _column(measure: Measure) -> Sequence[str]:
    is_money = measure.unit is Unit.MONEY
    says = f"{measure.formula}; exact up to 2^53, beyond it the nearest double" if is_money else measure.formula
    return (f"`{measure.column}`", "double" if is_money else "integer", measure.unit.value, says)


def _zeros(_old: str) -> str:
    """Write how rows of nothing but zeros are left out."""
    figures_of_steps = " + ".join(each.column for each in catalog.MEASURES if each.is_step)
    return f"Queries of your own should leave out rows of nothing but zeros too: `WHERE {figures_of_steps} > 0`.\n"


def _ratios(_old: str) -> str:
    rows = [(f"`{each.name}`", each.formula, each.meaning) for each in catalog.RATIOS]
    return _table([("name", "formula", "source"), ("---",) * 3, *rows])


def _views(_old: str) -> str:
    measures, ratios = (", ".join(f"`{each.name}`" for each in some) for some in (catalog.MEASURES, catalog.RATIOS))
    return f"Each goes on with the measures {measures}, then with the [key figures](#key-figures) {ratios}.\n"


def _message(_old: str) -> str:
    """Write a message with one click."""
    paid = dict.fromkeys((catalog.SPEND, catalog.VALID_SPEND), 12)
    counted = dict.fromkeys((catalog.CLICKS, catalog.PAID_CLICKS, catalog.VALID_CLICKS), 1)
    message = {
        "schema": SCHEMA,
        "hour": "2026-03-03T08:00:00Z",
        "job": 7,
        "publisher": 3,
        "campaign": 0,
        "group": 0,
        "measures": {each.name: {**paid, **counted}.get(each, 0) for each in catalog.MEASURES},
        "company": None,
        "version": 1,
        "source": "DuckDB",
    }
    return f"```json\n{json.dumps(message, indent=2)}\n```\n"


def _figures(_old: str) -> str:
    """Write the figures of the dashboards."""
    shown = [*figures.ALL, *figures.REASONS]
    rows = [(each.title, each.entry.formula.replace("`", ""), _unit(each.entry.unit)) for each in shown]
    change = ("..., change", "figure / figure of the period before - 1", "percent")
    return _table([("figure", "formula", "unit"), ("---",) * 3, *rows, change])


def _unit(unit: Unit) -> str:
    return {Unit.SHARE: "percent", Unit.MONEY: "the currency beside it"}.get(unit, unit.value)


def _query(sql: str) -> Callable[[str], str]:
    """Return what writes the query of an alert as YAML has it."""
    return lambda _old: f"              rawSql: |-\n{indent(sql, ' ' * 16)}\n"


REGIONS: Final[Mapping[str, Callable[[str], str]]] = {
    "columns": _columns,
    "zeros": _zeros,
    "ratios": _ratios,
    "views": _views,
    "message": _message,
    "figures": _figures,
    "change": _query(LAST_CHANGE),
    "different": _query(DIFFERENT),
    "overspent": _query(OVERSPENT),
}
"""What writes each region, given what stands there."""
