"""The accounting closes the books: for every hour, each event of the lake stands under exactly one outcome."""

from datetime import datetime

import attrs

from admetrics.domain.events.kind import Kind


@attrs.frozen(order=True)
class Outcome:
    """How many distinct events of an hour came to the same end.

    Args:
        hour: aware UTC.
        outcome: `<kind>`, `without_job:<kind>` or `other:<name>`.
        events: how many.
    """

    hour: datetime
    outcome: str
    events: int


def outcome_of(kind: Kind, name: str, *, has_job: bool) -> str:
    """Name the outcome of an event.

    >>> outcome_of(Kind.CLICK, "click", has_job=False), outcome_of(Kind.OTHER, "alive", has_job=True)
    ('without_job:click', 'other:alive')
    """
    if kind is Kind.OTHER:
        return f"other:{name}"
    return kind.value if has_job else f"without_job:{kind.value}"


def outcome_sql() -> str:
    """Write the outcome of an event with `kind`, `name` and `job`.

    >>> print(outcome_sql())
    CASE WHEN kind = 'other' THEN 'other:' || name WHEN job = 0 THEN 'without_job:' || kind ELSE kind END
    """
    return (
        f"CASE WHEN kind = '{Kind.OTHER.value}' THEN 'other:' || name "
        "WHEN job = 0 THEN 'without_job:' || kind ELSE kind END"
    )
