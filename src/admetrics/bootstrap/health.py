"""How every part is: what `doctor` says."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from typing import Final

import attrs

from admetrics.app.erase import ErasureRegistry
from admetrics.app.roll_up import unhandled_arrivals
from admetrics.bootstrap.engines import check_engine
from admetrics.bootstrap.opening import Opening
from admetrics.bootstrap.pipeline import erasure_key, uid_key
from admetrics.bootstrap.registry import setting_of
from admetrics.configuration import Settings, masked
from admetrics.domain.errors import AdmetricsError, InUseError
from admetrics.domain.rules.currency import unreadable_currencies, unreadable_note
from admetrics.domain.times import CLOCK_SKEW
from admetrics.ports.clock import Clock


@attrs.frozen
class Check:
    """What `doctor` says of one part.

    Args:
        part: which.
        ok: whether it can be used.
        detail: what is configured and how far behind it is, or what is wrong and what to do.
    """

    part: str
    ok: bool
    detail: str


def check_parts(settings: Settings, *, clock: Clock | None = None) -> Sequence[Check]:
    """Try every part once and say how it is; a part that fails does not keep the others from being tried.

    Nothing is created, and nobody is waited for: what another command is using is well.
    """
    settings = attrs.evolve(settings, lock_timeout=timedelta())
    with ExitStack() as stack:
        opening = Opening(settings, clock, stack, may_create=False)
        return [
            _checked(part, getattr(settings, setting_of(part)), partial(check, opening))
            for part, check in _CHECKS.items()
        ]


def _checked(part: str, url: str | None, check: Callable[[], str]) -> Check:
    shown = masked(url) if url else "none"
    try:
        return Check(part, ok=True, detail=f"{shown}: {check()}")
    except InUseError as error:
        return Check(part, ok=True, detail=f"{shown}: not looked at, {error}")
    except AdmetricsError as error:
        return Check(part, ok=False, detail=f"{shown}: {error}")


def _check_source(opening: Opening) -> str:
    if opening.settings.source is None:
        return "files are given to `ingest`"
    source = opening.part("source")
    source.poll(at_most=1)
    source.rewind()
    lag = source.lag()
    return "reachable" if lag is None else f"{lag} waiting"


def _check_lake(opening: Opening) -> str:
    from admetrics.adapters.msgspec import decode

    lake = opening.part("lake")
    settings = opening.settings
    ErasureRegistry(lake=lake, key=partial(erasure_key, settings), uid_key=uid_key(settings), decode=decode).noted()
    return f"{len(lake.arrivals())} arrivals shown"


def _check_engine(opening: Opening) -> str:
    check_engine(opening.settings)
    opening.part("engine").fold({})
    return "ready"


def _check_checkpoints(opening: Opening) -> str:
    arrivals = unhandled_arrivals(lake=opening.part("lake"), checkpoints=opening.part("checkpoints"))
    return f"{len({arrival.hour for arrival in arrivals})} hours to roll up"


def _check_warehouse(opening: Opening) -> str:
    last = opening.part("warehouse").last_update()
    if last is None:
        return "empty"
    ahead = last - opening.clock.now() > CLOCK_SKEW
    return f"last changed {last:%Y-%m-%dT%H:%M:%SZ}{', ahead of this clock: set the clocks' if ahead else ''}"


def _check_dimensions(opening: Opening) -> str:
    publishers = opening.part("dimensions").all().publishers
    return unreadable_note(unreadable_currencies(each.currency for each in publishers)) or "all currencies are known"


def _check_dead_letters(opening: Opening) -> str:
    counts = opening.part("dead_letters").count()
    return ", ".join(f"{count} {reason.value}" for reason, count in counts.items()) or "none"


_CHECKS: Final[Mapping[str, Callable[[Opening], str]]] = {
    "source": _check_source,
    "lake": _check_lake,
    "engine": _check_engine,
    "checkpoints": _check_checkpoints,
    "bus": lambda opening: f"{opening.part('bus').lag()} messages to load",
    "warehouse": _check_warehouse,
    "dimensions": _check_dimensions,
    "dead_letters": _check_dead_letters,
}
