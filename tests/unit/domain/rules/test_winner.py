import attrs
from hypothesis import given
from hypothesis import strategies as st

from admetrics.domain.events.click_flags import CLICK_FLAGS
from admetrics.domain.rules.winner import winner
from tests.unit.domain.rules.clicks import click


@given(st.sampled_from(CLICK_FLAGS), st.sampled_from(CLICK_FLAGS))
def test_a_copy_with_more_marks_wins_over_one_of_the_same_record(one, other):
    copies = [attrs.evolve(click(0), marks=marks) for marks in (one, other)]
    assert winner(copies).marks == winner(reversed(copies)).marks == max(one, other)
