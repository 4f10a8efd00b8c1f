"""Stopping: Ctrl-C, SIGTERM or SIGHUP end any command, soon and with nothing lost.

A command that works in batches ends after the current one; any other ends where it is, and what it had half written
is removed. Whatever does not end by itself within `_GRACE`, because it waits for somebody who never answers or works
where Python cannot be interrupted, is ended. That is as safe as a kill, which is safe at any moment.
"""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

_GRACE: Final = 4.0
"""Seconds between the first signal and the end, at the most."""

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_Handler = Callable[[int, FrameType | None], object]


class StoppedError(BaseException):
    """A signal came; like KeyboardInterrupt handlers of `Exception` do not catch it.

    Args:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.code = code_of(number)


def code_of(number: int) -> int:
    """Return the exit code of a process that a signal ended, as shells have it."""
    return 128 + number


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Have signals end the block: by a `StoppedError` as soon as Python runs, and by force after `_GRACE`."""
    with _handled(_stop_here), _ended_in_time():
        yield


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """Yield an event that the first signal sets; a second one ends the process at once."""
    stopped = threading.Event()

    def stop(number: int, _frame: FrameType | None) -> None:
        if stopped.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stopped.set()

    with _handled(stop):
        yield stopped


def _stop_here(number: int, _frame: FrameType | None) -> NoReturn:
    raise StoppedError(number)


@contextmanager
def _handled(handler: _Handler) -> Iterator[None]:
    """Handle the signals, but for a SIGHUP that is ignored, as `nohup` has it."""
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    heeded = [number for number in _SIGNALS if number != signal.SIGHUP or before[number] is not signal.SIG_IGN]
    try:
        for number in heeded:
            signal.signal(number, handler)
        yield
    finally:
        for number in heeded:
            signal.signal(number, before[number])


@contextmanager
def _ended_in_time() -> Iterator[None]:
    """End the process if the block goes on for too long after a signal, whatever it is doing.

    The interpreter writes the number of a signal into a socket even while Python does not run: during a long query,
    for example, a handler would be called only after it.
    """
    inbox, outbox = socket.socketpair()
    outbox.setblocking(False)
    before = signal.set_wakeup_fd(outbox.fileno(), warn_on_full_buffer=False)
    over = threading.Event()
    thread = threading.Thread(target=_watch, args=(inbox, over), name="signals", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        signal.set_wakeup_fd(before)
        outbox.close()
        thread.join()
        inbox.close()


def _watch(inbox: socket.socket, over: threading.Event) -> None:
    while number := inbox.recv(1):
        if number[0] in _SIGNALS and not over.wait(_GRACE):
            sys.stderr.write(f"admetrics: it did not stop within {_GRACE:g} s and was ended: start it again to go on\n")
            sys.stderr.flush()
            os._exit(code_of(number[0]))
