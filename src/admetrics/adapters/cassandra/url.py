"""The URL of a keyspace, or of a table in it, and its parameters."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import attrs

from admetrics.domain.errors import ConfigurationError

_DEFAULT_PORT: Final = 9042

_FORM: Final = "cassandra://user:password@host1,host2:9042/keyspace?local_dc=datacenter1"
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,47}", re.ASCII).fullmatch
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]\s]+)(?::(\d{1,5}))?", re.ASCII).fullmatch
_LARGEST_PORT: Final = 65_535


@attrs.frozen
class Host:
    """Where a node listens."""

    address: str
    port: int

    def __str__(self) -> str:
        """Write it as in a URL."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@attrs.frozen(kw_only=True)
class CassandraUrl:
    """What a URL says. Its text never shows the password.

    Args:
        hosts: nodes to begin with; the others are found through them.
        keyspace: its name, exactly as written.
        table: the name of a table; None if the URL names a keyspace only.
        user: who connects; None without authentication.
        password: the password of that user.
        local_dc: the data centre that is read from and written to.
        replication: how many replicas `local_dc` keeps of a keyspace that is created; None: 3, or as many as there are
            nodes if those are fewer.
        ca: PEM file of the authorities whose certificates are trusted; it switches TLS on.
        certificate: PEM file of the client's own certificate, if the cluster asks for one.
        key: PEM file of its private key.
        check_host: whether a certificate must name the host that shows it.
        timeout: how long one request may take, in seconds.
        retry_for: how long a request is tried again while nothing answers, in seconds.
    """

    hosts: tuple[Host, ...]
    keyspace: str
    table: str | None = None
    user: str | None = None
    password: str | None = attrs.field(default=None, repr=False)
    local_dc: str = "datacenter1"
    replication: int | None = None
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    check_host: bool = True
    timeout: float = 10.0
    retry_for: float = 15.0

    def __str__(self) -> str:
        """Write the URL for messages: no user, no password, no parameters."""
        path = self.keyspace if self.table is None else f"{self.keyspace}/{self.table}"
        return f"cassandra://{','.join(map(str, self.hosts))}/{path}"

    def spark_options(self) -> dict[str, str]:
        """Return how Spark's connector reaches table `events`; Spark's executors must reach the hosts by these names.

        Every read is at LOCAL_QUORUM: the connector's own default would lose events. Which certificates are trusted,
        Spark's own configuration says.
        """
        options = {
            "keyspace": self.keyspace,
            "table": "events",
            "spark.cassandra.connection.host": ",".join(map(str, self.hosts)),
            "spark.cassandra.connection.port": str(self.hosts[-1].port),
            "spark.cassandra.connection.localDC": self.local_dc,
            "spark.cassandra.input.consistency.level": "LOCAL_QUORUM",
            # Rows are small: its 1,000 cost Cassandra half as much again, for the questions alone. 20,000 are 4 MB.
            "spark.cassandra.input.fetch.sizeInRows": "20000",
        }
        if self.user is not None:
            options["spark.cassandra.auth.username"] = self.user
            options["spark.cassandra.auth.password"] = self.password or ""
        if self.ca is not None:
            options["spark.cassandra.connection.ssl.enabled"] = "true"
        return options

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read a URL.

        A host without a port has that of the last one. User and password may be percent-encoded.

        Raises:
            ConfigurationError: the URL is malformed, or has a parameter that is not known.

        >>> print(CassandraUrl.parse("cassandra://me:secret@one,two:9142/figures?local_dc=paris&replication=3"))
        cassandra://one:9142,two:9142/figures
        """
        parts = _split(url)
        credentials, _, hosts = parts.netloc.rpartition("@")
        user, _, password = credentials.partition(":")
        keyspace, _, table = parts.path.removeprefix("/").partition("/")
        return cls(
            hosts=_hosts(hosts),
            keyspace=_name(keyspace, "keyspace"),
            table=_name(table, "table") if table else None,
            user=unquote(user) or None,
            password=unquote(password) if user else None,
            **_parameters(parts.query),
        )


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = None  # its text holds the URL, and that a password
    if parts is None or parts.scheme != "cassandra" or not parts.netloc or parts.fragment:
        raise ConfigurationError(f"the URL of a Cassandra keyspace must look like {_FORM}")
    return parts


def _hosts(text: str) -> tuple[Host, ...]:
    matches = [_HOST(host.strip()) for host in text.split(",")]
    if not all(matches):
        raise ConfigurationError(f"the hosts of a Cassandra URL must look like host1,host2:{_DEFAULT_PORT}")
    found = [(match[1].strip("[]"), match[2]) for match in matches if match]
    default = int(found[-1][1] or _DEFAULT_PORT)
    hosts = tuple(Host(address, int(port or default)) for address, port in found)
    for host in hosts:
        if not 0 < host.port <= _LARGEST_PORT:
            raise ConfigurationError(f"{host.port} is no port: write 1 to {_LARGEST_PORT} (default: {_DEFAULT_PORT})")
    return hosts


def _name(text: str, what: str) -> str:
    if _NAME(text) is None:
        raise ConfigurationError(
            f"{text!r} is no name of a Cassandra {what}: write up to 48 letters, digits and _ after the host, "
            f"as in {_FORM}"
        )
    return text


def _parameters(query: str) -> Mapping[str, Any]:
    values: dict[str, Any] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        if name not in _PARAMETERS:
            raise ConfigurationError(
                f"unknown parameter {name!r} of a Cassandra URL: known are {', '.join(sorted(_PARAMETERS))}"
            )
        try:
            values[name] = _PARAMETERS[name](text.strip())
        except ValueError as error:
            raise ConfigurationError(f"parameter {name} of a Cassandra URL must be {error}") from None
    if ("certificate" in values or "key" in values) and "ca" not in values:
        raise ConfigurationError("parameters certificate and key of a Cassandra URL need ca, which switches TLS on")
    return values


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ValueError("a whole number above 0")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text.removesuffix("s"))
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ValueError("a number of seconds, e.g. 10s")
    return seconds


def _yes_or_no(text: str) -> bool:
    if text not in {"yes", "no"}:
        raise ValueError("yes or no")
    return text == "yes"


def _word(text: str) -> str:
    if not text:
        raise ValueError("a name")
    return text


def _file(text: str) -> Path:
    if not text:
        raise ValueError("the path of a PEM file")
    return Path(text)


_PARAMETERS: Final[Mapping[str, Callable[[str], object]]] = {
    "local_dc": _word,
    "replication": _count,
    "ca": _file,
    "certificate": _file,
    "key": _file,
    "check_host": _yes_or_no,
    "timeout": _seconds,
    "retry_for": _seconds,
}
