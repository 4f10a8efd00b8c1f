"""What reconcile found, as the warehouse remembers it."""

from datetime import datetime

import attrs


@attrs.frozen(order=True)
class Reconciliation:
    """The figures of one run of reconcile.

    Args:
        made: when it ended, aware UTC.
        first_hour: the first hour that was compared; None if there was none.
        last_hour: the last hour that was compared; None if there was none.
        hours: hours that were compared.
        cells: cells that were compared.
        different: cells that differed.
        pending: cells that differed while their hour was being changed.
        repaired: hours that were made dirty to be fixed.
    """

    made: datetime
    first_hour: datetime | None
    last_hour: datetime | None
    hours: int
    cells: int
    different: int
    pending: int
    repaired: int
