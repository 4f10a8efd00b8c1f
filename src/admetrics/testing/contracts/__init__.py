"""One contract suite a port, under the port's name.

A suite holds for every adapter that keeps the promises in the port's docstrings. One store is enough for a whole
class of tests: every example works on a day, on ids or on names of its own, so a store that is slow to make may be
made once for a run of the tests (a fixture of wider scope). `examples` is how many examples Hypothesis tries in each
test, and `many` how much one call must be able to take; an adapter that is slow to answer lowers them.
"""

import pytest

pytest.register_assert_rewrite(
    *(
        f"admetrics.testing.contracts.{port}"
        for port in (
            "bus", "checkpoints", "clock", "dead_letters", "decoder", "dimensions", "engine", "lake", "source",
            "warehouse",
        )
    )
)  # fmt: skip
