"""The table for spreadsheets: every text reads back, and none begins as a formula does."""

import csv
import io
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from admetrics.adapters.memory.clock import ManualClock
from admetrics.adapters.memory.warehouse import MemoryWarehouse
from admetrics.app.report import report
from admetrics.domain.dimensions import Company, Dimensions, Publisher
from admetrics.interfaces.web.table import breakdown_csv
from admetrics.testing.strategies import HOSTILE
from tests.unit.interfaces.web.conftest import NOW, row

TEXTS = st.sampled_from(HOSTILE) | st.text(max_size=20) | st.text("=+-@\t\r\n ;,'\"ab", min_size=1, max_size=6)


def table(companies: Sequence[Company], currency: str) -> str:
    warehouse = MemoryWarehouse(clock=ManualClock(NOW))
    warehouse.upsert([row(each.id, each.id) for each in companies])
    known = Dimensions(companies=companies, publishers=(Publisher(1, "Lotus", currency),))
    return breakdown_csv(report(warehouse=warehouse, known=known, now=NOW)).decode("utf-8-sig")


@given(st.lists(TEXTS, min_size=1, max_size=3), TEXTS)
def test_whatever_the_names_no_cell_is_a_formula_and_each_stays_one_cell(names, currency):
    companies = [Company(number, name) for number, name in enumerate(names, start=1)]
    text = table(companies, currency)
    lines = list(csv.reader(io.StringIO(text, newline="")))
    assert len(lines) == 1 + len(companies)
    assert len({len(line) for line in lines}) == 1
    for line in lines[1:]:
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in line)
    assert text.count("\r\n") == text.count("\n") == len(lines)


def test_every_text_stands_in_quotes_so_that_no_other_separator_cuts_it():
    assert '"Acme;=1+1"' in table([Company(1, "Acme;=1+1")], "USD")
