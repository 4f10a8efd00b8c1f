"""The contract of a list of known robots."""

from typing import ClassVar

from admetrics.ports.robots import Robots
from admetrics.testing.examples import for_all
from admetrics.testing.strategies import HOSTILE, texts


class RobotsContract:
    """What every list of robots keeps.

    Fixtures to supply:
        is_robot: the list.
    """

    examples: ClassVar[int] = 50

    def test_crawlers_and_automation_tools_are_robots(self, is_robot: Robots) -> None:
        """Those that every list has."""
        assert is_robot("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")
        assert is_robot("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML) HeadlessChrome/131 Safari/537.36")
        assert is_robot("python-requests/2.31")
        assert is_robot("curl/8.4.0")

    def test_case_does_not_matter(self, is_robot: Robots) -> None:
        """Some logs are in lower case as a whole."""
        for user_agent in ("Mozilla/5.0 (compatible; Googlebot/2.1)", "python-requests/2.31", "curl/8.4.0"):
            assert is_robot(user_agent.lower())
            assert is_robot(user_agent.upper())

    def test_browsers_are_no_robots(self, is_robot: Robots) -> None:
        """An employer would lose nothing, but the publisher would be cheated."""
        assert not is_robot("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML) Chrome/131 Safari/5")
        assert not is_robot("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile Safari/604.1")
        assert not is_robot("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0")

    def test_any_text_has_one_answer(self, is_robot: Robots) -> None:
        """User agents are whatever a client sends."""

        def check(text: str) -> None:
            assert is_robot(text) is is_robot(text)

        for_all(check, texts(), examples=self.examples)
        assert not any(map(is_robot, ("", "x" * 1_000_000, *(text for text in HOSTILE if not text.isascii()))))
