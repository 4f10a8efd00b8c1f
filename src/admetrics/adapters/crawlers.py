"""Robots by the list of the package crawler-user-agents."""

from functools import lru_cache
from typing import Final

_CONSIDERED: Final = 1000
"""How many characters of a user agent are read: real ones are shorter, and the search takes longer with every one."""
_REMEMBERED: Final = 20_000


def is_robot(user_agent: str, /) -> bool:
    """Return whether the list knows a user agent; most have been seen before, and are remembered."""
    return _is_listed(user_agent[:_CONSIDERED])


@lru_cache(maxsize=_REMEMBERED)
def _is_listed(user_agent: str) -> bool:
    from crawleruseragents import (  # type: ignore[import-untyped]  # noqa: PLC0415  0.03 s that most commands spare
        is_crawler,
    )

    return bool(is_crawler(user_agent))
