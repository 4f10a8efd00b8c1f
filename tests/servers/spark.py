"""Apache Spark, from pyspark's own jars: a Spark Connect server, and a standalone cluster."""

import sys
from collections.abc import Mapping, Sequence
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
