"""The topic of the bus as Spark writes to it."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import attrs

from admetrics.adapters.kafka.url import KafkaUrl
from admetrics.domain.errors import InputError


@attrs.frozen
class Topic:
    """A topic, as the clients of Kafka in Java reach it; Spark's executors must reach the brokers by their names.

    Args:
        url: which, and how to log in.
        patience: how long the brokers may take to answer.
    """

    format = "kafka"
    url: KafkaUrl
    patience: timedelta = timedelta(seconds=30)

    def reading(self) -> Mapping[str, str]:
        """Return the options of Spark's reader that name the topic."""
        return {"kafka.bootstrap.servers": self._servers(), "subscribe": self.url.topic}

    def writing(self) -> Mapping[str, str]:
        """Return the options of Spark's writer: confirmed by all replicas, each message once and in order.

        Raises:
            InputError: a file of certificates cannot be read.
        """
        milliseconds = round(self.patience.total_seconds() * 1000)
        options = {
            "bootstrap.servers": self._servers(),
            "security.protocol": self.url.security.upper(),
            "acks": "all",
            "enable.idempotence": "true",
            "compression.type": "zstd",
            "linger.ms": "20",
            "batch.size": str(128 * 1024),
            "request.timeout.ms": str(milliseconds // 3),
            "delivery.timeout.ms": str(milliseconds),
            "max.block.ms": str(milliseconds),
            **self._certificates(),
        }
        if self.url.user is not None:
            options["sasl.mechanism"] = self.url.mechanism
            options["sasl.jaas.config"] = self._login()
        return {"topic": self.url.topic, **{f"kafka.{name}": value for name, value in options.items()}}

    def _servers(self) -> str:
        return ",".join(map(str, self.url.servers))

    def _certificates(self) -> dict[str, str]:
        """Return the certificates themselves: executors cannot read files of this machine."""
        found: dict[str, str] = {}
        if self.url.ca is not None:
            found |= {"ssl.truststore.type": "PEM", "ssl.truststore.certificates": _read(self.url.ca)}
        if self.url.certificate is not None:
            found |= {
                "ssl.keystore.type": "PEM",
                "ssl.keystore.certificate.chain": _read(self.url.certificate),
                "ssl.keystore.key": _read(self.url.key or self.url.certificate),
            }
        return found

    def _login(self) -> str:
        module = "plain.PlainLoginModule" if self.url.mechanism == "PLAIN" else "scram.ScramLoginModule"
        login = f"username={_quoted(self.url.user)} password={_quoted(self.url.password)}"
        return f"org.apache.kafka.common.security.{module} required {login};"


def _quoted(text: str | None) -> str:
    """Write a text as a configuration of JAAS takes it."""
    escaped = (text or "").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the certificates of the bus in {file}: {type(error).__name__}") from error
