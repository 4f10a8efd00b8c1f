"""What an amount is counted in; amounts of different currencies cannot meet."""

from typing import Final, Self

import attrs

_UNKNOWN: Final = "unknown"


@attrs.frozen(order=True)
class Currency:
    """What an amount is counted in.

    The currency comes from the publisher. What a publisher without one charges is known to be of one currency, but
    not which: it stays apart from everything, also from what other such publishers charge.

    Args:
        code: as ISO 4217 writes it, e.g. `USD`; empty if unknown, which sorts last.
        publisher: whose currency is unknown, 0 for traffic without a publisher; 0 if the code is known.
    """

    code: str = attrs.field(order=lambda code: (not code, code))
    publisher: int = 0

    @classmethod
    def of(cls, publisher: int, code: str | None) -> Self:
        """Name the currency of a publisher.

        >>> str(Currency.of(3, " usd ")), str(Currency.of(99, None)), str(Currency.of(0, None))
        ('USD', 'unknown (publisher 99)', 'unknown (no publisher)')
        """
        code = (code or "").strip().upper()
        return cls(code) if code else cls("", publisher)

    def __str__(self) -> str:
        if self.code:
            return self.code
        return f"{_UNKNOWN} (publisher {self.publisher})" if self.publisher else f"{_UNKNOWN} (no publisher)"


def label_sql(currency: str, publisher: str) -> str:
    """Write the name of a currency for MySQL and MariaDB, as `str` of a `Currency` has it.

    Args:
        currency: the column of the publisher's currency, null if it is not known.
        publisher: the column of the publisher's id.

    >>> print(label_sql("p.currency", "f.publisher_id"))  # doctest: +NORMALIZE_WHITESPACE
    COALESCE(NULLIF(UPPER(TRIM(p.currency)), ''), IF(f.publisher_id = 0, 'unknown (no publisher)',
    CONCAT('unknown (publisher ', f.publisher_id, ')')))
    """
    return (
        f"COALESCE(NULLIF(UPPER(TRIM({currency})), ''),"
        f" IF({publisher} = 0, '{_UNKNOWN} (no publisher)', CONCAT('{_UNKNOWN} (publisher ', {publisher}, ')')))"
    )


def order_sql(label: str) -> str:
    """Write the order of labels: unknown currencies come last.

    >>> order_sql("code")
    "code LIKE 'unknown%', code"
    """
    return f"{label} LIKE '{_UNKNOWN}%', {label}"
