"""The URL of a topic, with everything that is needed to reach it."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import attrs

from admetrics.domain.errors import ConfigurationError

_PORT: Final = 9092
_FORM: Final = "kafka://[user:password@]host:9092[,host2:9092]/topic[?parameter=value&...]"
_TOPIC: Final = re.compile(r"[a-zA-Z0-9._-]{1,249}", re.ASCII).fullmatch
_SERVER: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\[\]:,@/?#\s]+)(?::(\d{1,5}))?", re.ASCII).fullmatch
_DURATION: Final = re.compile(r"(\d{1,9})(s|m|h|d)", re.ASCII).fullmatch
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SECURITY: Final = ("plaintext", "ssl", "sasl_plaintext", "sasl_ssl")
_MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


@attrs.frozen
class Server:
    """A broker that a client asks first.

    Args:
        host: name or address, IPv6 without brackets.
        port: where it listens.
    """

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@attrs.frozen(kw_only=True)
class KafkaUrl:
    """A topic and how to reach it.

    Args:
        servers: at least one.
        topic: its name.
        security: `plaintext`, `ssl`, `sasl_plaintext` or `sasl_ssl`.
        user: who logs in; None if nobody does.
        password: the password.
        mechanism: how to log in: `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.
        ca: file of the certificates to trust; None: those of the system.
        certificate: file of the client's own certificate; None if it has none.
        key: file of the key of that certificate.
        group: under which name the position is kept.
        partitions: of the topic, if it is created.
        replication: copies of each message, if the topic is created; -1: what the brokers do by default.
        retention: how long messages are kept, if the topic is created.
    """

    servers: tuple[Server, ...]
    topic: str
    security: str = "plaintext"
    user: str | None = None
    password: str | None = attrs.field(default=None, repr=False)
    mechanism: str = "SCRAM-SHA-512"
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    group: str = "admetrics"
    partitions: int = 4
    replication: int = -1
    retention: timedelta = timedelta(days=7)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read a URL such as `kafka://user:secret@host:9092,host2:9092/topic?ca=/path/ca.pem`.

        A URL with a user means TLS unless `security` says otherwise: a password never travels readable by mistake.

        Raises:
            ConfigurationError: it is malformed; the message shows no part that may be secret.

        >>> KafkaUrl.parse("kafka://user:secret@one,two:9093/events").name
        'kafka://one:9092,two:9093/events'
        >>> KafkaUrl.parse("kafka://one/events?colour=red")
        Traceback (most recent call last):
        admetrics.domain.errors.ConfigurationError: a Kafka URL has no parameter 'colour': known are ca, ...
        """
        parts = _split(url)
        login, _, hosts = parts.netloc.rpartition("@")
        user, _, password = login.partition(":")
        given = _parameters(parts.query)
        known: dict[str, Any] = {name: _READ[name](value) for name, value in given.items()}
        known.setdefault("security", _usual_security(user=bool(user), tls="ca" in given or "certificate" in given))
        made = cls(
            servers=tuple(map(_server, hosts.split(","))),
            topic=_topic(unquote(parts.path.removeprefix("/"))),
            user=unquote(user) or None,
            password=unquote(password) or None,
            **known,
        )
        made._check()
        return made

    @property
    def name(self) -> str:
        """How messages show the topic: without user, password and parameters."""
        return f"kafka://{','.join(map(str, self.servers))}/{self.topic}"

    @property
    def uses_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.security.endswith("ssl")

    @property
    def logs_in(self) -> bool:
        """Whether a user logs in."""
        return self.security.startswith("sasl")

    def options(self) -> Mapping[str, object]:
        """Return how to reach the brokers, as kafka-python wants to be told."""
        options: dict[str, object] = {
            "bootstrap_servers": [str(server) for server in self.servers],
            "security_protocol": self.security.upper(),
        }
        if self.uses_tls:
            files = {"ssl_cafile": self.ca, "ssl_certfile": self.certificate, "ssl_keyfile": self.key}
            options |= {name: str(file) for name, file in files.items() if file}
        if self.logs_in:
            options |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password,
            }
        return options

    def _check(self) -> None:
        """Refuse what does not go together."""
        if self.logs_in and not (self.user and self.password):
            raise ConfigurationError(f"{self.name} needs a user and a password for security={self.security}: {_FORM}")
        if self.user and not self.logs_in:
            raise ConfigurationError(
                f"{self.name} names a user, but security={self.security} does not log in: "
                "write security=sasl_ssl, or leave the user out"
            )
        if self.key and not self.certificate:
            raise ConfigurationError(f"{self.name} names a key, but no certificate: add certificate=FILE")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "kafka" or not parts.netloc:
        raise ConfigurationError(f"this is no Kafka URL: write {_FORM}")
    if parts.fragment:
        raise ConfigurationError("a Kafka URL has no part after #: write %23 for a # in the password")
    return parts


def _usual_security(*, user: bool, tls: bool) -> str:
    if user:
        return "sasl_ssl"
    return "ssl" if tls else "plaintext"


def _server(text: str) -> Server:
    match = _SERVER(text)
    port = int(match[2] or _PORT) if match else 0
    if match is None or not 0 < port < 2**16:  # the text may be a piece of the password, so it is not shown
        raise ConfigurationError(f"a Kafka URL names hosts and ports: write {_FORM}, and %40 for an @ in the password")
    return Server(match[1].strip("[]"), port)


def _topic(text: str) -> str:
    if not _TOPIC(text) or text in (".", ".."):
        shown = "this" if "@" in text else repr(text)  # after an @ that is not written %40, it is the password's end
        raise ConfigurationError(f"{shown} is no name of a topic (letters, digits, '.', '_', '-'): write {_FORM}")
    return text


def _parameters(query: str) -> Mapping[str, str]:
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    for name in parameters:
        if name not in _READ:
            shown = "such parameter" if "@" in name else f"parameter {name!r}"
            raise ConfigurationError(f"a Kafka URL has no {shown}: known are {', '.join(sorted(_READ))}")
    return parameters


def _one_of(name: str, choices: Sequence[str]) -> Callable[[str], str]:
    by_upper = {choice.upper(): choice for choice in choices}

    def read(text: str) -> str:
        if (choice := by_upper.get(text.upper())) is None:
            raise ConfigurationError(f"{name} of a Kafka URL is {text!r}: choose {' or '.join(choices)}")
        return choice

    return read


def _count(name: str, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most):
            raise ConfigurationError(f"{name} of a Kafka URL is {text!r}: write a number from 1 to {most}")
        return int(text)

    return read


def _retention(text: str) -> timedelta:
    match = _DURATION(text)
    if match is None:
        raise ConfigurationError(f"retention of a Kafka URL is {text!r}: write e.g. 36h or 7d")
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


def _group(text: str) -> str:
    if not text:
        raise ConfigurationError("group of a Kafka URL is empty: name one, or leave it out")
    return text


def _file(text: str) -> Path:
    if not text:
        raise ConfigurationError("a Kafka URL names no file after ca, certificate or key")
    return Path(text)


_READ: Final[Mapping[str, Callable[[str], object]]] = {
    "ca": _file,
    "certificate": _file,
    "group": _group,
    "key": _file,
    "mechanism": _one_of("mechanism", _MECHANISMS),
    "partitions": _count("partitions", 10_000),
    "replication": _count("replication", 100),
    "retention": _retention,
    "security": _one_of("security", _SECURITY),
}
"""The parameters, each with what reads it."""
