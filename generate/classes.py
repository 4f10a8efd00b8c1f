"""The values that hold figures: classes with a field for each entry of the catalog, which type checkers know."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from textwrap import fill
from typing import Final

from admetrics.domain.metrics import catalog
from admetrics.domain.metrics.entries import Difference, Figure, Measure, Ratio

_WIDTH: Final = 120


def measures() -> str:
    """Write the module `admetrics.domain.metrics.measures`."""
    text = "\n".join([_HEAD, *_measures(), "\n\nZERO: Final = Measures()\n\n", *_counts(), "\n", *_kpis()])
    return subprocess.run(  # noqa: S603  our own text, by our own tool
        [sys.executable, "-m", "ruff", "format", f"--config=line-length={_WIDTH}", "-"],
        input=text,
        capture_output=True,
        check=True,
        text=True,
    ).stdout


_HEAD: Final = '''\
"""Made by `make generate` from the catalog (`admetrics.domain.metrics.catalog`): change that, not this."""

from typing import Final, Self

import attrs

from admetrics.domain.metrics.entries import ratio

'''


def _measures() -> Iterator[str]:
    spend, clicks = (f"self.{each.name}" for each in (catalog.SPEND, catalog.CLICKS))
    yield from _class("Measures", "The figures of a cell, or of any sum of cells.", catalog.MEASURES)
    yield f'''
    def __add__(self, other: "Measures") -> "Measures":
        """Merge the figures of two disjoint sets of events.

        >>> Measures({catalog.CLICKS.name}=1) + Measures({catalog.CLICKS.name}=2) == Measures({catalog.CLICKS.name}=3)
        True
        """
        return Measures(*map(int.__add__, self.values, other.values))

    def __bool__(self) -> bool:
        """Return whether any figure differs from 0."""
        return any(self.values)

    @property
    def values(self) -> tuple[int, ...]:
        """The figures in the order of the catalog."""
        return ({"".join(f"self.{each.name}, " for each in catalog.MEASURES)})

    @property
    def {catalog.INVALID_CLICKS.name}(self) -> int:
        """The clicks that some reason decided over."""
        return {_value(catalog.INVALID_CLICKS)}

    def out_of_flight(self) -> "Measures":
        """Return the figures of the same events in a cell whose hour is not in the flight of its campaign."""
        return Measures({"".join(f"{_out_of_flight(each)}, " for each in catalog.MEASURES)})

    @property
    def mean_bid(self) -> float:
        """The mean bid over the clicks, 0 if there are none."""
        return {spend} / {clicks} if {clicks} else 0.0
'''


def _out_of_flight(measure: Measure) -> str:
    return f"{measure.name}={' + '.join(f'self.{each.name}' for each in catalog.out_of_flight(measure)) or 0}"


def _counts() -> Iterator[str]:
    yield from _class(
        "Counts", "What can be added up whatever the currency; fields as in `Measures`, without money.", catalog.COUNTS
    )
    copied = "".join(f"measures.{each.name}, " for each in catalog.COUNTS)
    yield f'''
    @classmethod
    def of(cls, measures: Measures) -> Self:
        """Leave the money out."""
        return cls({copied})
'''
    for rate in catalog.RATES:
        yield f'''
    @property
    def {rate.name}(self) -> float | None:
        """{rate.title}: {rate.formula}; None where the denominator is 0."""
        return {_ratio(rate)}
'''


def _kpis() -> Iterator[str]:
    summary = "Key performance indicators: ratios of sums, None where the denominator is 0."
    yield from _class("Kpis", summary, catalog.RATIOS)
    yield f'''
def kpis(measures: Measures) -> Kpis:
    """Compute the ratios of any sum of cells of one currency."""
    return Kpis({"".join(f"{each.name}={_ratio(each, 'measures')}, " for each in catalog.RATIOS)})
'''


def _class(name: str, summary: str, figures: Iterable[Figure]) -> Iterator[str]:
    yield f'@attrs.frozen\nclass {name}:\n    """{summary}\n\n    Args:'
    for each in figures:
        says = f"{each.formula}; {each.meaning}" if isinstance(each, Ratio) else each.meaning
        yield fill(f"{each.name}: {says}.", _WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 12)
    yield '    """\n'
    yield from (f"    {each.name}: {'float | None' if isinstance(each, Ratio) else 'int = 0'}" for each in figures)


def _ratio(figure: Ratio, sums: str = "self") -> str:
    return f"ratio({_value(figure.part, sums)}, {sums}.{figure.whole.name})"


def _value(figure: Measure | Difference, sums: str = "self") -> str:
    if isinstance(figure, Difference):
        return f"{sums}.{figure.whole.name} - {sums}.{figure.without.name}"
    return f"{sums}.{figure.name}"
