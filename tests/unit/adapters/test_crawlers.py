from importlib.metadata import version

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # type: ignore[import-untyped]

from admetrics.adapters.crawlers import is_robot
from admetrics.domain.events.event import ROBOTS
from admetrics.testing.contracts.robots import RobotsContract


class TestRobots(RobotsContract):
    @pytest.fixture(name="is_robot")
    def listed(self):
        return is_robot


def test_nearly_every_robot_of_the_list_is_known_in_any_case():
    """One is not: the list has its name with a capital in the middle of a word, and only so is it known."""
    known = {text for each in CRAWLER_USER_AGENTS_DATA for text in each.get("instances", ())}
    assert len(known) > 2000
    assert all(map(is_robot, known))
    for case in (str.lower, str.upper, str.swapcase):
        unknown = [text for text in known if not is_robot(case(text))]
        assert len(unknown) <= 1, (case, unknown)


@pytest.mark.parametrize("case", [str, str.lower, str.upper])
@pytest.mark.parametrize(
    "user_agent",
    [
        "Mozilla/5.0 (Linux; Android 7.0; Panasonic ELUGA Ray X Build/NRD90M) Chrome/62.0 Mobile Safari/5",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML) Chrome/131.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0",
        "Mozilla/5.0 (Linux; Android 14; SM-S918B) SamsungBrowser/27.0 Chrome/125.0 Mobile Safari/537.36",
        "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
        "Opera/9.80 (Android; Opera Mini/36.2)",
        "Mozilla/5.0 (Linux; Android 10; Redmi Note 8) AppleWebKit/537.36 OPR/76.2 Chrome/118.0 Mobile Safari/537.36",
    ],
)
def test_browsers_are_no_robots_in_any_case(user_agent, case):
    assert not is_robot(case(user_agent))


def test_the_list_is_the_one_that_belongs_to_the_revision_of_the_rules():
    """If this fails: a newer list classifies differently, so raise `REVISION` with `ROBOTS` (events/event.py)."""
    assert version("crawler-user-agents") == ROBOTS
