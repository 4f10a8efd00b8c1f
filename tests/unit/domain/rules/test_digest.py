import hashlib

import attrs
import pytest
from hypothesis import given

from admetrics.domain.metrics.measures import ZERO, Measures
from admetrics.domain.rules.digest import VANISHED, digest
from admetrics.testing import strategies as some


@given(some.measures(), some.measures())
def test_equal_content_has_equal_digests_of_16_bytes_and_other_content_has_others(one, other):
    assert (digest(one, 7) == digest(other, 7)) == (one == other)
    assert len(digest(one, 7)) == 16


@pytest.mark.parametrize("name", [field.name for field in attrs.fields(Measures)])
def test_every_measure_counts(name):
    assert digest(attrs.evolve(ZERO, **{name: 1}), None) != VANISHED


@given(some.measures())
def test_it_is_half_of_the_sha_256_of_the_figures_and_the_company(measures):
    """As checkpoint stores have it, and as engines that speak SQL compute it."""
    for company in (None, 7):
        written = ",".join(f"{number}" for number in (*attrs.astuple(measures), company or 0))
        assert digest(measures, company) == hashlib.sha256(written.encode()).digest()[:16]


def test_the_company_counts():
    assert len({digest(ZERO, company) for company in (None, 1, 2)}) == 3
