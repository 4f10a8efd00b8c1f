"""Erasing visitors by the command line: the sample records through everything, and two visitors out of it."""

import attrs
import pytest

from admetrics.bootstrap.pipeline import erasure_key
from admetrics.configuration import Settings
from admetrics.domain.errors import ConfigurationError
from tests import samples
from tests.samples import JSONL, VISITORS, assert_expected, settle

ALL_TIME = ("--from", "2000-01-01", "--to", "2027-01-01")
ONE, OTHER = VISITORS


@pytest.fixture
def filled(run):
    run("dims", "import", samples.FOLDER)
    run("ingest", JSONL)
    settle(run)
    return run


@pytest.fixture
def kept(tmp_path):
    """Whether a text is in any file of the data folder."""
    return lambda text: any(text.encode() in file.read_bytes() for file in (tmp_path / "data").rglob("*"))


def test_no_figure_changes_and_nobody_comes_back(filled, tmp_path, kept):
    clicks = filled("export", "clicks").out
    assert kept(ONE)
    done = filled("erase", "--uid", ONE, "--uid", OTHER, "--json")
    assert done.figures == {"visitors": 2, "events": 63, "dead_letters": 2}
    for again in ("ingest", "rollup", "load"):
        assert filled("reconcile", *ALL_TIME, "--json").figures["different"] == 0
        filled(again, *([JSONL] if again == "ingest" else []))
        assert not kept(ONE)
        assert not kept(OTHER)
    assert_expected(filled, tmp_path)
    assert filled("export", "clicks").out == clicks
    assert ONE not in done.out + done.err


def test_erasing_again_is_no_harm_and_says_so(filled):
    filled("erase", "--uid", ONE)
    assert filled("erase", "--uid", ONE).out == "1 visitors erased: 0 events changed, 0 dead letters removed\n"


def test_visitors_may_come_by_standard_input(filled, kept):
    """So that they do not stand in the list of processes."""
    assert filled("erase", "--uid", "-", "--json", stdin=f"{ONE}\n\n{OTHER}\n".encode()).figures["visitors"] == 2
    assert not kept(ONE)
    assert not kept(OTHER)


@pytest.mark.parametrize("arguments", [(), ("--uid", ""), ("--uid", "-")])
def test_nobody_is_wrong_usage(run, arguments):
    run("erase", *arguments, code=2)


def test_a_lost_secret_is_missed_before_anybody_comes_back(filled, tmp_path, kept):
    secret = tmp_path / "data" / "erasure.key"
    filled("erase", "--uid", ONE)
    saved = secret.read_bytes()
    secret.unlink()
    assert "put its file erasure.key back" in filled("ingest", JSONL, code=1).err
    assert "with another secret" in filled("doctor", code=1).out
    assert not kept(ONE)
    secret.write_bytes(saved)
    filled("doctor")
    filled("ingest", JSONL)
    assert not kept(ONE)


def test_a_short_secret_is_refused_and_not_shown(run, monkeypatch):
    monkeypatch.setenv("ADMETRICS_ERASURE_KEY", "short-s3cret")
    refused = run("erase", "--uid", ONE, code=1)
    assert "setting 'erasure_key' in the environment: a secret needs at least 16 characters" in refused.err
    assert "s3cret" not in refused.err


def test_a_lake_on_servers_needs_a_secret_that_all_know(tmp_path):
    """One that lies in a folder of this machine would leave the others blind."""
    on_servers = Settings(data_dir=tmp_path, lake="cassandra://host/keyspace")
    with pytest.raises(ConfigurationError, match="set erasure_key"):
        erasure_key(on_servers)
    assert list(tmp_path.iterdir()) == []
    assert erasure_key(attrs.evolve(on_servers, erasure_key="a secret of the tests")) == b"a secret of the tests"
    assert "a secret" not in repr(attrs.evolve(on_servers, erasure_key="a secret of the tests"))


def test_hashing_that_was_switched_on_in_between_is_told_before_anything_changes(filled, monkeypatch, kept):
    monkeypatch.setenv("ADMETRICS_UID_KEY", "a secret of these tests")
    one_of_theirs = next(line for line in JSONL.read_bytes().splitlines() if f'"uid": "{ONE}"'.encode() in line)
    filled("ingest", "-", stdin=one_of_theirs)
    clicks = filled("export", "clicks").out
    refused = filled("erase", "--uid", ONE, code=1)
    assert "1 of these visitors were stored both as they came and hashed" in refused.err
    assert ONE not in refused.err
    assert filled("export", "clicks").out == clicks
    assert kept(ONE)
    filled("erase", "--uid", ONE, "--merge")
    assert not kept(ONE)
    settle(filled)
    assert filled("reconcile", *ALL_TIME, "--json").figures["different"] == 0
