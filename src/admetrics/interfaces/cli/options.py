"""Options that several commands share, and what they make of them."""

import functools
import json
import logging
import re
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import attrs
import click
from stamina.instrumentation import LoggingOnRetryHook, set_on_retry_hooks

from admetrics.configuration import Configuration, Settings, duration, is_utf8, moment
from admetrics.domain.errors import ConfigurationError
from admetrics.domain.times import Period
from admetrics.interfaces.cli.terminal import on_lines, on_one_line

Command = Callable[..., Any]
_LARGEST_PORT: Final = 65535
_PORT: Final = re.compile("[0-9]{1,5}", re.ASCII).fullmatch


@attrs.frozen
class Context:
    """What every command knows."""

    configuration: Configuration
    as_json: bool

    @property
    def settings(self) -> Settings:
        """What applies."""
        return self.configuration.settings

    def print(self, figures: dict[str, object], text: str) -> None:
        """Print figures: as one JSON object for programs, as a sentence for people."""
        click.echo(json.dumps(figures) if self.as_json else on_lines(text))


class _Moment(click.ParamType[datetime]):
    """A time in ISO 8601, UTC; a date alone is its midnight."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read the time, or refuse it as wrong usage."""
        try:
            return moment(value)
        except ConfigurationError as error:
            self.fail(str(error), param, ctx)


class Duration(click.ParamType[timedelta]):
    """A duration such as 500ms, 2s or 1h."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read the duration, or refuse it as wrong usage."""
        try:
            return duration(value)
        except ConfigurationError as error:
            self.fail(str(error), param, ctx)


class Address(click.ParamType[tuple[str, int]]):
    """Where to listen: a port of the loopback, or host:port."""

    name = "[host:]port"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        """Read the address, or refuse it as wrong usage."""
        if isinstance(value, tuple):
            return value
        host, _, port = str(value).rpartition(":")
        if _PORT(port) is None or int(port) > _LARGEST_PORT:
            self.fail(f"{value!r} is no address: write a port, or host:port", param, ctx)
        return host.removeprefix("[").removesuffix("]") or "127.0.0.1", int(port)


class File(click.Path):
    """A path; one that no system can have is wrong usage."""

    def __init__(self, *, allow_dash: bool = False) -> None:
        super().__init__(path_type=Path, allow_dash=allow_dash)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the path, or refuse it as wrong usage."""
        if "\0" in str(value):
            self.fail(f"{value!r} holds a NUL byte", param, ctx)
        return super().convert(value, param, ctx)


class FileOrUrl(File):
    """A path, or a URL, which stays text."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the path, or refuse it as wrong usage."""
        return value if "://" in str(value) else super().convert(value, param, ctx)


class Visitor(click.ParamType[str]):
    """A visitor as records name them, in UTF-8."""

    name = "uid"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take the name, or refuse it as wrong usage."""
        if not is_utf8(value):
            self.fail("this is not UTF-8, so no record can name it", param, ctx)
        return str(value)


def common(command: Command) -> Command:
    """Add the options that every command has; the command gets a `Context` as its first argument."""

    @click.option("--config", type=File(), help="Configuration file [default: ./admetrics.toml].")
    @click.option("--data-dir", type=File(), help="Folder of everything embedded.")
    @click.option("--log-format", type=click.Choice(["text", "json"]), default="text", help="How log lines look.")
    @click.option("--debug", is_flag=True, help="Show tracebacks and debug logs.")
    @click.option("--json", "as_json", is_flag=True, help="Print figures as JSON.")
    @functools.wraps(command)
    def wrapped(
        *args: Any, config: Path | None, data_dir: Path | None, log_format: str, debug: bool, as_json: bool, **rest: Any
    ) -> Any:
        click.get_current_context().find_root().obj["debug"] = debug
        configure_logs(log_format, debug=debug)
        context = Context(Configuration.read(file=config, more={"--data-dir": {"data_dir": data_dir}}), as_json)
        return command(context, *args, **rest)

    return wrapped


def period(*, required: bool = False) -> Callable[[Command], Command]:
    """Add --from and --to; the command gets a `Period`, or None if neither was given."""

    def decorate(command: Command) -> Command:
        @click.option(
            "--from", "start", type=_Moment(), required=required, help="First hour, inclusive (ISO 8601, UTC)."
        )
        @click.option("--to", "end", type=_Moment(), required=required, help="End, exclusive (ISO 8601, UTC).")
        @functools.wraps(command)
        def wrapped(*args: Any, start: datetime | None, end: datetime | None, **rest: Any) -> Any:
            always = Period.always()
            given = start or end
            return command(*args, period=Period(start or always.start, end or always.end) if given else None, **rest)

        return wrapped

    return decorate


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {"time": self.formatTime(record), "level": record.levelname, "message": record.getMessage()}
        return json.dumps({**line, **getattr(record, "figures", {})})


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        figures = " ".join(f"{key}={value}" for key, value in getattr(record, "figures", {}).items())
        return f"{self.formatTime(record)} {record.levelname} {on_one_line(record.getMessage())} {figures}".rstrip()


def configure_logs(log_format: str, *, debug: bool) -> None:
    """Send the product's log lines to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if log_format == "json" else _Text())
    logger = logging.getLogger("admetrics")
    logger.handlers = [handler]
    logger.setLevel(logging.DEBUG if debug else logging.INFO)
    logger.propagate = False
    # Calls that are tried again are told by our own lines, if they fail in the end.
    logging.getLogger("stamina").setLevel(logging.DEBUG if debug else logging.ERROR)
    set_on_retry_hooks([LoggingOnRetryHook])  # where structlog is installed, the default prints to standard output
