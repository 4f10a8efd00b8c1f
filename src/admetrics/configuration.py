"""Configuration: `admetrics.toml`, then environment variables `ADMETRICS_*`, then options; later wins.

Nothing needs to be set: the defaults run everything embedded under `./admetrics-data/`.
"""

import os
import re
import reprlib
import tomllib
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import quote

import attrs

from admetrics.domain.errors import ConfigurationError, InputError
from admetrics.domain.events.integers import LARGEST
from admetrics.domain.events.page_url import JobPath
from admetrics.domain.events.redaction import Redaction
from admetrics.domain.rules.currency import CURRENCIES
from admetrics.domain.rules.repeats import REPEAT_WINDOW
from admetrics.domain.times import HOUR, LARGEST_UTC_OFFSET, utc_offset, utc_offset_text

_FILE_NAME: Final = "admetrics.toml"
_ENVIRONMENT_PREFIX: Final = "ADMETRICS_"
_FOLDERS: Final = frozenset({"data_dir", "spark_jars"})
_LIMITS: Final = frozenset({"dead_letter_limit", "max_age"})
"""Settings that may be `unlimited`."""

_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)", re.ASCII).fullmatch
_LONGEST: Final = timedelta(days=36_500)  # what a clock may add or take away without leaving the calendar
_LONGEST_WAIT: Final = timedelta(days=24)  # SQLite counts milliseconds in 31 bits
_COUNT: Final = re.compile(r"0*([0-9]{1,10})", re.ASCII).fullmatch
_SECONDS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_SHORTEST_SECRET: Final = 16
_HIDDEN: Final = "***"
_HARMLESS_PARAMETERS: Final = frozenset({
    "ca", "certificate", "charset", "connect_timeout", "consistency", "group", "local_dc", "mechanism", "partitions",
    "read_timeout", "replication", "retention", "security", "ssl_ca", "ssl_cert", "ssl_verify_cert",
    "ssl_verify_identity", "timeout", "tls", "use_ssl", "write_timeout",
})  # fmt: skip
"""The parameters of our URLs whose values may be shown: all others might be secret."""
_OUR_SCHEMES: Final = frozenset({
    "", "cassandra", "duckdb", "file", "kafka", "mariadb", "mysql", "sc", "spark", "sqlite",
})  # fmt: skip
"""The schemes whose users and parameters are known: those of another package might all be secret."""
_AFTER_HOSTS: Final = re.compile("(?=[/?#;])")
_PARAMETERS: Final = re.compile(r"([?&;]++)([^=?&;]*+)(=[^?&;]*+)?")


def duration(text: object) -> timedelta:
    """Read a duration such as `500ms`, `2s`, `30m`, `6h` or `90d`; a bare number is seconds.

    >>> duration("1.5h")
    datetime.timedelta(seconds=5400)
    """
    span = text if isinstance(text, timedelta) else _span(text)
    if not timedelta() <= span <= _LONGEST:
        message = f"{_shown(text)} is not a duration from 0s to {_LONGEST.days}d"
        raise ConfigurationError(message)
    return span


def _span(text: object) -> timedelta:
    shown = _shown(text)
    match = _DURATION(f"{shown}s" if isinstance(text, int | float) else str(text).strip())
    if match is None:
        message = f"{shown} is not a duration: write e.g. 500ms, 2s, 30m, 6h or 90d"
        raise ConfigurationError(message)
    try:
        return timedelta(seconds=float(match[1]) * _SECONDS[match[2]])
    except OverflowError:
        return timedelta.max


def moment(text: object) -> datetime:
    """Read a time in ISO 8601, UTC unless it says otherwise; a date alone is its midnight.

    >>> moment("2026-03-01").isoformat()
    '2026-03-01T00:00:00+00:00'
    """
    try:
        time = text if isinstance(text, datetime) else datetime.fromisoformat(str(text))
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except ValueError:
        message = f"{_shown(text)} is not a time: write ISO 8601, e.g. 2026-03-01 or 2026-03-01T14:00:00Z"
    except OverflowError:
        message = f"{_shown(text)} is no time of the years 1 to 9999 in UTC"
    raise ConfigurationError(message)


