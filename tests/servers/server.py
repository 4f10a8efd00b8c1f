"""What every server here can do: start, stop, die, freeze, and come back on the same port with the same data."""

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Self

from tests.servers.jars import ROOT

HOST = "127.0.0.1"
_START_LIMIT = 180  # seconds; it takes 10 on an idle machine
_STOP_LIMIT = 30
_TAIL = 60  # lines of the log that a failed start shows
_PORTS = range(
    12_000, 32_000
)  # below those that the kernel gives to outgoing connections: a port stays ours over a restart


class StartError(Exception):
    """A server did not start; the message ends with the tail of its log."""


class Server:
    """One server process on 127.0.0.1, with its own data folder.

    Args:
        data: its folder, for data and log; None for a new one under `.servers/data/`, which `close` removes.
        outlives: whether the server goes on when this process ends.
    """

    name: ClassVar[str]
    host = HOST

    def __init__(self, *, data: Path | None = None, outlives: bool = False) -> None:
        self._keeps_data = data is not None
        self.data = data or _new_folder(self.name)
        self.port = free_port()
        self.pid: int | None = None
        self._started = ""
        self._outlives = outlives
        self._prepared = False

    @classmethod
    def running(cls, state: Mapping[str, object]) -> Self | None:
        """Return the server that `state` describes, if it still runs. It is not ours to stop or to break."""
        server = cls.__new__(cls)
        server._keeps_data, server._outlives, server._prepared = True, True, True
        server.data = Path(str(state["data"]))
        server.port, server.pid, server._started = (
            int(str(state["port"])),
            int(str(state["pid"])),
            str(state["started"]),
        )
        return server if server.alive() else None

    @property
    def state(self) -> Mapping[str, object]:
        """What another process needs to know to use this server, and to stop it."""
        return {"port": self.port, "pid": self.pid, "started": self._started, "data": str(self.data)}

    @property
    def url(self) -> str:
        """Where a client finds it."""
        raise NotImplementedError

    @property
    def log(self) -> Path:
        """What the server printed."""
        return self.data / "server.log"

    # What a server must tell of itself

    def prepare(self) -> None:
        """Make the data folder fit for the first start."""

    def command(self) -> Sequence[str]:
        """Return the command that is the server: it runs in the foreground and has no children."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        """Return the variables that the command needs beyond ours."""
        return {}

    def ask(self) -> None:
        """Send a real request; raises any exception while the server cannot answer."""
        raise NotImplementedError

    def furnish(self) -> None:
        """Make what users of the server expect to find, after its first start."""

    # What can be done with it

    def start(self) -> Self:
        """Start, or start again, and return when it answers."""
        first = not self._prepared
        if first:
            self.data.mkdir(parents=True, exist_ok=True)
            self.prepare()
            self._prepared = True
        _spawner.submit(self._spawn).result()
        self._wait_until_it_answers()
        if first:
            self.furnish()
        return self

    def stop(self) -> None:
        """Stop cleanly; by force if that takes too long."""
        self.resume()
        self.signal(signal.SIGTERM)
        if not self._gone(_STOP_LIMIT):
            self.kill()

    def kill(self) -> None:
        """Stop as a crash does: at once, without a goodbye."""
        self.signal(signal.SIGKILL)
        if not self._gone(_STOP_LIMIT):
            raise RuntimeError(f"{self.name} (process {self.pid}) does not die")

    def restart(self) -> Self:
        """Stop cleanly and start again: same port, same data."""
        self.stop()
        return self.start()

    def pause(self) -> None:
        """Freeze: connections stay open, and nothing answers."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on after `pause`."""
        self.signal(signal.SIGCONT)

    def close(self) -> None:
        """Stop; if the data folder was made for this server, remove it."""
        if self._keeps_data:
            self.stop()
        else:
            self.kill()  # nobody will miss the data, and a clean stop of Cassandra takes 4 s
            shutil.rmtree(self.data, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def alive(self) -> bool:
        """Return whether the process that was started still runs (and is no other one with its number)."""
        return self.pid is not None and _started(self.pid) == self._started

    def signal(self, number: int) -> None:
        """Send a signal to the server, if it is there."""
        if self.alive() and self.pid is not None:
            os.kill(self.pid, number)

    def _spawn(self) -> None:
        command = list(self.command())
        if not self._outlives and (guard := shutil.which("setpriv")):
            command = [guard, "--pdeathsig", "KILL", "--", *command]  # no server outlives tests that were killed
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.data,
                env={**os.environ, **self.environment()},
                start_new_session=True,
            )
        self.pid = child.pid
        self._started = _started(child.pid)
        child.returncode = 0  # `_started` is who waits for it

    def _wait_until_it_answers(self) -> None:
        problem: Exception | None = None
        end = time.monotonic() + _START_LIMIT
        while time.monotonic() < end and self.alive():
            try:
                # Most drivers leave a socket open, which fails a test, if nobody listens.
                socket.create_connection((self.host, self.port), timeout=1).close()
                return self.ask()
            except Exception as error:  # noqa: BLE001  not there yet, in whatever way a driver says so
                problem = error
            time.sleep(0.1)
        why = f"does not answer ({problem!r})" if self.alive() else "ended"
        self.kill()
        raise StartError(f"{self.name} {why}; the end of its log:\n{self.tail()}")

    def tail(self) -> str:
        """Return the last lines of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-_TAIL:])

    def _gone(self, limit: float) -> bool:
        return eventually(lambda: not self.alive(), limit=limit)

    def run(self, *command: str) -> None:
        """Run a command that prepares the server, to its end.

        Raises:
            StartError: it failed.
        """
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.data,
            env={**os.environ, **self.environment()},
            timeout=_START_LIMIT,
            check=False,
        )
        if done.returncode:
            raise StartError(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}")


# A thread that lives as long as this process: what `setpriv --pdeathsig` watches is the thread that started a server.
_spawner = ThreadPoolExecutor(1, thread_name_prefix="servers")


def eventually(condition: Callable[[], bool], *, limit: float = 30) -> bool:
    """Wait until something is so.

    Args:
        condition: what to wait for.
        limit: how long, in seconds.

    Returns:
        Whether it became so in time.
    """
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def free_port() -> int:
    """Find a port that nobody listens on."""
    for _ in range(100):
        port = random.choice(_PORTS)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        return port
    raise RuntimeError("found no free port")


def java(*options: str, jars: Path) -> list[str]:
    """Begin the command of a server that runs on Java."""
    program = shutil.which("java")
    if program is None:
        raise RuntimeError("no java here: scripts/ensure-system tests installs it")
    return [program, *options, "-cp", f"{jars}/*"]


def _new_folder(name: str) -> Path:
    """Make a folder that names its owner, and remove those whose owner was killed."""
    folder = ROOT / "data"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*-*-*"):
        if not Path("/proc", old.name.split("-")[1]).exists():
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{name}-{os.getpid()}-", dir=folder))


def _started(pid: int) -> str:
    """Return when a process started, in ticks since the machine did; empty if there is none, or it is dead.

    A process number alone proves nothing: it is given again to others.
    """
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # lets a dead child go
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]
