"""Dimension tables: from files and from databases alike."""

import sqlite3

import pytest

from admetrics.bootstrap import read_dimensions
from admetrics.domain.dimensions import Company, Job
from admetrics.domain.errors import ConfigurationError


@pytest.fixture
def url(tmp_path):
    with sqlite3.connect(tmp_path / "site.sqlite") as connection:
        connection.execute("CREATE TABLE ads (id INTEGER, colour TEXT)")
        connection.execute("INSERT INTO ads VALUES (7, 'red')")
    connection.close()
    return f"sqlite:///{tmp_path}/site.sqlite"


def test_files_and_databases_may_be_mixed_and_come_in_their_order(url, tmp_path):
    (tmp_path / "job.csv").write_text("id,colour\n8,red\n")
    (tmp_path / "company.csv").write_text("id,name\n2,Heron\n")
    told: list[str] = []
    found = read_dimensions([tmp_path, url, tmp_path / "job.csv"], tables=["job=ads"], tell=told.append)
    assert (found.jobs, found.companies) == ([Job(8), Job(7), Job(8)], [Company(2, "Heron")])
    assert [line.endswith("columns that are not known are not read: colour") for line in told] == [True] * 3


def test_who_does_not_ask_is_told_nothing(url):
    assert read_dimensions([url], tables=["job=ads"]).jobs == [Job(7)]


def test_a_database_needs_names_of_tables(url):
    with pytest.raises(ConfigurationError, match="name the tables of the database"):
        read_dimensions([url])
