"""What an amount is counted in; amounts of different currencies cannot meet."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, Self

import attrs

_UNKNOWN: Final = "unknown"
# ISO 4217, list one: the active alphabetic codes of currencies of countries, without funds, metals and codes for tests.
_ACTIVE: Final = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY
    COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR
    ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK
    MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU
    UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
_WITHDRAWN: Final = "ANG BGN CUC HRK SLL ZWL"  # since 2020: budgets of older campaigns are still in them

CURRENCIES: Final = frozenset(f"{_ACTIVE} {_WITHDRAWN}".split())
"""The codes of ISO 4217. A typing error is no currency: nothing would ever be spent in a budget of it."""


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


def currency_code(text: str, names: Mapping[str, str]) -> str:
    """Return the code that a site's spelling of a currency stands for; without one, the text in capitals.

    Args:
        text: as the table of publishers has it.
        names: the codes of spellings, these in lower case.

    >>> [currency_code(text, {"1": "USD", "us dollar": "USD"}) for text in (" 1", "US Dollar", "eur", "2")]
    ['USD', 'USD', 'EUR', '2']
    """
    text = text.strip()
    return names.get(text.lower(), text.upper())


def unreadable_currencies(codes: Iterable[str | None]) -> Mapping[str, int]:
    """Count what is no code of ISO 4217 among the currencies of publishers; one that has none is not counted.

    >>> dict(unreadable_currencies(["USD", "1", None, "1"]))
    {'1': 2}
    """
    return Counter(code for code in codes if code and code not in CURRENCIES)


def unreadable_note(unreadable: Mapping[str, int]) -> str:
    """Say which currencies cannot be read, and what to do; nothing, if all can.

    >>> unreadable_note({"1": 2})
    'not in ISO 4217, so each is a currency by itself: 1 (publishers: 2); map them in [currencies] and import again'
    """
    if not unreadable:
        return ""
    named = ", ".join(f"{code} (publishers: {number})" for code, number in sorted(unreadable.items()))
    return f"not in ISO 4217, so each is a currency by itself: {named}; map them in [currencies] and import again"


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
