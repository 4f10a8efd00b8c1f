"""What goes wrong before Spark does any work; no Java process gets as far as to answer here."""

import gc
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pyspark import SparkContext

from admetrics.adapters import spark
from admetrics.adapters.spark.session import _configuration, open_session
from admetrics.adapters.spark.url import SparkUrl
from admetrics.domain.errors import ConfigurationError, InputError, PermanentError, TransientError
from tests.servers import free_port

LOCAL = SparkUrl.parse("local[2]")


@pytest.fixture
def _leak():
    """Let the pipe go that pyspark forgets to close when a process does not start."""
    yield
    gc.collect()


def java(folder: Path, script: str) -> None:
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("_leak")
def test_no_java_is_one_clear_line(tmp_path, monkeypatch, capfd):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("bash", "dirname", "env", "python3"):
        (tools / name).symlink_to(shutil.which(name) or name)
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(ConfigurationError, match=r"Spark at local\[2\] needs Java 17 or newer on this machine"):
        open_session(LOCAL, jars=None, log=tmp_path / "spark.log")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "says,expected",
    [
        ("java.lang.UnsupportedClassVersionError: org/apache/spark/launcher/Main", ConfigurationError),
        ("Killed", PermanentError),
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("_leak")
def test_a_java_that_does_not_fit_is_one_clear_line(tmp_path, monkeypatch, capfd, says, expected):
    java(tmp_path / "java", f"echo '{says}' >&2; exit 1")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "java"))
    with pytest.raises(expected, match=r"Spark at local\[2\] (needs Java 17|did not do its work)"):
        open_session(LOCAL, jars=None, log=tmp_path / "data" / "spark.log")
    assert says in (tmp_path / "data" / "spark.log").read_text()
    assert capfd.readouterr() == ("", "")
    assert SparkContext._gateway is None, "the next try starts from the beginning"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("_leak")
def test_a_failed_start_leaves_ctrl_c_as_it_was(tmp_path, monkeypatch):
    java(tmp_path, "exit 1")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(PermanentError):
        open_session(LOCAL, jars=None, log=tmp_path / "spark.log")
    assert signal.getsignal(signal.SIGINT) is before


def test_nobody_at_the_other_end_is_transient(tmp_path, heard):
    url = SparkUrl.parse(f"sc://127.0.0.1:{free_port()}/;user_id=someone")
    with pytest.raises(TransientError, match=r"Spark Connect at sc://127\.0\.0\.1:\d+ cannot be reached"):
        open_session(url, jars=None, log=tmp_path / "spark.log")
    assert heard() == ""


@pytest.fixture
def heard(caplog, capfd):
    return lambda: caplog.text + "".join(capfd.readouterr())


def test_a_log_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write the log of Spark"):
        open_session(LOCAL, jars=None, log=tmp_path / "file" / "spark.log")


def test_a_folder_without_jars_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="there are no jars in"):
        open_session(LOCAL, jars=tmp_path, log=tmp_path / "spark.log")


def test_jars_that_are_given_are_used_and_nothing_is_fetched(tmp_path):
    (tmp_path / "a.jar").touch()
    (tmp_path / "b.jar").touch()
    found = _configuration(LOCAL, tmp_path)
    assert found["spark.jars"].split(",") == [str(tmp_path / "a.jar"), str(tmp_path / "b.jar")]
    assert "spark.jars.packages" not in found


def test_jars_are_fetched_by_spark_unless_they_are_given():
    found = _configuration(LOCAL, None)
    assert found["spark.jars.packages"] == (
        "com.datastax.spark:spark-cassandra-connector_2.13:3.5.1,org.apache.spark:spark-sql-kafka-0-10_2.13:4.2.0"
    )
    assert "org.slf4j:slf4j-api" in found["spark.jars.excludes"]


def test_extensions_stay_off_and_bars_too():
    for url in (LOCAL, SparkUrl.parse("spark://host:7077")):
        found = _configuration(url, None)
        assert "spark.sql.extensions" not in found
        assert found["spark.ui.showConsoleProgress"] == "false"


def test_a_local_spark_listens_on_the_loopback_only():
    assert _configuration(LOCAL, None)["spark.driver.bindAddress"] == "127.0.0.1"
    assert "spark.driver.bindAddress" not in _configuration(SparkUrl.parse("spark://host:7077"), None)


def test_packages_that_do_not_fit_are_refused(monkeypatch):
    spark.check_packages()
    with monkeypatch.context() as other:
        other.setattr("pyspark.__version__", "4.1.2")
        with pytest.raises(ConfigurationError, match=r"pyspark 4\.1\.2 does not fit, 4\.2 is needed: pip install"):
            spark.check_packages()
    monkeypatch.setattr(spark, "version", {"pandas": "3.0.1"}.__getitem__)
    with pytest.raises(ConfigurationError, match=r"does not work with pandas 3\.0\.1: pip install"):
        spark.check_packages()


@pytest.mark.parametrize("package", ["pyspark", "grpc"])
def test_a_package_that_is_missing_names_the_extra(tmp_path, package):
    program = f"""
import sys
sys.modules[{package!r}] = None
from admetrics.domain.errors import MissingExtraError
try:
    import admetrics.adapters.spark
except MissingExtraError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.count("\n") == 1
    assert "pip install 'admetrics[spark]'" in done.stdout
