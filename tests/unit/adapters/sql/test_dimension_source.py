"""Dimension tables of a SQL database of somebody else."""

import sqlite3
from datetime import date
from decimal import Decimal

import pytest

from admetrics.adapters.sql.dimension_source import read_dimensions_of_database
from admetrics.domain.dimensions import Campaign, Job, Publisher
from admetrics.domain.errors import ConfigurationError, InputError, PermanentError


@pytest.fixture
def url(tmp_path):
    file = tmp_path / "site.sqlite"
    with sqlite3.connect(file) as connection:
        connection.executescript(
            """
            CREATE TABLE ads (id INTEGER, title TEXT, company_id INTEGER, budget FLOAT, secret BLOB);
            INSERT INTO ads VALUES (7, 'Welder', 0, 0.0000001, x'ff'), (8, NULL, 2, 12.5, NULL);
            CREATE TABLE campaign (
                campaign_id INTEGER, campaign_name TEXT, budget_total DECIMAL(20, 2), start_date DATE, end_date DATETIME
            );
            INSERT INTO campaign VALUES (5, 'Spring', 1000.5, '2026-03-01', '2026-03-31 00:00:00.000000');
            CREATE TABLE master_publisher (id INTEGER, publisher_name TEXT, curency INTEGER);
            INSERT INTO master_publisher VALUES (3, 'Harbour', 1);
            CREATE TABLE company (id INTEGER, name TEXT);
            CREATE TABLE "group" (id INTEGER, budget TEXT);
            INSERT INTO "group" VALUES (1, '$5');
            """
        )
    connection.close()
    return f"sqlite:///{file}"


def read(url, *tables):
    told: list[str] = []
    return read_dimensions_of_database(url, tables, tell=told.append), told


def test_the_named_tables_are_read_under_their_names_there(url):
    found, told = read(url, "job=ads", "campaign", "master_publisher", "company")
    assert found.jobs == [Job(7, None, title="Welder", budget=Decimal("0.0000001")), Job(8, 2, budget=Decimal("12.5"))]
    assert found.campaigns == [
        Campaign(5, None, "Spring", Decimal("1000.50"), None, date(2026, 3, 1), date(2026, 3, 31))
    ]
    assert found.publishers == [Publisher(3, "Harbour", "1")]
    assert (found.groups, found.companies) == ([], [])
    (line,) = told
    assert line.endswith("site.sqlite: columns that are not known are not read: secret")


def test_a_table_may_name_its_schema(url):
    assert read(url, "job=main.ads")[0].jobs == read(url, "job=ads")[0].jobs


def test_the_database_is_left_as_it_is(url, tmp_path):
    before = (tmp_path / "site.sqlite").read_bytes()
    read(url, "job=ads")
    assert (tmp_path / "site.sqlite").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["site.sqlite"]


@pytest.mark.parametrize("tables", [[], ["jobs"], ["job", "x=y"], [""]])
def test_tables_that_are_not_known_are_refused_with_those_that_are(url, tables):
    with pytest.raises(ConfigurationError, match="some of job, campaign, group, company, master_publisher"):
        read(url, *tables)


def test_a_table_that_is_missing_is_named(url):
    with pytest.raises(InputError, match=r"site\.sqlite has no table job: name it as it is there"):
        read(url, "job")


def test_a_value_that_cannot_be_read_is_named_by_table_row_and_column(url):
    with pytest.raises(InputError, match=r"^table group of sqlite.*, row 1, column budget: expected an amount"):
        read(url, "group")


def test_a_file_that_is_missing_is_not_made(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.sqlite: there is no such file$"):
        read(f"sqlite:///{tmp_path}/nowhere.sqlite", "job")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_database_is_told(tmp_path):
    (tmp_path / "text.sqlite").write_text("no database, but a text that is long enough to be one" * 99)
    with pytest.raises(PermanentError, match="is no SQLite database"):
        read(f"sqlite:///{tmp_path}/text.sqlite", "job")


@pytest.mark.parametrize(
    "url,error",
    [
        ("mysql+pymysql://user:secret@127.0.0.1:1/db", "cannot be reached"),
        ("mysql+pymysql://user:secret@127.0.0.1:1/db?nonsense=1", "parameters of its URL: nonsense"),
        ("oracle://user:secret@host/db", "must look like"),
        ("mysql+pymysql://user:se@cret@host/db", "more than one @"),
    ],
)
def test_no_error_shows_a_password(url, error):
    with pytest.raises(Exception, match=error) as raised:
        read(url, "job")
    assert "cret" not in str(raised.value)
