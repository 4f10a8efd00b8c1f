"""Run: tick for ever, at once while something waits, backing off during an outage, until stopped."""

import logging
import threading
from datetime import timedelta

import pytest

from admetrics.adapters.memory.source import MemorySource
from admetrics.app.run import run
from admetrics.domain.errors import PermanentError, TransientError
from admetrics.domain.times import TimeLimits
from tests.unit.app.stores import Fuse, Stores, line

EVERY = timedelta(seconds=2)


class Waits(threading.Event):
    """Takes note of every pause instead of waiting; stops the loop after some of them.

    Args:
        at_most: how many pauses.
    """

    def __init__(self, at_most):
        super().__init__()
        self.pauses: list[float] = []
        self._at_most = at_most

    def wait(self, timeout=None):
        self.pauses.append(timeout)
        if len(self.pauses) >= self._at_most:
            self.set()
        return self.is_set()


class Observed:
    """A monitor."""

    def __init__(self):
        self.figures = []

    def observe(self, figures):
        self.figures.append(figures)


class BrokenLake:
    """Raises a number of times, then works."""

    kind = "Memory"

    def __init__(self, lake, times, error):
        self._lake, self._times, self._error = lake, times, error

    def __getattr__(self, name):
        if self._times:
            self._times -= 1
            raise self._error
        return getattr(self._lake, name)


def test_it_pauses_only_when_nothing_waits():
    stores, waits = Stores(), Waits(4)
    run(pipeline=stores.pipeline(), source=MemorySource([line(1, job_id=1)]), every=EVERY, stopped=waits)
    assert waits.pauses == [0, 2, 2, 2]
    assert len(stores.table()) == 1


def test_it_stops_when_told_before_the_first_tick():
    stores, stopped = Stores(), threading.Event()
    stopped.set()
    fuse = Fuse()
    run(pipeline=stores.pipeline(fuse.wrap), source=None, every=EVERY, stopped=stopped)
    assert fuse.effects == 0


def test_an_outage_makes_the_pauses_longer_up_to_a_bound_and_is_survived(caplog):
    stores, waits = Stores(), Waits(14)
    lake = BrokenLake(stores.lake, 12, TransientError("the lake does not answer"))
    with caplog.at_level(logging.WARNING, "admetrics.run"):
        run(pipeline=stores.pipeline(lake=lake), source=MemorySource([line(1, job_id=1)]), every=EVERY, stopped=waits)
    during = waits.pauses[:12]
    longest = [min(30, 2 * 2**outage) for outage in range(1, 13)]
    assert all(most / 2 <= pause <= most for pause, most in zip(during, longest, strict=True))
    assert waits.pauses[12:] == [0, 2]
    assert len(stores.table()) == 1
    assert caplog.messages[0].startswith("the lake does not answer; trying again in")


def test_after_an_outage_the_pauses_are_short_again():
    stores, waits = Stores(), Waits(4)

    class Flaky:
        kind = "Memory"
        turn = 0

        def __getattr__(self, name):
            if name == "arrivals":
                Flaky.turn += 1
                if Flaky.turn % 2:
                    raise TransientError("no answer")
            return getattr(stores.lake, name)

    run(pipeline=stores.pipeline(lake=Flaky()), source=None, every=EVERY, stopped=waits)
    assert waits.pauses[1::2] == [2, 2]
    assert all(2 <= pause <= 4 for pause in waits.pauses[::2])


def test_what_trying_again_cannot_mend_ends_it():
    stores = Stores()
    lake = BrokenLake(stores.lake, 1, PermanentError("the lake has another layout"))
    with pytest.raises(PermanentError, match="another layout"):
        run(pipeline=stores.pipeline(lake=lake), source=None, every=EVERY, stopped=Waits(9))


def test_monitors_are_told_every_tick_and_every_outage():
    stores, monitor = Stores(), Observed()
    lake = BrokenLake(stores.lake, 2, TransientError("no answer"))
    source = MemorySource([line(1, job_id=1), b"{"])
    run(pipeline=stores.pipeline(lake=lake), source=source, every=EVERY, stopped=Waits(4), monitors=[monitor])
    outage, second, busy, idle = monitor.figures
    assert (outage, second["outages"]) == ({"outages": 1}, 2)
    assert (busy["read"], busy["dead_letters"], busy["published"], busy["loaded"]) == (2, 1, 1, 1)
    assert busy["rejected:not_json"] == 1
    assert (busy["source_lag"], busy["bus_lag"], busy["outages"]) == (0, 0, 0)
    assert idle["read"] == 0


def test_a_clock_that_is_set_back_meanwhile_makes_no_tick_shorter_than_nothing():
    stores, monitor = Stores(), Observed()

    class SetBack:
        def __getattr__(self, name):
            stores.clock.advance(-timedelta(hours=5))
            return getattr(stores.lake, name)

    source = MemorySource([line(1, job_id=1)])
    pipeline = stores.pipeline(lake=SetBack())
    run(pipeline=pipeline, source=source, every=EVERY, stopped=Waits(1), monitors=[monitor])
    assert 0 <= monitor.figures[0]["seconds"] < 600


def test_an_idle_pipeline_logs_nothing_at_info(caplog):
    with caplog.at_level(logging.INFO, "admetrics.run"):
        run(pipeline=Stores().pipeline(), source=None, every=EVERY, stopped=Waits(3))
    assert caplog.messages == []


def test_clocks_that_take_local_time_for_utc_are_told(caplog):
    stores = Stores()
    early = line(1, hour=stores.clock.now() + timedelta(hours=7), job_id=1)
    with caplog.at_level(logging.WARNING, "admetrics.run"):
        run(
            pipeline=stores.pipeline(limits=TimeLimits.at(stores.clock.now())),
            source=MemorySource([early]),
            every=EVERY,
            stopped=Waits(2),
        )
    (told,) = caplog.messages
    assert told == (
        "nearly all records are about 7 hours ahead of now: "
        "if their tracker takes local time for UTC, set source_utc_offset"
    )
