"""What a click costs under the terms of its publisher."""

from decimal import ROUND_FLOOR, Decimal

import attrs


@attrs.frozen
class BidTerms:
    """The bids that a publisher takes (columns `cpc_increment`, `min_bid` and `max_bid`); None: no such term.

    Args:
        increment: bids are whole numbers of it, if it is above 0.
        minimum: the least bid.
        maximum: the highest bid; it holds even if it is below the minimum.
    """

    increment: Decimal | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None

    def cost(self, bid: int | None) -> Decimal:
        """Return what a click of a bid costs: the bid, brought within the terms; exact.

        It is rounded down to the increment, raised to the minimum, and cut to the maximum, in that order: an employer
        never pays more than the highest bid that the publisher takes. A click without a bid, or of 0, is free.

        >>> terms = BidTerms(increment=Decimal("0.5"), minimum=Decimal(2), maximum=Decimal("7.25"))
        >>> [str(terms.cost(bid)) for bid in (None, 0, 1, 3, 9)]
        ['0', '0', '2', '3.0', '7.25']
        """
        if not bid:
            return Decimal(0)
        cost = Decimal(bid)
        if self.increment is not None and self.increment > 0:
            cost = (cost / self.increment).to_integral_value(ROUND_FLOOR) * self.increment
        if self.minimum is not None:
            cost = max(cost, self.minimum)
        return cost if self.maximum is None else min(cost, self.maximum)


NO_TERMS = BidTerms()
"""The terms of a publisher that is not known: every bid is taken as it is."""
