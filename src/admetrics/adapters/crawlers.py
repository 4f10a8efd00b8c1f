"""Robots by the list of the package crawler-user-agents, in any case."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Final

_CONSIDERED: Final = 1000
"""How many characters of a user agent are read: real ones are shorter, and the search takes longer with every one."""
_REMEMBERED: Final = 20_000
_AT_ONCE: Final = 25
"""How many patterns are searched for in one: as many as the package does, which is fastest."""
_CAPITALS: Final = re.compile(r"\\.|[A-Z]", re.DOTALL)


def is_robot(user_agent: str, /) -> bool:
    """Return whether the list knows a user agent; most have been seen before, and are remembered."""
    return _is_listed(user_agent[:_CONSIDERED])


@lru_cache(maxsize=_REMEMBERED)
def _is_listed(user_agent: str) -> bool:
    from crawleruseragents import (  # type: ignore[import-untyped]  # noqa: PLC0415  0.03 s that most commands spare
        is_crawler,
    )

    lower = user_agent.lower()
    return bool(is_crawler(user_agent)) or any(pattern.search(lower) for pattern in _patterns_in_lower_case())


@cache
def _patterns_in_lower_case() -> Sequence[re.Pattern[str]]:
    from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # noqa: PLC0415

    patterns = [_in_lower_case(each["pattern"]) for each in CRAWLER_USER_AGENTS_DATA]
    return [re.compile("|".join(patterns[start : start + _AT_ONCE])) for start in range(0, len(patterns), _AT_ONCE)]


def _in_lower_case(pattern: str) -> str:
    r"""Write a pattern of the list for text in lower case.

    Where one begins with a capital, it begins a word: so the robot Sonic is not found in the phone Panasonic.

    >>> _in_lower_case(r"Sonic\S"), _in_lower_case("bot")
    ('(?<![a-z])(?:sonic\\S)', 'bot')
    """
    lower = _CAPITALS.sub(lambda found: found[0] if found[0].startswith("\\") else found[0].lower(), pattern)
    return f"(?<![a-z])(?:{lower})" if pattern[:1].isupper() else lower
