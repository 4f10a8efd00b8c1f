"""Apache Spark, from pyspark's own jars: a Spark Connect server, and a standalone cluster."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from tests.servers.jars import HERE, library
from tests.servers.server import Server

_SCRIPT = HERE.parents[1] / "scripts" / "spark-connect"


def jars() -> Path:
    """Return the folder with the connectors, which is what the setting `spark_jars` takes."""
    return library("spark")


class SparkConnect(Server):
    """A server that plans and does the work in one process, with the connectors; no token is needed."""

    name = "spark_connect"

    @property
    def url(self) -> str:
        return f"sc://{self.host}:{self.port}"

    def command(self) -> Sequence[str]:
        settings = {
            "spark.master": "local[2]",
            "spark.driver.memory": "1g",
            "spark.connect.grpc.binding.port": str(self.port),
            "spark.sql.warehouse.dir": str(self.data / "warehouse"),
        }
        options = (word for name, value in settings.items() for word in ("--conf", f"{name}={value}"))
        return [str(_SCRIPT), *options]  # becomes the Java process

    def environment(self) -> Mapping[str, str]:
        return {"PYTHON": sys.executable, "ADMETRICS_SPARK_JARS": str(jars())}

    def ask(self) -> None:
        from pyspark.sql.connect.session import SparkSession

        session = SparkSession.builder.remote(self.url).create()
        try:
            session.range(1).collect()
        finally:
            session.stop()


class SparkMaster(Server):
    """The master of a standalone cluster."""

    name = "spark_master"

    @property
    def url(self) -> str:
        return f"spark://{self.host}:{self.port}"

    def command(self) -> Sequence[str]:
        return [*_class("master.Master"), "--host", self.host, "--port", str(self.port), "--webui-port", "0"]

    def environment(self) -> Mapping[str, str]:
        return {"SPARK_HOME": str(_home()), "SPARK_LOCAL_IP": self.host, "SPARK_DAEMON_MEMORY": "256m"}

    def ask(self) -> None:
        """Listening is all that can be asked of it without an application."""


class SparkWorker(SparkMaster):
    """A worker of a standalone cluster; it starts an executor for an application.

    Args:
        master: whose cluster.
    """

    name = "spark_worker"

    def __init__(self, master: SparkMaster) -> None:
        super().__init__()
        self._master = master

    def command(self) -> Sequence[str]:
        where = ["--host", self.host, "--port", str(self.port), "--webui-port", "0", "--work-dir", str(self.data)]
        return [*_class("worker.Worker"), *where, "--cores", "2", "--memory", "1g", self._master.url]

    def executors(self) -> list[int]:
        """Return the processes of the executors."""
        return [pid for pid, parent in _parents() if parent == self.pid]


def _parents() -> Iterator[tuple[int, int]]:
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            stat = file.read_text(errors="replace")
            yield int(stat.split()[0]), int(stat.rpartition(")")[2].split()[1])


def _class(name: str) -> list[str]:
    return [str(_home() / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}"]


def _home() -> Path:
    spec = find_spec("pyspark")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent
