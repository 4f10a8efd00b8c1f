"""Configuration: three origins, later wins, and errors that say where."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from admetrics.configuration import Settings, duration, masked, moment, settings
from admetrics.domain.errors import ConfigurationError, InputError


def test_with_nothing_set_everything_is_embedded():
    found = settings(environment={})
    assert found == Settings()
    assert found.lake == "duckdb:///admetrics-data/lake.duckdb"
    assert found.warehouse == found.bus == found.checkpoints == "sqlite:///admetrics-data/warehouse.sqlite"
    assert (found.engine, found.dead_letters, found.source) == ("duckdb", found.lake, None)


def test_later_origins_win(tmp_path):
    file = tmp_path / "admetrics.toml"
    file.write_text('engine = "python"\nhours_at_once = 1\nrows_at_once = 1\n')
    found = settings(
        file=file,
        environment={"ADMETRICS_HOURS_AT_ONCE": "2", "ADMETRICS_ROWS_AT_ONCE": "2", "OTHER": "x"},
        options={"rows_at_once": 3, "engine": None},
    )
    assert (found.engine, found.hours_at_once, found.rows_at_once) == ("python", 2, 3)


def test_the_file_in_the_working_folder_is_read(tmp_path, monkeypatch):
    (tmp_path / "admetrics.toml").write_text('data_dir = "elsewhere"')
    monkeypatch.chdir(tmp_path)
    assert settings(environment={}).data_dir == Path("elsewhere")


def test_parts_follow_the_part_that_they_default_to():
    found = Settings(lake="cassandra://host/ks", warehouse="mysql://host/db")
    assert (found.engine, found.dead_letters) == ("python", "cassandra://host/ks")
    assert found.bus == found.checkpoints == "mysql://host/db"


def test_an_unknown_setting_is_refused_with_those_that_are_known(tmp_path):
    file = tmp_path / "a.toml"
    file.write_text('lakes = "duckdb"')
    with pytest.raises(ConfigurationError, match=r"unknown setting 'lakes' in .*a\.toml: known are .*\blake\b"):
        settings(file=file, environment={})


@pytest.mark.parametrize(
    "key,value,word",
    [
        ("hours_at_once", "0", "whole number"),
        ("rows_at_once", "many", "whole number"),
        ("retention", "soon", "duration"),
        ("lock_timeout", "-1s", "duration"),
        ("earliest", "yesterday", "ISO 8601"),
        ("redact_urls", "some", "off, tokens, all"),
        ("uid_key", "short", "at least 16 characters"),
        ("erasure_key", "short", "at least 16 characters"),
    ],
)
def test_a_malformed_value_is_refused_with_its_place_and_the_form_it_needs(key, value, word):
    with pytest.raises(ConfigurationError, match=f"setting '{key}' in the environment: .*{word}"):
        settings(environment={f"ADMETRICS_{key.upper()}": value})


def test_a_missing_file_and_a_broken_one_are_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.toml"):
        settings(file=tmp_path / "none.toml", environment={})
    (tmp_path / "broken.toml").write_text("lake = ")
    with pytest.raises(ConfigurationError, match=r"broken\.toml is not TOML"):
        settings(file=tmp_path / "broken.toml", environment={})
    (tmp_path / "latin.toml").write_bytes(b'lake = "\xff"')
    with pytest.raises(InputError, match="not UTF-8"):
        settings(file=tmp_path / "latin.toml", environment={})


@pytest.mark.parametrize(
    "text,expected",
    [
        ("500ms", timedelta(milliseconds=500)),
        ("2s", timedelta(seconds=2)),
        ("30 m", timedelta(minutes=30)),
        ("6h", timedelta(hours=6)),
        ("90d", timedelta(days=90)),
        (3, timedelta(seconds=3)),
        (timedelta(hours=1), timedelta(hours=1)),
    ],
)
def test_durations(text, expected):
    assert duration(text) == expected


@pytest.mark.parametrize(
    "text,expected",
    [
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T14:00:00Z", datetime(2026, 3, 1, 14, tzinfo=UTC)),
        ("2026-03-01T14:00:00+07:00", datetime(2026, 3, 1, 7, tzinfo=UTC)),
    ],
)
def test_moments_are_utc_unless_they_say_otherwise(text, expected):
    assert moment(text) == expected


@pytest.mark.parametrize(
    "url",
    [
        "mysql+pymysql://user:s3cret@host/db",
        "cassandra://u:s3cret@a,b:9042/ks",
        "kafka://u:s3cret@host:9092/t?x=1",
        "sc://host:15002/;user_id=me;token=s3cret",
        "sc://host:15002/;TOKEN=s3cret;use_ssl=true",
    ],
)
def test_secrets_are_not_shown(url):
    assert "s3cret" not in masked(url)
    found = Settings(
        lake=url, warehouse=url, bus=url, checkpoints=url, dead_letters=url, engine=url, source=url, spark=url
    )
    assert "s3cret" not in repr(found)


def test_secrets_are_shown_nowhere():
    """Neither those that are good nor those that are refused."""
    found = settings(environment={"ADMETRICS_UID_KEY": "s3cret of uids 1", "ADMETRICS_ERASURE_KEY": "s3cret of others"})
    assert (found.uid_key, found.erasure_key) == ("s3cret of uids 1", "s3cret of others")
    assert "s3cret" not in repr(found)
    with pytest.raises(ConfigurationError) as refused:
        settings(environment={"ADMETRICS_UID_KEY": "s3cret"})
    assert "s3cret" not in str(refused.value)
