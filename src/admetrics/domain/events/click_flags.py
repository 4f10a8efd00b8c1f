"""Marks: what only the raw record of a click tells of its validity, noted when it is classified (docs/spend.md)."""

from collections.abc import Callable, Collection, Iterable, Iterator
from enum import IntFlag
from typing import Final
from urllib.parse import urlsplit

import attrs

from admetrics.domain.text import ASCII_SPACE


class ClickFlag(IntFlag):
    """One bit each; the numbers are stored in the lake."""

    NONE = 0
    ROBOT = 1
    INTERNAL = 2


CLICK_FLAGS: Final = tuple(map(ClickFlag, range(4)))
"""Every combination, at the place of its number: looked up faster than made."""


def _no_robots(_user_agent: str) -> bool:
    return False


def _texts(values: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(None, (value.strip(ASCII_SPACE) for value in values)))


def _hosts(values: Iterable[str]) -> frozenset[str]:
    return frozenset(map(str.lower, _texts(values)))


@attrs.frozen(kw_only=True)
class ClickFlagger:
    """What is noted of a click when it is classified, because only the raw record tells it.

    Args:
        is_robot: tells whether a user agent is a known robot.
        internal_hosts: hosts of pages whose clicks are tests, in any case; `.example.com` stands for all beneath it.
        internal_uids: visitors whose clicks are tests.
    """

    is_robot: Callable[[str], bool] = _no_robots
    internal_hosts: Collection[str] = attrs.field(default=(), converter=_hosts)
    internal_uids: Collection[str] = attrs.field(default=(), converter=_texts, repr=False)

    def marks(self, *, user_agent: object, url: str | None, uid: str | None) -> ClickFlag:
        """Return the marks of a click; a column may hold anything, and what is no text says nothing."""
        found = ClickFlag.NONE
        if isinstance(user_agent, str) and self.is_robot(user_agent):
            found |= ClickFlag.ROBOT
        if (uid is not None and uid in self.internal_uids) or (self.internal_hosts and self._is_internal(url)):
            found |= ClickFlag.INTERNAL
        return found

    def _is_internal(self, url: str | None) -> bool:
        host = _host_of(url or "")
        return host in self.internal_hosts or any(parent in self.internal_hosts for parent in _parents(host))


NO_FLAGS: Final = ClickFlagger()
"""Marks nothing: no robot is known, nothing is internal."""


_CONSIDERED: Final = 1000
"""How many characters of a URL are searched for its host: names of hosts have 253 at most (RFC 1035)."""


def _host_of(url: str) -> str:
    try:
        return urlsplit(url[:_CONSIDERED]).hostname or ""
    except ValueError:  # e.g. a bracket that is not closed
        return ""


def _parents(host: str) -> Iterator[str]:
    """Return what stands for all hosts beneath another.

    >>> list(_parents("www.example.com"))
    ['.example.com', '.com']
    """
    while (dot := host.find(".", 1)) > 0:
        host = host[dot:]
        yield host
