import attrs
import pytest
from hypothesis import given

from admetrics.domain.measures import ZERO, Measures
from admetrics.domain.row import VANISHED, digest
from admetrics.testing import strategies as some


@given(some.measures(), some.measures())
def test_equal_content_has_equal_digests_of_16_bytes_and_other_content_has_others(one, other):
    assert (digest(one, 7) == digest(other, 7)) == (one == other)
    assert len(digest(one, 7)) == 16


@pytest.mark.parametrize("name", [field.name for field in attrs.fields(Measures)])
def test_every_measure_counts(name):
    assert digest(attrs.evolve(ZERO, **{name: 1}), None) != VANISHED


def test_the_company_counts():
    assert len({digest(ZERO, company) for company in (None, 1, 2)}) == 3
