"""Hostile values, in every setting and in every option of every command: one clean line, or they are taken."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from threading import Event
from typing import Any

import attrs
import click
import pytest

from admetrics.configuration import Settings, settings
from admetrics.domain.errors import ConfigurationError
from admetrics.interfaces.cli import demo, show, stages
from admetrics.interfaces.cli.main import admetrics
from tests import samples

TYPED = (
    "", " ", "-1", "0", "-0", "1_0", "\u0663", "9" * 5000, "1e400", "NaN", "inf", "9999999999d", "9" * 400 + "s",
    "9" * 400 + "ms", "-1s", "36501d", "0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    "9999-12-31", "65536", "[::1]:70000", "[::1]:" + "9" * 5000, ":0", "x" * 5000, "a\nb", "\x00", "\udcff", "~", "%",
)  # fmt: skip
TEXTS = ("", "\x00", "\udcff", "x" * 5000, "a\nb", "\u202e")
URLS = (
    "duckdb:///:memory:", "duckdb://", "duckdb:///", "duckdb://host/x", "duckdb:///%00", "duckdb:///%FF",
    "duckdb:///" + "y" * 300, "sqlite://", "sqlite:///:memory:", "sqlite:///x?mode=memory", "sqlite://host/x",
    "sqlite:///%00", "sqlite:///" + "y" * 300, "sqlite:///x?nonsense=1", "kafka://[::1]:99999/t", "kafka://[::1/t",
    "cassandra://h:-1/k", "cassandra://[::1/k", "mysql://h:" + "9" * 5000 + "/d", "file://", "://", "local[",
)  # fmt: skip
OTHERS: tuple[Any, ...] = (
    [], [1], ["a", ["b"]], {}, {"a": 1}, True, False, -1, 10**5000, float("inf"), float("nan"), -1.5, 0.0,
    date(1, 1, 1), datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), time(1, 2), timedelta.max, timedelta(-1),
    datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-1))),
)  # fmt: skip
"""What TOML, or a caller of the library, may give where a text is expected."""

FIELDS = [field.name for field in attrs.fields(Settings)]
STORES = ("lake", "warehouse", "bus", "checkpoints", "dead_letters", "source")
NOT_TEXTS = {
    "currencies",
    "bulk_from",
    "dead_letter_limit",
    "max_age",
    "max_clock_skew",
    "earliest",
    "repeat_window",
    "lock_timeout",
}
"""Settings that take numbers, times or tables, too."""

_LONGEST = 400


def shown(value: object) -> str:
    return f"{type(value).__name__} {str(value)[:20] if value != 10**5000 else '10^5000'}"


@pytest.mark.parametrize("name", FIELDS)
def test_a_hostile_setting_is_one_line_that_names_it(name):
    """Wherever it comes from; a value that is taken is of the right type."""
    for value in (*TYPED, *TEXTS, *OTHERS):
        origins: list[dict[str, Any]] = [{"environment": {}, "options": {name: value}}]
        if isinstance(value, str):
            origins.append({"environment": {f"ADMETRICS_{name.upper()}": value}})
        for origin in origins:
            said = refusal(origin)
            if said is None:
                assert isinstance(value, str | list) or name in NOT_TEXTS, shown(value)
            else:
                assert re.fullmatch(rf"setting '{name}' in the (options|environment): .+", said), shown(value)
                assert len(said) < _LONGEST


def refusal(origin: dict[str, Any]) -> str | None:
    """Return why settings are refused; None if they are not."""
    try:
        settings(**origin)
    except ConfigurationError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    "text",
    [
        "lake = [1]",
        "lake = " + "9" * 5000,
        "lake = " + "[" * 5000,
        "lake = {a=1}",
        "spark_jars = ''",
        "spark_jars = 1.5",
    ],
    ids=lambda text: text[:14],
)
def test_a_hostile_file_is_one_line(text, run, tmp_path):
    file = tmp_path / "a.toml"
    file.write_text(text)
    outcome = run("init", "--config", file, code=1)
    assert outcome.err.count("\n") == 1
    assert "a.toml" in outcome.err


@pytest.mark.parametrize("part", STORES)
def test_a_hostile_url_is_one_line_and_nothing_stays_in_memory(part, run, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for url in URLS:
        monkeypatch.setenv(f"ADMETRICS_{part.upper()}", url)
        outcome = run("init", code=None)
        assert outcome.code in {1, 2}, url
        assert outcome.err.count("\n") == 1, outcome.err
        assert part in outcome.err or "sqlite" in outcome.err, outcome.err
    assert {path.name for path in tmp_path.iterdir()} <= {"data"}


@pytest.mark.parametrize("name", ["a b", "a%20b", "a#b", "100%", "\u00fc \U0001f4a5", "a+b", "a;b", "'a\"b"])
def test_all_that_is_embedded_lies_in_the_folder_that_is_named(name, run, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ADMETRICS_DATA_DIR", name)
    with pytest.MonkeyPatch.context() as patch:
        from tests.command_line import runner

        runner(patch, Path(name))("ingest", samples.FOLDER / "tracking.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert {"lake.duckdb", "warehouse.sqlite"} <= {path.name for path in (tmp_path / name).iterdir()}


def test_a_folder_that_duckdb_would_take_apart_is_refused(run, monkeypatch):
    """It would write its log to folder `a.wal?b`."""
    monkeypatch.setenv("ADMETRICS_LAKE", "duckdb:///a?b/lake.duckdb")
    assert "setting 'lake': DuckDB cannot have 'a?b/lake.duckdb'" in run("init", code=1).err


def test_visitors_that_are_not_utf8_are_refused(run):
    for arguments, stdin in ((("--uid", "\udcff"), b""), (("--uid", "-"), b"\xff\n")):
        outcome = run("erase", *arguments, stdin=stdin, code=2)
        assert "UTF-8" in outcome.err
        assert "Traceback" not in outcome.err


Parameter = tuple[tuple[str, ...], click.Parameter]

NEEDED = {
    ("demo",): ("--events", "1", "--out", "demo"),
    ("simulate",): ("--events", "1"),
    ("export",): ("events",),
    ("rebuild",): ("--from", "2026-01-01", "--to", "2026-01-02"),
    ("reconcile",): ("--from", "2026-01-01", "--to", "2026-01-02"),
    ("dims", "import"): ("no-such-folder",),
    ("dead-letters", "show"): ("x",),
    ("erase",): ("--uid", "u1"),
    ("serve",): ("--port", "0"),
}
"""What a command needs besides the option that is tried."""


def commands(command: click.Command = admetrics, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from commands(each, (*path, name))
    else:
        yield path, command


def parameters() -> Iterator[Parameter]:
    """Return every option and argument of every command; those that all commands share, once."""
    seen = set()
    for path, command in commands():
        for parameter in command.params:
            common = parameter.name in {"config", "data_dir", "log_format"}
            if not getattr(parameter, "is_flag", False) and not (common and parameter.name in seen):
                seen.add(parameter.name)
                yield path if not common else ("init",), parameter


@contextmanager
def stopped_at_once() -> Iterator[Event]:
    event = Event()
    event.set()
    yield event


def arguments_of(path: tuple[str, ...], parameter: click.Parameter, value: str) -> list[str]:
    needed = list(NEEDED.get(path, ()))
    if isinstance(parameter, click.Argument):
        return [*path, value]
    option = parameter.opts[0]
    if option in needed:
        at = needed.index(option)
        del needed[at : at + 2]
    if path == ("demo",) and option in {"--rate", "--port", "--for"}:
        needed.append("--live")
    return [*path, *needed, f"{option}={value}"]


@pytest.mark.parametrize(
    "path,parameter", [pytest.param(*each, id=" ".join([*each[0], each[1].name or ""])) for each in parameters()]
)
def test_a_hostile_option_is_one_line_that_names_it(path, parameter, run, monkeypatch, tmp_path):
    """Or it is taken; never a traceback, never an exit code of its own, and nothing outside of the folder."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    for module in (stages, show, demo):
        monkeypatch.setattr(module, "stop_on_signals", stopped_at_once)
    is_text = isinstance(parameter.type, click.Path) or parameter.type.name in {"text", "uid"}
    for value in TEXTS if is_text else TYPED:
        if isinstance(parameter, click.Argument) and value.startswith("-"):
            continue  # an option
        if (parameter.name, value) == ("events", "65536"):
            continue  # fine, and it takes long
        outcome = run(*arguments_of(path, parameter, value), code=None)
        assert outcome.code in {0, 1, 2, 3}, value[:20]
        assert "Traceback" not in outcome.err
        said = [line for line in outcome.err.splitlines() if not line.startswith(("Usage: ", "Try ")) and line]
        assert len(said) <= 1, said
        assert bool(said) == (outcome.code in {1, 2}), outcome
        if outcome.code == 2:
            assert any(
                name in outcome.err for name in (*parameter.opts, parameter.make_metavar(click.Context(admetrics)))
            ), said
    assert {each.name for each in tmp_path.iterdir()} <= {"here", "data"}


