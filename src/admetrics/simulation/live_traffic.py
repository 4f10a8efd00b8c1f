"""Live traffic: simulated records that never end, written as a tracker writes its log."""

import threading
from datetime import timedelta
from typing import BinaryIO, Final

from admetrics.ports.clock import Clock
from admetrics.simulation.simulate import Simulation

_EVERY: Final = 0.2
"""Seconds between two writes."""
_LONGEST_PAUSE: Final = timedelta(minutes=5)
"""What was due longer ago is left out: the machine slept, or its clock was set."""


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
    before = clock.now()
    due, written = 0.0, 0
    while not stopped.wait(_EVERY):
        now = clock.now()
        passed = min(max(timedelta(), now - before), _LONGEST_PAUSE)  # a clock may be set
        due += passed.total_seconds() * per_second
        out.write(simulation.more(int(due) - written, now=now))
        out.flush()
        before, written = now, int(due)
    return written
