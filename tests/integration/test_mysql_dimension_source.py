"""Dimension tables of a site's own database on a real server, with the types that it has there."""

from datetime import date
from decimal import Decimal

import pytest

from admetrics.bootstrap import read_dimensions
from admetrics.domain.dimensions import Campaign, Job, Publisher
from admetrics.domain.errors import InputError

TABLES = """
CREATE TABLE ads (id BIGINT PRIMARY KEY, title VARCHAR(80), company_id INT UNSIGNED, budget DOUBLE, body BLOB);
INSERT INTO ads VALUES (7, 'Hàn', 0, 0.1, x'ff'), (8, NULL, 2, NULL, NULL);
CREATE TABLE campaign (
    campaign_id INT, campaign_name TEXT, budget_total DECIMAL(20, 4), start_date DATE, end_date DATETIME
);
INSERT INTO campaign VALUES (5, 'Spring', 1000.5, '2026-03-01', '2026-03-31 23:00:00');
CREATE TABLE master_publisher (id SMALLINT, publisher_name CHAR(20), curency TINYINT);
INSERT INTO master_publisher VALUES (3, 'Harbour', 1);
CREATE TABLE `group` (id INT, budget VARCHAR(9));
INSERT INTO `group` VALUES (1, '$5')
"""


@pytest.fixture
def url(mysql_url, open_database) -> str:
    for statement in TABLES.strip().split(";\n"):
        open_database().write(lambda connection, text=statement: connection.exec_driver_sql(text))
    return mysql_url


def test_tables_are_read_whatever_the_types_of_their_columns(url):
    database = url.rpartition("/")[2].partition("?")[0]
    found = read_dimensions([url], tables=[f"job={database}.ads", "campaign", "master_publisher"])
    assert found.jobs == [Job(7, title="Hàn", budget=Decimal("0.1")), Job(8, 2)]
    assert found.campaigns == [
        Campaign(5, None, "Spring", Decimal("1000.5"), None, date(2026, 3, 1), date(2026, 3, 31))
    ]
    assert found.publishers == [Publisher(3, "Harbour", "1")]


def test_a_value_that_cannot_be_read_is_named_by_table_row_and_column(url):
    with pytest.raises(InputError, match=r"^table group of .*, row 1, column budget: expected an amount"):
        read_dimensions([url], tables=["group"])
