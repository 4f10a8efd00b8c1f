"""Dimension tables: names of columns and values as sites write them."""

from datetime import date
from decimal import Decimal

import pytest

from admetrics.domain.dimension_tables import DIMENSION_TABLES, Place, read_rows
from admetrics.domain.dimensions import Campaign, Company, Group, Job, Publisher
from admetrics.domain.errors import InputError

PLACE = Place("here", "row", "name another")


def read(table, columns, *, order=None, tell=None):
    """Read one row, told by names and values."""
    rows = [(1, list(columns.values()))]
    told = [] if tell is None else tell
    found = read_rows(DIMENSION_TABLES[table], list(columns), rows, place=PLACE, date_order=order, tell=told.append)
    (row,) = found
    return row


@pytest.mark.parametrize(
    "table,columns,row",
    [
        ("master_publisher", {"id": "3", "publisher_name": "Harbour"}, Publisher(3, "Harbour")),
        ("master_publisher", {" Publisher_ID ": "3", "PUBLISHER_CURRENCY": "VND"}, Publisher(3, currency="VND")),
        ("master_publisher", {"publisher_id": "3", "publisher_curency": "VND"}, Publisher(3, currency="VND")),
        ("campaign", {"campaign_id": "5", "campaign_name": "Spring"}, Campaign(5, name="Spring")),
        ("campaign", {"id": "5", "campaign_budget_total": "9"}, Campaign(5, budget_total=Decimal(9))),
        ("group", {"id": "1", "group_name": "North", "campaign_id": "5"}, Group(1, 5, "North")),
        ("company", {"company_id": "2", "Company_Name": "Heron"}, Company(2, "Heron")),
        ("job", {"job_id": "7", "job_title": "Welder", "company_id": "2"}, Job(7, 2, title="Welder")),
        ("company", {"id": "2", "name": "Heron", "company_name": "Other"}, Company(2, "Heron")),
    ],
)
def test_names_may_begin_with_what_the_row_is(table, columns, row):
    told: list[str] = []
    assert read(table, columns, tell=told) == row
    assert told == []


def test_columns_that_are_not_known_are_told_with_the_nearest_name():
    told: list[str] = []
    read("job", {"id": "7", "Compny_ID": "2", "colour": "red", "": "", "titel": "x"}, tell=told)
    (line,) = told
    assert line == (
        "here: columns that are not known are not read: "
        "compny_id (did you mean company_id?), colour, titel (did you mean title?)"
    )


@pytest.mark.parametrize(
    "order,text,day",
    [
        (None, "2026-03-01", date(2026, 3, 1)),
        (None, "2026-03-01T10:00:00", date(2026, 3, 1)),
        ("dmy", "31/12/2026", date(2026, 12, 31)),
        ("dmy", "1.3.2026", date(2026, 3, 1)),
        ("dmy", "01-03-2026 10:00", date(2026, 3, 1)),
        ("mdy", "12/31/2026", date(2026, 12, 31)),
        ("mdy", "3/1/2026 9:05:00 pm", date(2026, 3, 1)),
        ("ymd", "2026/3/1", date(2026, 3, 1)),
        ("dmy", "2026-03-01", date(2026, 3, 1)),
        ("mdy", "2026-03-01 00:00:00", date(2026, 3, 1)),
    ],
)
def test_a_date_is_read_in_iso_8601_or_the_order_that_is_told(order, text, day):
    assert read("campaign", {"id": "5", "start_date": text}, order=order) == Campaign(5, start_date=day)


@pytest.mark.parametrize(
    "order,text",
    [
        (None, "31/12/2026"), (None, "1/3/2026"), (None, "2026/03/01"), ("dmy", "12/31/2026"), ("mdy", "31/12/2026"),
        ("dmy", "1/3/26"), ("dmy", "2026/03/01"), ("ymd", "1/3/2026"), ("dmy", "1/3-2026"), ("dmy", "1/3/2026 noon"),
        ("mdy", "2/30/2026"), ("dmy", "0/1/2026"),
    ],
)  # fmt: skip
def test_any_other_date_is_refused_by_its_column(order, text):
    with pytest.raises(InputError, match=r"^here, row 1, column end_date: expected a date such as 2026-03-01"):
        read("campaign", {"id": "5", "end_date": text}, order=order)


@pytest.mark.parametrize("amount", ["$1,000", "1,000", "$12", "12 USD", "1 000", "1.000,00", "\u20ac5", "1e3"])
def test_an_amount_with_a_currency_or_separators_is_refused_by_the_name_that_its_column_has(amount):
    with pytest.raises(InputError, match=r"row 1, column campaign_budget_total: expected an amount such as 1000 or 0"):
        read("campaign", {"id": "5", "campaign_budget_total": amount})


def test_a_table_without_an_id_says_what_to_do():
    with pytest.raises(InputError, match=r"^here has no column id: name another$"):
        read("job", {"title": "x"})
