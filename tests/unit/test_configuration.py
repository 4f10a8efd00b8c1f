"""Configuration: three origins, later wins, and errors that say where."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admetrics import configuration
from admetrics.bootstrap import registry
from admetrics.bootstrap.registry import scheme
from admetrics.configuration import Configuration, Settings, duration, masked, moment, settings
from admetrics.domain.errors import ConfigurationError, InputError


def test_with_nothing_set_everything_is_embedded():
    found = settings(environment={})
    assert found == Settings()
    assert found.lake == "duckdb:///admetrics-data/lake.duckdb"
    assert found.warehouse == found.bus == found.checkpoints == "sqlite:///admetrics-data/warehouse.sqlite"
    assert (found.engine, found.dead_letters, found.source) == ("duckdb", found.lake, None)


def test_later_origins_win(tmp_path):
    file = tmp_path / "admetrics.toml"
    file.write_text('engine = "python"\nrollup_batch_hours = 1\nload_batch_size = 1\n')
    found = settings(
        file=file,
        environment={"ADMETRICS_ROLLUP_BATCH_HOURS": "2", "ADMETRICS_LOAD_BATCH_SIZE": "2", "OTHER": "x"},
        options={"load_batch_size": 3, "engine": None},
    )
    assert (found.engine, found.rollup_batch_hours, found.load_batch_size) == ("python", 2, 3)


def test_the_file_in_the_working_folder_is_read(tmp_path, monkeypatch):
    (tmp_path / "admetrics.toml").write_text('data_dir = "elsewhere"')
    monkeypatch.chdir(tmp_path)
    assert settings(environment={}).data_dir == Path("elsewhere")


def test_parts_follow_the_part_that_they_default_to():
    found = Settings(lake="cassandra://host/ks", warehouse="mysql://host/db")
    assert (found.engine, found.dead_letters) == ("python", "cassandra://host/ks")
    assert found.bus == found.checkpoints == "mysql://host/db"


def test_an_unknown_setting_is_refused_with_the_nearest_that_is_known_or_with_all(tmp_path):
    file = tmp_path / "a.toml"
    file.write_text('lakes = "duckdb"')
    with pytest.raises(ConfigurationError, match=r"unknown setting 'lakes' in .*a\.toml: did you mean 'lake'\?"):
        settings(file=file, environment={})
    with pytest.raises(ConfigurationError, match="'max_clock_skew'"):
        settings(environment={"ADMETRICS_MAX_CLOCK_SKEWS": "1h"})
    with pytest.raises(ConfigurationError, match=r"unknown setting 'zzz' in the environment: known are .*\blake\b"):
        settings(environment={"ADMETRICS_ZZZ": ""})


def test_what_is_shown_of_the_settings_can_be_given_again_and_hides_secrets():
    options = {
        "source": "kafka://user:s3cret@host/topic", "lake": "cassandra://me:s3cret@host/ks", "max_age": "36h",
        "dead_letter_limit": "unlimited", "internal_uids": "1-s3cret", "uid_key": "s3cret" * 4,
        "lock_timeout": "1500ms", "repeat_window": "0s", "job_paths": "/job/{job_id},/j/{job_id}",
        "internal_hosts": "b.example,a.example", "source_utc_offset": "-03:30",
        "currencies": "1=USD,$=USD",
    }  # fmt: skip
    found = Configuration.read(environment={"ADMETRICS_ENGINE": "python"}, more={"here": options})
    texts = found.texts()
    assert "s3cret" not in str(texts)
    assert found.origins == {"engine": "the environment", **dict.fromkeys(options, "here")}
    assert texts["source"] == "kafka://user:***@host/topic"
    assert (texts["uid_key"], texts["internal_uids"], texts["erasure_key"]) == ("***", "***", "none")
    plain = {name: text for name, text in texts.items() if text != "none" and "***" not in text}
    again = settings(environment={}, options={**options, **plain})
    assert again == found.settings
    assert {"max_age", "repeat_window", "lock_timeout", "job_paths", "dead_letter_limit"} < plain.keys()


def test_folders_in_a_file_are_beside_it_wherever_the_command_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "etc").mkdir()
    file = Path("etc", "a.toml")
    file.write_text('data_dir = "data"\nspark_jars = "/jars"')
    found = settings(file=file, environment={})
    assert (found.data_dir, found.spark_jars) == (Path("etc/data"), Path("/jars"))
    assert found.lake == "duckdb:///etc/data/lake.duckdb"
    assert settings(file=file, environment={"ADMETRICS_DATA_DIR": "data"}).data_dir == Path("data")
    file.write_text('data_dir = " "')
    with pytest.raises(ConfigurationError, match="data_dir"):
        settings(file=file, environment={})


@pytest.mark.parametrize(
    "key,value,word",
    [
        ("rollup_batch_hours", "0", "whole number"),
        ("load_batch_size", "many", "whole number"),
        ("max_age", "soon", "duration"),
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
        "mysql+pymysql://user:s3/cret@host/db",
        "mysql+pymysql://user:a#s3cret@host/db",
        "mysql+pymysql://user:a?s3cret@host/db",
        "mysql+pymysql://user:a@s3cret@host/db",
        "mysql+pymysql://user:s3cret",
        "mysql:user:s3cret@host",
        "kafka://host:9092/topic?x=s3cret",
        "kafka://host:9092/topic?s3cret",
        "kafka://host:9092/topic#s3cret",
        "kafka://host:9092/topic?=s3cret",
    ],
)
def test_secrets_are_not_shown(url):
    assert "s3cret" not in masked(url)
    found = Settings(
        lake=url, warehouse=url, bus=url, checkpoints=url, dead_letters=url, engine=url, source=url, spark=url
    )
    assert "s3cret" not in repr(found)


@given(
    st.text("ab:/?#@;&=,.[]%", max_size=8),
    st.text("ab:/?#@;&=,.[]%", max_size=8),
    st.sampled_from(
        ["kafka://u:{}@h:9092/topic", "mysql://{}:{}@h/db?charset=utf8mb4", "sc://h:15002/;{}={}", "x:{}@h"]
    ),
)
def test_a_secret_is_hidden_wherever_it_stands_and_whatever_surrounds_it(before, after, url):
    secret = f"{before}s3cret{after}"
    assert "s3cret" not in masked(url.replace("{}:", "user:").replace("{}=", "key=").format(secret))


@pytest.mark.parametrize(
    "url",
    [
        "local[*]",
        "file:///var/log/tracker/*.jsonl",
        "sqlite:////tmp/a@b/w.sqlite",
        "spark://host:7077",
        "cassandra://h1,h2:9042/ks?local_dc=dc1&replication=3",
        "kafka://[::1]:9092/topic?group=g&ca=/etc/ca.pem",
        "mysql+pymysql://host/db?charset=utf8mb4&read_timeout=60",
    ],
)
def test_what_is_harmless_is_shown(url):
    assert masked(url) == url


@pytest.mark.parametrize("part", ["s3cret@", "s3cret:x@", "x:s3cret@", "s3cret@x@"])
@pytest.mark.parametrize("rest", ["", "/path", "/path?group=s3cret&ca=s3cret", "?s3cret", "#s3cret", ";s3cret=1"])
def test_of_another_package_s_url_only_hosts_and_path_are_shown(part, rest):
    assert "s3cret" not in masked(f"acme://{part}host{rest}")
    assert masked("acme+fast://host:1,other/a/path") == "acme+fast://host:1,other/a/path"


def test_the_schemes_whose_secrets_are_known_are_those_of_our_adapters():
    ours = {scheme(adapter.form) for adapter in registry._OURS if adapter.form.endswith("://")}
    assert ours | {""} == configuration._OUR_SCHEMES


def test_secrets_are_shown_nowhere():
    """Neither those that are good nor those that are refused."""
    found = settings(environment={"ADMETRICS_UID_KEY": "s3cret of uids 1", "ADMETRICS_ERASURE_KEY": "s3cret of others"})
    assert (found.uid_key, found.erasure_key) == ("s3cret of uids 1", "s3cret of others")
    assert "s3cret" not in repr(found)
    with pytest.raises(ConfigurationError) as refused:
        settings(environment={"ADMETRICS_UID_KEY": "s3cret"})
    assert "s3cret" not in str(refused.value)


class TestCurrencies:
    def test_a_table_of_the_file_says_the_same_as_a_text_of_the_environment(self, tmp_path):
        file = tmp_path / "admetrics.toml"
        file.write_text('[currencies]\n1 = "usd"\n"$" = "USD"\n"US Dollar" = "USD"\n', encoding="utf-8")
        found = settings(file=file, environment={})
        assert found.currencies == (("1", "USD"), ("$", "USD"), ("us dollar", "USD"))
        assert found == settings(environment={"ADMETRICS_CURRENCIES": "1=usd,$=USD, US Dollar = USD"})

    @pytest.mark.parametrize(
        "value,error",
        [
            ("$=DOLLAR", "'DOLLAR' is no code of ISO 4217"),
            ("USD", "a currency has no name"),
            ({"$": 1}, "this is no text"),
            (7, "is no table of codes"),
            ([1], "is no table of codes"),
        ],
    )
    def test_what_is_no_code_is_refused(self, value, error):
        with pytest.raises(ConfigurationError, match=f"setting 'currencies' in the options: .*({error})"):
            settings(environment={}, options={"currencies": value})
