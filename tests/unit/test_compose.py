"""The files for Docker agree with the product: no engine is needed to check that."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from admetrics.adapters.cassandra.url import CassandraUrl
from admetrics.adapters.kafka.url import KafkaUrl
from admetrics.adapters.spark.errors import CONNECTORS
from admetrics.adapters.spark.session import BROUGHT_BY_SPARK
from admetrics.configuration import settings
from admetrics.interfaces.cli.main import admetrics

REPOSITORY = Path(__file__).parent.parent.parent
COMPOSE = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
LISTENING = {"cassandra": 9042, "kafka": 9092, "mysql": 3306}
OURS = ("admetrics", "cli", "airflow")


def environment(service: str) -> dict[str, str]:
    """Return the variables of a service, with a password, and what is not set at its default."""
    return {
        name: re.sub(r"\$\{\w+:-(.*?)\}", r"\1", value.replace("${MYSQL_PASSWORD:?set MYSQL_PASSWORD}", "pass-word"))
        for name, value in SERVICES[service]["environment"].items()
    }


@pytest.mark.parametrize("service", OURS)
def test_the_settings_are_known_and_name_services_of_this_file_at_their_ports(service):
    found = settings(environment=environment(service))
    for url in (found.source, found.lake, found.bus, found.warehouse):
        assert url is not None
        parts = urlsplit(url)
        assert LISTENING[parts.hostname or ""] == parts.port
        assert parts.hostname in SERVICES
    assert found.engine == "python"
    assert found.spark == "sc://spark-connect:15002"
    assert CassandraUrl.parse(found.lake).keyspace == "admetrics"
    assert KafkaUrl.parse(found.source or "").topic == "raw_events"
    assert KafkaUrl.parse(found.bus).topic == "events"


@pytest.mark.parametrize("service", OURS)
def test_the_servers_are_healthy_before_the_product_starts(service):
    needed = SERVICES[service]["depends_on"]
    assert needed == {name: {"condition": "service_healthy"} for name in LISTENING}
    assert all(SERVICES[name]["healthcheck"]["test"] for name in needed)


def test_the_command_is_one_of_the_command_line():
    command, *options = SERVICES["admetrics"]["command"]
    with admetrics.commands[command].make_context(command, list(options)) as context:
        assert context.params["metrics"] == ("0.0.0.0", 9100)


def test_spark_is_started_with_the_packages_that_the_engine_needs():
    script = (REPOSITORY / "scripts" / "spark-connect").read_text()
    packages, excluded = (re.search(rf"^{name}=(.*)$", script, re.MULTILINE)[1] for name in ("packages", "excluded"))  # type: ignore[index]
    command = SERVICES["spark-connect"]["command"]
    assert command[command.index("--packages") + 1] == packages
    assert command[command.index("--exclude-packages") + 1] == excluded
    assert packages == CONNECTORS
    assert excluded == ",".join(BROUGHT_BY_SPARK)
    assert SERVICES["spark-connect"]["image"] == f"apache/spark:{CONNECTORS.rpartition(':')[2]}"


def test_no_secret_stands_in_the_file():
    text = (REPOSITORY / "compose.yaml").read_text()
    for value in re.findall(r"PASSWORD: +(.*)", text):
        assert re.fullmatch(r"\$\{\w+:\?.*\}( #.*)?", value)
    assert not re.search(r"://[^/\s:]+:(?!\$\{)[^@\s]+@", text)


def test_data_outlives_the_containers():
    mounted = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())}
    assert {name for name in mounted if not name.startswith("./")} == set(COMPOSE["volumes"])


def test_files_that_are_mounted_are_there_and_cannot_be_written_to():
    mounted = [volume.split(":") for service in SERVICES.values() for volume in service.get("volumes", ())]
    files = [mount for mount in mounted if mount[0].startswith("./")]
    assert files
    for path, *_, mode in files:
        assert (REPOSITORY / path).exists()
        assert mode == "ro"


def test_images_of_others_have_a_version():
    images = [service["image"] for service in SERVICES.values() if "build" not in service]
    assert images
    assert all(re.search(r":v?\d[\w.]*$", image) for image in images)


def test_ports_are_published_on_the_loopback_only():
    published = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_what_the_image_copies_is_there_and_is_let_into_the_build():
    dockerfile = (REPOSITORY / "Dockerfile").read_text()
    ignored = (REPOSITORY / ".dockerignore").read_text()
    for line in re.findall(r"^COPY (.*)$", dockerfile, re.MULTILINE):
        *sources, _ = line.split()
        for source in sources:
            assert (REPOSITORY / source).exists()
            assert f"!{source.rstrip('/')}" in ignored.splitlines()
    for requirements in ("server", SERVICES["airflow"]["build"]["args"]["REQUIREMENTS"]):
        assert (REPOSITORY / "requirements" / f"{requirements}.txt").exists()
