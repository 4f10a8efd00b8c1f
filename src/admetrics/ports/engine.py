"""The port to an engine: it folds whole hours of the lake into cells."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from admetrics.domain.rollup.fold import Fold
from admetrics.domain.rollup.minutes import MinutesByHour


class Engine(Protocol):
    """Recomputes hours from the lake; `admetrics.domain.rollup.fold.fold_hours` over `Lake.scan` is the meaning."""

    def fold(self, dirty: MinutesByHour) -> Fold:
        """Compute every cell of some hours.

        Args:
            dirty: the hours, each with the minutes that new arrivals touched (a bit mask as in `Arrival.minutes`).
                An engine may reuse its own earlier fold of the other minutes; it must read those that are touched.

        Returns:
            The cells of all these hours, exactly; and what was reused.

        Raises:
            TooLargeError: these hours are too many at once; fewer may fit.
        """
        ...

    def claimed(self, version: int, hours: Collection[datetime]) -> None:
        """Learn which hours of the last fold were claimed: only their minutes may be reused later.

        Args:
            version: the version of the claim, which is now the last claim of the minutes that were not reused.
            hours: the hours that were granted.
        """
        ...

    def forget(self, hours: Collection[datetime]) -> None:
        """Learn that some hours are recomputed elsewhere: nothing of them may be reused, nor of the last fold."""
        ...
