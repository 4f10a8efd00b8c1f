"""Secrets: made once, read by their owner alone."""

import stat

import pytest

from admetrics.adapters.files.secret import secret_in
from admetrics.domain.errors import InputError


def test_a_secret_is_made_once_and_stays(tmp_path):
    made = secret_in(tmp_path / "a.key")
    assert len(made) == 64
    assert secret_in(tmp_path / "a.key") == made
    assert secret_in(tmp_path / "b.key") != made
    assert (tmp_path / "a.key").read_bytes() == made + b"\n"
    assert stat.S_IMODE((tmp_path / "a.key").stat().st_mode) == 0o600


def test_an_empty_file_is_refused_and_no_new_secret_is_made(tmp_path):
    """Erased visitors would not be known again."""
    (tmp_path / "a.key").write_bytes(b"\n")
    with pytest.raises(InputError, match="holds no secret"):
        secret_in(tmp_path / "a.key")
    assert (tmp_path / "a.key").read_bytes() == b"\n"


def test_a_folder_in_place_of_the_file_is_said_so(tmp_path):
    with pytest.raises(InputError, match="cannot read the secret in"):
        secret_in(tmp_path)
