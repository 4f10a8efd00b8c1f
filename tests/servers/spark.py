"""Apache Spark, from pyspark's own jars: a Spark Connect server, and a standalone cluster."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
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
    """The master of a standalone cluster; it does no work itself."""

    name = "spark_master"

    @property
    def url(self) -> str:
        return f"spark://{self.host}:{self.port}"

    def command(self) -> Sequence[str]:
        listen = ("--host", self.host, "--port", str(self.port), "--webui-port", "0")
        return [_spark_class(), "org.apache.spark.deploy.master.Master", *listen]

    def environment(self) -> Mapping[str, str]:
        return _ON_LOOPBACK

    def ask(self) -> None:
        """Do no more than connect, which was done: a master has no requests without an application."""


class SparkWorker(Server):
    """A machine of a standalone cluster; it starts executors, which end with it.

    Args:
        master: of the cluster.
    """

    name = "spark_worker"

    def __init__(self, master: SparkMaster) -> None:
        super().__init__()
        self.master = master

    def command(self) -> Sequence[str]:
        listen = ("--host", self.host, "--port", str(self.port), "--webui-port", "0")
        room = ("--cores", "2", "--memory", "1g", "--work-dir", str(self.data / "work"))
        return [_spark_class(), "org.apache.spark.deploy.worker.Worker", *listen, *room, self.master.url]

    def environment(self) -> Mapping[str, str]:
        return _ON_LOOPBACK

    def ask(self) -> None:
        """Wait until the master knows it."""
        if "Successfully registered with master" not in self.log.read_text():
            raise ConnectionError("the master does not know it")

    def executors(self) -> list[int]:
        """Return the processes of its executors."""
        children = [
            number for file in Path(f"/proc/{self.pid}/task").glob("*/children") for number in file.read_text().split()
        ]
        return [int(number) for number in children if _EXECUTOR in Path(f"/proc/{number}/cmdline").read_bytes()]

    def kill_executors(self) -> None:
        """Kill its executors as a crash does; the master has it start others."""
        executors = self.executors()
        assert executors, "no executor is there"
        for executor in executors:
            os.kill(executor, signal.SIGKILL)


_EXECUTOR = b"CoarseGrainedExecutorBackend"
_ON_LOOPBACK = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "256m"}


def _spark_class() -> str:
    spec = find_spec("pyspark")
    assert spec is not None
    assert spec.submodule_search_locations
    return str(Path(spec.submodule_search_locations[0]) / "bin" / "spark-class")
