"""Repeats: clicks soon after the click before, of the same visitor on the same job."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from admetrics.domain.events.event import Interaction
from admetrics.domain.events.kind import Kind

REPEAT_WINDOW: Final = timedelta(seconds=30)
"""How long after a click on a job another click of the same visitor on it is a repeat, unless configured."""


def can_repeat(interaction: Interaction) -> bool:
    """Return whether it is a click that can be a repeat, or make another one a repeat: an unknown visitor's cannot."""
    return interaction.kind is Kind.CLICK and interaction.job != 0 and interaction.uid is not None


def repeats_among(interactions: Iterable[Interaction], *, window: timedelta) -> frozenset[str]:
    """Find the repeats: clicks less than `window` after the click before, of the same visitor on the same job.

    Of two clicks at the same time, the one with the smaller id comes first.

    Args:
        interactions: of distinct events, any order; those up to `window` before the ones of interest included.
        window: 0 for no repeats.

    Returns:
        The ids of the repeats.
    """
    last: dict[tuple[str | None, int], datetime] = {}
    repeats: set[str] = set()
    for click in sorted(filter(can_repeat, interactions), key=lambda click: (click.time, click.id)):
        pair = (click.uid, click.job)
        if pair in last and click.time - last[pair] < window:
            repeats.add(click.id)
        last[pair] = click.time
    return frozenset(repeats)


def last_of_pairs(interactions: Iterable[Interaction], *, since: datetime) -> Sequence[Interaction]:
    """Return what of some interactions can make later clicks repeats: the last click of each visitor on each job.

    Args:
        interactions: of distinct events, any order.
        since: those before are left out.
    """
    late = (each for each in interactions if each.time >= since and can_repeat(each))
    return list({(click.uid, click.job): click for click in sorted(late, key=lambda click: click.time)}.values())


def since_before_sql(visitor: str) -> str:
    """Write how long after the click before, of the same visitor on the same job, a click is; null after none.

    Args:
        visitor: the column that tells visitors apart; the rows are clicks of known visitors with a job.

    >>> since_before_sql("uid")
    'time - lag(time) OVER (PARTITION BY uid, job ORDER BY time, id)'
    """
    return f"time - lag(time) OVER (PARTITION BY {visitor}, job ORDER BY time, id)"
