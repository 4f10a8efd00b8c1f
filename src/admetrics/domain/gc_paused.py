"""Python's garbage collector, held back where many values are made."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def gc_paused() -> Iterator[None]:
    """Keep the collector from walking through a growing batch, and all else that is held, again and again.

    For work on one batch that makes few cycles, if any: what it leaves behind is found after it. The search took a
    fifth of the time of sorting out lines, and a quarter of that of sending rows to Kafka.

    >>> with gc_paused():
    ...     gc.isenabled()
    False
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
