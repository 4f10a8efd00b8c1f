"""Apache Cassandra: one node."""

from collections.abc import Sequence
from pathlib import Path
from string import Template

from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.policies import WhiteListRoundRobinPolicy

from tests.servers.jars import HERE, library
from tests.servers.server import Server, free_port, java


class Cassandra(Server):
    """A node; no password is needed."""

    name = "cassandra"

    @property
    def url(self) -> str:
        return f"cassandra://{self.host}:{self.port}"

    def prepare(self) -> None:
        text = Template((HERE / "cassandra.yaml").read_text())
        self._configuration.write_text(text.substitute(data=self.data, port=self.port, storage_port=free_port()))

    def command(self) -> Sequence[str]:
        return [
            *java(*self._options(), jars=library("cassandra")),
            "org.apache.cassandra.service.CassandraDaemon",
        ]

    def ask(self) -> None:
        with self.cluster() as cluster:
            cluster.connect().execute("SELECT release_version FROM system.local")

    def cluster(self) -> Cluster:
        """Return a client, to be used in a `with` statement."""
        profile = ExecutionProfile(WhiteListRoundRobinPolicy([self.host]))
        return Cluster(
            [self.host], port=self.port, protocol_version=5, execution_profiles={EXEC_PROFILE_DEFAULT: profile}
        )

    @property
    def _configuration(self) -> Path:
        return self.data / "cassandra.yaml"

    def _options(self) -> Sequence[str]:
        lines = (HERE / "cassandra.jvm-options").read_text().splitlines()
        return [
            "-Xmx1g",
            "-Xms256m",
            *(line for line in lines if not line.startswith("#")),
            f"-Dlogback.configurationFile={HERE / 'cassandra.logback.xml'}",
            f"-Dcassandra.config=file://{self._configuration}",
            f"-Dcassandra.storagedir={self.data}",
            "-Dcassandra-foreground=yes",
            "-Dcassandra.skip_wait_for_gossip_to_settle=0",  # there is nobody to gossip with
            "-Dcassandra.ring_delay_ms=0",
        ]
