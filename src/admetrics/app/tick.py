"""Tick: each stage once, in the order of an event's way through the system."""

import attrs

from admetrics.app.ingest import Ingested
from admetrics.app.load import Loaded
from admetrics.app.roll_up import RolledUp


@attrs.frozen
class Ticked:
    """What one tick did."""

    ingested: Ingested
    rolled_up: RolledUp
    loaded: Loaded

    @property
    def more(self) -> bool:
        """Whether something was waiting: if not, it is worth to wait before the next tick."""
        return bool(self.ingested.lines or self.rolled_up.more or self.loaded.read)
