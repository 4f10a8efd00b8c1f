"""The port to a list of known robots."""

from typing import Protocol


class Robots(Protocol):
    """Knows the user agents of robots, crawlers and automation tools."""

    def __call__(self, user_agent: str, /) -> bool:
        """Return whether a user agent is a known robot.

        Args:
            user_agent: any text, of any length, in any case.

        Returns:
            Always the same for the same text, within one revision of the classification.
        """
        ...
