"""What a benchmark yields, and how time is taken."""

import time
from collections.abc import Callable

import attrs


@attrs.frozen
class Figure:
    what: str
    value: str
    aim: str = ""


def rate(count: int, seconds: float) -> str:
    return f"{count / seconds:,.0f} /s"


def best_of(times: int, work: Callable[[], object]) -> float:
    """The shortest of several runs: what others do on the machine only ever adds."""
    durations = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        durations.append(time.perf_counter() - start)
    return min(durations)


def best_side_by_side(times: int, *works: Callable[[], object]) -> list[float]:
    """The shortest runs of several works, which take turns so that all of them meet the same machine."""
    rounds = [[best_of(1, work) for work in works] for _ in range(times)]
    return [min(durations) for durations in zip(*rounds, strict=True)]
