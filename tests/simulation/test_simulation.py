"""Any walk of the whole system ends with the right table, and nothing wrong is seen on the way.

Each example is a walk of about a hundred turns: two runners, two loaders, three writers and two administrators share
one set of stores, and every effect that they have may be interleaved with those of others, repeated, refused, lost on
its way, or cut by a crash. `SIMULATIONS=20000` makes more of them, other ones each time.
"""

import os
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.simulation.world import simulate

WANTED: Final = os.environ.get("SIMULATIONS")


@settings(
    max_examples=int(WANTED or 1000),
    derandomize=WANTED is None,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.binary(min_size=150, max_size=450))
def test_whatever_happens_the_table_is_that_of_a_clean_batch_fold(data):
    simulate(data)
