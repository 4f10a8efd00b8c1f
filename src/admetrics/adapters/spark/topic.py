"""The topic of the bus as Spark writes to it."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import attrs

from admetrics.domain.errors import InputError


@attrs.frozen(kw_only=True)
class Topic:
    """A topic, as the clients of Kafka in Java reach it. Its text never shows the password.

    Args:
        servers: brokers to begin with, as `host:port`; Spark's executors must reach them under these names.
        name: of the topic.
        security: as Kafka calls it, e.g. `SASL_SSL`.
        mechanism: how to log in, e.g. `SCRAM-SHA-512`.
        user: who logs in; None if nobody does.
        password: the password.
        ca: PEM file of the certificates to trust; None: those of the Java that writes.
        certificate: PEM file of the client's own certificate; None if it has none.
        key: PEM file of the key of that certificate (PKCS #8); None: it is in the file of the certificate.
        patience: how long the brokers may take to answer.
    """

    servers: Sequence[str]
    name: str
    security: str = "PLAINTEXT"
    mechanism: str | None = None
    user: str | None = None
    password: str | None = attrs.field(default=None, repr=False)
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    patience: timedelta = timedelta(seconds=30)

    def options(self) -> dict[str, str]:
        """Return the options of Spark's writer: confirmed by all replicas, each message once and in order.

        Raises:
            InputError: a file of certificates cannot be read.
        """
        milliseconds = round(self.patience.total_seconds() * 1000)
        options = {
            "bootstrap.servers": ",".join(self.servers),
            "security.protocol": self.security,
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
        if self.user is not None:
            options["sasl.mechanism"] = str(self.mechanism)
            options["sasl.jaas.config"] = self._login()
        return {"topic": self.name, **{f"kafka.{name}": value for name, value in options.items()}}

    def _certificates(self) -> dict[str, str]:
        """Return the certificates themselves: executors cannot read files of this machine."""
        found: dict[str, str] = {}
        if self.ca is not None:
            found |= {"ssl.truststore.type": "PEM", "ssl.truststore.certificates": _read(self.ca)}
        if self.certificate is not None:
            found |= {
                "ssl.keystore.type": "PEM",
                "ssl.keystore.certificate.chain": _read(self.certificate),
                "ssl.keystore.key": _read(self.key or self.certificate),
            }
        return found

    def _login(self) -> str:
        module = "plain.PlainLoginModule" if self.mechanism == "PLAIN" else "scram.ScramLoginModule"
        login = f"username={_quoted(self.user)} password={_quoted(self.password)}"
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
