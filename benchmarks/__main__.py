"""Measure rates and ratios: `python -m benchmarks [name ...] [--scale 0.1]`; all of them without a name.

Each is a function of one of the modules beside this one: it yields its figures, and what limits them stands in its
docstring. Ratios are measured side by side in one run, because rates of different machines say little.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks import classification, dashboards, freshness, ingest, live_page, roll_up, servers, spark, tick, totals
from benchmarks.figure import Figure

BENCHMARKS: Final[dict[str, Callable[[float], Iterator[Figure]]]] = {
    "classification": classification.measure,
    "ingest": ingest.measure,
    "rollup": roll_up.measure,
    "tick": tick.measure,
    "freshness": freshness.measure_files,
    "cassandra": servers.measure_cassandra,
    "warehouse": servers.measure_warehouse,
    "bus": servers.measure_bus,
    "freshness-servers": freshness.measure_servers,
    "spark": spark.measure,
    "totals": totals.measure,
    "dashboards": dashboards.measure,
    "live-page": live_page.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure rates and ratios.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"which ones: {', '.join(BENCHMARKS)}; default: all")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full number of events, e.g. 0.1")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - BENCHMARKS.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    table = Table("benchmark", "figure", "value", "aim")
    for name in arguments.names or BENCHMARKS:
        print(f"{name} ...", file=sys.stderr)
        for figure in BENCHMARKS[name](arguments.scale):
            table.add_row(name, figure.what, figure.value, figure.aim)
    Console().print(table)


if __name__ == "__main__":
    main()
