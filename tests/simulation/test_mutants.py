"""The proof that the simulation has teeth: with any part of the protocol left out, it fails within a bounded search."""

import random
from typing import Final

import pytest

from tests.simulation.mutants import MUTANTS
from tests.simulation.plan import IMPORTS, RECONCILES, Plan
from tests.simulation.world import simulate

WALKS_AT_MOST: Final = 3000
BYTES: Final = 300

PLANS: Final = {
    "claim without in-doubt mark": Plan(tasks=IMPORTS, stops=("commit",)),
    "version taken after the scan": Plan(stops=("next_version",)),
    "reuse checked before the claim": Plan(stops=("next_version", "claim")),
    "reconcile reads the moves last": Plan(tasks=RECONCILES, stops=("companies", "request", "states")),
}
"""Walks on which a coincidence that is rare elsewhere is likely; for the others, any walk will do."""


def walk(number, mutant=None, plan=None):
    simulate(random.Random(number).randbytes(BYTES), mutant, plan)


@pytest.mark.parametrize("name", MUTANTS)
def test_it_finds_what_is_wrong_with(name):
    for number in range(WALKS_AT_MOST):
        try:
            walk(number, MUTANTS[name], PLANS.get(name))
        except AssertionError:
            return
    pytest.fail(f"{WALKS_AT_MOST} walks found nothing wrong with: {name}")


@pytest.mark.parametrize("name", PLANS)
def test_it_finds_nothing_wrong_with_the_product_on_the_same_walks_as(name):
    for number in range(60):
        walk(number, plan=PLANS[name])
