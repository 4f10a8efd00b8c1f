"""`python -m tests.crashes KILLS [--servers]`: kill so many processes, embedded or over servers; print by point."""

import argparse
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.crashes.gauntlet import ORDINARY, RARE, Gauntlet, embedded, on_servers
from tests.servers import Cassandra, Kafka, MariaDB


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.crashes", description="Kill processes at every effect.")
    parser.add_argument("kills", type=int, help="how many processes die, at the least")
    parser.add_argument("--servers", action="store_true", help="over Cassandra, Kafka and MariaDB")
    parser.add_argument("--seed", type=int, default=1, help="decides what happens; default: 1")
    arguments = parser.parse_args()
    kills = Counter[str]()
    with ExitStack() as stack:
        make = _over_servers(stack) if arguments.servers else _embedded
        for seed in count(arguments.seed):
            with TemporaryDirectory() as folder:
                gauntlet = make(seed, Path(folder))
                points = ORDINARY if seed % 3 else RARE
                gauntlet.run(gauntlet.random.sample(points, k=len(points)))
            kills += gauntlet.kills
            print(f"seed {seed}: {kills.total()} kills, nothing lost, doubled or changed", flush=True)
            if kills.total() >= arguments.kills:
                break
    for point, number in sorted(kills.items()):
        print(f"{number:6} {point}")


def _embedded(seed: int, folder: Path) -> Gauntlet:
    return embedded(folder, Random(seed))


def _over_servers(stack: ExitStack) -> Callable[[int, Path], Gauntlet]:
    """Start the servers, and return what makes a gauntlet over new stores on them."""
    kafka, cassandra = stack.enter_context(Kafka()), stack.enter_context(Cassandra())
    mariadb = stack.enter_context(MariaDB())

    def make(seed: int, folder: Path) -> Gauntlet:
        name = f"crashes_{seed}"
        mariadb.execute(f"CREATE DATABASE {name}")
        variables = {
            "SOURCE": f"{kafka.url}/raw_{name}",
            "LAKE": f"{cassandra.url}/{name}",
            "BUS": f"{kafka.url}/{name}",
            "WAREHOUSE": f"{mariadb.url}/{name}",
        }
        return on_servers(folder, variables, partial(kafka.send, f"raw_{name}"), Random(seed))

    return make


if __name__ == "__main__":
    main()
