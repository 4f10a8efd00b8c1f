"""`python -m tests.servers up` starts the servers and leaves them running; `down` stops them."""

import shutil
import sys
from concurrent.futures import ThreadPoolExecutor

from tests.servers.jars import ROOT
from tests.servers.mariadb import MariaDB
from tests.servers.pool import SHARED, STATE, left_running, remember
from tests.servers.server import Server
from tests.servers.spark import jars

SETTINGS = ROOT.parent / ".services.env"


def up() -> None:
    """Start what does not run yet, and write down how to use it."""
    running = left_running()
    missing = [name for name in SHARED if name not in running]
    with ThreadPoolExecutor(len(SHARED)) as threads:
        starts = {name: threads.submit(_start, name) for name in missing}
    running |= {name: start.result() for name, start in starts.items() if not start.exception()}
    remember(running)
    for start in starts.values():
        start.result()  # raises what went wrong
    SETTINGS.write_text(_settings(running), encoding="utf-8")
    for name, server in running.items():
        print(f"{name:<10} {server.url}")
    print(f"to use them: set -a; . ./{SETTINGS.name}; set +a")


def down() -> None:
    """Stop what `up` started, and remove its data."""
    servers = left_running()
    with ThreadPoolExecutor(len(SHARED)) as threads:
        list(threads.map(Server.stop, servers.values()))
    for server in servers.values():
        shutil.rmtree(server.data, ignore_errors=True)
    STATE.unlink(missing_ok=True)
    SETTINGS.unlink(missing_ok=True)
    print(f"stopped: {', '.join(servers) or 'nothing was running'}")


def _start(name: str) -> Server:
    data = ROOT / "data" / name
    shutil.rmtree(data, ignore_errors=True)
    server = SHARED[name](data=data, outlives=True).start()
    if isinstance(server, MariaDB):
        server.execute("CREATE DATABASE admetrics")
    return server


def _settings(servers: dict[str, Server]) -> str:
    kafka, cassandra, mariadb = (servers[name].url for name in SHARED)
    settings = {
        "SOURCE": f"{kafka}/raw_events",
        "LAKE": f"{cassandra}/admetrics",
        "ENGINE": "python",
        "BUS": f"{kafka}/events",
        "WAREHOUSE": f"{mariadb}/admetrics",
        "SPARK_JARS": str(jars()),
    }
    return "".join(f"ADMETRICS_{name}={value}\n" for name, value in settings.items())


def main(arguments: list[str]) -> int:
    """Do what the command line says."""
    commands = {"up": up, "down": down}
    if len(arguments) != 1 or arguments[0] not in commands:
        print("usage: python -m tests.servers up|down", file=sys.stderr)
        return 2
    commands[arguments[0]]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
