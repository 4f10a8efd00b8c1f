"""How fast Python alone turns lines into events: decode, classify, and both with their columns made for the lake."""

import gc
from collections.abc import Iterator

from admetrics.adapters.duckdb.lake import table_of
from admetrics.adapters.msgspec import decode
from admetrics.app.ingest import parse_batch
from admetrics.app.parse import LineParser
from admetrics.domain.events.classify import classify
from admetrics.domain.events.record import Record
from admetrics.domain.times import TimeLimits
from admetrics.ports.source import Batch, Chunk
from benchmarks.data import END, traffic
from benchmarks.figure import Figure, best_of, rate

EVENTS = 100_000


def measure(scale: float) -> Iterator[Figure]:
    """One core, no waiting: the limit is the interpreter, and half of the time is reading and writing JSON."""
    limits, read = TimeLimits.at(END), LineParser(decode=decode, limits_at=TimeLimits.at).at(END)
    lines = b"".join(traffic(int(EVENTS * scale))).splitlines()
    records = [record for record in map(decode, lines) if isinstance(record, Record)]
    batch = Batch([Chunk("memory", range(len(lines)), lines)])

    def everything() -> None:
        events, _ = parse_batch(batch, read=read, now=END)
        table_of(events)

    gc.disable()  # as `ingest` does
    try:
        yield Figure("decode", rate(len(lines), best_of(3, lambda: [decode(line) for line in lines])))
        yield Figure("classify", rate(len(records), best_of(3, lambda: [classify(r, limits=limits) for r in records])))
        yield Figure("decode, classify, make columns", rate(len(lines), best_of(3, everything)), "100,000 /s")
    finally:
        gc.enable()