def masked(url: str) -> str:
    """Hide what may be secret in a URL, for messages: all but scheme, user, hosts, path and harmless parameters.

    Where a password was written without encoding, nobody knows where it ends: then all of it is hidden.

    >>> masked("mysql+pymysql://user:se:cret@host/db?ssl_key_password=secret&charset=utf8mb4")
    'mysql+pymysql://user:***@host/db?***&charset=utf8mb4'
    >>> masked("sc://host:15002/;token=secret;use_ssl=true")
    'sc://host:15002/;***;use_ssl=true'
    >>> masked("mysql+pymysql://user:se/cret@host/db")
    'mysql+pymysql://***'

    What a scheme of another package calls its secrets, nobody here knows: only hosts and path are shown then.

    >>> masked("acme://token@host/figures?group=secret")
    'acme://***@host/figures?***'
    """
    scheme, separator, rest = url.partition("://") if "://" in url else ("", "", url)
    login, at, place = ("", "", rest) if rest.startswith("/") else rest.rpartition("@")
    if _AFTER_HOSTS.search(login):
        return f"{scheme}{separator}{_HIDDEN}"
    ours = scheme.partition("+")[0] in _OUR_SCHEMES
    user, colon, _ = login.partition(":") if ours else (at and _HIDDEN, "", "")
    place, fragment, _ = place.partition("#")
    hosts, *path = _AFTER_HOSTS.split(place, maxsplit=1)
    parameters = _PARAMETERS.sub(_shown_parameter if ours else rf"\1{_HIDDEN}", "".join(path))
    shown = ",".join(map(_shown_host, hosts.split(","))) + parameters
    return f"{scheme}{separator}{user}{colon and f':{_HIDDEN}'}{at}{shown}{fragment and f'#{_HIDDEN}'}"


def _shown_host(host: str) -> str:
    """Hide what stands where a port does: without the host, the password stands there."""
    name, colon, port = host.rpartition(":")
    return f"{name}:{_HIDDEN}" if colon and not port.isdecimal() and not port.endswith("]") else host


def _shown_parameter(found: re.Match[str]) -> str:
    mark, name, value = found.groups(default="")
    harmless = name.lower() in _HARMLESS_PARAMETERS or not (name or value)
    return f"{mark}{name}{value}" if harmless else f"{mark}{_HIDDEN}"


def _shown(value: object) -> str:
    """Return a value as messages show it: short, on one line."""
    try:
        return reprlib.repr(value)
    except ValueError:  # Python refuses to write integers of thousands of digits
        return "a number of thousands of digits"


def _count(value: object) -> int:
    match = _COUNT(_shown(value) if type(value) is int else value.strip() if isinstance(value, str) else "")
    number = int(match[1]) if match else 0
    if not 1 <= number <= LARGEST:
        message = f"{_shown(value)} is not a whole number from 1 to {LARGEST}"
        raise ConfigurationError(message)
    return number


def _optional_count(value: object) -> int:
    return 0 if str(_shown(value)) in {"'never'", "0", "'0'"} else _count(value)


def _optional_limit(text: object) -> int | None:
    return None if text in ("", "unlimited", None, 0, "0") else _count(text)


def _text(value: object) -> str:
    """Read a text; what else it is, is not shown: it may hold a secret."""
    if not isinstance(value, str):
        message = f"this is no text but of type {type(value).__name__}: write one text in quotes"
        raise ConfigurationError(message)
    if "\0" in value:
        message = "no text may hold a NUL byte"
        raise ConfigurationError(message)
    return value.strip()


def _utf8(value: object) -> str:
    text = _text(value)
    if not is_utf8(text):
        message = "this is not UTF-8: databases take nothing else"
        raise ConfigurationError(message)
    return text


