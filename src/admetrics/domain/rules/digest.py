"""The digest of a row's content, by which an unchanged row is not published again."""

import hashlib
from typing import Final

from admetrics.domain.metrics.catalog import MEASURES
from admetrics.domain.metrics.measures import ZERO, Measures

_BYTES: Final = 16
Digest = bytes
"""16 bytes that stand for the content of a row: its measures and its company."""


def digest(measures: Measures, company: int | None) -> Digest:
    """Digest the content of a row, so that an unchanged row is not published again.

    It is the first half of the SHA-256 of the figures and the company (0 for none), written with commas between
    them: engines that speak SQL compute the same.

    >>> len(digest(Measures(clicks=1), None))
    16
    """
    content = ",".join(map(str, (*measures.values, company or 0)))
    return hashlib.sha256(content.encode("ascii")).digest()[:_BYTES]


VANISHED: Final = digest(ZERO, None)
"""The digest of a cell that has no events any more; its company does not matter."""


def digest_sql() -> str:
    """Write the digest for Spark, of the columns that have the measures' names, and of `company`."""
    figures = ", ".join(measure.name for measure in MEASURES)
    return f"substring(unhex(sha2(concat_ws(',', {figures}, coalesce(company, 0)), 256)), 1, {_BYTES})"
