"""How figures and names are written for people, wherever they are shown."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, TypeVar

from admetrics.domain.metrics.entries import Figure, Unit
from admetrics.domain.reporting.axis import Axis
from admetrics.domain.reporting.budgets import Budget
from admetrics.domain.reporting.report import Entry
from admetrics.domain.rules.currency import Currency
from admetrics.domain.rules.ranking import Ranked

NO_DATA: Final = "no data"
"""What stands where a ratio has no denominator."""
NOTHING: Final = "\N{EN DASH}"
"""The same in a narrow column."""

T = TypeVar("T")

_FORMULA: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""How a formula may begin, full-width forms included (OWASP, CSV injection)."""
_MINUS: Final = "\N{MINUS SIGN}"
_INVISIBLE: Final = frozenset({"Cc", "Cn", "Co", "Cs", "Zl", "Zp"})
_REORDERING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LONGEST_UNIT: Final = 32
_WHOLE_FROM: Final = 1000  # from here on, cents are noise


def written(figure: Figure, sums: object, nothing: str = NOTHING) -> str:
    """Write the value of a figure among some sums, an amount without its currency.

    Args:
        figure: which.
        sums: `Measures` or `Counts`; None: there is none.
        nothing: what stands where there is none.

    >>> from admetrics.domain.metrics.catalog import CLICKS, CPC, CTR
    >>> from admetrics.domain.metrics.measures import Measures
    >>> [written(figure, Measures(clicks=4, spend=10), "none") for figure in (CLICKS, CPC, CTR)]
    ['4', '2.50', 'none']
    """
    value = None if sums is None else figure.of(sums)
    if figure.unit is Unit.SHARE or value is None:
        return percent(value, nothing)
    return count(int(value)) if figure.unit is Unit.EVENTS else amount(value)


def count(number: int) -> str:
    """Write a count.

    >>> count(1234567)
    '1,234,567'
    """
    return f"{number:,}".replace("-", _MINUS)


def percent(rate: float | None, nothing: str = NOTHING) -> str:
    """Write a rate.

    >>> percent(0.07349), percent(None, NO_DATA)
    ('7.35%', 'no data')
    """
    return nothing if rate is None else f"{rate:.2%}"


def amount(money: float | Decimal | None, currency: Currency | None = None, nothing: str = NOTHING) -> str:
    """Write an amount: whole units if it is whole or large, else with cents.

    >>> amount(2.5, Currency("USD")), amount(51234.5), amount(7)
    ('USD 2.50', '51,234', '7')
    """
    if money is None:
        return nothing
    digits = 0 if isinstance(money, int) or money >= _WHOLE_FROM else 2
    prefix = f"{unit(currency)} " if currency and currency.code else ""
    return f"{prefix}{money:,.{digits}f}"


def unit(currency: Currency) -> str:
    """Write a currency; its code is user text as any name is.

    >>> unit(Currency("USD")), unit(Currency("", 99))
    ('USD', 'unknown (publisher 99)')
    """
    return shortened(printable(str(currency)), _LONGEST_UNIT)


def priced(money: float | None, currency: Currency) -> str:
    """Write an amount with its currency, also one that is unknown: amounts in a column may differ in it.

    >>> priced(7, Currency("USD")), priced(7, Currency("", 99))
    ('USD 7', '7 unknown (publisher 99)')
    """
    if money is None:
        return NOTHING
    return amount(money, currency) if currency.code else f"{amount(money)} {unit(currency)}"


def budget_total(budget: Budget) -> str:
    """Write how much a budget is, without its unit.

    >>> from admetrics.domain.reporting.budgets import Level
    >>> from admetrics.domain.rules.budget_unit import rule_of
    >>> [
    ...     budget_total(Budget(level=Level.JOB, id=1, total=Decimal(total), rule=rule_of("USD")))
    ...     for total in ("50", "50.5")
    ... ]
    ['50', '50.50']
    """
    total = budget.total
    return amount(int(total) if total == total.to_integral_value() else total)


def budget_unit(budget: Budget) -> str:
    """Write the unit of a budget, which is user text if it is unknown; a dash if it is missing."""
    return shortened(printable(budget.rule.unit), _LONGEST_UNIT) or NOTHING


def budget_name(budget: Budget) -> str:
    """Name whose budget it is: as the dimension tables do, with the id."""
    name = printable(budget.name).strip() if budget.name else ""
    return f"{name} ({budget.id})" if name else f"{budget.level.value} {budget.id}"


def shortened(text: str, most: int) -> str:
    """Cut a text that is longer than `most` characters.

    >>> shortened("recruitment", 5)
    'recr\u2026'
    """
    return text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


def growth(change: float | None, nothing: str = NOTHING) -> str:
    """Write a change against the period before.

    >>> growth(0.1234), growth(None, nothing="new")
    ('+12.3%', 'new')
    """
    return nothing if change is None else f"{change:+,.1%}".replace("-", _MINUS)


def inert(values: Iterable[T]) -> list[T | str]:
    """Keep the texts of a line of CSV from being formulas of a spreadsheet: they get an apostrophe in front.

    All texts, whatever column they stand in: a list of those that need it would be forgotten once.

    >>> inert(["=1+1", "Acme", -1])
    ["'=1+1", 'Acme', -1]
    """
    return [f"'{value}" if isinstance(value, str) and _is_formula(value) else value for value in values]


def _is_formula(text: str) -> bool:
    return text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA)


def printable(text: str) -> str:
    r"""Replace what would act on a terminal or reorder the text around it: control characters and the like.

    >>> printable("a\x1b[2Jb")
    'a�[2Jb'
    """
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if sign in _REORDERING or unicodedata.category(sign) in _INVISIBLE else sign
        for sign in text
    )


_NONE: Final = {
    "campaign": "no campaign (organic)",
    "group": "no group",
    "publisher": "no publisher",
    "company": "unknown company",
    "job": "no job",
}


def names_of(lines: Iterable[Entry | Ranked], by: Axis) -> Mapping[int | None, str]:
    """Name the lines of a breakdown or a ranking by their keys; names that occur more than once carry their number."""
    names = {line.key: name_of(line.key, line.name, by) for line in lines}
    times = Counter(names.values())
    return {key: name if times[name] == 1 else f"{name} ({key})" for key, name in names.items()}


def name_of(key: int | None, name: str | None, by: Axis) -> str:
    """Name something: as the dimension tables do, else by its number.

    Args:
        key: its id.
        name: what the tables call it.
        by: what it is, as in `Report.by`.
    """
    found = printable(name).strip() if name else ""
    if found:
        return found
    return f"{by} {key}" if key else _NONE[by]