def is_utf8(text: str) -> bool:
    r"""Return whether a text from outside was UTF-8: other bytes come as half characters, which nothing can store.

    >>> is_utf8("\N{SNOWMAN}"), is_utf8("\udcff")
    (True, False)
    """
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _folder(value: object) -> Path:
    text = _utf8(str(value) if isinstance(value, Path) else value)
    if not text:
        message = "this is empty: name a folder, `.` for the current one"
        raise ConfigurationError(message)
    return Path(text)


def _optional_duration(text: object) -> timedelta | None:
    return None if text in ("", "unlimited", None) else duration(text)


def _timeout(value: object) -> timedelta:
    timeout = duration(value)
    if timeout > _LONGEST_WAIT:
        message = f"{_shown(value)} is more than {_LONGEST_WAIT.days}d"
        raise ConfigurationError(message)
    return timeout


def _window(value: object) -> timedelta:
    window = duration(value)
    if window > HOUR:
        message = f"{_shown(value)} is more than 1h"
        raise ConfigurationError(message)
    return window


def _utc_offset(value: object) -> timedelta:
    return value if isinstance(value, timedelta) and abs(value) <= LARGEST_UTC_OFFSET else utc_offset(_text(value))


def _names(value: object) -> frozenset[str]:
    return frozenset(_texts(value))


def _job_paths(value: object) -> tuple[str, ...]:
    paths = _texts(value)
    for path in paths:
        JobPath.parse(path)
    return paths


def _texts(value: object) -> tuple[str, ...]:
    """Read texts: a list of them, or one text with commas between them."""
    parts = value.split(",") if isinstance(value, str) else value
    if isinstance(parts, Mapping) or not isinstance(parts, Collection):
        message = f"{_shown(value)} is neither a list of texts nor a text with commas between them"
        raise ConfigurationError(message)
    return tuple(filter(None, map(_utf8, parts)))


def _currencies(value: object) -> tuple[tuple[str, str], ...]:
    """Read the codes of currencies: a table, or `1=USD,$=USD`."""
    pairs: Any = map(_pair, _texts(value)) if isinstance(value, str) else value
    try:
        pairs = pairs.items() if isinstance(pairs, Mapping) else pairs
        named = [(name, code) for name, code in pairs]
    except (TypeError, ValueError):
        message = f'{_shown(value)} is no table of codes: write e.g. [currencies] and below it "1" = "USD"'
        raise ConfigurationError(message) from None
    return tuple((_spelling(name), _currency(code)) for name, code in named)


def _pair(text: str) -> tuple[str, str]:
    name, _, code = text.rpartition("=")
    return name, code


def _spelling(value: object) -> str:
    name = _utf8(value).lower()
    if not name:
        message = "a currency has no name: write e.g. $=USD"
        raise ConfigurationError(message)
    return name


def _currency(value: object) -> str:
    code = _text(value).upper()
    if code not in CURRENCIES:
        message = f"{_shown(value)} is no code of ISO 4217: write e.g. USD"
        raise ConfigurationError(message)
    return code


def _redaction(value: object) -> Redaction:
    if isinstance(value, Redaction):
        return value
    try:
        return Redaction(_text(value))
    except ValueError:
        choices = ", ".join(each.value for each in Redaction)
        message = f"{_shown(value)} is none of {choices}"
        raise ConfigurationError(message) from None


def _secret(value: object) -> str:
    secret = _utf8(value)
    if len(secret) < _SHORTEST_SECRET:
        message = (
            f"a secret needs at least {_SHORTEST_SECRET} characters: write e.g. what `openssl rand -hex 32` prints"
        )
        raise ConfigurationError(message)
    return secret


