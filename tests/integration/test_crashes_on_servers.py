"""Kills over real servers: whatever a process was doing when it died, the next one puts it right."""

from random import Random

from tests.crashes.gauntlet import ORDINARY, on_servers


def test_kills_over_real_servers_change_nothing(real_stack, tmp_path):
    """At every effect of what runs all day, just before it and just after it."""
    random = Random(20260301)
    gauntlet = on_servers(tmp_path, real_stack.settings, real_stack.send, random)
    gauntlet.run(random.sample(ORDINARY, k=len(ORDINARY)))
    assert gauntlet.kills.total() > len(ORDINARY) / 2
    assert gauntlet.unmet == []
