"""Every setting reaches every part that it governs: two values of it, two results."""

import gzip
import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import duckdb
import pytest

from admetrics.adapters.cassandra.cluster import CassandraKeyspace
from admetrics.adapters.cassandra.url import CassandraUrl
from admetrics.adapters.memory.clock import ManualClock
from admetrics.bootstrap import open_files, open_pipeline, open_source
from admetrics.bootstrap.engines import bulk_from
from admetrics.bootstrap.opening import Opening
from admetrics.configuration import Settings, settings
from admetrics.domain.dimensions import Dimensions, Publisher
from admetrics.domain.errors import ConfigurationError, InputError
from admetrics.domain.times import Period, ticks_of
from admetrics.testing.strategies import uuid_at

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ON_SERVERS = {"LAKE": "cassandra://host/keyspace", "BUS": "kafka://host/events", "ENGINE": "auto"}
Environment = Mapping[str, str]


def line(number: int, after: float = 0, **columns: object) -> bytes:
    own_id = uuid_at(ticks_of(NOW + timedelta(seconds=after)), node=number)
    click = {"create_time": own_id, "custom_track": "click", "job_id": 1, "uid": "u1", "dl": "https://a.example/?x=1"}
    return json.dumps({**click, **columns}).encode() + b"\n"


LINES = [
    line(1, -86_400, uid="early"),
    line(2),
    line(3, 20),
    line(4, 1800, uid="ahead", job_id=2),
    line(5, -3600, uid="tester", dl="https://b.example/?token=0123456789abcdef0123456789abcdef"),
]
ON_A_PATH = line(2, job_id=None, dl="https://a.example/job/7")


def made(environment: Environment) -> Settings:
    return settings(environment={f"ADMETRICS_{name}": value for name, value in environment.items()})


class Run:
    """A pipeline of some settings, in a folder of its own, which took the lines."""

    def __init__(self, environment: Environment, lines: list[bytes] = LINES) -> None:
        Path("lines.jsonl").write_bytes(b"".join(lines))
        Path("one.jsonl").write_bytes(lines[0])
        self.settings = made({"SOURCE": f"file://{Path.cwd()}/lines.jsonl", **environment})
        self.batches = self.arrivals = 0
        with open_pipeline(self.settings, clock=ManualClock(NOW)) as pipeline, open_source(self.settings) as source:
            assert source is not None
            self.ingested = pipeline.ingest(source, on_batch=self._count)
            self.minutes = [arrival.minutes for arrival in pipeline.lake.arrivals()]
            self.step = pipeline.roll_up_once()
            pipeline.roll_up()
            self.loaded = pipeline.load_batch()
            pipeline.load()
            self.engine = type(pipeline.engine).__name__
            rows = [stored.row.measures for stored in pipeline.warehouse.rows(Period.always())]
            self.repeats = sum(measures.repeat_clicks for measures in rows)
            self.internal = sum(measures.internal_clicks for measures in rows)
            self.letters = sum(pipeline.dead_letters.count().values())
        self.files = sorted(str(path) for path in Path().rglob("*.*") if path.suffix in {".sqlite", ".duckdb", ".x"})

    def _count(self, _figures: object) -> None:
        self.batches += 1

    def lake(self, column: str) -> list[tuple[Any, ...]]:
        with duckdb.connect("admetrics-data/lake.duckdb", read_only=True) as connection:
            return connection.execute(f"SELECT {column} FROM events ORDER BY time, id").fetchall()


def exported(environment: Environment) -> str:
    """Return the clicks as the command line exports them."""
    from tests.command_line import runner

    Run({"DATA_DIR": "data", "REPEAT_WINDOW": "30s"})
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(f"ADMETRICS_{name}", value)
        return runner(patch, Path("data"))("export", "clicks").out


def ingested(environment: Environment, lines: list[bytes]) -> object:
    try:
        return Run(environment, lines).letters
    except InputError as refused:
        return str(refused)


def expanded(environment: Environment) -> object:
    """Read a file that is far larger than its compressed form, and than what any form may become."""
    Path("bomb.jsonl.gz").write_bytes(gzip.compress((b" " * 2**20 + b"\n") * 100, 1))
    try:
        with (
            open_pipeline(made(environment)) as pipeline,
            open_files([Path("bomb.jsonl.gz")], settings=made(environment)) as source,
        ):
            return pipeline.ingest(source).read
    except InputError as refused:
        return str(refused)


def currency_imported(environment: Environment) -> object:
    with open_pipeline(made(environment)) as pipeline:
        pipeline.import_dimensions(Dimensions(publishers=[Publisher(3, currency=" $ ")]))
        return pipeline.dimensions.all().publishers