@attrs.frozen(kw_only=True)
class Settings:
    """Every setting, with its default. The field's name is the key in the file and, in capitals, the variable.

    Args:
        data_dir: the folder of everything embedded.
        source: URL of the source of `ingest` and `run`; None if files are given.
        lake: URL of the lake; default: DuckDB in `data_dir`.
        engine: name of the engine or URL of Spark; default: `duckdb` over a DuckDB lake, else `python`.
        spark: URL of Spark for the engine `auto`.
        spark_min_events: from how many events that must be read `auto` uses Spark.
        bulk_from: from how many events that must be read Spark publishes the rows itself; 0 (`never`): never; None: as
            `bootstrap` decides, where engine and bus can do it.
        spark_jars: folder with the jars of Spark's connectors; None: Spark fetches them once.
        warehouse: URL of the warehouse; default: SQLite in `data_dir`.
        bus: URL of the bus; default: the warehouse's database.
        checkpoints: URL of the checkpoint store; default: the warehouse's database.
        dead_letters: URL of the dead letters; default: in the lake.
        max_age: how long the lake keeps events, e.g. `400d`; older records become dead letters; None: unlimited.
        max_clock_skew: how far the clocks of trackers may run ahead.
        earliest: no event is older than this.
        source_utc_offset: how far the clocks that wrote the times of the records are ahead of UTC, e.g. `+07:00`, where
            trackers take local time for UTC; it is taken from times in UUIDs, and from those of `ts` without an offset.
        repeat_window: how soon another click of a visitor on a job is a repeat, at most `1h`; `0s`: never.
        internal_hosts: hosts whose clicks are tests: a list, or texts with commas; `.example.com` for all beneath it.
        internal_uids: visitors whose clicks are tests, written likewise.
        job_paths: paths of pages that name their job, e.g. `/job/{job_id}`, as a list or texts with commas.
        currencies: the codes of ISO 4217 for what dimension tables call currencies, as a table (`"1" = "USD"`) or as
            text (`1=USD,$=USD`); the case of the names does not matter.
        uid_key: the secret with which visitors are hashed on their way into the lake; None: they are not hashed.
        redact_urls: what is cut out of URLs on their way into the lake: `off`, `tokens` or `all`.
        erasure_key: the secret by which erased visitors are known again; None: an embedded lake has its own, in file
            `erasure.key` in `data_dir`.
        expansion_limit: how many times as large as a compressed file what is in it may be, beyond 64 MiB.
        dead_letter_limit: how many dead letters an ingest may have before it stops; `0` or `unlimited`: any number. It
            counts from the start, and again whenever the source was read to its end.
        ingest_batch_size: the size of an ingest batch, at most 16 MiB of them.
        rollup_batch_hours: the most hours that one roll-up recomputes.
        load_batch_size: the most messages that one load takes.
        lock_timeout: how long to wait for an embedded file that another command holds.
    """

    data_dir: Path = attrs.field(default=Path("admetrics-data"), converter=_folder)
    source: str | None = attrs.field(default=None, converter=attrs.converters.optional(_text), repr=False)
    lake: str = attrs.field(converter=_utf8, repr=masked)
    engine: str = attrs.field(converter=_utf8, repr=masked)
    spark: str = attrs.field(default="local[*]", converter=_utf8, repr=masked)
    spark_min_events: int = attrs.field(default=500_000, converter=_count)
    bulk_from: int | None = attrs.field(default=None, converter=attrs.converters.optional(_optional_count))
    spark_jars: Path | None = attrs.field(default=None, converter=attrs.converters.optional(_folder))
    warehouse: str = attrs.field(converter=_utf8, repr=masked)
    bus: str = attrs.field(converter=_utf8, repr=masked)
    checkpoints: str = attrs.field(converter=_utf8, repr=masked)
    dead_letters: str = attrs.field(converter=_utf8, repr=masked)
    max_age: timedelta | None = attrs.field(default=None, converter=_optional_duration)
    max_clock_skew: timedelta = attrs.field(default=timedelta(hours=1), converter=duration)
    earliest: datetime = attrs.field(default=datetime(2000, 1, 1, tzinfo=UTC), converter=moment)
    source_utc_offset: timedelta = attrs.field(default=timedelta(), converter=_utc_offset)
    repeat_window: timedelta = attrs.field(default=REPEAT_WINDOW, converter=_window)
    internal_hosts: frozenset[str] = attrs.field(default=frozenset(), converter=_names)
    internal_uids: frozenset[str] = attrs.field(default=frozenset(), converter=_names, repr=False)
    job_paths: tuple[str, ...] = attrs.field(default=(), converter=_job_paths)
    currencies: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=_currencies)
    uid_key: str | None = attrs.field(default=None, converter=attrs.converters.optional(_secret), repr=False)
    redact_urls: Redaction = attrs.field(default=Redaction.TOKENS, converter=_redaction)
    erasure_key: str | None = attrs.field(default=None, converter=attrs.converters.optional(_secret), repr=False)
    expansion_limit: int = attrs.field(default=200, converter=_count)
    dead_letter_limit: int | None = attrs.field(default=100_000, converter=_optional_limit)
    ingest_batch_size: int = attrs.field(default=25_000, converter=_count)
    rollup_batch_hours: int = attrs.field(default=48, converter=_count)
    load_batch_size: int = attrs.field(default=20_000, converter=_count)
    lock_timeout: timedelta = attrs.field(default=timedelta(seconds=30), converter=_timeout)

    @lake.default
    def _lake_in_data_dir(self) -> str:
        return f"duckdb:///{quote(str(self.data_dir))}/lake.duckdb"

    @engine.default
    def _engine_that_fits(self) -> str:
        return "duckdb" if self.lake.startswith("duckdb:") else "python"

    @warehouse.default
    def _warehouse_in_data_dir(self) -> str:
        return f"sqlite:///{quote(str(self.data_dir))}/warehouse.sqlite"

    @bus.default
    @checkpoints.default
    def _same_as_warehouse(self) -> str:
        return self.warehouse

    @dead_letters.default
    def _in_the_lake(self) -> str:
        return self.lake


@attrs.frozen
class Configuration:
    """The settings, and where they come from.

    Args:
        settings: what applies.
        origins: of each setting that is not left to its default, where it was set: the file, `the environment`, ...
    """

    settings: Settings
    origins: Mapping[str, str]

    @classmethod
    def read(
        cls,
        *,
        file: Path | None = None,
        environment: Mapping[str, str] = os.environ,
        more: Mapping[str, Mapping[str, Any]],
    ) -> Self:
        """Collect the settings and where each was set; what comes later wins.

        Args:
            file: the configuration file; None: `admetrics.toml` in the current folder, if it is there. A `data_dir` or
                `spark_jars` in it is relative to its folder.
            environment: the variables; those that start with `ADMETRICS_` are settings.
            more: what is set elsewhere, by what messages call that place; None values count as not set.

        Raises:
            ConfigurationError: a setting is unknown or malformed; the message says which and where it was set.
            InputError: the file is missing or unreadable.
        """
        merged: dict[str, tuple[str, object]] = {}
        for origin, values in (_from_file(file), ("the environment", _from_environment(environment)), *more.items()):
            for key, value in values.items():
                if key not in _known_keys():
                    raise ConfigurationError(_unknown(key, origin))
                if value is not None:
                    merged[key] = (origin, value)
        return cls(_build(merged), {key: origin for key, (origin, _) in merged.items()})

    def texts(self) -> Mapping[str, str]:
        """Return each setting as a file would have it, for people; what may be secret is hidden."""
        return {field.name: _as_text(field, getattr(self.settings, field.name)) for field in attrs.fields(Settings)}


def _as_text(field: "attrs.Attribute[Any]", value: object) -> str:
    if value is None:
        return "unlimited" if field.name in _LIMITS else "none"
    if field.name == "source" or callable(field.repr):
        return masked(str(value))
    if not field.repr:
        return _HIDDEN if value else "none"
    if field.name == "source_utc_offset" and isinstance(value, timedelta):
        return utc_offset_text(value)
    return _WRITTEN.get(type(value), str)(value)


