"""The best and the worst: who gets qualified applications for little money, and who does not; in Python and in SQL.

Those that are compared stand in order, the lowest cost per qualified application first; those that only spent come
last, by how much they did. The best are the first of them, the worst the last, and no line is in both halves.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import attrs

from admetrics.domain.metrics.catalog import CLICKS, COST_PER_QUALIFIED, QUALIFIED, SPEND
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.reporting.axis import Axis
from admetrics.domain.rules.currency import Currency

ENOUGH_CLICKS: Final = 50
"""A cost per qualified application of fewer clicks is chance more than anything else."""
METHOD: Final = (
    f"Spend divided by qualified applications, of those with {ENOUGH_CLICKS} clicks or more; what spent without "
    "any is among the worst."
)


@attrs.frozen
class Ranked:
    """One line of a ranking.

    Args:
        key: the id.
        name: what the dimension tables call it; None if they do not. It is user text.
        measures: its sums in the currency of the ranking.
    """

    key: int
    name: str | None
    measures: Measures


@attrs.frozen
class Ranking:
    """Who gets qualified applications for little money, and who does not.

    Only those with `ENOUGH_CLICKS` are compared, and no line is in both halves.

    Args:
        by: what is compared, as in `Report.by`.
        currency: in which; amounts of different currencies cannot be compared.
        best: those with the lowest cost per qualified application, lowest first.
        worst: those that spent without any, most first; then those with the highest cost.
    """

    by: Axis
    currency: Currency
    best: Sequence[Ranked]
    worst: Sequence[Ranked]


def ranking(by: Axis, currency: Currency, lines: Iterable[Ranked], *, at_most: int) -> Ranking | None:
    """Compare lines in one currency.

    Args:
        by: what they are, as in `Report.by`.
        currency: that of their measures.
        lines: those of all keys; 0, none, is nobody that could do better.
        at_most: how many each half has.

    Returns:
        None if there are not two to compare.
    """
    comparable = (line for line in lines if line.key and SPEND.of(line.measures) and _enough(line.measures))
    ordered = sorted(comparable, key=_cheapest_first)
    few = min(at_most, len(ordered) // 2)
    if not few:
        return None
    best = [line for line in ordered[:few] if QUALIFIED.of(line.measures)]
    return Ranking(by, currency, best, ordered[: -few - 1 : -1])


def _enough(measures: Measures) -> bool:
    return CLICKS.of(measures) >= ENOUGH_CLICKS


def _cheapest_first(line: Ranked) -> tuple[bool, float, int]:
    cost = COST_PER_QUALIFIED.of(line.measures)
    return cost is None, SPEND.of(line.measures) if cost is None else cost, line.key


def comparable_sql(key: str) -> str:
    """Write which rows are compared; table `s` has the sums under their names.

    Args:
        key: the column of table `s` that is ranked.

    >>> comparable_sql("campaign_id")
    's.campaign_id <> 0 AND s.spend > 0 AND s.clicks >= 50'
    """
    return f"s.{key} <> 0 AND s.{SPEND.name} > 0 AND s.{CLICKS.name} >= {ENOUGH_CLICKS}"


def order_sql(key: str, *, worst: bool) -> str:
    """Write the order in which the best come first, or the worst.

    >>> order_sql("id", worst=False)
    's.qualified = 0, COALESCE(s.spend / NULLIF(s.qualified, 0), s.spend), s.id'
    >>> order_sql("id", worst=True)
    's.qualified = 0 DESC, COALESCE(s.spend / NULLIF(s.qualified, 0), s.spend) DESC, s.id DESC'
    """
    spend, qualified = f"s.{SPEND.name}", f"s.{QUALIFIED.name}"
    terms = (f"{qualified} = 0", f"COALESCE({spend} / NULLIF({qualified}, 0), {spend})", f"s.{key}")
    return ", ".join(f"{term} DESC" if worst else term for term in terms)


def shown_sql(at_most: int, *, worst: bool) -> str:
    """Write which rows are in a half, by their `place` in its order among the `compared` ones.

    >>> shown_sql(5, worst=False)
    's.place <= LEAST(5, s.compared DIV 2) AND s.qualified > 0'
    """
    half = f"s.place <= LEAST({at_most}, s.compared DIV 2)"
    return half if worst else f"{half} AND s.{QUALIFIED.name} > 0"
