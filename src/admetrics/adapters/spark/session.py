"""Opens Spark, and closes what was opened."""

import logging
import signal
import subprocess
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import attrs
from pyspark import SparkConf, SparkContext
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession
from pyspark.sql.connect.client.retries import DefaultPolicy
from pyspark.sql.connect.session import SparkSession as ConnectSession

from admetrics.adapters.spark import RELEASE, check_packages
from admetrics.adapters.spark.errors import CONNECTORS, translated
from admetrics.adapters.spark.url import Place, SparkUrl
from admetrics.domain.errors import ConfigurationError, InputError

BROUGHT_BY_SPARK: Final = ("org.slf4j:slf4j-api", "org.scala-lang:scala-library", "org.scala-lang:scala-reflect")
_EXTENSION: Final = "CassandraSparkExtensions"
_ENDS_WITHIN: Final = 20
_launch: Final[Callable[..., Any]] = launch_gateway  # it has no types
_CLIENT_LOGS: Final = ("pyspark", "pyspark.sql.connect.logging", "SQLQueryContextLogger", "DataFrameQueryContextLogger")


@attrs.frozen
class Opened:
    """Spark, ready for work.

    Args:
        session: what statements are sent to, whichever client it is.
        close: ends what was started; never raises.
    """

    session: SparkSession
    close: Callable[[], None]


def open_session(url: SparkUrl, *, jars: Path | None, log: Path) -> Opened:
    """Open Spark.

    Args:
        url: where it runs.
        jars: a folder with the jars of the connectors; None: Spark fetches them once, and keeps them. A
            Spark Connect server has its own.
        log: the file for what a Java process on this machine prints.

    Raises:
        ConfigurationError: a package, Java, or the jars are missing, or do not fit.
        TransientError: Spark cannot be reached.
        PermanentError: it does not start.
    """
    check_packages()
    _quiet()
    opened = _connected(url) if url.place is Place.CONNECT else _started(url, jars, log)
    try:
        with translated(url):
            _check(url, opened.session)
    except BaseException:
        opened.close()
        raise
    return opened


def _quiet() -> None:
    """Keep the clients from telling what our own errors tell."""
    for name in _CLIENT_LOGS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _check(url: SparkUrl, session: SparkSession) -> None:
    """Refuse what is known to fail later, with less clear words."""
    if session.version.rpartition(".")[0] != RELEASE:
        raise ConfigurationError(f"{url} is Spark {session.version}, and this client speaks to {RELEASE}: update one")
    if _EXTENSION in (session.conf.get("spark.sql.extensions", "") or ""):
        raise ConfigurationError(f"{url} has {_EXTENSION} in spark.sql.extensions, which fail on it: take them out")


# Spark Connect


def _connected(url: SparkUrl) -> Opened:
    with translated(url):
        session = ConnectSession.builder.remote(url.url).create()
    # For some seconds: `run` tries again by itself, and others have to hear of it. The default is 10 minutes.
    session.client.set_retry_policies([DefaultPolicy(max_retries=5, max_backoff=2000)])

    def close() -> None:
        with _quietly():
            session.client.set_retry_policies([])  # a server that is gone has nothing to release
            session.stop()

    return Opened(cast("SparkSession", session), close)


# A Java process of our own


def _started(url: SparkUrl, jars: Path | None, log: Path) -> Opened:
    if SparkContext._gateway is not None:  # noqa: SLF001  pyspark has one Java process, and no way to ask for it
        with translated(url):
            session = SparkSession.builder.master(url.url).getOrCreate().newSession()
        _check_master(url, session)
        return Opened(session, close=lambda: None)  # it is the caller's
    configuration = SparkConf(loadDefaults=False).setAll(list(_configuration(url, jars).items()))
    try:
        with translated(url, log=log), _log_file(log) as output, _own_signals():
            gateway = _launch(configuration, {"stdout": output, "stderr": subprocess.STDOUT})
            context = SparkContext(gateway=gateway, conf=configuration)
            return Opened(SparkSession(context), close=_end)
    except BaseException:
        _end()
        raise


def _check_master(url: SparkUrl, session: SparkSession) -> None:
    """Refuse a Spark of somebody else that does its work in another place: pyspark returns it whatever is asked for."""
    master = session.sparkContext.master
    if master != url.url:
        raise ConfigurationError(
            f"this process has Spark at {master} already, so it cannot open {url}: "
            "name the same in both places, end the other one first, or use Spark Connect (sc://)"
        )


def _configuration(url: SparkUrl, jars: Path | None) -> dict[str, str]:
    configuration = {
        "spark.master": url.url,
        "spark.app.name": "admetrics",
        "spark.ui.showConsoleProgress": "false",
    }
    if url.place is Place.LOCAL:
        configuration["spark.ui.enabled"] = "false"
        configuration["spark.driver.bindAddress"] = "127.0.0.1"
        configuration["spark.driver.host"] = "127.0.0.1"
    if jars is None:
        # Among what the connectors ask for are older copies of what Spark has: they are not wanted, and not fetched.
        return {
            **configuration,
            "spark.jars.packages": CONNECTORS,
            "spark.jars.excludes": ",".join(BROUGHT_BY_SPARK),
        }
    files = sorted(str(file) for file in jars.glob("*.jar"))
    if not files:
        raise ConfigurationError(f"there are no jars in {jars}: put those of {CONNECTORS} there, or unset spark_jars")
    return {**configuration, "spark.jars": ",".join(files)}


@contextmanager
def _log_file(log: Path) -> Iterator[BinaryIO]:
    """Open the file for what Java prints, empty: standard output and error are for our own words."""
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")
        file = log.open("ab")
    except OSError as error:
        raise InputError(f"cannot write the log of Spark to {log}: {error.strerror}") from error
    with file:
        yield file


@contextmanager
def _own_signals() -> Iterator[None]:
    """Keep what Ctrl-C does: pyspark puts a handler of its own in place of ours."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def _end() -> None:
    """End the session and its Java process, also a dead one, so that the next session starts another."""
    gateway = SparkContext._gateway  # noqa: SLF001  see `_started`
    context = SparkContext._active_spark_context  # noqa: SLF001
    with _quietly():
        if context is not None:
            context.stop()
    with _quietly():
        if gateway is not None:
            gateway.shutdown()
    if (process := getattr(gateway, "proc", None)) is not None:
        _wait_for(process)
    SparkContext._gateway = SparkContext._jvm = SparkContext._active_spark_context = None  # noqa: SLF001
    SparkSession._instantiatedSession = None  # noqa: SLF001


def _wait_for(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        process.stdin.close()  # which tells it to end
    try:
        process.wait(_ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def _quietly() -> Iterator[None]:
    """Let nothing of a closing that fails be heard: what is closed may be dead already."""
    with suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