def _as_duration(span: timedelta) -> str:
    """Write a duration in the largest unit that has a whole number of it.

    >>> _as_duration(timedelta(minutes=90))
    '90m'
    """
    milliseconds = round(span.total_seconds() * 1000)
    sizes = {unit: round(seconds * 1000) for unit, seconds in _SECONDS.items()}
    unit = max((unit for unit, size in sizes.items() if milliseconds % size == 0), key=sizes.__getitem__)
    return f"{milliseconds // sizes[unit]}{unit if milliseconds else 's'}"


_WRITTEN: Final[Mapping[type, Callable[[Any], str]]] = {
    datetime: lambda time: f"{time:%Y-%m-%dT%H:%M:%SZ}",
    frozenset: lambda texts: ",".join(sorted(texts)) or "none",
    Redaction: lambda redaction: redaction.value,
    timedelta: _as_duration,
    tuple: lambda parts: ",".join(part if isinstance(part, str) else "=".join(part) for part in parts) or "none",
}


def settings(
    *,
    file: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    options: Mapping[str, Any] | None = None,
) -> Settings:
    """Collect the settings: see `Configuration.read`.

    Args:
        file: the configuration file; None: `admetrics.toml` in the current folder, if it is there.
        environment: the variables; those that start with `ADMETRICS_` are settings.
        options: what the caller sets; None values count as not set.

    Raises:
        ConfigurationError: a setting is unknown or malformed; the message says which and where it was set.
        InputError: the file is missing or unreadable.
    """
    return Configuration.read(file=file, environment=environment, more={"the options": options or {}}).settings


def _known_keys() -> frozenset[str]:
    """Return the names of all settings."""
    return frozenset(field.name for field in attrs.fields(Settings))


def _unknown(key: str, origin: str) -> str:
    near = get_close_matches(key, sorted(_known_keys()), n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(_known_keys()))}"
    return f"unknown setting {_shown(key)} in {origin}: {hint}"


def _build(merged: Mapping[str, tuple[str, object]]) -> Settings:
    for field in attrs.fields(Settings):
        convert: Any = field.converter
        if field.name in merged:
            origin, value = merged[field.name]
            try:
                convert(value)  # one at a time, to say which one is wrong
            except ConfigurationError as error:
                message = f"setting {field.name!r} in {origin}: {error}"
                raise ConfigurationError(message) from None
    values: dict[str, Any] = {key: value for key, (_, value) in merged.items()}
    return Settings(**values)


def _from_file(file: Path | None) -> tuple[str, Mapping[str, object]]:
    path = file or Path(_FILE_NAME)
    if file is None and not path.exists():
        return _FILE_NAME, {}
    return str(path), {key: _beside(path, key, value) for key, value in _parsed(path).items()}


def _beside(file: Path, key: str, value: object) -> object:
    """Return a setting of a file; a folder is relative to the file, wherever the command runs."""
    return str(file.parent / value) if key in _FOLDERS and isinstance(value, str) and value.strip() else value


def _parsed(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        message = f"the configuration {path} is not TOML: {error}"
        raise ConfigurationError(message) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        message = f"cannot read the configuration {path}: {reason}"
        raise InputError(message) from None
    except (ValueError, RecursionError):  # tomllib lets these of Python through
        message = f"the configuration {path} holds a number that is too long, or is nested too deeply"
        raise ConfigurationError(message) from None


def _from_environment(environment: Mapping[str, str]) -> Mapping[str, object]:
    """Return all variables that are meant for us, so that one which is misspelt is refused."""
    return {
        variable.removeprefix(_ENVIRONMENT_PREFIX).lower(): value
        for variable, value in sorted(environment.items())
        if variable.startswith(_ENVIRONMENT_PREFIX)
    }
