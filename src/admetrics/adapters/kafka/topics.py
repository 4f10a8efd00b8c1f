"""The topics: created if they are missing, and looked at if they are not."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import AuthorizationError, TopicAlreadyExistsError

from admetrics.adapters.kafka.connection import Connection
from admetrics.domain.errors import AbsentError, LayoutError, TransientError

_FOR_MESSAGES: Final = "delete"
_FOR_KEYS: Final = "compact"


def ensure_log(connection: Connection) -> None:
    """Create the topic, which loses messages by age alone, if it is missing."""
    connection.run(lambda: _create(connection, _kept_by_time(connection.url.retention)))


def ensure_bus(connection: Connection) -> None:
    """Create the topic of the bus if it is missing.

    Raises:
        LayoutError: it is compacted.
    """
    ensure_log(connection)
    if _FOR_KEYS in connection.run(lambda: _cleanup_policy(connection)):
        raise LayoutError(
            f"{connection.url.name} is a compacted topic: compaction keeps the last message of a row, which need not "
            "be its newest version, so rows would be lost; set cleanup.policy=delete, or name another topic"
        )


def ensure_table(connection: Connection, *, largest_message: int) -> None:
    """Create the topic, which keeps the last message of each key for ever, if it is missing.

    Raises:
        LayoutError: it loses messages by age.
    """
    configuration = {"cleanup.policy": _FOR_KEYS, "max.message.bytes": str(largest_message)}
    connection.run(lambda: _create(connection, configuration))
    policy = connection.run(lambda: _cleanup_policy(connection))
    if policy and _FOR_KEYS not in policy:
        raise LayoutError(
            f"{connection.url.name} is not a compacted topic: it would forget dead letters that nobody replayed; "
            "set cleanup.policy=compact, or name another topic"
        )


def partitions(connection: Connection) -> Sequence[int]:
    """Ask for the partitions that the topic has now.

    Raises:
        TransientError: the topic is not there, or not yet.
    """
    (described,) = connection.admin.describe_topics([connection.url.topic])
    found = sorted(int(each["partition_index"]) for each in described["partitions"])
    if not found:
        raise TransientError(f"{connection.url.name} is not there: run `admetrics init`, or create the topic")
    return found


def _create(connection: Connection, configuration: Mapping[str, str]) -> None:
    url = connection.url
    (described,) = connection.admin.describe_topics([url.topic])
    if described["partitions"]:
        return
    if not connection.may_create:
        raise AbsentError.of(url.name)
    wanted: dict[str, Any] = {
        "num_partitions": url.partitions,
        "replication_factor": url.replication,
        # Messages age by the broker's clock: under a wrong one of ours they would go at once, or be refused.
        "configs": {"message.timestamp.type": "LogAppendTime", **configuration},
    }
    try:
        connection.admin.create_topics({url.topic: wanted}, timeout_ms=connection.timeout_ms, wait_for_metadata=True)
    except TopicAlreadyExistsError:  # another process was faster
        partitions(connection)


def _kept_by_time(retention: timedelta) -> Mapping[str, str]:
    return {"cleanup.policy": _FOR_MESSAGES, "retention.ms": str(retention // timedelta(milliseconds=1))}


def _cleanup_policy(connection: Connection) -> frozenset[str]:
    """Return the policies of the topic; none if this user may not see them."""
    topic = connection.url.topic
    resource = ConfigResource(ConfigResourceType.TOPIC, topic)
    try:
        described = connection.admin.describe_configs([resource], config_filter="all")
    except AuthorizationError:
        return frozenset()
    found = described["topic"].get(topic, {}).get("cleanup.policy", {}).get("value", "")
    return frozenset(word.strip() for word in found.split(",") if word.strip())
