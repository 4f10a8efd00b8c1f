"""What is opened together is shared by those that name it, and closed."""

from contextlib import ExitStack
from typing import Any

import pytest

from admetrics.adapters.memory.clock import ManualClock
from admetrics.bootstrap.opening import Opening
from admetrics.configuration import Settings
from admetrics.testing.strategies import FEW_HOURS


class Store:
    closed: list[str] = []  # noqa: RUF012  of all of them, in their order

    def __init__(self, url, resources):
        self.url, self.resources = url, resources

    def close(self):
        self.closed.append(self.url)


@pytest.fixture
def opening():
    Store.closed.clear()
    with ExitStack() as stack:
        yield Opening(Settings(), ManualClock(FEW_HOURS.start), stack, may_create=True)


def test_one_url_is_opened_once_and_closed_once_the_last_one_first(opening):
    first, second = opening.shared(Store, "one"), opening.shared(Store, "two")
    assert opening.shared(Store, "one") is first is not second
    assert first.resources.clock.now() == FEW_HOURS.start
    assert Store.closed == []
    opening.stack.close()
    assert Store.closed == ["two", "one"]


def test_a_part_is_opened_once_and_closed_if_it_can_be(opening, monkeypatch):
    monkeypatch.setattr("admetrics.bootstrap.opening.factory_of", lambda adapter: Store)
    lake: Any = opening.part("lake")
    assert opening.part("lake") is lake
    assert lake.url == opening.settings.lake
    opening.stack.close()
    assert Store.closed == [lake.url]


def test_what_has_no_close_is_left_alone(opening):
    assert opening.shared(lambda url, _: url, "one") == "one"
    opening.stack.close()
