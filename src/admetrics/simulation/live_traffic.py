"""Feed: simulated traffic that never ends, written as a tracker writes its log."""

import threading
from typing import BinaryIO, Final

from admetrics.ports.clock import Clock
from admetrics.simulation.simulate import Simulation

_EVERY: Final = 0.2
"""Seconds between two writes."""


def live_traffic(
    simulation: Simulation, out: BinaryIO, *, clock: Clock, per_second: int, stopped: threading.Event
) -> int:
    """Write lines at a rate until stopped.

    Args:
        simulation: where they come from.
        out: takes whole lines, some at a time.
        clock: tells the time of the records, and how many are due.
        per_second: the rate, on average from the beginning.
        stopped: ends it after the current write.

    Returns:
        How many lines were written.
    """
    began = clock.now()
    written = 0
    while not stopped.wait(_EVERY):
        now = clock.now()
        due = int((now - began).total_seconds() * per_second)
        out.write(simulation.more(max(0, due - written), now=now))
        out.flush()
        written = max(written, due)
    return written
