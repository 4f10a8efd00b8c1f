"""The winner among conflicting copies of one event, whatever the order in which they arrive."""

from collections.abc import Iterable

from admetrics.domain.events.event import Event


def winner(copies: Iterable[Event]) -> Event:
    """Choose among copies of one event: by key, revision, fingerprint, protection and marks.

    Keyed ones win over others, whose fingerprints cannot be compared with theirs. Then the highest revision, then the
    smallest fingerprint; so what was done to a record since it came decides nothing.
    Copies of one record are the same event by the same rules: the best protected wins, then the one with most marks.

    Never the first or the last written, so that the order of arrival does not matter. Copies of one record differ in
    their marks only if what counts as internal was configured again in between: once marked, always marked.
    """
    return min(
        copies,
        key=lambda copy: (not copy.keyed, -copy.revision, copy.fingerprint.int, -copy.protection, -copy.marks),
    )


def order_sql(fingerprint: str) -> str:
    """Write the order in which the winner comes first.

    Args:
        fingerprint: the fingerprint, in a form that is ordered as its bytes are.

    >>> order_sql("fingerprint")
    'keyed DESC, revision DESC, fingerprint, protection DESC, marks DESC'
    """
    return f"keyed DESC, revision DESC, {fingerprint}, protection DESC, marks DESC"
