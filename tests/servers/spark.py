"""Apache Spark, from pyspark's own jars: a Spark Connect server, and a standalone cluster."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

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


class _OfCluster(Server):
    """A process of a standalone cluster, which listens on the loopback alone."""

    main: ClassVar[str]

    def command(self) -> Sequence[str]:
        listen = ("--host", self.host, "--port", str(self.port), "--webui-port", "0")
        return [_spark_class(), self.main, *listen, *self.arguments()]

    def arguments(self) -> Sequence[str]:
        """Return what else the command takes."""
        return ()

    def environment(self) -> Mapping[str, str]:
        return {"SPARK_LOCAL_IP": self.host, "SPARK_DAEMON_MEMORY": "256m"}


class SparkMaster(_OfCluster):
    """The master of a standalone cluster; it does no work itself."""

    name = "spark_master"
    main = "org.apache.spark.deploy.master.Master"

    @property
    def url(self) -> str:
        return f"spark://{self.host}:{self.port}"

    def ask(self) -> None:
        """Do no more than connect, which was done: a master has no requests without an application."""


class SparkWorker(_OfCluster):
    """A machine of a standalone cluster; it starts executors, which end with it.

    Args:
        master: of the cluster.
    """

    name = "spark_worker"
    main = "org.apache.spark.deploy.worker.Worker"

    def __init__(self, master: SparkMaster) -> None:
        super().__init__()
        self.master = master

    def arguments(self) -> Sequence[str]:
        return ("--cores", "2", "--memory", "1g", "--work-dir", str(self.data / "work"), self.master.url)

    def ask(self) -> None:
        """Wait until the master knows it."""
        if "Successfully registered with master" not in self.log.read_text():
            raise ConnectionError("the master does not know it")

    def executors(self) -> list[int]:
        """Return the processes of its executors."""
        threads = Path(f"/proc/{self.pid}/task").glob("*/children")
        children = [int(number) for thread in threads for number in _content(thread).split()]
        return [number for number in children if _EXECUTOR in _content(Path(f"/proc/{number}/cmdline"))]

    def kill_executors(self) -> None:
        """Kill its executors as a crash does; the master has it start others."""
        executors = self.executors()
        assert executors, "no executor is there"
        for executor in executors:
            os.kill(executor, signal.SIGKILL)


_EXECUTOR = b"CoarseGrainedExecutorBackend"


def _content(file: Path) -> bytes:
    """Read a file of a process or a thread, which may have ended meanwhile."""
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _spark_class() -> str:
    import pyspark

    return str(Path(pyspark.__file__).parent / "bin" / "spark-class")
