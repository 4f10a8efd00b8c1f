"""Apache Kafka: one node that is broker and controller (KRaft)."""

import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from string import Template

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

from tests.servers.certificates import Certificates
from tests.servers.jars import HERE, library
from tests.servers.proxy import Proxy
from tests.servers.server import Server, free_port, java


class Kafka(Server):
    """A broker; clients speak to it in plain text and need no password."""

    name = "kafka"
    protocol = "PLAINTEXT"

    @property
    def reachable(self) -> int:
        """The port that clients are sent to."""
        return self.port

    @property
    def url(self) -> str:
        return f"kafka://{self.host}:{self.reachable}"

    def prepare(self) -> None:
        self._configuration.write_text(self._properties())
        identity = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        self.run(
            *self._java("kafka.tools.StorageTool"),
            "format",
            f"--cluster-id={identity}",  # it may begin with a hyphen, which alone would be taken for an option
            "-c",
            str(self._configuration),
            *self._users(),
        )

    def command(self) -> Sequence[str]:
        return [*self._java("kafka.Kafka"), str(self._configuration)]

    def ask(self) -> None:
        admin = self.admin(bootstrap_timeout_ms=2000, request_timeout_ms=2000)
        try:
            admin.describe_cluster()
        finally:
            admin.close()

    def admin(self, **options: object) -> KafkaAdminClient:
        """Return a client that may do anything."""
        return KafkaAdminClient(bootstrap_servers=f"{self.host}:{self.port}", **options)

    @contextmanager
    def producer(self, **options: object) -> Iterator[KafkaProducer]:
        """Lend a client that writes, past the adapter."""
        producer = KafkaProducer(bootstrap_servers=f"{self.host}:{self.port}", **options)
        try:
            yield producer
        finally:
            producer.close()

    def send(self, topic: str, lines: Iterable[bytes]) -> None:
        """Write messages, past the adapter, and wait until all of them are confirmed."""
        with self.producer() as producer:
            for future in [producer.send(topic, value=line) for line in lines]:
                future.get(30)

    @contextmanager
    def consumer(self, topic: str) -> Iterator[KafkaConsumer]:
        """Lend a client that reads a topic from its beginning, past the adapter, until nothing comes for a second."""
        consumer = KafkaConsumer(
            topic,
            bootstrap_servers=f"{self.host}:{self.port}",
            auto_offset_reset="earliest",
            consumer_timeout_ms=1000,
        )
        try:
            yield consumer
        finally:
            consumer.close()

    @property
    def _configuration(self) -> Path:
        return self.data / "kafka.properties"

    def _java(self, main: str) -> Sequence[str]:
        options = ("-Xmx512m", "-Xms128m", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
        return [*java(*options, jars=library("kafka")), main]

    def _properties(self) -> str:
        return Template((HERE / "kafka.properties").read_text()).substitute(
            data=self.data,
            port=self.port,
            reachable=self.reachable,
            internal_port=free_port(),
            controller_port=free_port(),
            protocol=self.protocol,
        )

    def _users(self) -> Sequence[str]:
        return ()


class ProxiedKafka(Kafka):
    """A broker behind a proxy: Kafka tells its clients where to connect to, so it must know of it."""

    def __init__(self) -> None:
        super().__init__()
        self.proxy = Proxy(self.port)

    @property
    def reachable(self) -> int:
        return self.proxy.port


class SecureKafka(Kafka):
    """A broker that only speaks TLS and wants a password (SCRAM-SHA-512)."""

    protocol = "SASL_SSL"
    user = "user"
    password = "top-secret"

    @property
    def url(self) -> str:
        return f"kafka://{self.user}:{self.password}@{self.host}:{self.port}"

    @property
    def certificates(self) -> Certificates:
        """Of the server, and of the authority that vouches for it."""
        return Certificates(self.data)

    def prepare(self) -> None:
        self.certificates.make()
        super().prepare()

    def admin(self, **options: object) -> KafkaAdminClient:
        return super().admin(
            security_protocol="SASL_SSL",
            ssl_cafile=str(self.certificates.authority),
            sasl_mechanism="SCRAM-SHA-512",
            sasl_plain_username=self.user,
            sasl_plain_password=self.password,
            **options,
        )

    def _properties(self) -> str:
        login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        return "\n".join(
            (
                super()._properties(),
                "ssl.keystore.type=PEM",
                f"ssl.keystore.location={self.certificates.key_and_certificate}",
                "sasl.enabled.mechanisms=SCRAM-SHA-512",
                f"listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={login}",
            )
        )

    def _users(self) -> Sequence[str]:
        return ["--add-scram", f"SCRAM-SHA-512=[name={self.user},password={self.password}]"]
