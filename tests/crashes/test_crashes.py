"""The embedded product under kills: whatever a process was doing when it died, the next one puts it right."""

from random import Random

import pytest

from tests.crashes.gauntlet import ORDINARY, RARE, embedded


@pytest.fixture
def gauntlet(tmp_path):
    """Makes a gauntlet over fresh stores from a seed."""
    return lambda seed: embedded(tmp_path, Random(seed))


@pytest.mark.parametrize("seed", [1, 2, 4])
def test_kills_in_what_runs_all_day_change_nothing(gauntlet, seed):
    """At every effect, just before it and just after it; and at moments of no one's choice."""
    each = gauntlet(seed)
    each.run(each.random.sample(ORDINARY, k=len(ORDINARY)))
    assert each.kills.total() > len(ORDINARY) / 2
    assert each.unmet == []


def test_kills_in_what_is_done_by_hand_change_nothing(gauntlet):
    """Imports of dimensions, rebuilds, repairs and replays, in the middle of everything else."""
    each = gauntlet(3)
    each.run(each.random.sample(RARE, k=len(RARE)))
    assert each.kills.total() > len(RARE) / 2
    assert each.unmet == []
