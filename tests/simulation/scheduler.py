"""Threads that hand a baton over: a service has as many effects on the outside as it may, then it waits to be told."""

import threading
from collections.abc import Callable, Collection
from enum import Enum, auto
from typing import Final, Protocol

from admetrics.domain.errors import TransientError

ALL: Final = 1_000_000
"""More effects than any service has."""


class Order(Enum):
    """What becomes of an effect."""

    GO = auto()
    TWICE = auto()
    """It is repeated: an answer was lost, and something underneath tried again."""
    REFUSE = auto()
    """It does not take place, and the service is told that there was no answer."""
    LOSE_ANSWER = auto()
    """It takes place, and the service is told that there was no answer."""
    CRASH = auto()
    """The process dies before it."""
    CRASH_AFTER = auto()
    """It takes place, and the process dies before it learns that."""


class CrashedError(BaseException):
    """Ends a service wherever it is; like a signal, it is not caught with errors."""


class Watch(Protocol):
    """Looks at each effect, before it and after it."""

    def before(self, name: str, order: Order) -> None: ...

    def after(self, name: str) -> None: ...


class Call:
    """One call of a service, in a thread of its own that runs only while the scheduler waits for it.

    Args:
        service: what to call; each of its effects goes through `effect`.
        watch: looks on.
    """

    def __init__(self, service: Callable[[], object], watch: Watch) -> None:
        self._service = service
        self.watch = watch
        self._left = 0
        self._last = Order.GO
        self._until: Collection[str] = ()
        self._first = True
        self._may_run = threading.Lock()
        self._waits = threading.Lock()
        self._may_run.acquire()
        self._waits.acquire()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._started = False
        self.done = False
        self.crashed = False
        self.result: object = None
        self.error: BaseException | None = None

    def resume(self, effects: int, last: Order = Order.GO, *, until: Collection[str] = ()) -> None:
        """Let the service have some effects, and return when it is about to have another one, or has ended.

        Args:
            effects: how many at the most.
            last: what becomes of the last of them; nothing is wrong with those before it.
            until: the names of effects before which to stop, unless it is the very next one.
        """
        self._left, self._last, self._until, self._first = effects, last, until, True
        if self._started:
            self._may_run.release()
        else:
            self._started = True
            self._thread.start()
        self._waits.acquire()
        if self.done:
            self._thread.join()

    def _run(self) -> None:
        try:
            self.result = self._service()
        except BaseException as error:  # noqa: BLE001  the scheduler looks at it
            self.error = error
        self.done = True
        self._waits.release()

    def effect(self, name: str, whole: Callable[[], object], part: Callable[[], object]) -> object:
        """Wait until it may be, then have the effect or not.

        Args:
            name: shown in the trace.
            whole: the effect.
            part: what takes place if nobody learns how far it came.
        """
        if self.crashed:
            raise CrashedError  # what a dying process still tries does not reach the outside
        if not self._left or (name in self._until and not self._first):
            self._waits.release()
            self._may_run.acquire()
        self._left -= 1
        self._first = False
        order = Order.GO if self._left else self._last
        self.watch.before(name, order)
        try:
            return self._obey(order, name, whole, part)
        finally:
            self.watch.after(name)

    def _obey(self, order: Order, name: str, whole: Callable[[], object], part: Callable[[], object]) -> object:
        self.crashed = order in {Order.CRASH, Order.CRASH_AFTER}
        match order:
            case Order.REFUSE:
                raise TransientError(f"{name} was refused")
            case Order.LOSE_ANSWER:
                part()
                raise TransientError(f"the answer of {name} was lost")
            case Order.CRASH:
                raise CrashedError
            case Order.CRASH_AFTER:
                part()
                raise CrashedError
            case Order.TWICE:
                whole()
        return whole()
