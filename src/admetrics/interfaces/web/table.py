"""The breakdown as CSV for spreadsheets, in which no name is taken for a formula."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from admetrics.domain.metrics.measures import Kpis, Measures, kpis
from admetrics.domain.reporting.figures import Figures
from admetrics.domain.reporting.formatting import inert, names_of, unit
from admetrics.domain.reporting.query import UNKNOWN
from admetrics.domain.reporting.report import Entry, Report
from admetrics.domain.rules.currency import Currency

Cell = str | int | float | None

_MARK: Final = "\ufeff"
"""A byte order mark: without one, Excel reads UTF-8 as something else."""
_MEASURES: Final = tuple(field.name for field in attrs.fields(Measures))
_RATIOS: Final = tuple(field.name for field in attrs.fields(Kpis))


def breakdown_csv(report: Report) -> bytes:
    """Write a line for each line of the breakdown and each currency; ratios without a denominator are empty.

    Figures are whole numbers or have all their digits. Texts stand in quotes, so that no other separator cuts them,
    and a text that a spreadsheet would compute gets an apostrophe in front.
    """
    out = io.StringIO(_MARK, newline="")
    out.seek(0, io.SEEK_END)
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")  # RFC 4180
    writer.writerow([report.by, "name", "currency", *_MEASURES, *_RATIOS])
    writer.writerows(map(inert, _lines(report)))
    return out.getvalue().encode("utf-8", "replace")


def _lines(report: Report) -> Iterator[list[Cell]]:
    names = names_of(report.entries, report.by)
    for entry in report.entries:
        for currency, measures in _parts(entry.figures).items():
            yield [
                _key(entry),
                names[entry.key],
                unit(currency),
                *(getattr(measures, name) for name in _MEASURES),
                *(getattr(kpis(measures), name) for name in _RATIOS),
            ]


def _parts(figures: Figures) -> Mapping[Currency, Measures]:
    return {currency: measures for currency, measures in figures.currencies.items() if measures}


def _key(entry: Entry) -> Cell:
    return UNKNOWN if entry.key is None else entry.key
