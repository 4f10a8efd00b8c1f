import os
import resource
import signal
import stat
from pathlib import Path

import pytest

from admetrics.adapters.files.output import atomic_output
from admetrics.domain.errors import InputError


def test_a_file_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "a.csv"
    with atomic_output(path) as out:
        out.write(b"abc")
        assert not path.exists()
    assert path.read_bytes() == b"abc"
    assert [file.name for file in tmp_path.iterdir()] == ["a.csv"]


def _write_and_raise(out, error):
    out.write(b"new")
    raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, BrokenPipeError])
def test_a_failure_leaves_everything_as_it_was(tmp_path, error):
    (tmp_path / "a.csv").write_bytes(b"old")
    with pytest.raises(error), atomic_output(tmp_path / "a.csv") as out:
        _write_and_raise(out, error)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"a.csv": b"old"}


@pytest.mark.parametrize("umask, mode", [(0o000, 0o640), (0o022, 0o640), (0o077, 0o600)])
def test_a_new_file_is_for_its_owner_and_group_or_whom_the_umask_leaves(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        with atomic_output(tmp_path / "a.csv"):
            pass
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "a.csv") == mode


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o660])
def test_a_file_that_is_replaced_keeps_its_permissions_whole_while_it_is_written(tmp_path, mode):
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    path.chmod(mode)
    with atomic_output(path) as out:
        assert stat.S_IMODE(os.fstat(out.fileno()).st_mode) == mode
        out.write(b"new")
    assert (mode_of(path), path.read_bytes()) == (mode, b"new")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_that_is_replaced_keeps_its_owner(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    os.chown(path, 4321, 4322)
    with atomic_output(path) as out:
        out.write(b"new")
    assert (path.stat().st_uid, path.stat().st_gid) == (4321, 4322)


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder" / "a.csv")
    with atomic_output(tmp_path / "link") as out:
        out.write(b"abc")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "folder" / "a.csv").read_bytes() == b"abc"


def test_a_device_is_written_and_not_replaced():
    with atomic_output("/dev/null") as out:
        out.write(b"abc")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_missing_folder_is_told(tmp_path):
    message = r"^cannot write .*/no/a\.csv: there is no such file or folder$"
    with pytest.raises(InputError, match=message), atomic_output(tmp_path / "no" / "a.csv"):
        pass


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(InputError, match=r"it is a folder; name a file in it$"), atomic_output(tmp_path):
        pass


def test_a_folder_that_may_not_be_written_to_is_told(tmp_path, not_root):
    tmp_path.chmod(0o555)
    not_root()
    with pytest.raises(InputError, match=r"permission denied$"), atomic_output(tmp_path / "a.csv"):
        pass


def test_a_full_disk_is_told():
    message = r"^cannot write /dev/full: No space left on device$"
    with pytest.raises(InputError, match=message), atomic_output("/dev/full") as out:
        out.write(b"abc")


def test_a_full_disk_leaves_nothing_behind(tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, before[1]))
        with pytest.raises(InputError, match=r"File too large$"), atomic_output(tmp_path / "a.csv") as out:
            out.writelines(bytes(2**16) for _ in range(100))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert list(tmp_path.iterdir()) == []
