"""The engine against queries by hand, one that only counts clicks and one that judges them as it does."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from admetrics.adapters.duckdb.database import DuckDBDatabase
from admetrics.adapters.duckdb.engine import CONSECUTIVE, DuckDBEngine, fold_sql
from admetrics.adapters.duckdb.lake import DuckDBLake
from admetrics.bootstrap import open_pipeline
from admetrics.configuration import Settings
from admetrics.domain.rollup.fold import fold
from admetrics.domain.rollup.minutes import ALL_MINUTES
from admetrics.domain.rules.repeats import REPEAT_WINDOW
from admetrics.domain.times import HOUR, Period, hour_of
from benchmarks.data import END, fill
from benchmarks.figure import Figure, best_of, best_side_by_side, rate

EVENTS = 10_000_000
FOR_PYTHON = 100_000
TWO_DAYS = Period(END - timedelta(days=2), END)

COUNTED = """epoch_us(hour), job, publisher, campaign, "group",
    count(*) FILTER (WHERE kind = 'impression'),
    count(*) FILTER (WHERE kind = 'page_view'),
    count(*) FILTER (WHERE kind = 'click'),
    count(*) FILTER (WHERE kind = 'conversion'),
    count(*) FILTER (WHERE kind = 'qualified'),
    count(*) FILTER (WHERE kind = 'disqualified')"""
"""What both queries by hand count."""

BY_HAND = f"""
SELECT
    {COUNTED},
    coalesce(sum(bid) FILTER (WHERE kind = 'click'), 0)
FROM events
WHERE job <> 0 AND kind <> 'other'
GROUP BY ALL
"""

JUDGED_BY_HAND = f"""
WITH clicks AS (
    SELECT
        hour, job, publisher, campaign, "group", kind, bid,
        CASE
            WHEN marks & 2 <> 0 THEN 'internal'
            WHEN marks & 1 <> 0 THEN 'robot'
            WHEN uid IS NOT NULL AND time - lag(time) OVER (PARTITION BY uid, job ORDER BY time, id)
                < INTERVAL {REPEAT_WINDOW.total_seconds():.0f} SECONDS THEN 'repeat'
        END AS reason
    FROM events
    WHERE kind = 'click' AND job <> 0
)
SELECT
    {COUNTED},
    coalesce(sum(bid) FILTER (WHERE kind = 'click'), 0)::BIGINT,
    count(*) FILTER (WHERE kind = 'click' AND bid IS NOT NULL),
    count(*) FILTER (WHERE kind = 'click' AND reason IS NULL),
    coalesce(sum(bid) FILTER (WHERE kind = 'click' AND reason IS NULL), 0)::BIGINT,
    count(*) FILTER (WHERE reason = 'internal'),
    count(*) FILTER (WHERE reason = 'robot'),
    count(*) FILTER (WHERE reason = 'repeat'),
    0
FROM (
    FROM clicks
    UNION ALL
    SELECT hour, job, publisher, campaign, "group", kind, bid, NULL
    FROM events
    WHERE kind NOT IN ('click', 'other') AND job <> 0
)
GROUP BY ALL
"""


def _whole_roll_up(folder: Path) -> float:
    """Return the seconds that a roll-up of all hours takes in which every row is published."""
    hours = int((TWO_DAYS.end - TWO_DAYS.start) / HOUR)
    with open_pipeline(Settings(data_dir=folder, rollup_batch_hours=hours)) as pipeline:

        def roll_up() -> None:
            assert pipeline.roll_up_once().claimed == hours

        def again() -> float:
            pipeline.rebuild(TWO_DAYS)
            return best_of(1, roll_up)

        return min(again() for _ in range(3))


def measure(scale: float) -> Iterator[Figure]:
    """All hours of the lake at once: the limit is DuckDB's aggregation, and both sides fetch their rows."""
    with TemporaryDirectory() as folder:
        database = DuckDBDatabase(Path(folder) / "lake.duckdb")
        lake, engine = DuckDBLake(database), DuckDBEngine(database)
        events = int(EVENTS * scale)
        fill(database, TWO_DAYS, events)
        dirty = dict.fromkeys(lake.hours(TWO_DAYS), ALL_MINUTES)
        cells = len(engine.fold(dirty).cells)
        first, last = min(dirty), max(dirty)
        since = first - REPEAT_WINDOW
        bounds = {"first": first, "last": last, "before": hour_of(since), "since": since, "window": REPEAT_WINDOW}
        assert sorted(database.query(JUDGED_BY_HAND)) == sorted(database.query(fold_sql(*CONSECUTIVE), bounds))
        by_hand, judged_by_hand, generated, by_engine = best_side_by_side(
            5,
            lambda: database.query(BY_HAND),
            lambda: database.query(JUDGED_BY_HAND),
            lambda: database.query(fold_sql(*CONSECUTIVE), bounds),
            lambda: engine.fold(dirty),
        )
        yield Figure(f"{events:,} events, {cells:,} cells: by hand, clicks not judged", f"{by_hand:.3f} s")
        yield Figure("by hand, clicks judged: the same figures as the engine's", f"{judged_by_hand:.3f} s")
        for what, seconds, aim in (
            ("the engine's query", generated, "<= 1.15x"),
            ("the engine, with its rows as values", by_engine, "<= 2x"),
        ):
            beside = f"{seconds / judged_by_hand:.2f}x, beside the one that does not judge {seconds / by_hand:.2f}x"
            yield Figure(what, f"{seconds:.3f} s, {beside}", aim)
        database.close()
        whole = _whole_roll_up(Path(folder))
        without = whole - generated + by_hand
        yield Figure("a roll-up of all that, from claim to commit", f"{whole:.2f} s")
        yield Figure("the same, computed: less the engine's query, plus that by hand", f"{without:.2f} s")
        yield Figure("what judging costs a roll-up", f"{whole / without:.2f}x", "<= 1.5x")

        database = DuckDBDatabase(Path(folder) / "small.duckdb")
        lake = DuckDBLake(database)
        fill(database, Period(END - HOUR, END), int(FOR_PYTHON * scale))
        interactions = list(lake.scan({END - HOUR: ALL_MINUTES}))
        yield Figure("the plain fold, events in hand", rate(len(interactions), best_of(3, lambda: fold(interactions))))
        database.close()
