"""Spend rules: what a budget is spent on, and in which unit. See docs/spend.md.

A rule is one class: `of` reads the unit of a budget, `spent` counts what was spent in it. To add one, write the class
and name it in `RULES`.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol, Self

import attrs

from admetrics.domain.metrics.catalog import CONVERSIONS, QUALIFIED, VALID_CLICKS, VALID_SPEND
from admetrics.domain.reporting.figures import Figures
from admetrics.domain.rules.currency import CURRENCIES, Currency

COST: Final = VALID_SPEND.name
"""The measure that holds what clicks cost: invalid ones cost nothing."""


@attrs.frozen
class Spent:
    """What was spent of a budget.

    Args:
        amount: in the unit of the budget, exact; None if the unit is unknown.
        beside: the money that is not in `amount`, each currency apart: never added up, and never left out.
    """

    amount: int | None
    beside: Mapping[Currency, int] = attrs.field(factory=dict)


class SpendRule(Protocol):
    """What a budget is spent on."""

    @classmethod
    def of(cls, unit: str) -> Self | None:
        """Return the rule for a unit, trimmed and in upper case; None if it is a unit of another rule."""
        ...

    @property
    def unit(self) -> str:
        """The unit, as people write it."""
        ...

    def spent(self, figures: Figures) -> Spent:
        """Count what some rows spent."""
        ...


@attrs.frozen
class CostPerClick:
    """The budget is money, and each valid click costs its bid (cost per click, IAB glossary).

    Only what was spent with publishers of the budget's currency counts. Other currencies, and unknown ones, stand
    beside it: an amount is never converted, and never added to one of another currency.

    Args:
        unit: the code of the currency (ISO 4217).

    >>> from admetrics.domain.metrics.measures import Measures
    >>> usd, vnd = Currency("USD"), Currency("VND")
    >>> figures = Figures({usd: Measures(**{COST: 30}), vnd: Measures(**{COST: 70_000})})
    >>> spent = CostPerClick("USD").spent(figures)
    >>> spent.amount, [(str(currency), amount) for currency, amount in spent.beside.items()]
    (30, [('VND', 70000)])
    """

    unit: str

    @classmethod
    def of(cls, unit: str) -> Self | None:
        """Return the rule if the unit is a currency."""
        return cls(unit) if unit in CURRENCIES else None

    def spent(self, figures: Figures) -> Spent:
        """Count what valid clicks cost in the currency."""
        costs = _costs(figures)
        own = costs.pop(Currency(self.unit), 0)
        return Spent(own, costs)


@attrs.frozen
class FlatUnits:
    """The budget is a number of units, each of which counts one, whatever it cost.

    Args:
        unit: how the units are called.
        measure: the measure that counts them.

    >>> from admetrics.domain.metrics.measures import Measures
    >>> figures = Figures({Currency("USD"): Measures(**{UNITS["clicks"]: 3})})
    >>> FlatUnits("clicks", UNITS["clicks"]).spent(figures).amount
    3
    """

    unit: str
    measure: str

    @classmethod
    def of(cls, unit: str) -> Self | None:
        """Return the rule if the unit is one of `UNITS`, in any of its spellings."""
        called = SPELLINGS.get(unit.replace("_", " "))
        return cls(called, UNITS[called]) if called else None

    def spent(self, figures: Figures) -> Spent:
        """Count the units over all currencies; what they cost stands beside them."""
        units: int = sum(getattr(measures, self.measure) for measures in figures.currencies.values())
        return Spent(units, _costs(figures))


@attrs.frozen
class UnknownUnit:
    """The unit of the budget is missing, or none that is known: what was spent of it cannot be said.

    Args:
        unit: what stands in its place; empty if nothing does.
    """

    unit: str

    @classmethod
    def of(cls, unit: str) -> Self:
        """Return the rule for any unit: it comes last."""
        return cls(unit)

    def spent(self, figures: Figures) -> Spent:
        """Say that it is unknown, and what valid clicks cost."""
        return Spent(None, _costs(figures))


UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {"clicks": VALID_CLICKS.name, CONVERSIONS.words: CONVERSIONS.name, QUALIFIED.words: QUALIFIED.name}
)
"""The units that are no money, with the measure that counts each."""

SPELLINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "CLICK": "clicks",
        "CLICKS": "clicks",
        "CONVERSION": CONVERSIONS.words,
        "CONVERSIONS": CONVERSIONS.words,
        "APPLICATION": CONVERSIONS.words,
        "APPLICATIONS": CONVERSIONS.words,
        "QUALIFIED": QUALIFIED.words,
        "QUALIFIED APPLICATION": QUALIFIED.words,
        "QUALIFIED APPLICATIONS": QUALIFIED.words,
    }
)
"""How they may be spelled, besides in any case and with `_` for a space."""

RULES: Final[Sequence[type[SpendRule]]] = (CostPerClick, FlatUnits, UnknownUnit)
"""The first one that knows the unit is the rule of the budget."""


def rule_of(unit: str | None) -> SpendRule:
    """Choose the rule of a budget by its unit, never by a guess.

    >>> rule_of(" usd "), rule_of("Qualified_Applications"), rule_of("dollars"), rule_of(None)
    (CostPerClick(unit='USD'), FlatUnits(unit='qualified applications', ...), UnknownUnit(unit='DOLLARS'), ...)
    """
    spelling = (unit or "").strip().upper()
    return next(rule for kind in RULES if (rule := kind.of(spelling)) is not None)


def _costs(figures: Figures) -> dict[Currency, int]:
    """Return what valid clicks cost in each currency, if they cost anything."""
    costs = {currency: getattr(measures, COST) for currency, measures in figures.currencies.items()}
    return {currency: cost for currency, cost in costs.items() if cost}
