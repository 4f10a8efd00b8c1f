from importlib.metadata import version

import pytest

from admetrics.adapters.crawlers import is_robot
from admetrics.domain.events.event import ROBOTS
from admetrics.testing.contracts.robots import RobotsContract


class TestRobots(RobotsContract):
    @pytest.fixture(name="is_robot")
    def listed(self):
        return is_robot


def test_the_list_is_the_one_that_belongs_to_the_revision_of_the_rules():
    """If this fails: a newer list classifies differently, so raise `REVISION` with `ROBOTS` (events/event.py)."""
    assert version("crawler-user-agents") == ROBOTS
