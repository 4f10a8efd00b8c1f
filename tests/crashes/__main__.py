"""`python -m tests.crashes KILLS [--servers]`: kill so many processes, embedded or over servers; print by point."""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
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
        servers = [stack.enter_context(each()) for each in (Kafka, Cassandra, MariaDB)] if arguments.servers else []
        for seed in count(arguments.seed):
            random = Random(seed)
            with _gauntlet(servers, seed, random) as gauntlet:
                points = ORDINARY if seed % 3 else RARE
                gauntlet.run(random.sample(points, k=len(points)))
            kills += gauntlet.kills
            print(f"seed {seed}: {kills.total()} kills, nothing lost, doubled or changed", flush=True)
            if kills.total() >= arguments.kills:
                break
    for point, number in sorted(kills.items()):
        print(f"{number:6} {point}")


@contextmanager
def _gauntlet(servers: Sequence[object], seed: int, random: Random) -> Iterator[Gauntlet]:
    with TemporaryDirectory() as folder:
        if not servers:
            yield embedded(Path(folder), random)
            return
        kafka, cassandra, mariadb = servers
        assert isinstance(kafka, Kafka)
        assert isinstance(cassandra, Cassandra)
        assert isinstance(mariadb, MariaDB)
        mariadb.execute(f"CREATE DATABASE crashes_{seed}")
        variables = {
            "SOURCE": f"{kafka.url}/raw_{seed}",
            "LAKE": f"{cassandra.url}/crashes_{seed}",
            "BUS": f"{kafka.url}/events_{seed}",
            "WAREHOUSE": f"{mariadb.url}/crashes_{seed}",
        }
        with kafka.producer() as producer:

            def feed(lines: Sequence[bytes]) -> None:
                for future in [producer.send(f"raw_{seed}", value=line) for line in lines]:
                    future.get(30)

            yield on_servers(Path(folder), variables, feed, random)


if __name__ == "__main__":
    main()
