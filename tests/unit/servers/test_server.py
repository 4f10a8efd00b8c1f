import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.servers import Server, StartError, eventually

ROOT = Path(__file__).parents[3]


class FileServer(Server):
    """The quickest server there is: it serves its data folder."""

    name = "files"

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def prepare(self) -> None:
        (self.data / "prepared").write_text("once" if not (self.data / "prepared").exists() else "twice")

    def command(self) -> Sequence[str]:
        return [sys.executable, "-m", "http.server", "--bind", self.host, str(self.port)]

    def ask(self) -> None:
        self.get("prepared")

    def get(self, name: str, timeout: float = 5) -> str:
        with urlopen(f"{self.url}/{name}", timeout=timeout) as answer:
            return answer.read().decode()


class BrokenServer(FileServer):
    def command(self) -> Sequence[str]:
        return [sys.executable, "-c", "print('no room for me')"]


@pytest.fixture
def server(tmp_path):
    with FileServer(data=tmp_path / "data") as running:
        yield running


def test_it_answers_when_it_has_started(server):
    assert server.get("prepared") == "once"


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_it_comes_back_on_the_same_port_with_the_same_data(server, end):
    url = server.url
    getattr(server, end)()
    assert not server.alive()
    server.start()
    assert server.url == url
    assert server.get("prepared") == "once"


def test_a_frozen_server_does_not_answer_until_it_goes_on(server):
    server.pause()
    with pytest.raises(TimeoutError):
        server.get("prepared", timeout=0.3)
    assert server.alive()
    server.resume()
    assert server.get("prepared") == "once"


def test_a_frozen_server_can_be_stopped(server):
    server.pause()
    server.stop()
    assert not server.alive()


def test_a_start_that_fails_shows_the_log(tmp_path):
    with pytest.raises(StartError, match=r"files ended; the end of its log:\s+no room for me"):
        BrokenServer(data=tmp_path).start()


def test_its_own_data_folder_goes_with_it():
    with FileServer() as server:
        assert server.data.exists()
    assert not server.data.exists()


def test_another_process_finds_it_by_its_state(server):
    same = FileServer.running(server.state)
    assert same is not None
    assert same.get("prepared") == "once"
    same.stop()
    assert not server.alive()
    assert FileServer.running(server.state) is None


def test_a_process_that_only_has_its_number_is_left_alone(server):
    foreign = {**server.state, "pid": os.getpid()}
    assert FileServer.running(foreign) is None
    recycled = {**server.state, "started": "1"}
    assert FileServer.running(recycled) is None


def test_no_server_outlives_tests_that_were_killed(tmp_path):
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from tests.unit.servers.test_server import FileServer\n"
        "server = FileServer(data=Path(sys.argv[1])).start()\n"
        "print(server.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    pid = int(done.stdout)
    assert eventually(lambda: not _runs(pid), limit=10)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
