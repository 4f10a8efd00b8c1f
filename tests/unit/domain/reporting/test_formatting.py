"""How figures and names are written."""

import pytest

from admetrics.domain.reporting.formatting import inert


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\uff1d1"])
def test_a_formula_gets_an_apostrophe(text):
    assert inert([text]) == [f"'{text}"]


@pytest.mark.parametrize("value", ["Acme", "a=b", "", "1-2", "Việc Làm", -1, -1.5, None])
def test_any_other_text_and_every_figure_stays_as_it_is(value):
    assert inert([value]) == [value]