def test_figures_of_all_times_can_be_asked_for(run, tmp_path):
    """The ends of the calendar are periods like others, for a lake that holds something."""
    run("ingest", samples.FOLDER / "tracking.jsonl")
    run("rollup")
    run("load")
    whole = ("--from", "0001-01-01", "--to", "9999-12-31T23:59:59.999999")
    for command in (("export", "clicks"), ("export", "accounting"), ("export", "events"), ("reconcile",), ("rebuild",)):
        run(*command, *whole)
    run("report", *whole, "--timezone", "Asia/Ho_Chi_Minh")
    run("report", "--to", "0001-01-01")
    run("report", "--from", "9999-12-31T23:59:59.999999")
    run("prune", "--older-than", "36500d")


def test_no_clock_leaves_the_calendar(run, monkeypatch):
    for name in ("MAX_AGE", "MAX_CLOCK_SKEW"):
        monkeypatch.setenv(f"ADMETRICS_{name}", "36500d")
    monkeypatch.setenv("ADMETRICS_EARLIEST", datetime.min.replace(tzinfo=UTC).isoformat())
    monkeypatch.setenv("ADMETRICS_LOCK_TIMEOUT", "24d")
    for name in ("INGEST_BATCH_SIZE", "ROLLUP_BATCH_HOURS", "LOAD_BATCH_SIZE"):
        monkeypatch.setenv(f"ADMETRICS_{name}", str(2**31 - 1))
    run("ingest", samples.FOLDER / "tracking.jsonl")
    run("tick")


@pytest.mark.parametrize(
    "name,most,more",
    [
        ("repeat_window", "3600s", "3600.001s"),
        ("lock_timeout", "24d", "24.01d"),
        ("max_age", "36500d", "36500.01d"),
        ("max_clock_skew", "36500d", "36500.01d"),
        ("ingest_batch_size", "2147483647", "2147483648"),
        ("bulk_from", "2147483647", "2147483648"),
    ],
)
def test_the_ends_of_what_a_setting_takes(name, most, more):
    variable = f"ADMETRICS_{name.upper()}"
    assert refusal({"environment": {variable: most}}) is None
    assert f"setting '{name}' in the environment: " in (refusal({"environment": {variable: more}}) or "")