def replayed(environment: Environment) -> int:
    """Give what came seven hours ahead another chance."""
    assert Run({}, [line(7, 7 * 3600)]).letters == 1
    with open_pipeline(made(environment), clock=ManualClock(NOW)) as pipeline:
        return pipeline.replay(pipeline.dead_letters.all()).accepted


def erased(environment: Environment) -> object:
    """Erase a visitor who came while another setting held."""
    Run({"UID_KEY": "the first secret", "ERASURE_KEY": "the third secret"})
    try:
        with open_pipeline(made(environment), clock=ManualClock(NOW)) as pipeline:
            figures = pipeline.erase(["u1"])
    except ConfigurationError as refused:
        return str(refused)
    with duckdb.connect("admetrics-data/lake.duckdb", read_only=True) as connection:
        return figures.events, connection.execute("SELECT DISTINCT uid FROM events ORDER BY uid").fetchall()


def timeouts(environment: Environment) -> tuple[float, ...]:
    with open_pipeline(made(environment)) as pipeline:
        parts: Any = pipeline
        ((milliseconds,),) = parts.warehouse._database.read(
            lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout").fetchall()
        )
        return milliseconds, parts.lake.database._lock_timeout


def with_servers(environment: Environment, see: Callable[[Any], object]) -> object:
    """Put together what needs servers, as far as it goes without them."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setattr("admetrics.adapters.cassandra.lake.prepare", lambda *_: None)
        patch.setattr("admetrics.adapters.cassandra.lake.ArrivalIndex", lambda *_, **__: None)
        opening = Opening(made({**ON_SERVERS, **environment}), ManualClock(NOW), stack, may_create=True)
        url = opening.settings.lake
        keyspace: Any = SimpleNamespace(url=CassandraUrl.parse(url), table=str)
        opening._shared[CassandraKeyspace.open, url] = keyspace
        return see(opening)


def engine_of(environment: Environment, see: Callable[[Any], object]) -> object:
    return with_servers(environment, lambda opening: see(opening.part("engine")))


def session_of(environment: Environment, see: Callable[[Any], object]) -> object:
    return engine_of(environment, lambda engine: see(engine._large._spark))


Observed = Callable[[Environment], object]
WINDOW = ("30s", "10s")
SECRETS = ("the first secret", "the other secret")

REACHES: list[tuple[str, str, tuple[str, str], Observed]] = [
    ("data_dir", "its folder", ("one", "two"), lambda env: Run(env).files),
    ("source", "what is read", ("file://lines.jsonl", "file://one.jsonl"), lambda env: Run(env).ingested.read),
    ("lake", "its file", ("duckdb:///a.x", "duckdb:///b.x"), lambda env: Run(env).files),
    ("engine", "the engine", ("duckdb", "python"), lambda env: Run(env).engine),
    ("spark", "the engine", ("local[1]", "local[2]"), lambda env: session_of(env, lambda each: str(each.url))),
    (
        "spark_jars",
        "the session",
        ("one", "two"),
        lambda env: session_of(env, lambda each: each._open_session.keywords["jars"]),
    ),
    ("spark_min_events", "the engine", ("5", "6"), lambda env: engine_of(env, lambda engine: engine._large_from)),
    ("bulk_from", "the bulk", ("never", "6"), lambda env: bulk_from(made({**ON_SERVERS, **env}))),
    ("warehouse", "its file", ("sqlite:///a.x", "sqlite:///b.x"), lambda env: Run(env).files),
    ("bus", "its file", ("sqlite:///a.x", "sqlite:///b.x"), lambda env: Run(env).files),
    ("checkpoints", "its file", ("sqlite:///a.x", "sqlite:///b.x"), lambda env: Run(env).files),
    ("dead_letters", "its file", ("duckdb:///a.x", "duckdb:///b.x"), lambda env: Run(env).files),
    ("max_age", "ingest", ("2h", "unlimited"), lambda env: Run(env).ingested.accepted),
    ("max_clock_skew", "ingest", ("1h", "1m"), lambda env: Run(env).ingested.accepted),
    ("earliest", "ingest", ("2026-01-01", "2026-03-01"), lambda env: Run(env).ingested.accepted),
    ("source_utc_offset", "ingest", ("+00:00", "+01:00"), lambda env: Run(env).lake("time, id")),
    ("source_utc_offset", "replay", ("+00:00", "+07:00"), replayed),
    ("repeat_window", "arrivals of DuckDB", ("30s", "1h"), lambda env: Run(env).minutes),
    (
        "repeat_window",
        "arrivals of Cassandra",
        WINDOW,
        lambda env: with_servers(env, lambda each: each.part("lake")._reach),
    ),
    ("repeat_window", "the engine of DuckDB", WINDOW, lambda env: Run(env).repeats),
    ("repeat_window", "the engine in Python", WINDOW, lambda env: Run({"ENGINE": "python", **env}).repeats),
    ("repeat_window", "auto", WINDOW, lambda env: engine_of(env, lambda engine: engine._small._repeat_window)),
    ("repeat_window", "Spark", WINDOW, lambda env: session_of(env, lambda each: each.events.repeat_window)),
    ("repeat_window", "exported clicks", WINDOW, exported),
    ("internal_hosts", "ingest", ("b.example", "c.example"), lambda env: Run(env).internal),
    ("internal_uids", "ingest", ("tester", "u9"), lambda env: Run(env).internal),
    ("job_paths", "ingest", ("/job/{job_id}", "/ad/{job_id}"), lambda env: Run(env, [ON_A_PATH]).lake("job")),
    ("expansion_limit", "compressed files", ("1", "1000"), expanded),
    ("dead_letter_limit", "ingest", ("1", "9"), lambda env: ingested(env, [b"{\n", b"[\n"])),
    ("currencies", "imports", ("$=USD", "$=EUR"), currency_imported),
    ("uid_key", "ingest", SECRETS, lambda env: Run(env).lake("uid")),
    ("uid_key", "erase", SECRETS, lambda env: erased({"ERASURE_KEY": "the third secret", **env})),
    ("redact_urls", "ingest", ("off", "all"), lambda env: Run(env).lake("record")),
    ("erasure_key", "erase", ("the third secret", SECRETS[1]), lambda env: erased({"UID_KEY": SECRETS[0], **env})),
    ("ingest_batch_size", "ingest", ("1", "5"), lambda env: Run(env).batches),
    ("rollup_batch_hours", "the roll-up", ("1", "2"), lambda env: Run(env).step.claimed),
    ("load_batch_size", "the load", ("1", "2"), lambda env: Run(env).loaded.read),
    ("lock_timeout", "SQLite", ("1s", "2s"), lambda env: timeouts(env)[0]),
    ("lock_timeout", "DuckDB", ("1s", "2s"), lambda env: timeouts(env)[1]),
]
"""A setting, a part that it governs, two values, and what is seen there."""

KNOWN = {field.name for field in attrs.fields(Settings)}


def test_every_setting_has_a_line():
    assert {name for name, *_ in REACHES} == KNOWN


@pytest.mark.parametrize("reach", REACHES, ids=lambda reach: f"{reach[0]}: {reach[1]}")
def test_two_values_are_two_results(reach, tmp_path, monkeypatch):
    name, part, values, observed = reach
    results = []
    for number, value in enumerate(values):
        (tmp_path / str(number)).mkdir()
        monkeypatch.chdir(tmp_path / str(number))
        results.append(observed({name.upper(): value}))
    assert results[0] != results[1], part


@pytest.mark.parametrize("name,values", {name: values for name, _, values, _ in REACHES}.items())
def test_file_environment_and_options_say_the_same(name, values, tmp_path):
    found = []
    for value in values:
        file = tmp_path / "admetrics.toml"
        file.write_text(f"{name} = {json.dumps(value)}\n", encoding="utf-8")
        from_file = settings(file=file, environment={})
        if name in {"data_dir", "spark_jars"}:  # beside the file
            value = str(tmp_path / value)  # noqa: PLW2901
        assert from_file == settings(environment={f"ADMETRICS_{name.upper()}": value})
        assert from_file == settings(environment={}, options={name: value})
        found.append(getattr(from_file, name))
    assert found[0] != found[1]


def test_an_erased_visitor_has_one_name_under_one_erasure_key(tmp_path, monkeypatch):
    """Not one of a key that was made by chance, which would be two results, too."""
    results = []
    for number in range(2):
        (tmp_path / str(number)).mkdir()
        monkeypatch.chdir(tmp_path / str(number))
        results.append(erased({"UID_KEY": SECRETS[0], "ERASURE_KEY": "the third secret"}))
    assert results[0] == results[1]


def test_the_option_of_the_command_line_is_a_setting(run, tmp_path):
    """`--data-dir` is the only one."""
    run("init")
    assert sorted(path.name for path in (tmp_path / "data").glob("*.*")) == ["lake.duckdb", "warehouse.sqlite"]
